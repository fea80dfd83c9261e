"""The shading map: how much brighter or darker each part of the object becomes.

`shading` is float32 g×h: the natural logarithm of a gain on encoded values. 0 changes nothing, positive
brightens. It covers the whole picture; between its cells it is bilinear with half-pixel centres, beyond the
outermost centres constant. With a display gamma of 2.2, a log-gain s multiplies light by about exp(2.2·s).
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Shading = NDArray[np.float32]
MAX_LOG_GAIN = 4.0  # encoded values times or divided by 55: beyond any use, and far from overflow


def identity_shading(grid: int = 32) -> Shading:
    """A map that changes nothing: grid×grid zeros."""
    return np.zeros((grid, grid), np.float32)


def upsample_shading(shading: Shading, height: int, width: int) -> Shading:
    """The log-gain of every pixel of a picture: height×width."""
    return ShadingRows(shading, height, width)[0:height]


class ShadingRows:
    """The upsampled map, made a few rows at a time: `rows[10:20]` is 10×width."""

    def __init__(self, shading: Shading, height: int, width: int) -> None:
        self._wide = cv2.resize(shading, (width, shading.shape[0]), interpolation=cv2.INTER_LINEAR)
        self._height = height

    def __getitem__(self, rows: slice) -> Shading:
        cells = self._wide.shape[0]
        centre = (np.arange(rows.start, rows.stop) + 0.5) * (cells / self._height) - 0.5
        position = centre.clip(0, cells - 1)
        above = np.minimum(position.astype(int), max(cells - 2, 0))
        weight = (position - above).astype(np.float32)[:, None]
        below = np.minimum(above + 1, cells - 1)
        upper = self._wide[above]
        result: Shading = upper + weight * (self._wide[below] - upper)
        return result


def check_shading(shading: NDArray[Any]) -> None:
    """Raise ValueError unless the array is a shading map."""
    if shading.ndim != 2 or min(shading.shape) < 1:
        raise ValueError("The shading map should have rows and columns.")
    if not (np.isfinite(shading).all() and np.abs(shading).max() <= MAX_LOG_GAIN):
        raise ValueError(f"The shading map should have values from -{MAX_LOG_GAIN:g} to {MAX_LOG_GAIN:g}.")
