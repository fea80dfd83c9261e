"""Check that blocks cover each row once, and that the bounding box is the smallest one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.images.row_blocks import ROWS, bounding_box, run_in_threads, split_rows


@given(st.integers(0, 300), st.integers(0, 300))
def test_blocks_cover_each_row_once(top: int, count: int) -> None:
    rows = [y for part in split_rows(top, top + count) for y in range(part.start, part.stop)]
    assert rows == list(range(top, top + count))


@given(st.integers(1, 3 * ROWS), st.integers(1, 40), st.integers(0, 2**32), st.integers(1, 4))
def test_the_box_is_tight(height: int, width: int, seed: int, points: int) -> None:
    rng = np.random.default_rng(seed)
    matte = np.zeros((height, width), np.float32)
    matte[rng.integers(0, height, points), rng.integers(0, width, points)] = 1e-6
    rows, columns = bounding_box(matte)
    touched = np.argwhere(matte)
    assert [rows.start, columns.start] == touched.min(axis=0).tolist()
    assert [rows.stop, columns.stop] == (touched.max(axis=0) + 1).tolist()


def test_an_error_in_a_block_is_raised() -> None:
    def fail(rows: slice) -> None:
        raise ValueError(f"row {rows.start}")

    with pytest.raises(ValueError, match="row 0"):
        run_in_threads(fail, split_rows(0, 200))
