"""Synthetic mismatches: what a retoucher, a camera or another scene's light would have done to the object.

Every operation takes a batch B×3×H×W (sRGB, 0-1) and draws one set of parameters per picture from `rng`.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from model.training import colour, degrade
from model.training.dataset import Scenes
from model.training.draw import apply_to_some, normal, uniform

Operation = Callable[[Tensor, torch.Generator], Tensor]
RETOUCHED_SHARE, LOCAL_LIGHT_SHARE = 0.5, 0.35


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


def transfer(scenes: Scenes, image: Tensor, rng: torch.Generator) -> Tensor:
    """Give each object the colours of another region: by mean and spread, by covariance or by histogram.

    Half of the references are objects that look like this one, as in iHarmony4 (Cong et al. 2020, section 3:
    objects of the same class); the rest are objects or surroundings of any picture of the batch.
    """
    count, matte = len(image), scenes.matte
    other = torch.randperm(count, generator=rng, device=rng.device)
    outside = uniform((count, 1, 1, 1), 0, 1, rng) < 0.5
    region = torch.where(outside, 1 - matte[other], matte[other])
    alike = uniform((count, 1, 1), 0, 1, rng) < 0.5
    source = colour.sample_region(image, matte, rng)
    reference = torch.where(
        alike,
        colour.sample_region(scenes.relative, scenes.relative_matte, rng),
        colour.sample_region(image[other], region, rng),
    )
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
    strength = uniform((count, 1, 1, 1), 0.6, 1.0, rng)
    return image + strength * (out - image)


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


def otherwise_retouched(scenes: Scenes, target: Tensor, rng: torch.Generator) -> Tensor:
    """The original photograph, or the target, under a retouch of its own."""
    from_photo = uniform((len(target), 1, 1, 1), 0, 1, rng) < 0.5
    return retouch(torch.where(from_photo, scenes.photo, target), rng)


def mismatch(
    scenes: Scenes, target: Tensor, rng: torch.Generator, local_light_share: float = LOCAL_LIGHT_SHARE
) -> Tensor:
    """The target with other colours: where the object will come from.

    The original photograph under another retouch (as two experts would differ), the target under a retouch,
    or the target with the colours of another picture; some also under local light.
    """
    retouched = uniform((len(target),), 0, 1, rng) < RETOUCHED_SHARE
    changed = target.clone()
    for chosen, change in ((retouched, otherwise_retouched), (~retouched, transfer)):
        index = chosen.nonzero()[:, 0]
        if len(index):
            changed[index] = change(scenes.pick(index), target[index], rng)
    return apply_to_some(changed, local_light_share, local_light, rng)


def synthesize(
    scenes: Scenes, rng: torch.Generator, local_light_share: float = LOCAL_LIGHT_SHARE
) -> tuple[Tensor, Tensor, Tensor]:
    """Photographs and mattes → (composite, matte, target), all in 0-1.

    The target is the photograph, often under a mild retouch of the whole scene. Its object is replaced by a
    mismatched one, a few are left alone; then composite and matte are damaged as files and masks are.
    """
    count = len(scenes.photo)
    target = retouch(scenes.photo, rng, 0.35)
    changed = mismatch(scenes, target, rng, local_light_share)
    untouched = uniform((count, 1, 1, 1), 0, 1, rng) < 0.1
    changed = torch.where(untouched, target, apply_to_some(changed, 0.2, degrade.wear, rng))
    matte = apply_to_some(scenes.matte, 0.4, degrade.soften, rng)
    composite = (target + matte * (changed - target)).clamp(0, 1)
    composite = apply_to_some(composite, 0.25, degrade.compress, rng)
    matte = apply_to_some(matte, 0.3, degrade.misdraw, rng)
    return torch.round(composite * 255) / 255, matte, torch.round(target * 255) / 255
