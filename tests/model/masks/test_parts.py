"""Check that a matte is split into parts that add up to it."""

import cv2
import numpy as np
import pytest

from model import BadImage
from model.masks.parts import split_matte


def test_two_discs_are_two_parts_with_their_soft_edges() -> None:
    matte = np.zeros((100, 160), np.float32)
    cv2.circle(matte, (40, 50), 25, 1, -1)
    cv2.circle(matte, (120, 50), 15, 1, -1)
    matte[2, 2] = 1  # too small to be a part
    soft = np.asarray(cv2.GaussianBlur(matte, (0, 0), 2), np.float32)
    soft[2, 2] = 1
    large, small = split_matte(soft)
    assert np.array_equal(large + small, soft)
    assert large[50, 40] == 1 and large[50, 120] == 0 and small[50, 120] == 1
    assert large.sum() > small.sum() and large[2, 2] == 1


def test_no_more_parts_than_wanted() -> None:
    matte = np.zeros((20, 200), np.float32)
    for number in range(10):
        matte[5 : 15 - number // 2, 5 + 20 * number : 15 + 20 * number] = 1
    parts = split_matte(matte, most=3)
    assert len(parts) == 3 and np.array_equal(sum(parts), matte)


def test_a_large_matte_is_split_at_full_size() -> None:
    matte = np.zeros((400, 2000), np.float32)
    matte[100:300, 100:600] = matte[100:300, 1200:1500] = 1
    assert [part.sum() for part in split_matte(matte)] == [200 * 500, 200 * 300]


def test_an_empty_matte_is_refused() -> None:
    with pytest.raises(BadImage, match="empty"):
        split_matte(np.zeros((10, 10), np.float32))
