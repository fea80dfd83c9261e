"""The network: a small picture and its matte in, the parameters of an edit out.

Global first, local second, as in "Semi-supervised Parametric Real-world Image Harmonization" (CVPR 2023):
statistics of object and surroundings give three tone curves; what the curves produced gives the shading map.
"""

from collections.abc import Sequence

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
SHADING_WIDTH = 96
LIGHTS = 2 * (3 * 3 + 1) + 2

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

    def forward(self, statistics: Tensor, features: Tensor) -> tuple[Tensor, Tensor]:
        """B×STATISTICS, B×FEATURES → curves B×3×KNOTS and the summary B×WIDTH they came from."""
        summary = self.mix(self.statistics(statistics) + self.features(features))
        raw = self.out(summary).float().view(-1, 3, KNOTS + 1)
        return monotone_curves(raw[..., 1:], raw[..., :1]), summary


def smoothed(image: Tensor, weight: Tensor, reach: int) -> Tensor:
    """Mean of B×C×g×g over a box, as far as B×1×g×g weighs: normalised convolution.

    Steps towards zero far from any weight, so that a little of an object does not speak for a large cell.
    """
    box = (2 * reach + 1, 1, reach)
    total = F.avg_pool2d(weight, *box)
    return F.avg_pool2d(image * weight, *box) / (total + 0.02)


def light_and_shade(toned: Tensor, matte: Tensor) -> Tensor:
    """Where object and surroundings are lighter or darker than themselves: B×LIGHTS×GRID×GRID.

    Logarithms of the colours, less the mean of their region, at three widths; coverage; position.
    """
    logs = (toned + 0.03).log()
    parts = []
    for weight in (matte, 1 - matte):
        total = weight.sum((2, 3), keepdim=True) + 1e-3
        relative = logs - (logs * weight).sum((2, 3), keepdim=True) / total
        coverage = F.adaptive_avg_pool2d(weight, GRID)
        coarse = F.adaptive_avg_pool2d(relative * weight, GRID) / (coverage + 0.02)
        parts += [smoothed(coarse, coverage, reach) for reach in (0, 1, 3)] + [coverage]
    axis = torch.linspace(-1, 1, GRID, device=toned.device)
    position = torch.stack(torch.meshgrid(axis, axis, indexing="ij"))[None].expand(len(toned), -1, -1, -1)
    return torch.cat([*parts, position], 1)


class CurveHeads(nn.Module):
    """Several curve heads that learn apart; together they give the mean of their curves.

    Where the picture leaves open how the object looked, heads guess differently, and their mean is nearer to
    the truth than most of them (deep ensembles, Lakshminarayanan et al. 2017), at little cost: they share the
    trunk. The shading head is told what the first of them made of the regions.
    """

    def __init__(self) -> None:
        super().__init__()
        self.members = nn.ModuleList(CurveHead() for _ in range(HEADS))

    def forward(self, statistics: Tensor, features: Tensor) -> tuple[Tensor, Tensor]:
        """B×STATISTICS, B×FEATURES → curves B×3×KNOTS and a summary B×WIDTH."""
        answers = [member(statistics, features) for member in self.members]
        return torch.stack([curves for curves, _ in answers]).mean(0), answers[0][1]


class ShadingHead(nn.Module):
    """Log-gain map from what the curves produced, the picture's features and the summary of the regions."""

    def __init__(self) -> None:
        super().__init__()
        self.light = nn.Conv2d(LIGHTS, SHADING_WIDTH, 3, padding=1)
        self.context = nn.Conv2d(40 + 112, SHADING_WIDTH, 1)
        self.summary = nn.Linear(WIDTH, SHADING_WIDTH)
        self.mix = nn.ModuleList(
            nn.Sequential(
                nn.GELU(),
                nn.Conv2d(SHADING_WIDTH, SHADING_WIDTH, 3, padding=step, dilation=step),
                nn.GELU(),
                nn.Conv2d(SHADING_WIDTH, SHADING_WIDTH, 1),
            )
            for step in (1, 2, 4, 1)
        )
        self.gain = nn.Conv2d(SHADING_WIDTH, 1, 1)
        nn.init.zeros_(self.gain.weight)
        nn.init.zeros_(self.gain.bias)  # type: ignore[arg-type]

    def forward(self, lights: Tensor, features: Tensor, summary: Tensor) -> Tensor:
        """B×LIGHTS×GRID×GRID, B×152×GRID×GRID, B×WIDTH → B×1×GRID×GRID."""
        x = self.light(lights) + self.context(features) + self.summary(summary)[:, :, None, None]
        for block in self.mix:
            x = x + block(x)
        smooth = F.avg_pool2d(F.pad(self.gain(x), (1, 1, 1, 1), mode="replicate"), 3, 1)
        return MAX_LOG_GAIN * torch.tanh(smooth.float())


class HarmonizerNetwork(nn.Module):
    """Composite and matte at INPUT_SIZE² → curves and shading map."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = Encoder()
        self.curves = CurveHeads()
        self.shading = ShadingHead()

    def forward(self, image: Tensor, matte: Tensor) -> tuple[Tensor, Tensor]:
        """B×3×256×256 sRGB in 0-1 and B×1×256×256 in 0-1 → B×3×KNOTS in 0-1, B×1×GRID×GRID log-gain."""
        curves, told = self.before_shading(image, matte, self.encoder(image))
        return curves, self.shading(*told)

    def before_shading(
        self, image: Tensor, matte: Tensor, features: Sequence[Tensor]
    ) -> tuple[Tensor, tuple[Tensor, Tensor, Tensor]]:
        """The curves, and the three inputs of the shading head."""
        curves, summary = self.curves(*self.describe(image, matte, features))
        toned = apply_curves(_shrink(image), curves.detach())
        lights = light_and_shade(toned, _shrink(matte))
        return curves, (lights, self.context(features), summary)

    @staticmethod
    def context(features: Sequence[Tensor]) -> Tensor:
        """What the shading head is told of the trunk's features: strides 8 and 16, B×152×GRID×GRID."""
        return torch.cat([F.adaptive_avg_pool2d(f.float(), GRID) for f in features[1:3]], 1)

    @staticmethod
    def describe(image: Tensor, matte: Tensor, features: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """The two inputs of the curve head: colour statistics and pooled features."""
        small, small_matte = _shrink(image), _shrink(matte)
        return colour_statistics(small, small_matte), pooled_features(
            [f.float() for f in features], small_matte
        )


def _shrink(image: Tensor) -> Tensor:
    return F.adaptive_avg_pool2d(image.float(), VIEW)
