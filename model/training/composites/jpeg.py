"""Compress images as JPEG does, in batches on their device: baseline JPEG with 4:2:0 and its own tables.

Only what changes pixels is computed: colour conversion, the discrete cosine transform of blocks, quantization
(ITU-T T.81, annexes A and K; JFIF 1.02). Entropy coding loses nothing.
"""

import math
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional as F

BLOCK = 8
MIDDLE = 128  # level
# Table K.1, row by row, and the part of table K.2 that is not 99.
LUMA_STEPS = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)
CHROMA_STEPS = ((17, 18, 24, 47), (18, 21, 26, 66), (24, 26, 56, 99), (47, 66, 99, 99))


def compressed(image: Tensor, quality: Tensor) -> Tensor:
    """Return B×3×H×W sRGB in 0-1 after JPEG of each image's quality, B in 50-100. H, W: multiples of 16."""
    red, green, blue = (255 * image).round().unbind(1)
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    chroma = F.avg_pool2d(torch.stack([(blue - luma) / 1.772, (red - luma) / 1.402], 1), 2)
    scale = (200 - 2 * quality.float())[:, None, None]
    luma_steps, chroma_steps = (
        ((table * scale + 50) / 100).floor().clamp(1, 255) for table in constants(image.device)[1:]
    )
    luma = quantized(luma.round() - MIDDLE, luma_steps) + MIDDLE
    chroma = quantized(chroma.round().flatten(0, 1), chroma_steps.repeat_interleave(2, 0)).view_as(chroma)
    chroma = F.interpolate(chroma, scale_factor=2.0, mode="bilinear", align_corners=False)
    from_blue, from_red = chroma.unbind(1)
    green = luma - 0.344136 * from_blue - 0.714136 * from_red
    out = torch.stack([luma + 1.402 * from_red, green, luma + 1.772 * from_blue], 1)
    return out.round().clamp(0, 255) / 255


def quantized(plane: Tensor, steps: Tensor) -> Tensor:
    """Return planes, B×H×W, whose cosine coefficients are multiples of the steps, B×8×8; rounded."""
    count, height, width = plane.shape
    cosines = constants(plane.device)[0]
    columns = cosines @ plane.reshape(count, height // BLOCK, BLOCK, width)
    coefficients = columns.view(count, height // BLOCK, BLOCK, width // BLOCK, BLOCK) @ cosines.T
    by_block = steps[:, None, :, None, :]
    coefficients = (coefficients / by_block).round() * by_block
    columns = (coefficients @ cosines).view(count, height // BLOCK, BLOCK, width)
    return (cosines.T @ columns).view_as(plane).round()


@lru_cache
def constants(device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    """Return the matrix of the cosine transform and the steps of luma and chroma at quality 50, 8×8 each."""
    index = torch.arange(float(BLOCK))
    cosines = torch.cos((2 * index + 1) * index[:, None] * math.pi / (2 * BLOCK)) / 2
    cosines[0] /= math.sqrt(2)
    chroma = torch.full((BLOCK, BLOCK), 99.0)
    chroma[:4, :4] = torch.tensor(CHROMA_STEPS)
    return cosines.to(device), torch.tensor(LUMA_STEPS).float().to(device), chroma.to(device)
