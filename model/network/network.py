"""Predict the parameters of an edit from a small picture and its matte.

The order is global, then local, as in "Semi-supervised Parametric Real-world Image Harmonization" (CVPR
2023): colours and features of object and background give three tone curves; the picture after the curves
gives the shading map.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model.network.efficientnet import Encoder
from model.network.features import (
    COLOURS,
    EARLY_REGIONS,
    LATE_REGIONS,
    LIGHT_POWER,
    PATCH_NUMBERS,
    PATCHES,
    STATISTICS,
    VIEW,
    Features,
    extract_features,
    pool_to_view,
)

INPUT_SIZE = 256
KNOTS = 17
GRID = 16
MAX_LOG_GAIN = 0.7  # encoded values at most doubled or halved: about ±2.2 stops of light
MAX_LOG_SLOPE = 3.0
WIDTH = 256
RANK = 64  # of the layer that reduces the features of the regions
PATCH_WIDTH, LAYERS, ATTENTION_HEADS = 128, 2, 4
SHADING_WIDTHS = (32, 64, 80, 96)  # of features at half, a quarter … of VIEW


def monotone_curves(raw: Tensor, log_light: Tensor) -> Tensor:
    """Map free numbers, B×3×KNOTS and B×3×1, to non-decreasing knot values in 0-1; zeros give the identity.

    log_light: a gain of exp(log_light) in linear light, as of exposure and white balance; a pure power
    approximates the sRGB curve. raw: a residual applied to its result, a black level and the logarithm of the
    slope of each segment.
    """
    position = torch.linspace(0, 1, KNOTS, device=raw.device)
    lit = position * (log_light.clamp(-4, 4) / LIGHT_POWER).exp()
    slopes = raw[..., 1:].clamp(-MAX_LOG_SLOPE, MAX_LOG_SLOPE).exp() / (KNOTS - 1)
    residual = 0.25 * raw[..., :1] + F.pad(slopes.cumsum(-1), (1, 0))
    below = (lit.clamp(0, 1) * (KNOTS - 1)).floor().clamp(max=KNOTS - 2)
    low = residual.gather(-1, below.long())
    high = residual.gather(-1, below.long() + 1)
    inside = low + (high - low) * (lit.clamp(0, 1) * (KNOTS - 1) - below)
    return inside.clamp(0, 1)


def apply_curves(image: Tensor, curves: Tensor) -> Tensor:
    """Apply piecewise-linear curves, B×3×N, knots from 0 to 1 inclusive, to B×3×H×W in 0-1.

    They are computed as a sum of clamped ramps: unlike a table look-up, the gradient needs no scatter-add.
    """
    segments = curves.shape[-1] - 1
    rise = curves.diff(dim=-1)[..., None, None]
    scaled = image * segments
    out = curves[..., 0, None, None] + rise[:, :, 0] * scaled.clamp(0, 1)
    for i in range(1, segments):
        out = out + rise[:, :, i] * (scaled - i).clamp(0, 1)
    return out


def apply_matrix(image: Tensor, matrix: Tensor) -> Tensor:
    """Mix the channels of B×3×H×W in 0-1: A·c + b, by B×3×4, A and then b. Not clamped.

    Sums of products keep float32 under autocast, and the identity exact.
    """
    weights = matrix[..., None, None]
    mixed = weights[:, :, 3]
    for channel in range(3):
        mixed = mixed + weights[:, :, channel] * image[:, channel : channel + 1]
    return mixed


def apply_shading(image: Tensor, shading: Tensor) -> Tensor:
    """Multiply encoded values, B×3×H×W, by exp of the log-gain map, B×1×g×g; clamped to 0-1.

    The map is resized bilinearly with half-pixel centres.
    """
    gain = F.interpolate(shading, image.shape[-2:], mode="bilinear", align_corners=False).exp()
    return (image * gain).clamp(0, 1)


class RegionBranch(nn.Module):
    """Encode the features of object, background, and background near the object, each as a whole."""

    def __init__(self) -> None:
        super().__init__()
        count = EARLY_REGIONS + LATE_REGIONS
        self.layers = nn.Sequential(
            nn.BatchNorm1d(count), nn.Dropout(0.2), nn.Linear(count, RANK, bias=False), nn.Linear(RANK, WIDTH)
        )

    def forward(self, features: Features) -> Tensor:
        """Return B×WIDTH."""
        out: Tensor = self.layers(features.regions)
        return out


class PatchBranch(nn.Module):
    """Encode the patches of a picture with a transformer (Vaswani et al. 2017), which compares surfaces."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(PATCH_NUMBERS)
        self.drop = nn.Dropout(0.1)
        self.embed = nn.Linear(PATCH_NUMBERS, PATCH_WIDTH)
        self.position = nn.Parameter(torch.zeros(PATCHES**2, PATCH_WIDTH))
        self.blocks = nn.ModuleList(
            nn.TransformerEncoderLayer(
                PATCH_WIDTH, ATTENTION_HEADS, 2 * PATCH_WIDTH, 0.1, F.gelu, batch_first=True, norm_first=True
            )
            for _ in range(LAYERS)
        )
        self.out = nn.Sequential(nn.LayerNorm(2 * PATCH_WIDTH), nn.Linear(2 * PATCH_WIDTH, WIDTH))

    def forward(self, features: Features) -> Tensor:
        """Return B×WIDTH, from the means of the encoded patches over object and background."""
        share = features.patches[:, :, COLOURS - 1 : COLOURS]
        normed = self.norm(features.patches.transpose(1, 2)).transpose(1, 2)
        x = self.embed(self.drop(normed)) + self.position
        for block in self.blocks:
            x = block(x)
        means = [(x * w).sum(1) / (w.sum(1) + 1e-3) for w in (share, 1 - share)]
        out: Tensor = self.out(torch.cat(means, 1))
        return out


class CurveHead(nn.Module):
    """Predict three tone curves from statistics and one branch: a gain of light, a monotone residual."""

    def __init__(self, branch: nn.Module) -> None:
        super().__init__()
        self.statistics = nn.Sequential(nn.BatchNorm1d(STATISTICS), nn.Linear(STATISTICS, WIDTH))
        self.view = branch  # the name of its keys in weights files
        self.mix = nn.Sequential(nn.GELU(), nn.Linear(WIDTH, WIDTH), nn.GELU(), nn.Dropout(0.1))
        self.out = nn.Linear(WIDTH, 3 * (KNOTS + 1))
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, features: Features) -> Tensor:
        """Return curves, B×3×KNOTS in 0-1."""
        summary = self.mix(self.statistics(features.statistics) + self.view(features))
        raw = self.out(summary).float().view(-1, 3, KNOTS + 1)
        return monotone_curves(raw[..., 1:], raw[..., :1])


BRANCHES = (RegionBranch, RegionBranch, PatchBranch, PatchBranch)


class CurveHeads(nn.Module):
    """Average the curves of several heads of two kinds, which are trained separately.

    Where a picture does not determine the object's original colours, the heads differ, and their mean is
    closer to the truth than most of them (deep ensembles, Lakshminarayanan et al. 2017). The cost is small,
    because they share the encoder.
    """

    def __init__(self) -> None:
        super().__init__()
        self.members = nn.ModuleList(CurveHead(branch()) for branch in BRANCHES)

    def forward(self, features: Features) -> Tensor:
        """Return curves, B×3×KNOTS in 0-1."""
        return torch.stack([member(features) for member in self.members]).mean(0)


class Refinement(nn.Module):
    """Add the output of two convolutions to their input."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(8, width)
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = x + self.second(F.gelu(self.first(F.gelu(self.norm(x)))))
        return out


class ShadingHead(nn.Module):
    """Predict the log-gain map from the picture after the curves: a small U-Net (Ronneberger et al. 2015).

    It does not use the encoder, whose features were trained to classify objects, not to describe lighting.
    """

    def __init__(self) -> None:
        super().__init__()
        first, second, third, last = SHADING_WIDTHS
        self.stem = nn.Conv2d(3 + 3 + 1 + 2, first, 4, 2, 1)
        self.down = nn.ModuleList(
            nn.Conv2d(inputs, outputs, 4, 2, 1) for inputs, outputs in pairwise(SHADING_WIDTHS)
        )
        self.encode = nn.ModuleList(
            nn.Sequential(*(Refinement(width) for _ in range(repeats)))
            for width, repeats in zip(SHADING_WIDTHS, (1, 2, 2, 2), strict=True)
        )
        self.whole = nn.Linear(last, last)
        self.up = nn.ModuleList([nn.Conv2d(last, third, 1), nn.Conv2d(third, second, 1)])
        self.decode = nn.ModuleList([Refinement(third), Refinement(second)])
        self.gain = nn.Conv2d(second, 1, 3, padding=1)
        nn.init.zeros_(self.gain.weight)
        nn.init.zeros_(self.gain.bias)  # type: ignore[arg-type]

    def forward(self, toned: Tensor, matte: Tensor) -> Tensor:
        """Return the log-gain, B×1×GRID×GRID, for B×3×VIEW×VIEW and B×1×VIEW×VIEW in 0-1."""
        axis = torch.linspace(-1, 1, VIEW, device=toned.device)
        position = torch.stack(torch.meshgrid(axis, axis, indexing="ij"))[None].expand(len(toned), -1, -1, -1)
        channels = [toned - 0.5, 0.5 * (toned + 0.03).log(), matte - 0.5, position]
        x = self.encode[0](self.stem(torch.cat(channels, 1)))
        skips = []
        for reduce, refine in zip(self.down, list(self.encode)[1:], strict=True):
            skips.append(x)
            x = refine(reduce(x))
        x = x + self.whole(x.mean((2, 3)))[:, :, None, None]
        for widen, refine in zip(self.up, self.decode, strict=True):
            x = refine(F.interpolate(widen(x), scale_factor=2.0, mode="nearest") + skips.pop())
        return MAX_LOG_GAIN * torch.tanh(self.gain(x).float())


class HarmonizerNetwork(nn.Module):
    """Predict curves and a shading map from a composite and its matte at INPUT_SIZE×INPUT_SIZE."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = Encoder()
        self.curves = CurveHeads()
        self.shading = ShadingHead()

    def forward(self, image: Tensor, matte: Tensor) -> tuple[Tensor, Tensor]:
        """Return curves, B×3×KNOTS in 0-1, and log-gain, B×1×GRID×GRID.

        image: B×3×256×256 sRGB in 0-1. matte: B×1×256×256 in 0-1.
        """
        curves = self.curves(extract_features(image, matte, self.encoder(image)))
        return curves, self.shading(*self.toned(image, matte, curves.detach()))

    @staticmethod
    def toned(image: Tensor, matte: Tensor, curves: Tensor) -> tuple[Tensor, Tensor]:
        """Return the inputs of the shading head: the picture after the curves, and the matte; VIEW×VIEW."""
        return apply_curves(pool_to_view(image), curves), pool_to_view(matte)
