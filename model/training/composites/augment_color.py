"""Change the colours and the light of images at random, as cameras, editors and other light sources do.

Every operation takes a batch B×3×H×W (sRGB, 0-1) and draws one set of parameters per image from `rng`.
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
    """Apply gains in linear light: ±2.2 stops of exposure, warm-cold and green-magenta casts."""
    count = len(image)
    stops = normal((count, 1), 0.9, rng).clamp(-2.2, 2.2)
    warmth, tint = normal((count, 1), 0.28, rng), normal((count, 1), 0.1, rng)
    gains = torch.exp2(torch.cat([stops + warmth, stops + tint, stops - warmth], 1))
    return color.to_srgb(color.to_linear(image) * gains[:, :, None, None])


def tone_curves(image: Tensor, rng: torch.Generator) -> Tensor:
    """Apply random monotone curves: one shape for all channels, and a smaller deviation for each."""
    count, segments = len(image), 8
    shared = normal((count, 1, 1), 0.35, rng) * torch.linspace(-1, 1, segments, device=rng.device)
    slopes = shared + normal((count, 1, segments), 0.4, rng) + normal((count, 3, segments), 0.25, rng)
    rise = slopes.exp().cumsum(2)
    shape = F.pad(rise / rise[..., -1:], (1, 0))
    black = normal((count, 1, 1), 0.05, rng) + normal((count, 3, 1), 0.02, rng)
    white = 1 + normal((count, 1, 1), 0.1, rng) + normal((count, 3, 1), 0.04, rng)
    return color.look_up(image, (black + shape * (white - black)).clamp(0, 1))


def gamma(image: Tensor, rng: torch.Generator) -> Tensor:
    """Apply power curves, with nearly equal exponents for the three channels."""
    exponent = torch.exp(normal((len(image), 1), 0.35, rng) + normal((len(image), 3), 0.08, rng))
    return image.clamp(min=1e-4) ** exponent[:, :, None, None]


def contrast(image: Tensor, rng: torch.Generator) -> Tensor:
    """Increase or reduce contrast about the mean luma of each image."""
    factor = normal((len(image), 1, 1, 1), 0.3, rng).exp()
    pivot = color.luma(image).mean((2, 3), keepdim=True)
    return (pivot + factor * (image - pivot)).clamp(0, 1)


def saturation_and_hue(image: Tensor, rng: torch.Generator) -> Tensor:
    """Scale and rotate the plane of the two opponent colour axes."""
    count = len(image)
    factor = normal((count,), 0.35, rng).exp().clamp(0.2, 2.2)
    angle = normal((count,), 0.08, rng)
    rotation = torch.zeros(count, 3, 3, device=image.device)
    rotation[:, 0, 0] = 1
    rotation[:, 1, 1] = rotation[:, 2, 2] = factor * angle.cos()
    rotation[:, 1, 2], rotation[:, 2, 1] = -factor * angle.sin(), factor * angle.sin()
    axes = color.opponent_axes(image.device)
    return color.multiply(image, axes.T @ rotation @ axes, torch.zeros(count, 3, device=image.device))


def channel_gains(image: Tensor, rng: torch.Generator) -> Tensor:
    """Apply gains and offsets to encoded values."""
    gain = normal((len(image), 1), 0.25, rng) + normal((len(image), 3), 0.15, rng)
    offset = normal((len(image), 1), 0.06, rng) + normal((len(image), 3), 0.04, rng)
    return (image * gain.exp()[:, :, None, None] + offset[:, :, None, None]).clamp(0, 1)


RETOUCHES: tuple[tuple[float, Operation], ...] = (
    (0.65, exposure_and_white_balance),
    (0.45, tone_curves),
    (0.25, gamma),
    (0.3, contrast),
    (0.4, saturation_and_hue),
    (0.2, channel_gains),
)


def retouch(image: Tensor, rng: torch.Generator, strength: float = 1.0) -> Tensor:
    """Apply a random global retouch; a smaller strength makes each operation less frequent."""
    for share, operation in RETOUCHES:
        image = apply_to_some(image, share * strength, operation, rng)
    return image


def light_field(count: int, size: int, rng: torch.Generator) -> Tensor:
    """Return random log-gain maps, B×3×size×size: a ramp, two blobs, the edge of a cast shadow and a tint."""
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
    """Multiply images by a smooth light field."""
    return (image * light_field(len(image), image.shape[-1], rng).exp()).clamp(0, 1)


def uneven_light(image: Tensor, matte: Tensor, strength: Tensor, rng: torch.Generator) -> Tensor:
    """Multiply images by a smooth light field with zero mean log-gain over the object.

    matte: B×1×H×W in 0-1. strength: B×1×1×1, the factor of the log-gain. Tone curves can correct the mean but
    not the rest, so only the rest is applied.
    """
    return under_uneven_light(image, matte, strength * light_field(len(image), image.shape[-1], rng))


def under_uneven_light(image: Tensor, matte: Tensor, field: Tensor) -> Tensor:
    """Multiply images by a log-gain, B×3×H×W, less its mean over the object in each channel."""
    mean = (field * matte).sum((2, 3), keepdim=True) / matte.sum((2, 3), keepdim=True).clamp(min=1e-6)
    return (image * (field - mean).exp()).clamp(0, 1)
