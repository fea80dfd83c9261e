"""The network: a small picture and its matte in, the parameters of an edit out.

Global first, local second, as in "Semi-supervised Parametric Real-world Image Harmonization" (CVPR 2023):
colours and contents of object and surroundings give three tone curves; what the curves produced gives the
shading map.
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
RANK = 64  # of the layer that condenses what is in the regions
PATCH_WIDTH, LAYERS, ATTENTION_HEADS = 128, 2, 4
SHADING_WIDTHS = (32, 64, 80, 96)  # of features at half, a quarter … of VIEW


def monotone_curves(raw: Tensor, log_light: Tensor) -> Tensor:
    """Free numbers B×3×KNOTS and B×3×1 → non-decreasing knot values in 0-1; zeros give the identity.

    A gain of exp(log_light) in linear light (a pure power stands for the sRGB curve) is what exposure and
    white balance do; on its result acts a residual: a black level and the logarithm of the slope per segment.
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
    """Piecewise-linear curves, B×3×N, knots at 0 and 1 inclusive, on B×3×H×W in 0-1.

    Written as a sum of clamped ramps: unlike a table look-up its gradient needs no scattered additions.
    """
    segments = curves.shape[-1] - 1
    rise = curves.diff(dim=-1)[..., None, None]
    scaled = image * segments
    out = curves[..., 0, None, None] + rise[:, :, 0] * scaled.clamp(0, 1)
    for i in range(1, segments):
        out = out + rise[:, :, i] * (scaled - i).clamp(0, 1)
    return out


def apply_shading(image: Tensor, shading: Tensor) -> Tensor:
    """Multiply encoded values by exp of the log-gain map, B×1×g×g, resized with half-pixel centres."""
    gain = F.interpolate(shading, image.shape[-2:], mode="bilinear", align_corners=False).exp()
    return (image * gain).clamp(0, 1)


class RegionView(nn.Module):
    """What is in the object, round it, and in the rest of the picture, each as a whole."""

    def __init__(self) -> None:
        super().__init__()
        count = EARLY_REGIONS + LATE_REGIONS
        self.layers = nn.Sequential(
            nn.BatchNorm1d(count), nn.Dropout(0.2), nn.Linear(count, RANK, bias=False), nn.Linear(RANK, WIDTH)
        )

    def forward(self, seen: Features) -> Tensor:
        """→ B×WIDTH."""
        out: Tensor = self.layers(seen.regions)
        return out


class PatchView(nn.Module):
    """Patches that look at each other, so that grass finds grass: a transformer (Vaswani et al. 2017)."""

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

    def forward(self, seen: Features) -> Tensor:
        """→ B×WIDTH, from the means of what the patches of object and of surroundings have become."""
        share = seen.patches[:, :, COLOURS - 1 : COLOURS]
        told = self.norm(seen.patches.transpose(1, 2)).transpose(1, 2)
        x = self.embed(self.drop(told)) + self.position
        for block in self.blocks:
            x = block(x)
        means = [(x * w).sum(1) / (w.sum(1) + 1e-3) for w in (share, 1 - share)]
        out: Tensor = self.out(torch.cat(means, 1))
        return out


class CurveHead(nn.Module):
    """Statistics and a view of the contents → three tone curves: a gain of light, a monotone residual."""

    def __init__(self, view: nn.Module) -> None:
        super().__init__()
        self.statistics = nn.Sequential(nn.BatchNorm1d(STATISTICS), nn.Linear(STATISTICS, WIDTH))
        self.view = view
        self.mix = nn.Sequential(nn.GELU(), nn.Linear(WIDTH, WIDTH), nn.GELU(), nn.Dropout(0.1))
        self.out = nn.Linear(WIDTH, 3 * (KNOTS + 1))
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, seen: Features) -> Tensor:
        """→ curves B×3×KNOTS."""
        summary = self.mix(self.statistics(seen.statistics) + self.view(seen))
        raw = self.out(summary).float().view(-1, 3, KNOTS + 1)
        return monotone_curves(raw[..., 1:], raw[..., :1])


VIEWS = (RegionView, RegionView, PatchView, PatchView)


class CurveHeads(nn.Module):
    """Several curve heads of two kinds, which learn apart; together they give the mean of their curves.

    Where the picture leaves open how the object looked, heads guess differently, and their mean is nearer to
    the truth than most of them (deep ensembles, Lakshminarayanan et al. 2017), at little cost: they share the
    trunk.
    """

    def __init__(self) -> None:
        super().__init__()
        self.members = nn.ModuleList(CurveHead(view()) for view in VIEWS)

    def forward(self, seen: Features) -> Tensor:
        """→ curves B×3×KNOTS."""
        return torch.stack([member(seen) for member in self.members]).mean(0)


class Refinement(nn.Module):
    """Two convolutions whose result is added to what they were given."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(8, width)
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = x + self.second(F.gelu(self.first(F.gelu(self.norm(x)))))
        return out


class ShadingHead(nn.Module):
    """What the curves produced → log-gain map: a small U-Net (Ronneberger et al. 2015).

    It has eyes of its own, because how light falls is not in features that were learnt to name objects.
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
        """B×3×VIEW×VIEW and B×1×VIEW×VIEW, 0-1 → B×1×GRID×GRID."""
        axis = torch.linspace(-1, 1, VIEW, device=toned.device)
        position = torch.stack(torch.meshgrid(axis, axis, indexing="ij"))[None].expand(len(toned), -1, -1, -1)
        seen = [toned - 0.5, 0.5 * (toned + 0.03).log(), matte - 0.5, position]
        x = self.encode[0](self.stem(torch.cat(seen, 1)))
        skips = []
        for shrink, refine in zip(self.down, list(self.encode)[1:], strict=True):
            skips.append(x)
            x = refine(shrink(x))
        x = x + self.whole(x.mean((2, 3)))[:, :, None, None]
        for widen, refine in zip(self.up, self.decode, strict=True):
            x = refine(F.interpolate(widen(x), scale_factor=2.0, mode="nearest") + skips.pop())
        return MAX_LOG_GAIN * torch.tanh(self.gain(x).float())


class HarmonizerNetwork(nn.Module):
    """Composite and matte at INPUT_SIZE² → curves and shading map."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = Encoder()
        self.curves = CurveHeads()
        self.shading = ShadingHead()

    def forward(self, image: Tensor, matte: Tensor) -> tuple[Tensor, Tensor]:
        """B×3×256×256 sRGB in 0-1 and B×1×256×256 in 0-1 → B×3×KNOTS in 0-1, B×1×GRID×GRID log-gain."""
        curves = self.curves(extract_features(image, matte, self.encoder(image)))
        return curves, self.shading(*self.toned(image, matte, curves.detach()))

    @staticmethod
    def toned(image: Tensor, matte: Tensor, curves: Tensor) -> tuple[Tensor, Tensor]:
        """The two inputs of the shading head: what the curves make of the picture, and the matte."""
        return apply_curves(pool_to_view(image), curves), pool_to_view(matte)
