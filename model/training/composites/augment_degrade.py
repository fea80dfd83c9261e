"""Degrade images and mattes at random: noise, blur, compression, inaccurate masks."""

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from model.training.composites.jpeg import compressed
from model.training.composites.random_params import normal, split, uniform

KERNELS = (3, 5)  # one pixel and two, each for half of the mattes


def add_noise_and_blur(image: Tensor, rng: torch.Generator) -> Tensor:
    """Add noise of up to four levels and blur by up to a pixel to B×3×H×W in 0-1."""
    blurred = F.avg_pool2d(image, 3, 1, 1, count_include_pad=False)
    image = image + uniform((len(image), 1, 1, 1), 0, 1, rng) * (blurred - image)
    level = uniform((len(image), 1, 1, 1), 0, 4 / 255, rng)
    return (image + level * normal(image.shape, 1, rng)).clamp(0, 1)


def compress_jpeg(image: Tensor, rng: torch.Generator) -> Tensor:
    """Encode and decode B×3×H×W in 0-1 as JPEG of quality 65 to 95; on the host, OpenCV does it faster."""
    qualities = torch.randint(65, 96, (len(image),), generator=rng, device=rng.device)
    return compressed(image, qualities) if image.device.type != "cpu" else by_opencv(image, qualities)


def by_opencv(image: Tensor, qualities: Tensor) -> Tensor:
    """Encode and decode B×3×H×W in 0-1 as JPEG of the quality of each image, B."""
    pixels = (image * 255).round().to(torch.uint8).flip(1).permute(0, 2, 3, 1).numpy()
    decoded = []
    for picture, quality in zip(pixels, qualities.tolist(), strict=True):
        _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
        decoded.append(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR)))
    return torch.from_numpy(np.stack(decoded)).permute(0, 3, 1, 2).flip(1).float() / 255


def blur_matte(matte: Tensor, rng: torch.Generator) -> Tensor:
    """Blur the edges of mattes, B×1×H×W in 0-1, by one or two pixels."""
    out = matte.clone()
    for kernel, chosen in zip(KERNELS, split(len(matte), len(KERNELS), rng), strict=True):
        if len(chosen):
            out[chosen] = F.avg_pool2d(matte[chosen], kernel, 1, kernel // 2, count_include_pad=False)
    return out


def dilate_or_erode(matte: Tensor, rng: torch.Generator) -> Tensor:
    """Dilate mattes, B×1×H×W in 0-1, by one or two pixels, or erode those that keep 60 % of their area."""
    dilated, eroded = matte.clone(), matte.clone()
    for kernel, chosen in zip(KERNELS, split(len(matte), len(KERNELS), rng), strict=True):
        if len(chosen):
            dilated[chosen] = F.max_pool2d(matte[chosen], kernel, 1, kernel // 2)
            eroded[chosen] = -F.max_pool2d(-matte[chosen], kernel, 1, kernel // 2)
    large_enough = eroded.mean((1, 2, 3)) > 0.6 * matte.mean((1, 2, 3))
    smaller = (uniform((len(matte),), 0, 1, rng) < 0.5) & large_enough
    return torch.where(smaller[:, None, None, None], eroded, dilated)
