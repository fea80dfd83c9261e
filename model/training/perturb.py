"""Synthetic mismatches: what a retoucher, a camera or another scene's light would have done to the object.

Every operation takes a batch B×3×H×W (sRGB, 0-1) and draws one set of parameters per picture from `rng`.
"""

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from model.training import colour

Operation = Callable[[Tensor, torch.Generator], Tensor]


def normal(shape: Sequence[int], deviation: float, rng: torch.Generator) -> Tensor:
    return torch.randn(tuple(shape), generator=rng, device=rng.device) * deviation


def uniform(shape: Sequence[int], low: float, high: float, rng: torch.Generator) -> Tensor:
    return torch.rand(tuple(shape), generator=rng, device=rng.device) * (high - low) + low


def apply_to_some(image: Tensor, share: float, operation: Operation, rng: torch.Generator) -> Tensor:
    """The operation on a random share of the batch, the rest unchanged."""
    chosen = (uniform((len(image),), 0, 1, rng) < share).nonzero()[:, 0]
    if len(chosen) == 0:
        return image
    return image.index_copy(0, chosen, operation(image[chosen], rng))


def exposure_and_white_balance(image: Tensor, rng: torch.Generator) -> Tensor:
    """Gains in linear light: ±2.2 stops of exposure, warm-cold and green-magenta casts."""
    count = len(image)
    stops = normal((count, 1), 0.9, rng).clamp(-2.2, 2.2)
    warmth, tint = normal((count, 1), 0.28, rng), normal((count, 1), 0.1, rng)
    gains = torch.exp2(torch.cat([stops + warmth, stops + tint, stops - warmth], 1))
    return colour.to_srgb(colour.to_linear(image) * gains[:, :, None, None])


def tone_curves(image: Tensor, rng: torch.Generator) -> Tensor:
    """Random monotone curves: one shape for all channels, a smaller deviation for each."""
    count, segments = len(image), 8
    shared = normal((count, 1, 1), 0.35, rng) * torch.linspace(-1, 1, segments, device=rng.device)
    slopes = shared + normal((count, 1, segments), 0.4, rng) + normal((count, 3, segments), 0.25, rng)
    rise = slopes.exp().cumsum(2)
    shape = F.pad(rise / rise[..., -1:], (1, 0))
    black = normal((count, 1, 1), 0.05, rng) + normal((count, 3, 1), 0.02, rng)
    white = 1 + normal((count, 1, 1), 0.1, rng) + normal((count, 3, 1), 0.04, rng)
    return colour.look_up(image, (black + shape * (white - black)).clamp(0, 1))


def gamma(image: Tensor, rng: torch.Generator) -> Tensor:
    """Power curves, mostly common to the channels."""
    exponent = torch.exp(normal((len(image), 1), 0.35, rng) + normal((len(image), 3), 0.08, rng))
    return image.clamp(min=1e-4) ** exponent[:, :, None, None]


def contrast(image: Tensor, rng: torch.Generator) -> Tensor:
    """Stretch or squeeze about the picture's own mean luma."""
    factor = normal((len(image), 1, 1, 1), 0.3, rng).exp()
    pivot = colour.luma(image).mean((2, 3), keepdim=True)
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
    axes = colour.OPPONENT.to(image.device)
    return colour.multiply(image, axes.T @ turned @ axes, torch.zeros(count, 3, device=image.device))


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


def transfer(image: Tensor, matte: Tensor, rng: torch.Generator) -> Tensor:
    """Give each object the colours of a random region of another picture of the batch.

    By mean and spread, by covariance or by histogram, at a random strength: how iHarmony4 was made
    (Cong et al. 2020, section 3), there with reference objects of the same class.
    """
    count = len(image)
    other = torch.randperm(count, generator=rng, device=rng.device)
    outside = uniform((count, 1, 1, 1), 0, 1, rng) < 0.5
    region = torch.where(outside, 1 - matte[other], matte[other])
    source = colour.sample_region(image, matte, rng)
    reference = colour.sample_region(image[other], region, rng)
    kind = torch.randint(0, 3, (count,), generator=rng, device=rng.device)
    out = image.clone()
    for index, affine in enumerate((colour.spread_transfer, colour.covariance_transfer)):
        chosen = (kind == index).nonzero()[:, 0]
        if len(chosen):
            out[chosen] = colour.multiply(image[chosen], *affine(source[chosen], reference[chosen]))
    chosen = (kind == 2).nonzero()[:, 0]
    if len(chosen):
        table = colour.histogram_table(source[chosen], reference[chosen])
        out[chosen] = colour.look_up(image[chosen], table)
    strength = uniform((count, 1, 1, 1), 0.5, 1.0, rng)
    return image + strength * (out - image)


def light_field(count: int, size: int, rng: torch.Generator) -> Tensor:
    """Smooth random log-gain, B×3×size×size: a ramp, two blobs and a little colour."""
    axis = torch.linspace(-1, 1, size, device=rng.device)
    y, x = axis[None, :, None], axis[None, None, :]
    angle = uniform((count, 1, 1), 0, 2 * math.pi, rng)
    field = normal((count, 1, 1), 0.25, rng) * (x * angle.cos() + y * angle.sin())
    for _ in range(2):
        centre_x, centre_y = uniform((count, 1, 1), -0.8, 0.8, rng), uniform((count, 1, 1), -0.8, 0.8, rng)
        radius = uniform((count, 1, 1), 0.2, 0.8, rng)
        distance = (x - centre_x) ** 2 + (y - centre_y) ** 2
        field = field + normal((count, 1, 1), 0.25, rng) * torch.exp(-distance / (2 * radius**2))
    tint = 1 + normal((count, 3, 1, 1), 0.25, rng)
    return field[:, None] * tint


def local_light(image: Tensor, rng: torch.Generator) -> Tensor:
    """Multiply by a smooth light field."""
    return (image * light_field(len(image), image.shape[-1], rng).exp()).clamp(0, 1)


def soften(matte: Tensor, rng: torch.Generator) -> Tensor:
    """Blur the edge of a matte by one or two pixels."""
    kernel = 3 if float(uniform((1,), 0, 1, rng)) < 0.5 else 5
    return F.avg_pool2d(matte, kernel, 1, kernel // 2, count_include_pad=False)


def synthesize(photo: Tensor, matte: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Photographs and mattes → (composite, matte, target), all in 0-1.

    The target is the photograph under one retouch of the whole scene. Its object is replaced by itself under
    another retouch of the original (as two experts would differ), under a retouch of the target, or
    with the colours of another picture; some objects also get local light, a few are left alone.
    """
    count = len(photo)
    target = retouch(photo, rng, 0.5)
    kind = uniform((count, 1, 1, 1), 0, 1, rng)
    mismatched = torch.where(kind < 0.35, photo, target)
    transferred = transfer(target, matte, rng)
    retouched = retouch(mismatched, rng)
    changed = torch.where(kind > 0.6, transferred, retouched)
    changed = apply_to_some(changed, 0.3, local_light, rng)
    changed = torch.where(uniform((count, 1, 1, 1), 0, 1, rng) < 0.07, target, changed)
    matte = apply_to_some(matte, 0.4, soften, rng)
    composite = target + matte * (changed - target)
    return torch.round(composite * 255) / 255, matte, torch.round(target * 255) / 255
