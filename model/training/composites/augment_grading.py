"""Grade photographs at random as a retoucher does: exposure, tone curve, saturation, slight white balance."""

from dataclasses import dataclass

import torch
from torch import Tensor

from model.training.composites import color
from model.training.composites.random_params import normal, uniform


@dataclass(frozen=True)
class GradingStyle:
    """Hold means and deviations of the grading parameters; all zero: no change."""

    stops: tuple[float, float]  # mean and deviation of exposure
    warmth: float  # deviation, in stops, from cold to warm; from green to magenta it is 0.4 of it
    knee: float  # greatest compression of highlights
    contrast: tuple[float, float]  # mean and deviation of the logarithm of the power
    black: tuple[float, float]  # mean and deviation of the black level, 0-1
    saturation: tuple[float, float]  # mean and deviation of the logarithm of the factor


# Differences between experts' versions of one photograph, and of the unedited file from them: darker, of less
# contrast and saturation (Bychkovsky et al. 2011; HAdobe5k of iHarmony4 is made from their images).
EXPERT = GradingStyle((0.1, 0.8), 0.12, 0.5, (0, 0.35), (0, 0.03), (0, 0.3))
RAW = GradingStyle((-1.0, 0.6), 0.07, 0, (-0.3, 0.2), (0.015, 0.02), (-0.15, 0.2))

# Many files are darker than those that the experts' colour tables were fitted to.
UNDEREXPOSED = GradingStyle((-0.3, 0.5), 0.05, 0, (0, 0.1), (0, 0.01), (0, 0.1))

# The same photograph under another light: lamps, dusk, shade.
OTHER_LIGHT = GradingStyle((-0.1, 0.4), 0.6, 0.3, (0, 0.15), (0, 0.01), (0, 0.1))


def grade(image: Tensor, style: GradingStyle, rng: torch.Generator) -> Tensor:
    """Grade B×3×H×W sRGB in 0-1 with random parameters for each image.

    The parameters are those of a whole retouch, so images stay natural; sequences of independent random
    operations give extreme ones.
    """
    count = len(image)

    def setting(mean: float, deviation: float) -> Tensor:
        return mean + normal((count, 1, 1, 1), deviation, rng)

    power = setting(*style.contrast).clamp(-1, 1).exp()
    out = apply_contrast(apply_exposure(image, style, rng), power, uniform((count, 1, 1, 1), 0.25, 0.55, rng))
    black = setting(*style.black).clamp(-0.1, 0.1) + normal((count, 3, 1, 1), 0.007, rng)
    out = (black + (1 - black) * out).clamp(0, 1)
    grey = color.luma(out)
    return (grey + setting(*style.saturation).exp().clamp(0.3, 2) * (out - grey)).clamp(0, 1)


def apply_exposure(image: Tensor, style: GradingStyle, rng: torch.Generator) -> Tensor:
    """Apply gains of at most two stops and a slight cast in linear light, and compress highlights."""
    mean, deviation = style.stops
    stops = (mean + normal((len(image), 1), deviation, rng)).clamp(-2, 2)
    warmth, tint = (normal((len(image), 1), style.warmth * share, rng) for share in (1, 0.4))
    gains = torch.exp2(torch.cat([stops + warmth, stops + tint, stops - warmth], 1))
    light = color.to_linear(image) * gains[:, :, None, None]
    knee = uniform((len(image), 1, 1, 1), 0, style.knee, rng)
    return color.to_srgb(light * (1 + knee * light.clamp(max=4) / 4) / (1 + knee * light))


def apply_contrast(image: Tensor, power: Tensor, pivot: Tensor) -> Tensor:
    """Change contrast about a pivot by powers that leave black and white unchanged."""
    below = pivot * (image.clamp(min=1e-4) / pivot).clamp(max=1) ** power
    above = 1 - (1 - pivot) * ((1 - image).clamp(min=1e-4) / (1 - pivot)).clamp(max=1) ** power
    return torch.where(image < pivot, below, above)
