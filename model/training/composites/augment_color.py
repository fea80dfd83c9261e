"""What a camera, an editor or the light of another place does to pictures.

Every operation takes a batch B×3×H×W (sRGB, 0-1) and draws one set of parameters per picture from `rng`.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from model.training.composites import color
from model.training.composites.random_params import apply_to_some, normal, uniform

Operation = Callable[[Tensor, torch.Generator], Tensor]


def exposure_and_white_balance(image: Tensor, rng: torch.Generator) -> Tensor:
    """Gains in linear light: ±2.2 stops of exposure, warm-cold and green-magenta casts."""
    count = len(image)
    stops = normal((count, 1), 0.9, rng).clamp(-2.2, 2.2)
    warmth, tint = normal((count, 1), 0.28, rng), normal((count, 1), 0.1, rng)
    gains = torch.exp2(torch.cat([stops + warmth, stops + tint, stops - warmth], 1))
    return color.to_srgb(color.to_linear(image) * gains[:, :, None, None])


def tone_curves(image: Tensor, rng: torch.Generator) -> Tensor:
    """Random monotone curves: one shape for all channels, a smaller deviation for each."""
    count, segments = len(image), 8
    shared = normal((count, 1, 1), 0.35, rng) * torch.linspace(-1, 1, segments, device=rng.device)
    slopes = shared + normal((count, 1, segments), 0.4, rng) + normal((count, 3, segments), 0.25, rng)
    rise = slopes.exp().cumsum(2)
    shape = F.pad(rise / rise[..., -1:], (1, 0))
    black = normal((count, 1, 1), 0.05, rng) + normal((count, 3, 1), 0.02, rng)
    white = 1 + normal((count, 1, 1), 0.1, rng) + normal((count, 3, 1), 0.04, rng)
    return color.look_up(image, (black + shape * (white - black)).clamp(0, 1))


def gamma(image: Tensor, rng: torch.Generator) -> Tensor:
    """Power curves, mostly common to the channels."""
    exponent = torch.exp(normal((len(image), 1), 0.35, rng) + normal((len(image), 3), 0.08, rng))
    return image.clamp(min=1e-4) ** exponent[:, :, None, None]


def contrast(image: Tensor, rng: torch.Generator) -> Tensor:
    """Stretch or squeeze about the picture's own mean luma."""
    factor = normal((len(image), 1, 1, 1), 0.3, rng).exp()
    pivot = color.luma(image).mean((2, 3), keepdim=True)
    return (pivot + factor * (image - pivot)).clamp(0, 1)


def saturation_and_hue(image: Tensor, rng: torch.Generator) -> Tensor:
    """Scale and turn the two opponent colour axes."""
    count = len(image)
    factor = normal((count,), 0.35, rng).exp().clamp(0.2, 2.2)
    angle = normal((count,), 0.08, rng)
    turned = torch.zeros(count, 3, 3, device=image.device)
    turned[:, 0, 0] = 1
    turned[:, 1, 1] = turned[:, 2, 2] = factor * angle.cos()
    turned[:, 1, 2], turned[:, 2, 1] = -factor * angle.sin(), factor * angle.sin()
    axes = color.OPPONENT.to(image.device)
    return color.multiply(image, axes.T @ turned @ axes, torch.zeros(count, 3, device=image.device))


def channel_gains(image: Tensor, rng: torch.Generator) -> Tensor:
    """Gains and lifts of encoded values, the simplest colour jitter."""
    gain = normal((len(image), 1), 0.25, rng) + normal((len(image), 3), 0.15, rng)
    lift = normal((len(image), 1), 0.06, rng) + normal((len(image), 3), 0.04, rng)
    return (image * gain.exp()[:, :, None, None] + lift[:, :, None, None]).clamp(0, 1)


RETOUCHES: tuple[tuple[float, Operation], ...] = (
    (0.65, exposure_and_white_balance),
    (0.45, tone_curves),
    (0.25, gamma),
    (0.3, contrast),
    (0.4, saturation_and_hue),
    (0.2, channel_gains),
)


def retouch(image: Tensor, rng: torch.Generator, strength: float = 1.0) -> Tensor:
    """A random global retouch; a smaller strength makes each step rarer."""
    for share, operation in RETOUCHES:
        image = apply_to_some(image, share * strength, operation, rng)
    return image


def light_field(count: int, size: int, rng: torch.Generator) -> Tensor:
    """Random log-gain, B×3×size×size: a ramp, two blobs, the edge of a cast shadow, and a little colour."""
    axis = torch.linspace(-1, 1, size, device=rng.device)
    y, x = axis[None, :, None], axis[None, None, :]

    def across() -> Tensor:
        angle = uniform((count, 1, 1), 0, 2 * math.pi, rng)
        return x * angle.cos() + y * angle.sin()

    field = normal((count, 1, 1), 0.3, rng) * across()
    for _ in range(2):
        centre_x, centre_y = uniform((count, 1, 1), -0.8, 0.8, rng), uniform((count, 1, 1), -0.8, 0.8, rng)
        radius = uniform((count, 1, 1), 0.2, 0.8, rng)
        distance = (x - centre_x) ** 2 + (y - centre_y) ** 2
        field = field + normal((count, 1, 1), 0.25, rng) * torch.exp(-distance / (2 * radius**2))
    softness = uniform((count, 1, 1), 0.04, 0.3, rng)
    shadow = torch.sigmoid((across() - uniform((count, 1, 1), -0.4, 0.4, rng)) / softness)
    shadowed = (uniform((count, 1, 1), 0, 1, rng) < 0.3).float()
    field = field - shadowed * uniform((count, 1, 1), 0.1, 0.6, rng) * shadow
    tint = 1 + normal((count, 3, 1, 1), 0.25, rng)
    return field[:, None] * tint


def local_light(image: Tensor, rng: torch.Generator) -> Tensor:
    """Multiply by a smooth light field."""
    return (image * light_field(len(image), image.shape[-1], rng).exp()).clamp(0, 1)


def uneven_light(image: Tensor, matte: Tensor, strength: Tensor, rng: torch.Generator) -> Tensor:
    """Multiply by a smooth light field, B×1×1×1 strong, whose mean over the object is taken out.

    What is left is what tone curves cannot mend.
    """
    field = light_field(len(image), image.shape[-1], rng)
    mean = (field * matte).sum((2, 3), keepdim=True) / matte.sum((2, 3), keepdim=True).clamp(min=1e-6)
    return (image * (strength * (field - mean)).exp()).clamp(0, 1)
