"""Check where a placed cut-out lies, what its colours are, and that a part equals that of the whole."""

import math
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.edit.placement import Frame, PlacedCutout, Placement
from model.images.arrays import Picture
from model.images.resize import resize_area

HEIGHT, WIDTH = 40, 60


def picture(height: int, width: int, dtype: Any = np.uint8, seed: int = 0) -> Picture:
    random = np.random.default_rng(seed)
    pixels = random.integers(0, np.iinfo(dtype).max, (height, width, 3), dtype=dtype, endpoint=True)
    return Picture(pixels, random.random((height, width), np.float32))


def whole(placed: PlacedCutout) -> tuple[Any, Any]:
    """Return colours and alpha of the whole frame."""
    colours = np.zeros((HEIGHT, WIDTH, 3))
    alpha = np.zeros((HEIGHT, WIDTH))
    for rows in placed.blocks:
        colours[rows, placed.columns], alpha[rows, placed.columns] = placed.block(rows)
    return colours, alpha


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_cutout_of_the_size_of_the_background_keeps_its_pixels(dtype: Any) -> None:
    cutout = picture(HEIGHT, WIDTH, dtype)
    assert cutout.alpha is not None
    colours, alpha = whole(PlacedCutout(cutout, Placement(), Frame.full((HEIGHT, WIDTH))))
    assert alpha == pytest.approx(cutout.alpha, abs=1e-4)
    seen = cutout.alpha > 0.05  # colours of fainter pixels are not exact, and hardly count
    assert colours[seen] == pytest.approx(cutout.pixels[seen] / np.iinfo(dtype).max, abs=2e-3)


def test_a_quarter_turn_is_clockwise_and_the_mirror_comes_first() -> None:
    cutout = picture(10, 10)
    assert cutout.alpha is not None
    frame = Frame.full((HEIGHT, WIDTH))
    corner = np.s_[15:25, 25:35]
    turned = Placement(0.5, 0.5, 10 / WIDTH, math.pi / 2)
    assert whole(PlacedCutout(cutout, turned, frame))[1][corner] == pytest.approx(
        np.rot90(cutout.alpha, -1), abs=1e-3
    )
    mirrored = Placement(0.5, 0.5, 10 / WIDTH, math.pi / 2, flip=True)
    assert whole(PlacedCutout(cutout, mirrored, frame))[1][corner] == pytest.approx(
        np.rot90(cutout.alpha[:, ::-1], -1), abs=1e-3
    )


def test_a_reduced_cutout_holds_averages_of_areas() -> None:
    cutout = picture(HEIGHT * 4, WIDTH * 4)
    assert cutout.alpha is not None
    colours, alpha = whole(PlacedCutout(cutout, Placement(), Frame.full((HEIGHT, WIDTH))))
    assert alpha == pytest.approx(resize_area(cutout.alpha, (HEIGHT, WIDTH)), abs=1e-4)
    premultiplied = resize_area(cutout.pixels / 255 * cutout.alpha[..., None], (HEIGHT, WIDTH))
    assert colours * alpha[..., None] == pytest.approx(premultiplied, abs=1e-4)


def test_colours_under_transparent_pixels_do_not_show() -> None:
    pixels = np.zeros((20, 20, 3), np.uint8)
    pixels[:, :10] = (200, 100, 50)
    pixels[:, 10:] = (0, 255, 0)  # not visible
    alpha = np.zeros((20, 20), np.float32)
    alpha[:, :10] = 1
    placed = PlacedCutout(
        Picture(pixels, alpha), Placement(0.43, 0.5, 0.21, 0.3), Frame.full((HEIGHT, WIDTH))
    )
    colours, opacity = whole(placed)
    assert colours[opacity > 0.01] * 255 == pytest.approx(
        np.tile((200, 100, 50), (int((opacity > 0.01).sum()), 1)), abs=1
    )


@settings(max_examples=60)
@given(
    st.builds(
        Placement,
        x=st.floats(-1, 2),
        y=st.floats(-1, 2),
        scale=st.floats(0.001, 4),
        angle=st.floats(-7, 7),
        flip=st.booleans(),
    ),
    st.integers(1, 30),
    st.integers(1, 30),
)
def test_any_placement_stays_in_range(placement: Placement, height: int, width: int) -> None:
    placed = PlacedCutout(picture(height, width), placement, Frame.full((HEIGHT, WIDTH)))
    colours, alpha = whole(placed)
    for values in (colours, alpha):
        assert values.min() >= 0 and values.max() <= 1


@settings(max_examples=40)
@given(
    st.builds(
        Placement, x=st.floats(0, 1), y=st.floats(0, 1), scale=st.floats(0.1, 2), angle=st.floats(-3, 3)
    ),
    st.tuples(st.integers(0, HEIGHT - 8), st.integers(0, WIDTH - 8)),
)
def test_a_part_equals_the_same_part_of_the_whole(placement: Placement, corner: tuple[int, int]) -> None:
    cutout, (top, left) = picture(25, 30), corner
    full = Frame.full((HEIGHT, WIDTH))
    part = Frame(full.picture, (8, 8), (left / WIDTH, top / HEIGHT, (left + 8) / WIDTH, (top + 8) / HEIGHT))
    expected = PlacedCutout(cutout, placement, full).matte(full.size)[top : top + 8, left : left + 8]
    assert PlacedCutout(cutout, placement, part).matte(part.size) == pytest.approx(expected, abs=2e-4)


def test_half_the_size_looks_like_the_whole_reduced() -> None:
    cutout = Picture(
        cv2.GaussianBlur(picture(60, 60).pixels, (0, 0), 4), cv2.GaussianBlur(disc(60), (0, 0), 3)
    )
    placement = Placement(0.4, 0.6, 0.7, 0.5)
    full = PlacedCutout(cutout, placement, Frame.full((HEIGHT, WIDTH))).matte((HEIGHT, WIDTH))
    half = (HEIGHT // 2, WIDTH // 2)
    small = PlacedCutout(cutout, placement, Frame((HEIGHT, WIDTH), half)).matte(half)
    assert small == pytest.approx(resize_area(full, half), abs=0.04)


def disc(size: int) -> Any:
    return cv2.circle(np.zeros((size, size), np.float32), (size // 2, size // 2), size // 3, 1, -1)
