"""Reduce pictures and mattes: every output pixel is the mean of the area that it covers."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray


def fitting_size(shape: tuple[int, ...], max_side: int, min_side: int = 1) -> tuple[int, int]:
    """Return the height and width of a copy whose longer side is `max_side`, at least `min_side` each.

    shape: height and width first. A shape that is no larger than `max_side` is returned as it is.
    """
    height, width = shape[:2]
    scale = max_side / max(height, width)
    if scale >= 1:
        return height, width
    return max(min_side, round(height * scale)), max(min_side, round(width * scale))


def resize_area(array: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    """Return H×W or H×W×C values, any depth, at `size` (height, width), by averages over areas."""
    height, width = size
    return np.asarray(cv2.resize(array, (width, height), interpolation=cv2.INTER_AREA))


def resize_to_fit(array: NDArray[Any], max_side: int, min_side: int = 1) -> NDArray[Any]:
    """Return a copy of at most `max_side` pixels a side; the array itself if it is no larger.

    See `fitting_size` for the size and `resize_area` for the values.
    """
    size = fitting_size(array.shape, max_side, min_side)
    return array if size == array.shape[:2] else resize_area(array, size)
