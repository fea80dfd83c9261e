"""Render with NumPy and OpenCV alone: the reference of the compiled renderer, several times slower.

It is used where numba is missing or its start would take longer than the picture. Every product and sum is
computed in float32 and in the order of `model.edit.render_numba`, so that both pictures are equal.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from model.edit.color_transforms import Kind, PreparedTransform
from model.edit.curves import apply_offsets
from model.edit.shading import gain_of
from model.images.arrays import Matte, Pixels, top_level

Colours = NDArray[Any]
"""Hold H×W×3 float32 colours in levels."""


def recolour(prepared: PreparedTransform, pixels: Pixels, rows: slice, columns: slice) -> Colours:
    """Return the new colours, before clipping, of the pixels in some rows and columns of a picture."""
    colours = _COLOURS[prepared.kind](prepared, pixels)
    if prepared.matrix is not None:
        colours = _mixed(prepared.matrix, colours)
    if prepared.shading is None:
        return colours
    gain = gain_of(prepared.shading.part(rows, columns))
    return cv2.multiply(colours, cv2.merge([gain, gain, gain]), dst=colours)


def blend(pixels: Pixels, colours: Colours, matte: Matte) -> Pixels:
    """Return I + M·(clip(F) − I), rounded once unless the picture is float32. Overwrites `colours`."""
    before = pixels.astype(np.float32)
    np.clip(colours, 0, top_level(pixels.dtype), out=colours)
    colours -= before
    cv2.multiply(colours, cv2.merge([matte, matte, matte]), dst=colours)
    colours += before
    if pixels.dtype.kind == "u":
        colours += np.float32(0.5)
    return colours.astype(pixels.dtype)


def _levels(prepared: PreparedTransform, pixels: Pixels) -> Colours:
    return cv2.LUT(pixels, prepared.numbers.T[None])


def _curves(prepared: PreparedTransform, pixels: Pixels) -> Colours:
    return apply_offsets(pixels.astype(np.float32), prepared.numbers, prepared.white)


def _affine(prepared: PreparedTransform, pixels: Pixels) -> Colours:
    return _mixed(prepared.numbers, pixels.astype(np.float32))


def _mixed(matrix: NDArray[np.float32], colours: Colours) -> Colours:
    red, green, blue = (colours[..., c] for c in range(3))
    mixed: Colours = cv2.merge([row[0] * red + row[1] * green + row[2] * blue + row[3] for row in matrix])
    return mixed


def _table(prepared: PreparedTransform, pixels: Pixels) -> Colours:
    side = round(len(prepared.numbers) ** (1 / 3))
    place = pixels.astype(np.float32) * np.float32((side - 1) / prepared.white)
    below = np.minimum(place.astype(np.int64), side - 2)
    place -= below
    corner = (below[..., 0] * side + below[..., 1]) * side + below[..., 2]
    to_red, to_green, to_blue = (place[..., c, None] for c in range(3))

    def along_blue(at: NDArray[np.int64]) -> Colours:
        return _between(prepared.numbers[at], prepared.numbers[at + 1], to_blue)

    def along_green(at: NDArray[np.int64]) -> Colours:
        return _between(along_blue(at), along_blue(at + side), to_green)

    return _between(along_green(corner), along_green(corner + side * side), to_red)


def _between(low: Colours, high: Colours, weight: NDArray[np.float32]) -> Colours:
    high -= low
    high *= weight
    high += low
    return high


_COLOURS = {Kind.LEVELS: _levels, Kind.CURVES: _curves, Kind.AFFINE: _affine, Kind.TABLE: _table}
