"""Compare soft edges estimated from the picture with mattes that are known."""

from typing import Any

import numpy as np
import pytest

from model.images.arrays import BadImage, Matte, Pixels
from model.masks.matting import refine_matte, solve_matte


def hair(dtype: Any = np.uint8, size: int = 160) -> tuple[Pixels, Matte]:
    """Return a disc with thin rays, blended over a smooth background, and its matte."""
    y, x = np.mgrid[:size, :size] - size / 2
    angle, distance = np.arctan2(y, x), np.hypot(y, x)
    body = (size * 0.22 - distance + 0.5).clip(0, 1)
    rays = (0.5 + 0.5 * np.cos(40 * angle)) ** 4 * ((size * 0.34 - distance) / (size * 0.1)).clip(0, 1)
    matte = np.maximum(body, rays * (distance > size * 0.2)).astype(np.float32)
    background = np.stack([0.2 + 0.001 * x, 0.5 + 0.001 * y, np.full_like(x, 0.3)], 2)
    thing = np.stack([0.8 + 0.0005 * y, np.full_like(x, 0.3), 0.2 + 0.0005 * x], 2)
    image = matte[..., None] * thing + (1 - matte[..., None]) * background
    return np.rint(np.iinfo(dtype).max * image).astype(dtype), matte


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_hair_is_recovered_from_a_hard_mask(dtype: Any) -> None:
    image, true = hair(dtype)
    hard = (true > 0.5).astype(np.float32)
    refined = refine_matte(image, hard, reach=24)
    assert np.abs(refined - true).mean() < 0.2 * np.abs(hard - true).mean()
    assert refined.dtype == np.float32 and refined.min() >= 0 and refined.max() <= 1


def test_far_from_edges_nothing_changes() -> None:
    image, true = hair()
    hard = (true > 0.5).astype(np.float32)
    refined = refine_matte(image, hard, reach=5)
    assert refined[80, 80] == 1 and not refined[:15].any()
    assert refined is not hard and set(np.unique(hard)) == {0, 1}


def test_a_matte_without_edges_stays() -> None:
    image, _ = hair()
    assert not refine_matte(image, np.zeros((160, 160), np.float32)).any()


def test_a_large_picture_is_solved_on_a_smaller_copy() -> None:
    image, true = hair(size=800)
    hard = (true > 0.5).astype(np.float32)
    refined = refine_matte(image, hard, reach=30)
    near = np.abs(hard - true) > 0
    assert np.abs(refined - true)[near].mean() < 0.6 * np.abs(hard - true)[near].mean()


def test_known_pixels_are_kept() -> None:
    image, true = hair()
    known = np.where((true > 0) & (true < 1), np.nan, true).astype(np.float32)
    solved = solve_matte(image / 255, known)
    sure = ~np.isnan(known)
    assert np.array_equal(solved[sure], known[sure])


def test_an_affine_function_of_the_colours_is_found_exactly() -> None:
    """Check the assumption of the method (Levin et al. 2008, equation 2) on colours linear in the matte."""
    true = np.tile(np.linspace(0, 1, 40, dtype=np.float32), (20, 1))
    image = np.stack([true, 0.2 + 0.5 * true, 1 - true], axis=2).astype(np.float64)
    known = np.where((true > 0.1) & (true < 0.9), np.nan, np.round(true)).astype(np.float32)
    image[~np.isnan(known)] = np.round(true[~np.isnan(known)])[:, None] * [1, 0.5, -1] + [0, 0.2, 1]
    solved = solve_matte(image, known)
    assert np.abs(solved - true)[np.isnan(known)].max() < 0.05


def test_a_thin_object_of_which_nothing_is_known_stays() -> None:
    matte = np.zeros((40, 40), np.float32)
    matte[20] = 1
    assert refine_matte(np.zeros((40, 40, 3), np.uint8), matte) is matte


def test_a_picture_without_known_pixels_is_refused_in_words() -> None:
    image, _ = hair(size=20)
    with pytest.raises(BadImage, match="cannot be estimated"):
        solve_matte(image / 255, np.full((20, 20), np.nan, np.float32))
