"""Place a cut-out over a picture: scale, mirror, turn and move it, and compute any part of the picture.

Pixel (column u, row v) has its centre at (u + 0.5, v + 0.5). A cut-out is premultiplied, reduced by averages
over areas where it gets smaller, and read between its pixels bilinearly.
"""

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from model.images.arrays import Matte, Picture, top_level
from model.images.resize import resize_area
from model.images.row_blocks import bounding_box, run_in_threads, split_rows

WHOLE = (0.0, 0.0, 1.0, 1.0)
PREMULTIPLIED_WHITE = 65535
SMALLEST_SCALE = 1e-4  # of the background's width

Affine = NDArray[np.float64]
"""Hold a 3×3 matrix that maps (x, y, 1) to (x', y', 1)."""


@dataclass(frozen=True)
class Placement:
    """Describe where a cut-out is.

    x, y: its centre, in fractions of the width and height of the background. scale: its width in fractions of
    the width of the background. angle: in radians, clockwise as seen. flip: mirrored left to right before it
    is turned.
    """

    x: float = 0.5
    y: float = 0.5
    scale: float = 1.0
    angle: float = 0.0
    flip: bool = False


@dataclass(frozen=True)
class Frame:
    """Describe a part of a picture and the size at which it is computed.

    picture: height and width of the whole picture in pixels. size: height and width of the part as computed.
    box: left, top, right and bottom edge of the part in fractions of the picture.
    """

    picture: tuple[int, int]
    size: tuple[int, int]
    box: tuple[float, float, float, float] = WHOLE

    @classmethod
    def full(cls, picture: tuple[int, ...]) -> "Frame":
        """Return the whole picture at its own size; picture: a shape, height and width first."""
        return cls((picture[0], picture[1]), (picture[0], picture[1]))

    @property
    def is_whole(self) -> bool:
        """Return True for the whole picture, at any size."""
        return self.box == WHOLE

    @property
    def to_fractions(self) -> Affine:
        """Return the map from places in the part, in pixels, to fractions of the picture."""
        left, top, right, bottom = self.box
        height, width = self.size
        return np.array([[(right - left) / width, 0, left], [0, (bottom - top) / height, top], [0, 0, 1]])

    def crop(self, array: NDArray[Any]) -> NDArray[Any]:
        """Return this part, at the frame's size, of an array of the whole picture: H×W or H×W×C, any size."""
        if not self.is_whole:
            rows, columns = array.shape[:2]
            left, top, right, bottom = self.box
            part = np.s_[
                round(top * rows) : round(bottom * rows), round(left * columns) : round(right * columns)
            ]
            array = np.ascontiguousarray(array[part])
        if array.shape[:2] == self.size:
            return array
        if array.shape[0] >= self.size[0] and array.shape[1] >= self.size[1]:
            return resize_area(array, self.size)
        return np.asarray(cv2.resize(array, self.size[::-1], interpolation=cv2.INTER_LINEAR))

    def sample(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return a coarse map of the whole picture, h×w, at every pixel of this part.

        It is bilinear between its cells, and constant beyond the outermost centres.
        """
        height, width = values.shape
        to_map = np.array([[width, 0, 0], [0, height, 0], [0, 0, 1]]) @ self.to_fractions
        return _warp(values, to_map, self.size, cv2.BORDER_REPLICATE)


class PlacedCutout:
    """Hold a cut-out as a frame shows it, ready to compute some rows at a time.

    rows, columns: the part of the frame that it can touch; both are empty where it lies outside.
    """

    def __init__(self, cutout: Picture, placement: Placement, frame: Frame) -> None:
        source, to_source = _reduced(cutout, _to_cutout(cutout.size, placement, frame))
        self._source, self._to_source = source, to_source
        self.rows, self.columns = _touched(source.shape, to_source, frame.size)

    def block(self, rows: slice) -> tuple[NDArray[np.float32], Matte]:
        """Return colours in 0-1, not premultiplied, and alpha of some rows, at the columns of this object."""
        shift = np.array([[1, 0, self.columns.start], [0, 1, rows.start], [0, 0, 1]], np.float64)
        size = rows.stop - rows.start, self.columns.stop - self.columns.start
        values = _warp(self._source, self._to_source @ shift, size, cv2.BORDER_CONSTANT).astype(np.float32)
        alpha = values[..., 3] * np.float32(1 / PREMULTIPLIED_WHITE)
        colours = values[..., :3] / np.maximum(values[..., 3:], np.float32(1))
        return colours.clip(0, 1), alpha

    def matte(self, size: tuple[int, int]) -> Matte:
        """Return the alpha of the whole frame, H×W, 0 where the cut-out is not."""
        matte = np.zeros(size, np.float32)

        def fill(rows: slice) -> None:
            matte[rows, self.columns] = self.block(rows)[1]

        run_in_threads(fill, self.blocks)
        return matte

    @property
    def blocks(self) -> list[slice]:
        """Return the touched rows in blocks; [] where the cut-out lies outside the frame."""
        empty = self.columns.start >= self.columns.stop
        return [] if empty else split_rows(self.rows.start, self.rows.stop)


@dataclass(frozen=True, eq=False)
class Cutout:
    """Hold a cut-out without its empty border, premultiplied: h×w×4 uint16, and its offset in the picture."""

    values: NDArray[np.uint16]
    left: int
    top: int


def premultiplied(picture: Picture) -> Cutout:
    """Return the visible part of a picture with transparency; an opaque picture is visible everywhere."""
    pixels, alpha = picture.pixels, picture.alpha
    if alpha is None:
        alpha = np.ones(picture.size, np.float32)
    if not alpha.any():
        return Cutout(np.zeros((1, 1, 4), np.uint16), 0, 0)
    rows, columns = bounding_box(alpha)
    values = np.empty((rows.stop - rows.start, columns.stop - columns.start, 4), np.uint16)
    scale = np.float32(PREMULTIPLIED_WHITE / top_level(pixels.dtype))

    def fill(part: slice) -> None:
        source = slice(part.start + rows.start, part.stop + rows.start)
        opacity = alpha[source, columns, None]
        values[part, :, :3] = pixels[source, columns] * (scale * opacity) + np.float32(0.5)
        values[part, :, 3:] = opacity * np.float32(PREMULTIPLIED_WHITE) + np.float32(0.5)

    run_in_threads(fill, split_rows(0, len(values)))
    return Cutout(values, columns.start, rows.start)


def _to_cutout(size: tuple[int, int], placement: Placement, frame: Frame) -> Affine:
    """Return the map from places in the frame to places in the cut-out, both in pixels."""
    rows, columns = frame.picture
    height, width = size
    scale = width / (
        max(placement.scale, SMALLEST_SCALE) * columns
    )  # pixels of the cut-out for one of the picture
    cos, sin = math.cos(placement.angle) * scale, math.sin(placement.angle) * scale
    mirror = -1.0 if placement.flip else 1.0
    turned = np.array([[mirror * cos, mirror * sin, width / 2], [-sin, cos, height / 2], [0, 0, 1]])
    about_centre = np.array(
        [[columns, 0, -placement.x * columns], [0, rows, -placement.y * rows], [0, 0, 1]], np.float64
    )
    found: Affine = turned @ about_centre @ frame.to_fractions
    return found


def _reduced(picture: Picture, to_cutout: Affine) -> tuple[NDArray[np.uint16], Affine]:
    """Return the visible part, reduced to the resolution of the frame, and the map from the frame to it."""
    cutout = premultiplied(picture)
    factor = 1 / max(1.0, math.sqrt(abs(np.linalg.det(to_cutout[:2, :2]))))
    height, width = cutout.values.shape[:2]
    size = min(height, math.ceil(height * factor - 1e-6)), min(width, math.ceil(width * factor - 1e-6))
    values = cutout.values if size == (height, width) else resize_area(cutout.values, size)
    y, x = size[0] / height, size[1] / width
    moved = np.array([[x, 0, -cutout.left * x], [0, y, -cutout.top * y], [0, 0, 1]])
    return values, moved @ to_cutout


def _touched(shape: tuple[int, ...], to_source: Affine, size: tuple[int, int]) -> tuple[slice, slice]:
    """Return the rows and columns of the frame that the source can touch, a pixel more on every side."""
    height, width = shape[:2]
    corners = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]], np.float64)
    x, y = (np.linalg.inv(to_source) @ corners.T)[:2]
    found = []
    for values, limit in ((y, size[0]), (x, size[1])):
        first = min(max(math.floor(values.min()) - 1, 0), limit)
        found.append(slice(first, max(first, min(math.ceil(values.max()) + 1, limit))))
    return found[0], found[1]


def _warp(values: NDArray[Any], to_values: Affine, size: tuple[int, int], border: int) -> NDArray[Any]:
    """Return values at every pixel of a part of `size`; to_values maps a place in the part to one in them."""
    # OpenCV counts from the centres of pixels.
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    matrix = (np.linalg.inv(half) @ to_values @ half)[:2]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(values, matrix, size[::-1], flags=flags, borderMode=border))
