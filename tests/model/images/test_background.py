"""Check the count of changed pixels outside the mask, at every depth."""

from typing import Any

import numpy as np
import pytest

from model import Composite
from model.images.background import BackgroundChange, measure_background
from model.images.composite import to_depth


def composite(dtype: Any) -> Composite:
    """Return a flat picture of level 100 with a square object of 10×10 pixels."""
    matte = np.zeros((20, 20), np.float32)
    matte[5:15, 5:15] = 1
    return Composite(to_depth(np.full((20, 20, 3), 100, np.uint8), np.dtype(dtype)), matte)


def changed_result() -> Any:
    """Return the same picture with three changed pixels, one of them inside the mask."""
    result = np.full((20, 20, 3), 100, np.uint8)
    result[0, 0], result[19, 19, 2], result[10, 10] = 110, 97, 0
    return result


@pytest.mark.parametrize("composite_depth", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("result_depth", [np.uint8, np.uint16, np.float32])
def test_changes_are_counted_in_levels_at_any_depth(composite_depth: Any, result_depth: Any) -> None:
    result = to_depth(changed_result(), np.dtype(result_depth))
    found = measure_background(composite(composite_depth), result)
    assert (found.pixels, found.changed) == (300, 2)
    assert found.largest == pytest.approx(10, rel=1e-5)


def test_a_tolerance_leaves_small_changes_out() -> None:
    found = measure_background(composite(np.uint8), changed_result(), tolerance=5)
    assert found == BackgroundChange(300, 1, 10)
    assert measure_background(composite(np.uint8), changed_result(), tolerance=10).changed == 0


def test_rounding_to_the_lower_depth_is_no_change() -> None:
    deep = composite(np.uint16)
    noisy = Composite(deep.image + np.uint16(100), deep.matte)  # less than half a level of 8 bits
    assert measure_background(noisy, to_depth(deep.image, np.dtype(np.uint8))).changed == 0
    assert measure_background(noisy, deep.image).changed == 300


def test_blocks_of_rows_are_added_up() -> None:
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (501, 40, 3), np.uint8)
    matte = (rng.random((501, 40)) > 0.5).astype(np.float32)
    result = np.where(rng.random((501, 40, 1)) > 0.5, image, 255 - image)
    expected = ((matte == 0) & (result != image).any(axis=2)).sum()
    assert measure_background(Composite(image, matte), result).changed == expected
