"""Check the light of bodies: their form, the direction of their light, and its mean."""

import math

import pytest
import torch
from torch import Tensor

from model.training.composites import body_light, object_light
from tests.support.random_tensors import rng

SIDE = 64
AXIS = torch.linspace(-1, 1, SIDE)


def disc(radius: float) -> Tensor:
    """Return the matte of a disc in the middle, 1×1×SIDE×SIDE."""
    return ((AXIS[:, None] ** 2 + AXIS**2).sqrt() < radius).float()[None, None]


def grey(count: int = 1) -> Tensor:
    """Return pictures without any light of their own."""
    return torch.full((count, 3, SIDE, SIDE), 0.5)


def bodies(image: Tensor, matte: Tensor) -> body_light.Bodies:
    return body_light.find_bodies(image, matte, rng(1))


@pytest.mark.parametrize("radius", [0.3, 0.6])
def test_a_disc_becomes_a_hemisphere(radius: float) -> None:
    height = body_light.inflate(disc(radius))[0, 0]
    middle = height.shape[0] // 2
    assert height[middle, middle] == pytest.approx(radius, rel=0.15)
    halfway = height[middle, middle + round(middle * radius / 2)]
    assert halfway == pytest.approx(radius * math.sqrt(1 - 0.25), rel=0.2)
    assert height[0].max() == 0


@pytest.mark.parametrize("direction", [(0.8, 0.0), (-0.8, 0.0), (0.0, 0.8), (0.0, -0.8)])
def test_the_side_that_faces_the_light_is_brighter_and_shows_its_direction(
    direction: tuple[float, float],
) -> None:
    matte, ambient = disc(0.6), torch.full((1, 1, 1, 1), 0.3)
    light = torch.tensor([direction])
    gain = body_light.directional(bodies(grey(), matte), light, ambient)
    lit = grey() * torch.nn.functional.interpolate(gain, (SIDE, SIDE), mode="bilinear").exp()
    found = body_light.photographed_direction(bodies(lit, matte))
    assert torch.cosine_similarity(found, light).item() > 0.97
    assert body_light.photographed_direction(bodies(grey(), matte)).norm() < 0.02


def test_lights_differ_and_repeat_with_the_seed() -> None:
    image, matte = torch.rand(4, 3, SIDE, SIDE, generator=rng(2)), disc(0.5).expand(4, -1, -1, -1)
    first, again, other = (body_light.body_light(image, matte, rng(seed)) for seed in (3, 3, 4))
    assert first.shape == image.shape
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert ((first * matte).std((1, 2, 3)) > 0.01).all()


@pytest.mark.parametrize("matte", [torch.zeros(1, 1, SIDE, SIDE), torch.ones(1, 1, SIDE, SIDE)])
def test_empty_and_full_mattes_give_numbers(matte: Tensor) -> None:
    assert body_light.body_light(grey(), matte, rng(5)).isfinite().all()


def test_scenes_are_lit_from_the_side_of_the_light_and_objects_keep_their_mean() -> None:
    matte = disc(0.5).expand(8, -1, -1, -1)
    gain = body_light.scene_light(matte, rng(7))
    inside = (matte > 0).float()
    assert ((gain * inside).sum((1, 2, 3)) / inside.sum((1, 2, 3))).abs().max() < 0.01
    across = torch.stack([(gain * axis * (1 - inside)).sum((1, 2, 3)) for axis in (AXIS, AXIS[:, None])], 1)
    on_object = torch.stack([(gain * axis * inside).sum((1, 2, 3)) for axis in (AXIS, AXIS[:, None])], 1)
    assert (torch.cosine_similarity(across, on_object) > 0.9).all()


def test_random_light_changes_a_share_of_the_objects_and_no_background() -> None:
    image, matte = 0.2 * grey(200), disc(0.5).expand(200, -1, -1, -1)
    lit, even = object_light.under_random_light(image, matte, rng(6))
    change = (lit / even).log()
    assert (change * (1 - matte)).abs().max() < 1e-6
    inside = matte[0, 0].bool()
    # Rounding in the means is below a hundredth of the weakest light; nothing is clipped at this grey.
    assert change[:, :, inside].mean(2).abs().max() < 0.002
    is_lit = change[:, :, inside].std(2).amax(1) > 1e-4
    assert is_lit.float().mean().item() == pytest.approx(object_light.UNEVEN_SHARE, abs=0.12)
    is_relit = (even - image).abs().amax((1, 2, 3)) > 1e-3
    assert is_relit.float().mean().item() == pytest.approx(object_light.SCENE_SHARE, abs=0.12)
