"""Represent what is applied to the colours of an object: an edit, an affine map or a table, with shading."""

from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from model.edit.curves import apply_offsets, curve_offsets
from model.edit.edit import Edit
from model.edit.shading import Shading, ShadingRows, check_shading
from model.images.arrays import Pixels, top_level

MAX_TABLE = 129  # cells a side: 6 million numbers


@dataclass(frozen=True, eq=False)
class Affine:
    """Represent F(I) = (A·I + b)·exp(shading) on encoded RGB in 0-1. Raises ValueError for other arrays.

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
    """Represent a three-dimensional table of colours, times exp(shading), on encoded RGB in 0-1.

    grid: float32 n×n×n×3, n from 2 to 129: the new colour by red, green and blue at k/(n-1), interpolated
    trilinearly. shading: see `model.edit.shading`; None = no shading. Raises ValueError for other arrays.
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


ColorTransform: TypeAlias = Edit | Affine | Table


class Kind(IntEnum):
    """Name the layout of a prepared transform's numbers. Values and colours are in levels, 0 to white."""

    LEVELS = 0  # 3×256: the colour of each level; 8 bits only
    CURVES = 1  # 6×N, see `model.edit.curves.curve_offsets`
    AFFINE = 2  # 3×4
    TABLE = 3  # n³×3, blue changes fastest


@dataclass(frozen=True, eq=False)
class PreparedTransform:
    """Hold a transform for pictures of one size and depth.

    numbers: float32, see Kind. matrix: 3×4 in levels, applied to what the numbers give; None = not at all.
    """

    kind: Kind
    numbers: NDArray[np.float32]
    white: np.float32
    shading: ShadingRows | None
    matrix: NDArray[np.float32] | None = None


def prepare_transform(transform: ColorTransform, image: Pixels) -> PreparedTransform:
    """Prepare a transform for pictures of the size and depth of `image`, H×W×3."""
    dtype = image.dtype
    white = np.float32(top_level(dtype))
    shading = transform.shading
    rows = ShadingRows(shading, *image.shape[:2]) if shading is not None and shading.any() else None
    if isinstance(transform, Affine):
        return PreparedTransform(Kind.AFFINE, _in_levels(transform.matrix, white), white, rows)
    if isinstance(transform, Table):
        return PreparedTransform(
            Kind.TABLE, (transform.grid * white).reshape(-1, 3).astype(np.float32), white, rows
        )
    matrix = _in_levels(transform.matrix, white) if transform.mixes else None
    offsets = curve_offsets(transform.curves, white)
    if dtype == np.uint8:
        levels = np.repeat(np.arange(256, dtype=np.float32)[:, None], 3, axis=1)
        return PreparedTransform(
            Kind.LEVELS, np.ascontiguousarray(apply_offsets(levels, offsets, white).T), white, rows, matrix
        )
    return PreparedTransform(Kind.CURVES, offsets, white, rows, matrix)


def _in_levels(matrix: NDArray[np.float32], white: np.float32) -> NDArray[np.float32]:
    return np.ascontiguousarray(matrix * np.array([1, 1, 1, white], np.float32), np.float32)


def _check(shading: Shading | None) -> None:
    if shading is not None:
        check_shading(shading)
