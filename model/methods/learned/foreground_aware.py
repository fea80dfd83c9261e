"""Run iDIH and iSSAM as published.

"Foreground-aware Semantic Representations for Image Harmonization" (Sofiiuk et al., WACV 2021): the base
models without a backbone, at 256×256. Their output is an image, so their change is fitted by curves and
shading, which are applied at full size. Layers have the names used in the authors' files.
"""

import numpy as np
import torch
from torch import Tensor, nn

from model.edit.edit import Edit
from model.edit.render import render
from model.images.arrays import Pixels
from model.images.composite import Composite
from model.methods.common.pasting import fit_small
from model.methods.learned.peer import square, square_matte
from model.methods.learned.ssam_unet import (
    ATTENTION_SHARPNESS,
    IMAGENET_DEVIATION,
    IMAGENET_MEAN,
    NORMALIZED_FROM,
    Decoder,
    Encoder,
    normalize,
)

SIZE = 256
DOWN = (64, 64, 128, 128, 256, 256, 512)  # channels of iDIH's levels; each level halves the size
UP = (256, 256, 128, 128, 64, 64, 32)


class IssamNetwork(nn.Module):
    """Map image B×3×H×W and matte B×1×H×W, in 0-1, to the harmonized image B×3×H×W in 0-1."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = Encoder()
        self.decoder = Decoder()

    def forward(self, image: Tensor, matte: Tensor) -> Tensor:
        """Return the harmonized image, B×3×H×W in 0-1."""
        normalized = normalize(image)
        features, share = self.decoder(self.encoder(torch.cat([normalized, matte], 1)), matte)
        return _mix(normalized, self.decoder.to_rgb(features), share)


class StridedConv(nn.Module):
    """Apply a 4×4 convolution of stride 2, or its transpose, then batch normalization and ELU."""

    def __init__(self, conv: nn.Conv2d | nn.ConvTranspose2d, norm: bool) -> None:
        super().__init__()
        self.block = nn.Sequential(
            conv, nn.BatchNorm2d(conv.out_channels) if norm else nn.Identity(), nn.ELU()
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return B×outputs at half, or with a transposed convolution at double, the size."""
        out: Tensor = self.block(x)
        return out


class IdihEncoder(nn.Module):
    """Map image and matte, B×4×256×256, to the features of each level, the coarsest (1×1) first."""

    def __init__(self) -> None:
        super().__init__()
        blocks = [
            # The last level has no padding: 4×4 becomes 1×1.
            StridedConv(nn.Conv2d(inputs, outputs, 4, 2, int(i < len(DOWN) - 1)), i >= NORMALIZED_FROM)
            for i, (inputs, outputs) in enumerate(zip((4, *DOWN), DOWN, strict=False))
        ]
        self.block0, self.block1 = blocks[:NORMALIZED_FROM]
        self.blocks_connected = nn.ModuleDict(
            {f"block{i}": block for i, block in enumerate(blocks) if i >= NORMALIZED_FROM}
        )

    def forward(self, x: Tensor) -> list[Tensor]:
        """Return the features of the seven levels, the coarsest first."""
        levels: list[Tensor] = [self.block0(x)]
        for block in (self.block1, *self.blocks_connected.values()):
            levels.append(block(levels[-1]))
        return levels[::-1]


class IdihDecoder(nn.Module):
    """Map the features of all levels, added level by level, to B×32×256×256."""

    def __init__(self) -> None:
        super().__init__()
        self.deconv_blocks = nn.ModuleList(
            StridedConv(nn.ConvTranspose2d(inputs, outputs, 4, 2, int(i > 0)), norm=True)
            for i, (inputs, outputs) in enumerate(zip((DOWN[-1], *UP), UP, strict=False))
        )
        self.conv_attention = nn.Conv2d(UP[-1], 1, 1)
        self.to_rgb = nn.Conv2d(UP[-1], 3, 1)

    def forward(self, levels: list[Tensor]) -> Tensor:
        """Return features B×32×256×256."""
        x = levels[0]
        for block, skip in zip(self.deconv_blocks, levels[1:], strict=False):
            x = block(x) + skip
        out: Tensor = self.deconv_blocks[-1](x)
        return out


class IdihNetwork(nn.Module):
    """Map image B×3×256×256 and matte B×1×256×256, in 0-1, to the harmonized image B×3×256×256 in 0-1."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = IdihEncoder()
        self.decoder = IdihDecoder()

    def forward(self, image: Tensor, matte: Tensor) -> Tensor:
        """Return the harmonized image, B×3×256×256 in 0-1."""
        normalized = normalize(image)
        features = self.decoder(self.encoder(torch.cat([normalized, matte], 1)))
        share = torch.sigmoid(ATTENTION_SHARPNESS * self.decoder.conv_attention(features))
        return _mix(normalized, self.decoder.to_rgb(features), share)


def _mix(composite: Tensor, painted: Tensor, share: Tensor) -> Tensor:
    """Blend composite and network output, both normalized, by the share of the composite: B×3×H×W in 0-1."""
    mean, spread = (torch.tensor(values).view(1, 3, 1, 1) for values in (IMAGENET_MEAN, IMAGENET_DEVIATION))
    mixed: Tensor = share * composite + (1 - share) * painted
    return (mixed * spread + mean).clamp(0, 1)


def predict(network: IssamNetwork | IdihNetwork, composite: Composite) -> Edit:
    """Fit the edit that explains the network's change."""
    image, matte = square(composite.image, SIZE), square_matte(composite.matte, SIZE)
    with torch.inference_mode():
        after = network(torch.from_numpy(image), torch.from_numpy(matte)).numpy()
    levels = (np.rint(65535 * part[0].transpose(1, 2, 0)).astype(np.uint16) for part in (image, after))
    return fit_small(composite, *levels)


def harmonize(network: IssamNetwork | IdihNetwork, composite: Composite) -> Pixels:
    """Return the image at the composite's size and depth."""
    return render(composite, predict(network, composite))
