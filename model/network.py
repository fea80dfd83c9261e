"""The network: a small picture and its matte in, the parameters of an edit out.

Global first, local second, as in "Semi-supervised Parametric Real-world Image Harmonization" (CVPR 2023):
statistics of object and surroundings give three tone curves; what the curves produced gives the shading map.
"""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

INPUT_SIZE = 256
KNOTS = 17
GRID = 16
VIEW = 64  # side of the copy that statistics are taken from
MAX_LOG_GAIN = 0.7  # encoded values at most doubled or halved: about ±2.2 stops of light
MAX_LOG_SLOPE = 3.0
LIGHT_POWER = 2.2
WIDTH = 256
HEADS = 2
SHADING_WIDTHS = (32, 64, 80, 96)  # of features at half, a quarter … of VIEW

# EfficientNet-Lite0 (Tan and Le 2019, without squeeze-and-excitation, ReLU6):
# kernel, stride, expansion, output channels, repeats of each stage.
LITE0_STAGES = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)
TAPS = (2, 4, 10, 15)  # blocks whose outputs are used: strides 4, 8, 16, 32
STATISTICS = 3 * (3 * 17 + 15) + 1
FEATURES = 3 * 2 * (24 + 40 + 112 + 320)


class PaddedConv(nn.Conv2d):
    """Convolution padded as TensorFlow does, so that the ImageNet weights meet the alignment they learnt.

    A stride of 2 on an even side pads one more after than before; all else is the usual symmetric padding.
    """

    def forward(self, x: Tensor) -> Tensor:
        half = (self.kernel_size[0] - 1) // 2
        if self.stride[0] == 1:
            return F.conv2d(x, self.weight, self.bias, 1, half, 1, self.groups)
        before, after = half - 1 + x.shape[-1] % 2, half
        return F.conv2d(
            F.pad(x, (before, after, before, after)), self.weight, self.bias, 2, 0, 1, self.groups
        )


class InvertedResidual(nn.Module):
    """Expand, filter each channel, project; the input is added back where the shape allows.

    The trunk has no normalisation layers: those of the ImageNet weights are folded into the convolutions.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = inputs * expansion
        self.expand = PaddedConv(inputs, inner, 1) if expansion > 1 else None
        self.depthwise = PaddedConv(inner, inner, kernel, stride, groups=inner)
        self.project = PaddedConv(inner, outputs, 1)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        inner = F.relu6(self.expand(x)) if self.expand is not None else x
        out: Tensor = self.project(F.relu6(self.depthwise(inner)))
        return x + out if self.residual else out


class Encoder(nn.Module):
    """EfficientNet-Lite0 trunk. The matte enters later, as the regions its features are pooled over."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = PaddedConv(3, 32, 3, 2)
        blocks, inputs = [], 32
        for kernel, stride, expansion, outputs, repeats in LITE0_STAGES:
            for i in range(repeats):
                blocks.append(InvertedResidual(inputs, outputs, kernel, stride if i == 0 else 1, expansion))
                inputs = outputs
        self.blocks = nn.ModuleList(blocks)

    def forward(self, image: Tensor) -> list[Tensor]:
        """Features at 1/4, 1/8, 1/16 and 1/32 of B×3×H×W sRGB in 0-1."""
        x = F.relu6(self.stem(image * (255 / 128) - 127 / 128))
        features = []
        for i, block in enumerate(self.blocks):
            x = block(x)
            if i in TAPS:
                features.append(x)
        return features


def soft_cdf(image: Tensor, weight: Tensor, bins: int = 17) -> Tensor:
    """Smooth cumulative histogram of each channel under a weight: B×3×H×W, B×1×H×W → B×(3·bins), 0-1."""
    total = weight.sum((2, 3)) + 1e-6
    steps = [(((i + 1.0) - image * (bins - 1)).clamp(0, 1) * weight).sum((2, 3)) / total for i in range(bins)]
    return torch.stack(steps, 2).flatten(1)


def colour_moments(image: Tensor, weight: Tensor) -> Tensor:
    """Mean, log of the mean light, and the signed root of the covariance under a weight: B×15."""
    total = weight.sum((2, 3)) + 1e-6
    mean = (image * weight).sum((2, 3)) / total
    light = (image**LIGHT_POWER * weight).sum((2, 3)) / total
    centred = (image - mean[:, :, None, None]).flatten(2)
    covariance = (centred * weight.flatten(2)) @ centred.transpose(1, 2) / total[:, :, None]
    spread = covariance.sign() * (covariance.abs() + 1e-8).sqrt()
    return torch.cat([mean, (light + 1e-3).log(), spread.flatten(1)], 1)


def regions_of(matte: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Object, surroundings, and the ring of surroundings next to the object; each B×1×H×W in 0-1."""
    near = F.max_pool2d(matte, 11, 1, 5)
    return matte, 1 - matte, (near - matte).clamp(min=0)


def colour_statistics(image: Tensor, matte: Tensor) -> Tensor:
    """What a colourist would measure: tones, light and colour spread of each region. B×STATISTICS."""
    parts = [measure(image, w) for w in regions_of(matte) for measure in (soft_cdf, colour_moments)]
    return torch.cat([*parts, matte.mean((2, 3)).sqrt()], 1)


def pooled_features(features: Sequence[Tensor], matte: Tensor) -> Tensor:
    """Mean and deviation of every feature in each region: list of B×C×h×w → B×FEATURES."""
    parts = []
    for feature in features:
        for weight in regions_of(F.interpolate(matte, feature.shape[-2:], mode="area")):
            total = weight.sum((2, 3)) + 1e-3
            mean = (feature * weight).sum((2, 3)) / total
            square = (feature.square() * weight).sum((2, 3)) / total
            parts += [mean, (square - mean.square()).clamp(min=0).add(1e-4).sqrt()]
    return torch.cat(parts, 1)


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


class CurveHead(nn.Module):
    """Statistics of the regions → three tone curves: a gain of light per channel, a monotone residual."""

    def __init__(self) -> None:
        super().__init__()
        self.statistics = nn.Sequential(nn.BatchNorm1d(STATISTICS), nn.Linear(STATISTICS, WIDTH))
        self.features = nn.Sequential(nn.BatchNorm1d(FEATURES), nn.Dropout(0.2), nn.Linear(FEATURES, WIDTH))
        self.mix = nn.Sequential(nn.GELU(), nn.Linear(WIDTH, WIDTH), nn.GELU(), nn.Dropout(0.1))
        self.out = nn.Linear(WIDTH, 3 * (KNOTS + 1))
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, statistics: Tensor, features: Tensor) -> Tensor:
        """B×STATISTICS, B×FEATURES → curves B×3×KNOTS."""
        summary = self.mix(self.statistics(statistics) + self.features(features))
        raw = self.out(summary).float().view(-1, 3, KNOTS + 1)
        return monotone_curves(raw[..., 1:], raw[..., :1])


class CurveHeads(nn.Module):
    """Several curve heads that learn apart; together they give the mean of their curves.

    Where the picture leaves open how the object looked, heads guess differently, and their mean is nearer to
    the truth than most of them (deep ensembles, Lakshminarayanan et al. 2017), at little cost: they share the
    trunk.
    """

    def __init__(self) -> None:
        super().__init__()
        self.members = nn.ModuleList(CurveHead() for _ in range(HEADS))

    def forward(self, statistics: Tensor, features: Tensor) -> Tensor:
        """B×STATISTICS, B×FEATURES → curves B×3×KNOTS."""
        return torch.stack([member(statistics, features) for member in self.members]).mean(0)


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
        curves = self.curves(*self.describe(image, matte, self.encoder(image)))
        return curves, self.shading(*self.toned(image, matte, curves.detach()))

    @staticmethod
    def toned(image: Tensor, matte: Tensor, curves: Tensor) -> tuple[Tensor, Tensor]:
        """The two inputs of the shading head: what the curves make of the picture, and the matte."""
        return apply_curves(_shrink(image), curves), _shrink(matte)

    @staticmethod
    def describe(image: Tensor, matte: Tensor, features: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """The two inputs of the curve head: colour statistics and pooled features."""
        small, small_matte = _shrink(image), _shrink(matte)
        return colour_statistics(small, small_matte), pooled_features(
            [f.float() for f in features], small_matte
        )


def _shrink(image: Tensor) -> Tensor:
    return F.adaptive_avg_pool2d(image.float(), VIEW)
