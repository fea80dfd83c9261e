"""Make synthetic composites: photographs in which the object has other colours than in the photograph."""

import sys
from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path

import torch
from torch import Tensor

from model.training.composites import augment_degrade, color
from model.training.composites.augment_color import local_light, retouch
from model.training.composites.augment_grading import EXPERT, OTHER_LIGHT, RAW, UNDEREXPOSED, grade
from model.training.composites.dataset import Scenes
from model.training.composites.experts import Experts, load_experts
from model.training.composites.random_params import apply_to_some, split, uniform

LOCAL_LIGHT_SHARE = 0.35
UNTOUCHED_SHARE = 0.1  # of composites that equal their targets
MILD_SHARE = 0.2  # of composites with a part of the recipe's change, as in everyday composites
MILD_PARTS = (0.4, 0.9)  # of the change
KEPT_LIGHT = (0.5, 1.0)  # share of the object's luma that remains where a similar object gives its colours

Pair = tuple[Tensor, Tensor]
"""The target, and the source of the object: the same image with other colours."""
Recipe = Callable[[Scenes, torch.Generator, float], Pair]
"""Scenes, generator, and the share of objects under local light → target and source of the object."""
Recipes = tuple[tuple[float, Recipe], ...]
"""Each recipe with its share of the batches."""


def transfer_colors(scenes: Scenes, image: Tensor, rng: torch.Generator) -> Tensor:
    """Match the colours of each object to another region, by a random strength of 0.6 to 1.

    Half of the regions are similar objects; the rest are objects or backgrounds of any image of the batch.
    """
    count, matte = len(image), scenes.matte
    other = torch.randperm(count, generator=rng, device=rng.device)
    outside = uniform((count, 1, 1, 1), 0, 1, rng) < 0.5
    region = torch.where(outside, 1 - matte[other], matte[other])
    similar = uniform((count, 1, 1), 0, 1, rng) < 0.5
    reference = torch.where(
        similar, neighbour_colors(scenes, rng), color.sample_region(image[other], region, rng)
    )
    strength = uniform((count, 1, 1, 1), 0.6, 1.0, rng)
    return image + strength * (match_colors(image, matte, reference, rng) - image)


def neighbour_colors(scenes: Scenes, rng: torch.Generator) -> Tensor:
    """Draw pixels of the similar objects, B×3×SAMPLES."""
    return color.sample_region(scenes.neighbour, scenes.neighbour_matte, rng)


def match_colors(image: Tensor, matte: Tensor, reference: Tensor, rng: torch.Generator) -> Tensor:
    """Match objects to reference pixels, B×3×SAMPLES, by mean and deviation, covariance or histogram."""
    source = color.sample_region(image, matte, rng)
    *by_affine, by_table = split(len(image), 3, rng)
    out = image.clone()
    for chosen, affine in zip(by_affine, (color.spread_transfer, color.covariance_transfer), strict=True):
        if len(chosen):
            out[chosen] = color.multiply(image[chosen], *affine(source[chosen], reference[chosen]))
    if len(by_table):
        table = color.histogram_table(source[by_table], reference[by_table])
        out[by_table] = color.look_up(image[by_table], table)
    return out


def retouch_again(scenes: Scenes, target: Tensor, rng: torch.Generator) -> Tensor:
    """Retouch the original photograph or the target, with equal probability."""
    from_photo = uniform((len(target), 1, 1, 1), 0, 1, rng) < 0.5
    return retouch(torch.where(from_photo, scenes.photo, target), rng)


def mismatch(
    scenes: Scenes, target: Tensor, rng: torch.Generator, local_light_share: float = LOCAL_LIGHT_SHARE
) -> Tensor:
    """Return the source of the object: the target with other colours.

    It is the original photograph or the target under another retouch, or the target with the colours of
    another region; a share of the sources is also under local light.
    """
    changed = target.clone()
    halves = split(len(target), 2, rng)
    for index, change in zip(halves, (retouch_again, transfer_colors), strict=True):
        if len(index):
            changed[index] = change(scenes.pick(index), target[index], rng)
    return apply_to_some(changed, local_light_share, local_light, rng)


def any_mismatch(scenes: Scenes, rng: torch.Generator, light_share: float) -> Pair:
    """Combine any mismatch with a scene that may be under a mild retouch."""
    target = retouch(scenes.photo, rng, 0.5)
    return target, mismatch(scenes, target, rng, light_share)


def expert_grade(image: Tensor, rng: torch.Generator) -> Tensor:
    """Grade images as experts do."""
    return grade(image, EXPERT, rng)


def two_grades(scenes: Scenes, rng: torch.Generator, _light_share: float) -> Pair:
    """Take object and scene from two experts' versions of one photograph."""
    target = apply_to_some(scenes.photo, 0.85, expert_grade, rng)
    from_target = uniform((len(target), 1, 1, 1), 0, 1, rng) < 0.3
    return target, expert_grade(torch.where(from_target, target, scenes.photo), rng)


def graded_object(scenes: Scenes, rng: torch.Generator, _light_share: float) -> Pair:
    """Put a graded object into an ungraded scene, as in HAdobe5k (Cong et al. 2020)."""
    target = grade(scenes.photo, RAW, rng)
    return target, apply_to_some(scenes.photo, 0.6, expert_grade, rng)


def other_light_grade(image: Tensor, rng: torch.Generator) -> Tensor:
    """Grade images as if under lamps or at dusk."""
    return grade(image, OTHER_LIGHT, rng)


def two_lights(scenes: Scenes, rng: torch.Generator, _light_share: float) -> Pair:
    """Put object and scene under lights of two colours, as of a daylight portrait in a room with lamps."""
    target = apply_to_some(scenes.photo, 0.75, other_light_grade, rng)
    return target, apply_to_some(scenes.photo, 0.5, other_light_grade, rng)


def similar_object(scenes: Scenes, rng: torch.Generator, _light_share: float) -> Pair:
    """Give the object the colours of a similar one, as in HCOCO and HFlickr (Cong et al. 2020, section 3).

    The authors removed implausible composites; here, a part of the object's luma remains instead.
    """
    target = apply_to_some(scenes.photo, 0.3, partial(retouch, strength=0.35), rng)
    changed = match_colors(target, scenes.matte, neighbour_colors(scenes, rng), rng)
    kept = uniform((len(target), 1, 1, 1), *KEPT_LIGHT, rng)
    return target, (changed + kept * (color.luma(target) - color.luma(changed))).clamp(0, 1)


def two_retouches(scenes: Scenes, rng: torch.Generator, light_share: float) -> Pair:
    """Take object and scene from two random retouches."""
    target = retouch(scenes.photo, rng, 0.35)
    return target, apply_to_some(retouch_again(scenes, target, rng), light_share / 3, local_light, rng)


def photograph_mismatch(scenes: Scenes, rng: torch.Generator, light_share: float) -> Pair:
    """Combine any mismatch with a scene that is not retouched."""
    return scenes.photo, mismatch(scenes, scenes.photo, rng, light_share / 3)


def underexposed_grade(image: Tensor, rng: torch.Generator) -> Tensor:
    """Grade images as underexposed camera files."""
    return grade(image, UNDEREXPOSED, rng)


PAIRS = ((0.2, 0, 1), (0.17, 0, 2), (0.2, 1, 0), (0.13, 1, 2), (0.1, 0, 0), (0.2, 1, 1))
"""Share, and indices of scene and object's source in (file, photograph, another expert's version)."""


@lru_cache
def pairs(device: torch.device) -> tuple[Tensor, ...]:
    """Return the columns of PAIRS on a device, to which they are copied once."""
    return tuple(torch.tensor(column, device=device) for column in zip(*PAIRS, strict=True))


def file_and_expert(experts: Experts, scenes: Scenes, rng: torch.Generator, _light_share: float) -> Pair:
    """Take object and scene from the file of a photograph, the photograph and another expert's version.

    HAdobe5k puts an expert's object into an unedited file.
    """
    photo, count = scenes.photo, len(scenes.photo)
    file = experts.invert(photo, experts.sample(count, rng))
    file = apply_to_some(file, 0.5, underexposed_grade, rng)
    versions = torch.stack([file, photo, experts.apply(file, experts.sample(count, rng))])
    shares, scene, source = pairs(rng.device)
    pair = torch.multinomial(shares, count, replacement=True, generator=rng)
    each = torch.arange(count, device=rng.device)
    return versions[scene[pair], each], versions[source[pair], each]


RECIPES: Recipes = (
    (0.18, any_mismatch),
    (0.17, two_grades),
    (0.2, graded_object),
    (0.15, two_lights),
    (0.4, similar_object),
    (0.05, two_retouches),
    (0.05, photograph_mismatch),
)
EXPERT_LIKE = (two_grades, graded_object)
EXPERTS_SHARE = 0.4


def recipes_with_experts(experts: Experts) -> Recipes:
    """Return all recipes and that of files and experts; recipes that approximate it get half their share."""
    others = ((share / 2 if recipe in EXPERT_LIKE else share, recipe) for share, recipe in RECIPES)
    return *others, (EXPERTS_SHARE, partial(file_and_expert, experts))


def chosen_recipes(experts: Path | None, device: torch.device) -> Recipes:
    """Return all recipes, or without a file of experts' colour tables all but that of files and experts."""
    if experts is None:
        print("Without --experts, one recipe of composites is left out.", file=sys.stderr, flush=True)
        return RECIPES
    return recipes_with_experts(load_experts(experts, device))


def synthesize(
    scenes: Scenes,
    rng: torch.Generator,
    local_light_share: float = LOCAL_LIGHT_SHARE,
    recipes: Recipes = RECIPES,
) -> tuple[Tensor, Tensor, Tensor]:
    """Make (composite, matte, target), all in 0-1, from photographs and mattes.

    One recipe, drawn for the batch, makes the targets and the sources of their objects; a tenth of the
    composites equal their targets. Then composites and mattes are degraded as files and masks are.
    """
    return synthesize_by(drawn_recipe(recipes, rng), scenes, rng, local_light_share)


def drawn_recipe(recipes: Recipes, rng: torch.Generator) -> Recipe:
    """Draw a recipe by the shares."""
    shares = torch.tensor([share for share, _ in recipes], device=rng.device)
    return recipes[int(torch.multinomial(shares, 1, generator=rng))][1]


def synthesize_by(
    recipe: Recipe, scenes: Scenes, rng: torch.Generator, local_light_share: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Make (composite, matte, target), all in 0-1, by a given recipe."""
    return compose_degraded(scenes.matte, *recipe(scenes, rng, local_light_share), rng)


def synthesize_exactly(
    scenes: Scenes, rng: torch.Generator, local_light_share: float, recipes: Recipes
) -> tuple[Tensor, Tensor, Tensor]:
    """Make (composite, matte, target), all in 0-1, as `synthesize` does, without degrading them.

    It is for small pictures, in which noise, compression and inaccurate edges hardly show.
    """
    target, changed = drawn_recipe(recipes, rng)(scenes, rng, local_light_share)
    composite = target + scenes.matte * (some_milder(target, changed, rng) - target)
    return torch.round(composite.clamp(0, 1) * 255) / 255, scenes.matte, target


def some_milder(target: Tensor, changed: Tensor, rng: torch.Generator) -> Tensor:
    """Return the objects' sources with a part of the change in a share of them, and none in another."""
    shape = (len(target), 1, 1, 1)
    is_mild = uniform(shape, 0, 1, rng) < MILD_SHARE
    part = torch.where(is_mild, uniform(shape, *MILD_PARTS, rng), 1)
    part = torch.where(uniform(shape, 0, 1, rng) < UNTOUCHED_SHARE, 0, part)
    return target.lerp(changed, part)  # exact at 0 and 1


def compose_degraded(
    matte: Tensor, target: Tensor, changed: Tensor, rng: torch.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Make and degrade (composite, matte, target) from the target and the object's source, `changed`."""
    noisy = apply_to_some(changed, 0.2, augment_degrade.add_noise_and_blur, rng)
    changed = some_milder(target, noisy, rng)
    matte = apply_to_some(matte, 0.4, augment_degrade.blur_matte, rng)
    composite = (target + matte * (changed - target)).clamp(0, 1)
    composite = apply_to_some(composite, 0.25, augment_degrade.compress_jpeg, rng)
    matte = apply_to_some(matte, 0.3, augment_degrade.dilate_or_erode, rng)
    return torch.round(composite * 255) / 255, matte, torch.round(target * 255) / 255
