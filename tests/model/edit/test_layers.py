"""Check the rendering of several objects against the formulas, pixel for pixel."""

from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model import Composite, Edit, render
from model.edit.layers import Look, MaskedObject, PlacedObject, render_layers, shadow_of, visible_matte
from model.edit.placement import Frame, PlacedCutout, Placement
from model.edit.shadow import Shadow
from model.images.arrays import Picture

HEIGHT, WIDTH = 48, 64
FULL = Frame.full((HEIGHT, WIDTH))


def background(dtype: Any = np.uint8, seed: int = 0) -> Any:
    levels = np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH, 3))
    return (levels * (np.iinfo(dtype).max // 255)).astype(dtype)


def matte(x: int = 32, soft: bool = True) -> Any:
    drawn = cv2.circle(np.zeros((HEIGHT, WIDTH), np.float32), (x, 24), 10, 1, -1)
    return cv2.blur(drawn, (5, 5)) if soft else drawn


def cutout() -> Picture:
    return Picture(background(seed=5), matte())


def edit(seed: int = 1) -> Edit:
    random = np.random.default_rng(seed)
    curves = np.sort(random.random((3, 9)).astype(np.float32), axis=1)
    matrix = np.eye(3, 4) + random.normal(0, 0.1, (3, 4))
    return Edit(curves, random.normal(0, 0.2, (6, 6)).astype(np.float32), matrix.astype(np.float32))


def test_one_masked_object_is_what_the_renderer_draws() -> None:
    expected = render(Composite(background(), matte()), edit())
    assert np.array_equal(render_layers(background(), (MaskedObject(matte(), Look(edit())),), FULL), expected)


def test_opacity_mixes_the_pixels() -> None:
    whole = render(Composite(background(), matte()), edit()).astype(float)
    mixed = render_layers(background(), (MaskedObject(matte(), Look(edit(), 0.3)),), FULL)
    assert np.abs(mixed - (background() + 0.3 * (whole - background()))).max() <= 1


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("opacity", [0.0, 0.4, 1.0])
def test_a_cutout_is_changed_and_then_blended(dtype: Any, opacity: float) -> None:
    placement = Placement(0.4, 0.55, 0.8, 0.3)
    placed = PlacedCutout(cutout(), placement, FULL)
    colours, alpha = np.zeros((HEIGHT, WIDTH, 3), np.float32), placed.matte(FULL.size)
    for rows in placed.blocks:
        colours[rows, placed.columns] = placed.block(rows)[0]
    changed = render(Composite(colours, np.ones_like(alpha) - (np.arange(WIDTH) == 0)), edit())
    mixed = colours + opacity * (changed - colours)
    below = background(dtype)
    white = np.iinfo(dtype).max
    expected = below * (1 - alpha[..., None]) + alpha[..., None] * mixed * white
    found = render_layers(below, (PlacedObject(cutout(), placement, Look(edit(), opacity)),), FULL)
    assert found.dtype == dtype
    assert np.abs(found - expected)[:, 1:].max() <= (1 if dtype == np.uint8 else 3)


def test_a_shadow_darkens_what_is_below_and_not_the_object() -> None:
    shadow = Shadow(0.1, 0.05, 0.03, 0.7)
    one = MaskedObject(matte(), Look(shadow=shadow))
    dark = shadow_of(one, FULL)
    assert dark is not None and 0.3 < dark.max() <= 0.7
    assert (dark[matte() == 1] == 0).all()
    found = render_layers(background(), (one,), FULL)
    assert np.abs(found - background() * (1 - dark[..., None])).max() <= 0.51
    centre = np.average(np.arange(WIDTH), weights=dark.sum(axis=0))
    assert centre > 33  # it falls to the right


def test_a_shadow_of_a_part_equals_that_of_the_whole() -> None:
    one = PlacedObject(cutout(), Placement(0.5, 0.5, 0.7), Look(shadow=Shadow(0.05, 0.1, 0.02, 0.9)))
    part = Frame(FULL.picture, (24, 32), (0.25, 0.5, 0.75, 1.0))
    whole, found = shadow_of(one, FULL), shadow_of(one, part)
    assert whole is not None and found is not None
    assert found == pytest.approx(whole[24:, 16:48], abs=0.01)


def test_a_part_of_the_picture_equals_the_same_part_of_the_whole() -> None:
    layers = (
        MaskedObject(matte(20), Look(edit(2))),
        PlacedObject(cutout(), Placement(0.6, 0.5, 0.7, 0.4), Look(edit(3), 0.8)),
    )
    whole = render_layers(background(), layers, FULL).astype(int)
    part = Frame(FULL.picture, (24, 32), (0.25, 0.5, 0.75, 1.0))
    found = render_layers(np.ascontiguousarray(background()[24:, 16:48]), layers, part)
    assert np.abs(found - whole[24:, 16:48]).max() <= 1


def test_a_cutout_above_hides_the_matte_below() -> None:
    below = MaskedObject(matte(soft=False))
    above = PlacedObject(Picture(background(), matte(soft=False)), Placement())
    assert visible_matte((below, above), 0, FULL).max() < 1e-3
    assert np.array_equal(visible_matte((above, below), 1, FULL), matte(soft=False))


SHADOWS = st.none() | st.builds(
    Shadow, st.floats(-0.3, 0.3), st.floats(-0.3, 0.3), st.floats(0, 0.1), st.floats(0, 1)
)
LOOKS = st.builds(Look, st.none() | st.integers(0, 3).map(edit), st.floats(0, 1), SHADOWS)
PLACEMENTS = st.builds(
    Placement,
    x=st.floats(-0.5, 1.5),
    y=st.floats(-0.5, 1.5),
    scale=st.floats(0.01, 1.5),
    angle=st.floats(-4, 4),
    flip=st.booleans(),
)
LAYERS = st.builds(MaskedObject, st.integers(0, WIDTH).map(matte), LOOKS) | st.builds(
    PlacedObject, st.just(cutout()), PLACEMENTS, LOOKS
)


@settings(max_examples=60)
@given(st.lists(LAYERS, max_size=4).map(tuple), st.sampled_from([np.uint8, np.uint16]))
def test_the_background_stays_byte_for_byte(layers: Any, dtype: Any) -> None:
    below = background(dtype)
    kept = below.copy()
    found = render_layers(below, layers, FULL)
    touched = np.zeros((HEIGHT, WIDTH), np.bool_)
    for layer in layers:
        touched |= layer.matte(FULL) > 0
        dark = shadow_of(layer, FULL)
        if dark is not None:
            touched |= dark > 0
    assert np.array_equal(found[~touched], below[~touched])
    assert np.array_equal(below, kept)
