"""Find photographs with a plain direction of light, and mirror their objects against it."""

from collections.abc import Iterator
from dataclasses import dataclass
from operator import itemgetter

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy.photographs import to_light
from model.images.arrays import Matte, Pixels
from model.images.composite import Composite

AREA = (0.03, 0.5)  # of the picture, covered by the object
LARGEST_HOLE = 0.3  # share of the object that the mirrored object does not cover
FLOOR = 0.002  # of linear luma: noise in black is no light
LEAST_SCENE = 0.15  # stops from the middle of the picture to its edge
BIN = 0.04  # of chromaticity: pixels of one bin have one colour
LUMA = np.array([0.2126, 0.7152, 0.0722])

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Opposed:
    """Hold a photograph, and the composite with its object mirrored.

    object_ramp, scene_ramp: of the photograph's object and background, from left to right, stops.
    """

    photograph: Composite
    composite: Composite
    object_ramp: float
    scene_ramp: float

    @property
    def side(self) -> float:
        """Return the side on which the scene is brighter: 1 = right, -1 = left."""
        return float(np.sign(self.scene_ramp))


@dataclass(frozen=True)
class Ramp:
    """Hold the slope of values from left to right, and its correlation with them, of pixels of one colour."""

    slope: float
    correlation: float


def ramp(values: Numbers, inside: Flags, colours: Numbers | None = None) -> Ramp:
    """Return the slope of a plane fitted to H×W values inside a region; each colour has a mean of its own.

    colours: H×W×3 linear light; None = one colour. The slope is the difference of values from the middle of
    the region to its edge. Shades of one colour differ by the light, those of several also by the surface.
    """
    rows, columns = np.nonzero(inside)
    numbers = np.stack([_from_middle(columns), _from_middle(rows), values[inside]], axis=1)
    bins = np.zeros((len(rows), 2), int) if colours is None else chromaticity_bins(colours[inside])
    _, groups = np.unique(bins, axis=0, return_inverse=True)
    sums = np.stack([np.bincount(groups, column) for column in numbers.T], axis=1)
    numbers = numbers - (sums / np.bincount(groups)[:, None])[groups]
    slope = np.linalg.lstsq(numbers[:, :2], numbers[:, 2], rcond=None)[0][0]
    across, own = numbers[:, 0], numbers[:, 2]
    spread = float(np.sqrt((across @ across) * (own @ own)))
    return Ramp(float(slope), float(across @ own) / spread if spread else 0.0)


def chromaticity_bins(light: Numbers) -> NDArray[np.int_]:
    """Return N×2 numbers of bins of the shares of red and green, of N×3 linear light."""
    shares = (light[:, :2] + FLOOR) / (light + FLOOR).sum(axis=1, keepdims=True)
    return np.asarray(shares / BIN).astype(int)


def _from_middle(positions: NDArray[np.integer]) -> NDArray[np.float64]:
    middle, half = (positions.max() + positions.min()) / 2, (positions.max() - positions.min()) / 2
    return np.asarray((positions - middle) / max(half, 1.0))


def stops(image: Pixels) -> Numbers:
    """Return log2 of the linear luma, H×W, of an sRGB image, H×W×3 uint8."""
    return np.asarray(np.log2(to_light(image / 255.0) @ LUMA + FLOOR))


def mirrored(photograph: Composite) -> Composite:
    """Return the photograph with its object mirrored in place, and the hole filled from its edges."""
    image, matte = photograph.image, photograph.matte
    columns = np.flatnonzero(matte.max(axis=0) > 0)
    across = slice(columns[0], columns[-1] + 1)
    hole = cv2.dilate((matte > 0.02).astype(np.uint8), np.ones((5, 5), np.uint8))
    scene = cv2.inpaint(image, hole, 3, cv2.INPAINT_TELEA)
    turned, own = np.zeros_like(image), np.zeros_like(matte)
    turned[:, across], own[:, across] = image[:, across][:, ::-1], matte[:, across][:, ::-1]
    return Composite(np.rint(scene + own[..., None] * (turned - scene.astype(float))).astype(np.uint8), own)


def hole_of(matte: Matte) -> float:
    """Return the share of an object that the object, mirrored in place, does not cover."""
    inside = matte > 0.5
    columns = np.flatnonzero(inside.any(axis=0))
    part = inside[:, columns[0] : columns[-1] + 1]
    return float((part & ~part[:, ::-1]).sum() / part.sum())


def plainest(photographs: Iterator[Composite], count: int) -> list[Opposed]:
    """Return the composites of the photographs whose light has the plainest direction, the plainest first."""
    found = []
    for photograph in photographs:
        inside = photograph.matte > 0.5
        if not AREA[0] <= inside.mean() <= AREA[1] or hole_of(photograph.matte) > LARGEST_HOLE:
            continue
        light, colours = stops(photograph.image), to_light(photograph.image / 255.0)
        own, scene = (ramp(light, part, colours) for part in (inside, photograph.matte < 0.02))
        if own.slope * scene.slope > 0 and abs(scene.slope) >= LEAST_SCENE:
            found.append((-abs(own.slope * own.correlation), photograph, own.slope, scene.slope))
    found.sort(key=itemgetter(0))
    return [Opposed(each, mirrored(each), own, scene) for _, each, own, scene in found[:count]]
