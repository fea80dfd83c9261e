"""Check that the shading map is upsampled bilinearly to any size, whole or in rows."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from model.edit.shading import Shading, ShadingRows, check_shading, identity_shading, upsample_shading

MAPS = nps.arrays(
    np.float32, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.floats(-2, 2, width=16)
)


@given(MAPS, st.integers(1, 60), st.integers(1, 60))
def test_equal_to_opencv(shading: Shading, height: int, width: int) -> None:
    expected = cv2.resize(shading, (width, height), interpolation=cv2.INTER_LINEAR).reshape(height, width)
    assert np.abs(upsample_shading(shading, height, width) - expected).max() < 1e-4


@given(MAPS, st.integers(0, 20), st.integers(1, 20))
def test_rows_are_a_part_of_the_whole(shading: Shading, start: int, count: int) -> None:
    rows = ShadingRows(shading, 40, 30)[start : start + count]
    assert np.array_equal(rows, upsample_shading(shading, 40, 30)[start : start + count])


def test_cells_keep_their_value_at_their_own_size() -> None:
    shading = np.array([[0.1, -0.2], [0.3, 0.0]], np.float32)
    assert np.array_equal(upsample_shading(shading, 2, 2), shading)


def test_half_pixel_centres() -> None:
    rows = upsample_shading(np.array([[0], [1]], np.float32), 4, 1)[:, 0]
    assert rows.tolist() == [0, 0.25, 0.75, 1]


def test_no_shading_is_zero() -> None:
    assert not upsample_shading(identity_shading(4), 9, 9).any()


@pytest.mark.parametrize(
    "wrong", [np.zeros(3), np.zeros((0, 3)), np.full((2, 2), np.inf), np.full((2, 2), 9.0)]
)
def test_what_is_not_a_map_is_refused(wrong: Shading) -> None:
    with pytest.raises(ValueError, match="shading map"):
        check_shading(wrong)
