"""What a retoucher does to a photograph: exposure, a tone curve, saturation, a little white balance."""

from dataclasses import dataclass

import torch
from torch import Tensor

from model.training.composites import color
from model.training.composites.random_params import normal, uniform


@dataclass(frozen=True)
class Habits:
    """Means and deviations of what is done; all zero is nothing."""

    stops: tuple[float, float]  # of exposure
    warmth: float  # deviation, in stops; 0.4 of it from green to magenta
    knee: float  # the most that highlights are compressed
    contrast: tuple[float, float]  # logarithm of the power
    black: tuple[float, float]  # where black comes to lie, 0-1
    saturation: tuple[float, float]  # logarithm of the factor


# How experts differ over one photograph, and how the untouched file looks beside their work: darker, flatter,
# paler (Bychkovsky et al. 2011, whose pictures HAdobe5k of iHarmony4 is made from).
EXPERT = Habits((0.1, 0.8), 0.12, 0.5, (0, 0.35), (0, 0.03), (0, 0.3))
RAW = Habits((-1.0, 0.6), 0.07, 0, (-0.3, 0.2), (0.015, 0.02), (-0.15, 0.2))

# How much darker than in the pictures of its tables an expert finds many a file.
UNDEREXPOSED = Habits((-0.3, 0.5), 0.05, 0, (0, 0.1), (0, 0.01), (0, 0.1))

# How another light makes the same photograph look: lamps, dusk, shade.
LIT = Habits((-0.1, 0.4), 0.6, 0.3, (0, 0.15), (0, 0.01), (0, 0.1))


def grade(image: Tensor, habits: Habits, rng: torch.Generator) -> Tensor:
    """One session of a retoucher: B×3×H×W sRGB in 0-1 → the same, each picture with settings of its own.

    The photograph changes as a whole and looks natural before and after, where single random steps make
    extremes.
    """
    count = len(image)

    def setting(mean: float, deviation: float) -> Tensor:
        return mean + normal((count, 1, 1, 1), deviation, rng)

    power = setting(*habits.contrast).clamp(-1, 1).exp()
    out = s_curve(exposed(image, habits, rng), power, uniform((count, 1, 1, 1), 0.25, 0.55, rng))
    black = setting(*habits.black).clamp(-0.1, 0.1) + normal((count, 3, 1, 1), 0.007, rng)
    out = (black + (1 - black) * out).clamp(0, 1)
    grey = color.luma(out)
    return (grey + setting(*habits.saturation).exp().clamp(0.3, 2) * (out - grey)).clamp(0, 1)


def exposed(image: Tensor, habits: Habits, rng: torch.Generator) -> Tensor:
    """Gains in linear light, at most two stops and slightly warm or cold; highlights are compressed."""
    mean, deviation = habits.stops
    stops = (mean + normal((len(image), 1), deviation, rng)).clamp(-2, 2)
    warmth, tint = (normal((len(image), 1), habits.warmth * share, rng) for share in (1, 0.4))
    gains = torch.exp2(torch.cat([stops + warmth, stops + tint, stops - warmth], 1))
    light = color.to_linear(image) * gains[:, :, None, None]
    knee = uniform((len(image), 1, 1, 1), 0, habits.knee, rng)
    return color.to_srgb(light * (1 + knee * light.clamp(max=4) / 4) / (1 + knee * light))


def s_curve(image: Tensor, power: Tensor, pivot: Tensor) -> Tensor:
    """More or less contrast about a pivot, by powers that leave black and white where they are."""
    below = pivot * (image.clamp(min=1e-4) / pivot).clamp(max=1) ** power
    above = 1 - (1 - pivot) * ((1 - image).clamp(min=1e-4) / (1 - pivot)).clamp(max=1) ** power
    return torch.where(image < pivot, below, above)
