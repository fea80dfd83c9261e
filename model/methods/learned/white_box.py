"""Run Harmonizer ("Learning to Perform White-Box Image and Video Harmonization", Ke et al., ECCV 2022).

An EfficientNet-B0 (Tan and Le 2019) predicts six sliders from the image at 256×256. Six filters, each a
function of one pixel and of means over the image, are then applied at full size. Written from the paper and
the layout of the authors' file; layers have the names used in it.
"""

from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from model.edit.render import recolour_object
from model.images.arrays import Pixels, last_level
from model.images.composite import Composite
from model.methods.learned.peer import square, square_matte
from model.network.efficientnet import PaddedConv, b0_blocks

SIZE = 256
SLIDERS = 6  # temperature, brightness, contrast, saturation, highlight, shadow
FEATURES = 1280
REGRESSOR_WIDTH = 160
NORM_EPSILON = 1e-3  # as in TensorFlow, where the first EfficientNets were trained
EPSILON = 1e-6
POWER_EPSILON = 1e-9

Floats = NDArray[np.floating[Any]]


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=NORM_EPSILON)


class Block(nn.Module):
    """Apply an inverted residual with squeeze-and-excitation."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner, squeezed = inputs * expansion, inputs // 4
        self.expands = expansion > 1
        if self.expands:
            self._expand_conv = nn.Conv2d(inputs, inner, 1, bias=False)
            self._bn0 = _norm(inner)
        self._depthwise_conv = PaddedConv(inner, inner, kernel, stride, groups=inner, bias=False)
        self._bn1 = _norm(inner)
        self._se_reduce = nn.Conv2d(inner, squeezed, 1)
        self._se_expand = nn.Conv2d(squeezed, inner, 1)
        self._project_conv = nn.Conv2d(inner, outputs, 1, bias=False)
        self._bn2 = _norm(outputs)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        """Return B×outputs at the size divided by the stride."""
        inner = F.silu(self._bn0(self._expand_conv(x))) if self.expands else x
        inner = F.silu(self._bn1(self._depthwise_conv(inner)))
        pooled = F.silu(self._se_reduce(inner.mean((2, 3), keepdim=True)))
        out: Tensor = self._bn2(self._project_conv(inner * torch.sigmoid(self._se_expand(pooled))))
        return x + out if self.residual else out


class Backbone(nn.Module):
    """Extract features by an EfficientNet-B0 with one stem for the object and one for the background."""

    def __init__(self) -> None:
        super().__init__()
        self._conv_fg = PaddedConv(4, 16, 3, 2, bias=False)
        self._bn_fg = _norm(16)
        self._conv_bg = PaddedConv(4, 16, 3, 2, bias=False)
        self._bn_bg = _norm(16)
        self._blocks = b0_blocks(Block)
        self._conv_head = nn.Conv2d(320, FEATURES, 1, bias=False)
        self._bn1 = _norm(FEATURES)

    def forward(self, foreground: Tensor, background: Tensor) -> Tensor:
        """Map image and matte, and image and 1 − matte, each B×4×H×W, to features B×1280."""
        stems = self._bn_fg(self._conv_fg(foreground)), self._bn_bg(self._conv_bg(background))
        x = F.silu(torch.cat(stems, 1))
        for block in self._blocks:
            x = block(x)
        features: Tensor = F.silu(self._bn1(self._conv_head(x))).mean((2, 3))
        return features


class Regressor(nn.Module):
    """Map features to sliders one after the other; each also reads the features updated by the one before."""

    def __init__(self) -> None:
        super().__init__()
        self.f = nn.Linear(FEATURES, REGRESSOR_WIDTH)
        self.g = nn.Linear(FEATURES, REGRESSOR_WIDTH)
        self.headers = nn.ModuleList(
            nn.ModuleList([nn.Linear(2 * REGRESSOR_WIDTH, REGRESSOR_WIDTH), nn.Linear(REGRESSOR_WIDTH, 1)])
            for _ in range(SLIDERS)
        )

    def forward(self, features: Tensor) -> Tensor:
        """Return sliders, B×6, not yet clipped."""
        fixed, updated = self.f(features), self.g(features)
        sliders = []
        for mix, out in (list(header.children()) for header in self.headers):
            updated = mix(torch.cat([fixed, updated], 1))
            sliders.append(out(updated))
        return torch.cat(sliders, 1)


class WhiteBoxNetwork(nn.Module):
    """Map image B×3×256×256 and matte B×1×256×256, in 0-1, to sliders B×6 in -1 to 1."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = Backbone()
        self.regressor = Regressor()

    def forward(self, image: Tensor, matte: Tensor) -> Tensor:
        """Return sliders, B×6 in -1 to 1."""
        features = self.backbone(torch.cat([image, matte], 1), torch.cat([image, 1 - matte], 1))
        sliders: Tensor = self.regressor(features)
        return sliders.clamp(-1, 1)


def harmonize(network: WhiteBoxNetwork, composite: Composite) -> Pixels:
    """Return the image at the composite's size and depth, blended by the matte."""
    image, matte = square(composite.image, SIZE), square_matte(composite.matte, SIZE)
    with torch.inference_mode():
        sliders = network(torch.from_numpy(image), torch.from_numpy(matte))[0].tolist()
    return apply_sliders(composite, sliders)


def apply_sliders(composite: Composite, sliders: list[float]) -> Pixels:
    """Return the image after the six filters, in the order of SLIDERS, each in -1 to 1.

    The first three change each channel separately, so one table per channel applies them; the exact means
    that they need follow from the histogram of each channel.
    """
    temperature, brightness, contrast, saturation, highlight, shadow = sliders
    top = last_level(composite.image.dtype)
    counts = [cv2.calcHist([composite.image], [c], None, [top + 1], [0, top + 1]).ravel() for c in range(3)]
    shares = np.stack(counts, axis=1).astype(np.float64) / composite.matte.size
    levels = np.tile(np.linspace(0, 1, top + 1)[:, None], 3)
    curves = (levels * temperature_gains(temperature, (shares * levels).sum(0))).clip(0, 1)
    curves = (curves * brightness_gain(brightness)).clip(0, 1)
    mean = (shares * curves).sum() / 3
    curves = (curves + (curves - mean) * contrast_gain(contrast)).clip(0, 1)
    tables = curves[None].astype(np.float32)

    def recolour(pixels: Pixels, _rows: slice, _columns: slice) -> NDArray[Any]:
        colours: NDArray[Any] = cv2.LUT(pixels, tables)
        colours = saturate(colours, saturation)
        colours = 1 - power(1 - colours, 1 + highlight)
        return (power(colours, 1 - shadow) * top).astype(np.float32)

    return recolour_object(composite, recolour)


def power(colours: Floats, exponent: float) -> Floats:
    """Raise colours in 0-1 to a power from 0 to 2."""
    raised: Floats = np.clip(colours + POWER_EPSILON, 0, 1) ** exponent
    return raised


def temperature_gains(slider: float, means: Floats) -> Floats:
    """Return one gain per channel that warms (slider below 0) or cools, from the channel means in 0-1."""
    moved = means + abs(slider) * np.array([slider < 0, 0.5, slider > 0])
    gains: Floats = 1 + moved.mean() / (moved + EPSILON) - means.mean() / (means + EPSILON)
    return gains


def brightness_gain(slider: float) -> float:
    """Return the gain of V in HSV, which is equal for all channels."""
    return 1 / (1 - slider + EPSILON) if slider >= 0 else 1 + slider


def contrast_gain(slider: float) -> float:
    """Return the relative change, -1 to 254, of the distance of colours from the mean."""
    return 255 / (256 - np.floor(255 * slider)) - 1 if slider > 0 else slider


def saturate(colours: Floats, slider: float) -> Floats:
    """Change the distance of colours (…×3 in 0-1) from their lightness in HSL."""
    low, high = colours.min(axis=-1, keepdims=True), colours.max(axis=-1, keepdims=True)
    both = high + low
    lightness = both / 2
    if slider < 0:
        moved = lightness + (colours - lightness) * (1 + slider)
    else:
        strength = (high - low) / (np.where(lightness < 0.5, both, 2 - both) + EPSILON)
        divisor = np.where(slider + strength > 1, strength, 1 - slider)
        moved = colours + (colours - lightness) * (1 / (divisor + EPSILON) - 1)
    return np.asarray(moved).clip(0, 1)
