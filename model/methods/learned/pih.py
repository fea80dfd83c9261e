"""Run PIH as published.

"Semi-supervised Parametric Real-world Image Harmonization" (Wang et al., CVPR 2023): two networks read the
whole image at 512×512. The first predicts three curves of 32 knots, the second a shading map of one channel
that can only darken. Both apply to sRGB-encoded values. Layers have the names used in the authors' file.
Three things differ from their code: the matte is applied once instead of twice; a missing background is
inpainted; the last layer runs at 16×16 (see `_shading`).
"""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from model.edit.render import recolour_object
from model.edit.shading import ShadingRows
from model.images.arrays import Pixels, last_level
from model.images.composite import Composite
from model.methods.common.inpainting import without_object
from model.methods.learned.peer import antialiased, square, square_matte

SIZE = 512
KNOTS = 32
STAGES = ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2))  # width, blocks, stride


class Bottleneck(nn.Module):
    """Apply a residual block of ResNet-50 (He et al. 2016), with the stride in its 3×3 convolution."""

    def __init__(self, inputs: int, width: int, stride: int) -> None:
        super().__init__()
        outputs = 4 * width
        self.conv1 = nn.Conv2d(inputs, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, outputs, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.downsample = (
            nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))
            if inputs != outputs
            else None
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return B×4·width at the size divided by the stride."""
        out = F.relu(self.bn1(self.conv1(x)))
        out = F.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        return F.relu(out + (x if self.downsample is None else self.downsample(x)))


class CurveNetwork(nn.Module):
    """Map composite, background and matte, B×7×512×512, to knots B×3×32 in 0-1 by a ResNet-50."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(7, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        inputs = 64
        for number, (width, blocks, stride) in enumerate(STAGES, 1):
            stage = [Bottleneck(inputs, width, stride)]
            stage += [Bottleneck(4 * width, width, 1) for _ in range(blocks - 1)]
            self.add_module(f"layer{number}", nn.Sequential(*stage))
            inputs = 4 * width
        self.fc = nn.Linear(inputs, 3 * KNOTS)

    def forward(self, x: Tensor) -> Tensor:
        """Return knots, B×3×32 in 0-1."""
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        for number in range(1, len(STAGES) + 1):
            x = self.get_submodule(f"layer{number}")(x)
        return torch.sigmoid(self.fc(x.mean((2, 3)))).view(-1, 3, KNOTS)


def _step(inputs: int, outputs: int, kernel: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()
    )


class ShadingNetwork(nn.Module):
    """Map the curve network's input and result, B×10×512×512, to shading B×1×512×512 in 0-1 by a U-Net.

    conv4 to conv9 are in the authors' file but are not used.
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv0 = nn.Conv2d(10, 32, 3, 1, 1)
        self.conv1 = _step(32, 64, 4, 4)
        self.conv2 = _step(64, 128, 4, 4)
        self.conv3 = _step(128, 256, 4, 2)
        self.conv3_1 = _step(256, 512, 4, 4)
        self.conv3_2 = _step(512, 1024, 4, 2)
        self.conv3_3 = _step(1024, 2048, 4, 2)
        self.conv4_1 = _step(2048, 1024, 3, 1)
        self.conv4_2 = _step(1024, 512, 3, 1)
        self.conv4_3 = _step(512, 256, 3, 1)
        self.conv4 = _step(256, 128, 3, 1)
        self.conv5 = _step(128, 64, 3, 1)
        self.conv6 = _step(64, 32, 3, 1)
        self.conv7 = nn.Sequential(nn.Conv2d(32, 32, 3, 1, 1, bias=False))
        self.conv8 = nn.Sequential(nn.Conv2d(32, 32, 3, 1, 1, bias=False))
        self.conv9 = nn.Conv2d(32, 1, 3, 1, 1)
        self.conv_only = nn.Conv2d(256, 1, 3, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return shading, B×1×H×W in 0-1."""
        size = x.shape[-2:]
        x = self.conv2(self.conv1(F.relu(self.conv0(x))))
        skips = []
        for step in (self.conv3, self.conv3_1, self.conv3_2):
            x = step(x)
            skips.append(x)
        x = self.conv3_3(x)
        for step in (self.conv4_1, self.conv4_2, self.conv4_3):
            skip = skips.pop()
            x = step(F.interpolate(x, skip.shape[-2:], mode="bilinear")) + skip
        return torch.sigmoid(self._shading(x, size))

    def _shading(self, features: Tensor, size: Sequence[int]) -> Tensor:
        """Return the last convolution, B×1×H×W, which the authors compute on 256 upsampled channels.

        Upsampling and convolution commute except for the shifts of the nine taps. So nine 1×1 convolutions
        are computed at 16×16, and their results are upsampled, shifted and added. The numbers are the same.
        """
        taps = self.conv_only.weight[0].flatten(1).T[:, :, None, None]
        maps = F.interpolate(F.conv2d(features, taps), tuple(size), mode="bicubic")
        shifts = torch.eye(9, device=maps.device).view(1, 9, 3, 3)
        return F.conv2d(maps, shifts, self.conv_only.bias, padding=1)


class PihNetwork(nn.Module):
    """Map composite, background (B×3×512×512 in 0-1) and matte (B×1×512×512) to knots B×3×32 and shading."""

    def __init__(self) -> None:
        super().__init__()
        self.PL = CurveNetwork()
        self.gainnet = ShadingNetwork()

    def forward(self, image: Tensor, background: Tensor, matte: Tensor) -> tuple[Tensor, Tensor]:
        """Return knots, B×3×32, and shading, B×1×512×512, both in 0-1."""
        inputs = torch.cat([image, background, matte], 1)
        knots = self.PL(inputs)
        toned = matte * _apply_knots(image, knots) + (1 - matte) * background
        return knots, self.gainnet(torch.cat([inputs, toned], 1))


def _apply_knots(image: Tensor, knots: Tensor) -> Tensor:
    """Apply piecewise linear curves, B×3×32, to B×3×H×W in 0-1.

    Knot i is at (i + ½)/32; curves are constant beyond the outermost knots.
    """
    position = (image * KNOTS - 0.5).clamp(0, KNOTS - 1)
    below = position.floor().clamp(max=KNOTS - 2)
    flat = below.long().flatten(2)
    low, high = (knots.gather(2, flat + i).view_as(image) for i in (0, 1))
    return low + (high - low) * (position - below)


def harmonize(network: PihNetwork, composite: Composite, gain_floor: float) -> Pixels:
    """Return the image at the composite's size and depth: curve(I)·gain, blended once by the matte.

    gain_floor: the gain where the shading network's output is 0; where the output is 1 the gain is 1. It is
    not stored in the file; the authors' programs use 0.5 to 0.65, mostly 0.6.
    """
    resize = antialiased(composite.image, SIZE)
    image, matte = square(composite.image, SIZE, resize), square_matte(composite.matte, SIZE, resize)
    behind = composite.background
    background = _inpainted(image, matte) if behind is None else square(behind, SIZE, resize)
    with torch.inference_mode():
        knots, shading = network(*(torch.from_numpy(array) for array in (image, background, matte)))
    gain = ShadingRows(gain_floor + (1 - gain_floor) * shading[0, 0].numpy(), *composite.matte.shape)
    tables = _tables(knots[0].numpy(), last_level(composite.image.dtype))

    def recolour(pixels: Pixels, rows: slice, columns: slice) -> NDArray[Any]:
        toned: NDArray[Any] = cv2.LUT(pixels, tables)
        toned *= gain[rows][:, columns, None]
        return toned

    return recolour_object(composite, recolour)


def _tables(knots: NDArray[np.float32], maximum: int) -> NDArray[np.float32]:
    """Return the output levels for every input level: 1×levels×3."""
    inputs = np.linspace(0, 1, maximum + 1)
    positions = (np.arange(KNOTS) + 0.5) / KNOTS
    curves = [np.interp(inputs, positions, channel) for channel in knots]
    return (maximum * np.stack(curves, axis=-1)[None]).astype(np.float32)


def _inpainted(image: NDArray[np.float32], matte: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the image, 1×3×H×W in 0-1, with the object inpainted from its surroundings."""
    picture = np.rint(255 * image[0].transpose(1, 2, 0)).astype(np.uint8)
    filled = without_object(picture, matte[0, 0]).transpose(2, 0, 1)[None]
    return filled.astype(np.float32) / np.float32(255)
