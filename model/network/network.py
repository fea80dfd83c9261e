"""Predict the parameters of an edit from a small picture and its matte.

The order is global, then local, as in "Semi-supervised Parametric Real-world Image Harmonization" (CVPR
2023): colours and features of object and background give three tone curves and a colour matrix; the picture
after them gives the shading map.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model.network.content import ContentHead, equalized_grey
from model.network.efficientnet import Encoder
from model.network.features import (
    COLOURS,
    EARLY_REGIONS,
    LATE_REGIONS,
    PATCH_NUMBERS,
    PATCHES,
    STATISTICS,
    VIEW,
    Features,
    extract_features,
    late_features,
    pool_to_view,
)
from model.network.render_torch import CURVE_NUMBERS, KNOTS, apply_tones, monotone_curves

INPUT_SIZE = 256
GRID = 16
MAX_LOG_GAIN = 0.7  # encoded values at most doubled or halved: about ±2.2 stops of light
WIDTH = 256
RANK = 64  # of the layer that reduces the features of the regions
PATCH_WIDTH, LAYERS, ATTENTION_HEADS = 128, 2, 4
SHADING_WIDTHS = (32, 64, 80, 96)  # of features at half, a quarter … of VIEW


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
        self.out = nn.Linear(WIDTH, CURVE_NUMBERS)
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
    """Predict curves, a colour matrix and a shading map from a composite and its matte, 256×256 each."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = Encoder()
        self.curves = CurveHeads()
        self.content = ContentHead()
        self.shading = ShadingHead()

    def forward(self, image: Tensor, matte: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return curves, B×3×KNOTS in 0-1, a colour matrix, B×3×4, and log-gain, B×1×GRID×GRID.

        image: B×3×256×256 sRGB in 0-1. matte: B×1×256×256 in 0-1.
        """
        curves = self.curves(extract_features(image, matte, self.encoder(image)))
        late = late_features(self.encoder(equalized_grey(image, matte)))
        small = pool_to_view(image), pool_to_view(matte)
        curves, matrix = self.tones(curves, self.content.reduce(late), *small)
        toned = self.toned(image, matte, curves.detach(), matrix.detach())
        return curves, matrix, self.shading(*toned)

    def tones(self, curves: Tensor, content: Tensor, image: Tensor, matte: Tensor) -> tuple[Tensor, Tensor]:
        """Return the weighted mean of both kinds of heads: curves, B×3×KNOTS, and a colour matrix, B×3×4.

        curves: of the curve heads, which use features of the true colours. content, image, matte: the inputs
        of the content head. As the heads use different features, their errors differ, and the mean is more
        accurate than either.
        """
        others, matrix = self.content(content, image, matte)
        unchanged = torch.eye(3, 4, device=matrix.device)
        return curves.lerp(others, self.content.share), unchanged.lerp(matrix, self.content.share)

    @staticmethod
    def toned(image: Tensor, matte: Tensor, curves: Tensor, matrix: Tensor) -> tuple[Tensor, Tensor]:
        """Return the inputs of the shading head: the picture after the curves and the matrix, and the matte.

        Both are VIEW×VIEW.
        """
        mixed = apply_tones(pool_to_view(image), curves, matrix)
        return mixed.clamp(0, 1), pool_to_view(matte)
