"""Synthetic mismatches: photographs whose object has other colours than it had, as composites come about."""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from model.training.composites import augment_degrade, color
from model.training.composites.augment_color import local_light, retouch
from model.training.composites.augment_grading import EXPERT, LIT, RAW, UNDEREXPOSED, grade
from model.training.composites.dataset import Scenes
from model.training.composites.experts import Experts
from model.training.composites.random_params import apply_to_some, uniform

RETOUCHED_SHARE, LOCAL_LIGHT_SHARE = 0.5, 0.35

Pair = tuple[Tensor, Tensor]
"""Target, and the target with other colours, of which the object will be cut."""
Lesson = Callable[[Scenes, torch.Generator, float], Pair]
"""Scenes, and the share of objects under local light."""
Lessons = tuple[tuple[float, Lesson], ...]
"""Each with its share."""


def transfer(scenes: Scenes, image: Tensor, rng: torch.Generator) -> Tensor:
    """Give each object the colours of another region, more or less.

    Half of the references are objects that look like this one; the rest are objects or surroundings of any
    picture of the batch.
    """
    count, matte = len(image), scenes.matte
    other = torch.randperm(count, generator=rng, device=rng.device)
    outside = uniform((count, 1, 1, 1), 0, 1, rng) < 0.5
    region = torch.where(outside, 1 - matte[other], matte[other])
    alike = uniform((count, 1, 1), 0, 1, rng) < 0.5
    reference = torch.where(
        alike, relative_colours(scenes, rng), color.sample_region(image[other], region, rng)
    )
    strength = uniform((count, 1, 1, 1), 0.6, 1.0, rng)
    return image + strength * (recoloured(image, matte, reference, rng) - image)


def relative_colours(scenes: Scenes, rng: torch.Generator) -> Tensor:
    """Pixels of the objects that look alike, B×3×SAMPLES."""
    return color.sample_region(scenes.relative, scenes.relative_matte, rng)


def recoloured(image: Tensor, matte: Tensor, reference: Tensor, rng: torch.Generator) -> Tensor:
    """Give objects the colours of B×3×SAMPLES: by mean and spread, by covariance or by histogram."""
    source = color.sample_region(image, matte, rng)
    kind = torch.randint(0, 3, (len(image),), generator=rng, device=rng.device)
    out = image.clone()
    for index, affine in enumerate((color.spread_transfer, color.covariance_transfer)):
        chosen = (kind == index).nonzero()[:, 0]
        if len(chosen):
            out[chosen] = color.multiply(image[chosen], *affine(source[chosen], reference[chosen]))
    chosen = (kind == 2).nonzero()[:, 0]
    if len(chosen):
        table = color.histogram_table(source[chosen], reference[chosen])
        out[chosen] = color.look_up(image[chosen], table)
    return out


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


def any_fault(scenes: Scenes, rng: torch.Generator, light_share: float) -> Pair:
    """Anything may be wrong, and the whole scene may be under a mild retouch."""
    target = retouch(scenes.photo, rng, 0.5)
    return target, mismatch(scenes, target, rng, light_share)


def graded_by_expert(image: Tensor, rng: torch.Generator) -> Tensor:
    """As one expert would have it."""
    return grade(image, EXPERT, rng)


def other_grade(scenes: Scenes, rng: torch.Generator, _light_share: float) -> Pair:
    """Object and scene from two experts' versions of one photograph."""
    target = apply_to_some(scenes.photo, 0.85, graded_by_expert, rng)
    from_target = uniform((len(target), 1, 1, 1), 0, 1, rng) < 0.3
    return target, graded_by_expert(torch.where(from_target, target, scenes.photo), rng)


def graded_object(scenes: Scenes, rng: torch.Generator, _light_share: float) -> Pair:
    """An object somebody has worked on in a scene nobody has, as in HAdobe5k (Cong et al. 2020)."""
    target = grade(scenes.photo, RAW, rng)
    return target, apply_to_some(scenes.photo, 0.6, graded_by_expert, rng)


def under_other_light(image: Tensor, rng: torch.Generator) -> Tensor:
    """As under lamps or at dusk."""
    return grade(image, LIT, rng)


def other_light(scenes: Scenes, rng: torch.Generator, _light_share: float) -> Pair:
    """Object and scene under lights of two colours, as when a portrait by day goes into a room by night."""
    target = apply_to_some(scenes.photo, 0.75, under_other_light, rng)
    return target, apply_to_some(scenes.photo, 0.5, under_other_light, rng)


def other_object(scenes: Scenes, rng: torch.Generator, _light_share: float) -> Pair:
    """The colours of an object that looks alike, as in HCOCO and HFlickr (Cong et al. 2020, section 3)."""
    target = apply_to_some(scenes.photo, 0.3, partial(retouch, strength=0.35), rng)
    return target, recoloured(target, scenes.matte, relative_colours(scenes, rng), rng)


def other_retouch(scenes: Scenes, rng: torch.Generator, light_share: float) -> Pair:
    """Object and scene under two retouches."""
    target = retouch(scenes.photo, rng, 0.35)
    return target, apply_to_some(otherwise_retouched(scenes, target, rng), light_share / 3, local_light, rng)


def fault_in_photograph(scenes: Scenes, rng: torch.Generator, light_share: float) -> Pair:
    """Anything may be wrong, but the photograph is as it was taken."""
    return scenes.photo, mismatch(scenes, scenes.photo, rng, light_share / 3)


def underexposed(image: Tensor, rng: torch.Generator) -> Tensor:
    """As a camera leaves a file that an expert has much to do with."""
    return grade(image, UNDEREXPOSED, rng)


PAIRS = ((0.2, 0, 1), (0.17, 0, 2), (0.2, 1, 0), (0.13, 1, 2), (0.1, 0, 0), (0.2, 1, 1))
"""Shares, and which of file, photograph and another expert's version is scene and object."""


def file_and_expert(experts: Experts, scenes: Scenes, rng: torch.Generator, _light_share: float) -> Pair:
    """Object and scene from two of: the file of a photograph, the photograph, another expert's version.

    An expert's object in an untouched file is how HAdobe5k came about.
    """
    photo, count = scenes.photo, len(scenes.photo)
    file = experts.undo(photo, experts.draw(count, rng))
    file = apply_to_some(file, 0.5, underexposed, rng)
    versions = torch.stack([file, photo, experts.finish(file, experts.draw(count, rng))])
    shares, scene, cut = (torch.tensor(column, device=rng.device) for column in zip(*PAIRS, strict=True))
    drawn = torch.multinomial(shares, count, replacement=True, generator=rng)
    each = torch.arange(count, device=rng.device)
    return versions[scene[drawn], each], versions[cut[drawn], each]


LESSONS: Lessons = (
    (0.18, any_fault),
    (0.17, other_grade),
    (0.2, graded_object),
    (0.15, other_light),
    (0.2, other_object),
    (0.05, other_retouch),
    (0.05, fault_in_photograph),
)
BY_HAND = (other_grade, graded_object)
EXPERTS_SHARE = 0.4


def with_experts(experts: Experts) -> Lessons:
    """All lessons, also that of files and experts; those that imitate it by hand are half as frequent."""
    others = ((share / 2 if lesson in BY_HAND else share, lesson) for share, lesson in LESSONS)
    return *others, (EXPERTS_SHARE, partial(file_and_expert, experts))


def synthesize(
    scenes: Scenes,
    rng: torch.Generator,
    local_light_share: float = LOCAL_LIGHT_SHARE,
    lessons: Lessons = LESSONS,
) -> tuple[Tensor, Tensor, Tensor]:
    """Photographs and mattes → (composite, matte, target), all in 0-1.

    One lesson, drawn for the batch, makes the target and what its objects are replaced by; a few are left
    alone. Then composite and matte are damaged as files and masks are.
    """
    shares = torch.tensor([share for share, _ in lessons], device=rng.device)
    drawn = torch.multinomial(shares, 1, generator=rng)
    return spoilt(scenes.matte, *lessons[int(drawn)][1](scenes, rng, local_light_share), rng)


def spoilt(
    matte: Tensor, target: Tensor, changed: Tensor, rng: torch.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Target, and target with other colours → (composite, matte, target), as files that have been used."""
    untouched = uniform((len(target), 1, 1, 1), 0, 1, rng) < 0.1
    changed = torch.where(untouched, target, apply_to_some(changed, 0.2, augment_degrade.wear, rng))
    matte = apply_to_some(matte, 0.4, augment_degrade.soften, rng)
    composite = (target + matte * (changed - target)).clamp(0, 1)
    composite = apply_to_some(composite, 0.25, augment_degrade.compress, rng)
    matte = apply_to_some(matte, 0.3, augment_degrade.misdraw, rng)
    return torch.round(composite * 255) / 255, matte, torch.round(target * 255) / 255
