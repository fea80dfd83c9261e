"""Check that recipes change objects only, within range, and that some composites need no correction."""

import pytest
import torch
from torch.nn import functional as F

from model.training.composites import synthetic_composites
from model.training.composites.color import luma
from model.training.composites.dataset import Photographs, Scenes
from model.training.losses import foreground_error
from tests.support.random_tensors import rng


def test_synthesis_keeps_the_background(photographs: Photographs) -> None:
    composite, matte, target = synthetic_composites.synthesize(photographs.batch(16, rng(3)), rng(4))
    outside = (F.max_pool2d(matte, 25, 1, 12) == 0).expand_as(composite)
    assert (composite[outside] - target[outside]).abs().mean() < 0.01  # only compression reaches there
    errors = foreground_error(composite, target, matte)
    assert errors.max() > 0.05 and len(composite) == 16


def test_some_composites_equal_their_targets(photographs: Photographs) -> None:
    scenes = photographs.batch(3, rng(0))
    errors = [
        foreground_error(composite, target, soft)
        for seed in range(12)
        for composite, soft, target in [synthetic_composites.synthesize(scenes, rng(seed))]
    ]
    assert 0 < (torch.cat(errors) < 1e-4).sum() < 12


def test_some_composites_have_a_part_of_the_change_or_none() -> None:
    count = 4000
    target, changed = torch.full((count, 3, 1, 1), 0.25), torch.full((count, 3, 1, 1), 0.75)
    part = (synthetic_composites.some_milder(target, changed, rng(3)) - 0.25)[:, 0, 0, 0] / 0.5
    assert (part == 0).float().mean() == pytest.approx(synthetic_composites.UNTOUCHED_SHARE, abs=0.02)
    milder = part[(part > 0) & (part < 1)]
    low, high = synthetic_composites.MILD_PARTS
    assert len(milder) / count == pytest.approx(0.9 * synthetic_composites.MILD_SHARE, abs=0.02)
    assert milder.min() >= low - 1e-6 and milder.max() <= high + 1e-6
    assert milder.max() - milder.min() > 0.4


@pytest.mark.parametrize("recipe", [recipe for _, recipe in synthetic_composites.RECIPES])
def test_every_recipe_changes_objects_and_stays_in_range(
    recipe: synthetic_composites.Recipe, photographs: Photographs
) -> None:
    target, changed = recipe(photographs.batch(3, rng(7)), rng(8), 0.35)
    assert target.shape == changed.shape
    assert all(float(x.min()) >= 0 and float(x.max()) <= 1 for x in (target, changed))
    assert ((target - changed).abs().mean((1, 2, 3)) > 0.005).sum() >= 2


def test_a_similar_object_gives_its_colours_and_at_most_half_of_its_light() -> None:
    size = (60, 3, 32, 32)
    noise = 0.1 * torch.rand(size, generator=rng(2))
    object_colour, others = torch.tensor([0.3, 0.3, 0.3]), torch.tensor([0.7, 0.5, 0.2])
    photo, neighbour = (noise + colour[:, None, None] for colour in (object_colour, others))
    matte = torch.ones(60, 1, 32, 32)
    scenes = Scenes(photo, matte, neighbour, matte)
    target, changed = synthetic_composites.similar_object(scenes, rng(5), 0.0)
    step = (luma(changed) - luma(target)).mean((1, 2, 3))
    whole = (luma(neighbour) - luma(target)).mean((1, 2, 3))
    assert (step < 0.5 * whole + 0.02).all() and step.std() > 0.02
    cast = (changed[:, 0] - changed[:, 2]).mean((1, 2))
    assert cast.median() == pytest.approx(0.5, abs=0.05)  # that of the other object
