"""Check sizes and values of reduced pictures."""

import numpy as np
import pytest

from model.images.resize import fitting_size, resize_area, resize_to_fit


@pytest.mark.parametrize(
    ("shape", "side", "least", "expected"),
    [
        ((100, 400, 3), 200, 1, (50, 200)),
        ((400, 100), 200, 1, (200, 50)),
        ((100, 90), 100, 1, (100, 90)),
        ((1000, 1), 100, 1, (100, 1)),
        ((1000, 20), 100, 16, (100, 16)),
    ],
)
def test_the_longer_side_fits_and_the_shorter_follows(
    shape: tuple[int, ...], side: int, least: int, expected: tuple[int, int]
) -> None:
    assert fitting_size(shape, side, least) == expected


def test_values_are_means_of_areas() -> None:
    values = np.arange(16, dtype=np.float32).reshape(4, 4)
    assert resize_area(values, (2, 2)).tolist() == [[2.5, 4.5], [10.5, 12.5]]
    assert resize_to_fit(values, 2).tolist() == [[2.5, 4.5], [10.5, 12.5]]


def test_a_small_picture_is_returned_as_it_is() -> None:
    values = np.zeros((4, 4, 3), np.uint8)
    assert resize_to_fit(values, 4) is values
