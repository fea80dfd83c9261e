"""What can be done to the colours of an object: an edit, an affine map or a table, each with shading."""

from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from model.edit.curves import bend, curve_bends
from model.edit.edit import Edit
from model.edit.shading import Shading, ShadingRows, check_shading
from model.images.arrays import Pixels, top_level

MAX_TABLE = 129  # cells a side: 6 million numbers


@dataclass(frozen=True, eq=False)
class Affine:
    """F(I) = A·I + b, times exp(shading), on encoded RGB in 0-1. Raises ValueError for other arrays.

    matrix: float32 3×4, A and then b. shading: see `model.edit.shading`; None = no shading.
    """

    matrix: NDArray[np.float32]
    shading: Shading | None = None

    def __post_init__(self) -> None:
        if self.matrix.shape != (3, 4) or not np.isfinite(self.matrix).all():
            raise ValueError("An affine map of colours should be a matrix of 3×4 numbers.")
        _check(self.shading)


@dataclass(frozen=True, eq=False)
class Table:
    """F(I) looked up in a grid, trilinear, times exp(shading), on encoded RGB in 0-1. Raises ValueError.

    grid: float32 n×n×n×3, n from 2 to 129: the new colour by red, green and blue at k/(n-1).
    shading: see `model.edit.shading`; None = no shading.
    """

    grid: NDArray[np.float32]
    shading: Shading | None = None

    def __post_init__(self) -> None:
        side = len(self.grid)
        if self.grid.shape != (side, side, side, 3) or not 2 <= side <= MAX_TABLE:
            raise ValueError(f"A table of colours should be n×n×n×3, with n from 2 to {MAX_TABLE}.")
        if not np.isfinite(self.grid).all():
            raise ValueError("A table of colours should hold finite numbers.")
        _check(self.shading)


Recolouring: TypeAlias = Edit | Affine | Table


class Kind(IntEnum):
    """How the numbers of a plan become a colour. Values and colours are in levels, 0 to white."""

    LEVELS = 0  # 3×256: the colour of each level; 8 bits only
    BENDS = 1  # 6×N: what each curve adds to the value at N equally spaced knots, and by how much that rises
    AFFINE = 2  # 3×4
    TABLE = 3  # n³×3, blue changes fastest


@dataclass(frozen=True, eq=False)
class Plan:
    """A recolouring made ready for pictures of one size and depth. numbers: float32, see Kind."""

    kind: Kind
    numbers: NDArray[np.float32]
    white: np.float32
    shading: ShadingRows | None


def plan_for(recolouring: Recolouring, image: Pixels) -> Plan:
    """Make a recolouring ready for pictures of the size and depth of this one."""
    dtype = image.dtype
    white = np.float32(top_level(dtype))
    shading = recolouring.shading
    rows = ShadingRows(shading, *image.shape[:2]) if shading is not None and shading.any() else None
    if isinstance(recolouring, Affine):
        matrix = recolouring.matrix * np.array([1, 1, 1, white], np.float32)
        return Plan(Kind.AFFINE, np.ascontiguousarray(matrix, np.float32), white, rows)
    if isinstance(recolouring, Table):
        return Plan(Kind.TABLE, (recolouring.grid * white).reshape(-1, 3).astype(np.float32), white, rows)
    bends = curve_bends(recolouring.curves, white)
    if dtype == np.uint8:
        levels = np.repeat(np.arange(256, dtype=np.float32)[:, None], 3, axis=1)
        return Plan(Kind.LEVELS, np.ascontiguousarray(bend(levels, bends, white).T), white, rows)
    return Plan(Kind.BENDS, bends, white, rows)


def _check(shading: Shading | None) -> None:
    if shading is not None:
        check_shading(shading)
