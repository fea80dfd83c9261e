"""Apply a shading map, which states how much brighter or darker each part of the object becomes.

`shading` is float32 g×h: the natural logarithm of a gain on encoded values. 0 changes nothing, positive
brightens. It covers the whole picture; between its cells it is bilinear with half-pixel centres, beyond the
outermost centres constant. With a display gamma of 2.2, a log-gain s multiplies light by about exp(2.2·s).
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Shading = NDArray[np.float32]
MAX_LOG_GAIN = 4.0  # encoded values times or divided by 55: more than any use needs, without overflow


def identity_shading(grid: int = 32) -> Shading:
    """Return a map that changes nothing: grid×grid zeros."""
    return np.zeros((grid, grid), np.float32)


def upsample_shading(shading: Shading, height: int, width: int) -> Shading:
    """Return the log-gain of every pixel of a picture: height×width."""
    return ShadingRows(shading, height, width)[0:height]


class ShadingRows:
    """Upsample a map a few rows at a time: `rows[10:20]` is 10×width.

    wide: g×width float32, upsampled from left to right only; row y of the picture lies between its rows
    above[y] and above[y] + 1, or on the last, with weight[y] for the lower one.
    """

    def __init__(self, shading: Shading, height: int, width: int) -> None:
        wide: NDArray[Any] = cv2.resize(shading, (width, shading.shape[0]), interpolation=cv2.INTER_LINEAR)
        self.wide: Shading = wide.reshape(-1, width)  # OpenCV drops an axis of length 1
        cells = len(self.wide)
        centre = (np.arange(height) + 0.5) * (cells / height) - 0.5
        position = centre.clip(0, cells - 1)
        self.above = np.minimum(position.astype(np.int64), max(cells - 2, 0))
        self.weight = (position - self.above).astype(np.float32)

    def __getitem__(self, rows: slice) -> Shading:
        return self.part(rows, slice(None))

    def part(self, rows: slice, columns: slice) -> Shading:
        """Return the log-gain of some rows and columns."""
        above = self.above[rows]
        upper = self.wide[above, columns]
        lower = self.wide[np.minimum(above + 1, len(self.wide) - 1), columns]
        lower -= upper
        lower *= self.weight[rows, None]
        lower += upper
        return lower


# exp(x) = (1 + y(1 + y(1/2 + y(1/6 + ...))))^16 with y = x/16, highest power first.
EXP_SCALE = np.float32(1 / 16)
EXP_SERIES = tuple(np.float32(1 / factorial) for factorial in (720, 120, 24, 6, 2, 1, 1))


def gain_of(log_gain: Shading) -> NDArray[np.float32]:
    """Return exp of values up to ±MAX_LOG_GAIN, with a relative error below 3e-6; exactly 1 at 0.

    Only products and sums are used: unlike a library's exp, the result is equal on every machine, and numba
    vectorizes the same formula.
    """
    scaled = log_gain * EXP_SCALE
    gain = np.full_like(scaled, EXP_SERIES[0])
    for coefficient in EXP_SERIES[1:]:
        gain *= scaled
        gain += coefficient
    for _ in range(4):
        gain *= gain
    return gain


def check_shading(shading: NDArray[Any]) -> None:
    """Raise ValueError unless the array is a shading map."""
    if shading.ndim != 2 or min(shading.shape) < 1:
        raise ValueError("The shading map should have rows and columns.")
    if not (np.isfinite(shading).all() and np.abs(shading).max() <= MAX_LOG_GAIN):
        raise ValueError(f"The shading map should have values from -{MAX_LOG_GAIN:g} to {MAX_LOG_GAIN:g}.")
