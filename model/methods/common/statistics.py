"""Measure colours of object and background, on a small copy of the composite, for the classical methods."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from model.images.arrays import Matte, Pixels, top_level
from model.images.composite import BACKGROUND_UP_TO, OBJECT_ABOVE, Composite
from model.images.resize import resize_to_fit

Values = NDArray[np.floating[Any]]
RADIUS, MIN_RADIUS = 0.16, 3.0
MIN_RING = 64
MIN_WEIGHT = 16.0  # pixels of the small copy; of fewer, statistics are not reliable


@dataclass(frozen=True, eq=False)
class Regions:
    """Hold the colours of the small copy, N×3 in 0-255 for every depth, and each pixel's weights.

    foreground, background: N weights each. A pixel belongs to the object, weighted by its matte, where the
    matte is at least 0.5, and to the background where the matte is at most 0.02. Pixels between are mixtures
    of both and belong to neither.
    """

    colours: Values
    foreground: Values
    background: Values

    @property
    def enough(self) -> bool:
        """Return true if both regions are large enough to be measured."""
        return bool(min(self.foreground.sum(), self.background.sum()) >= MIN_WEIGHT)


def measure_regions(composite: Composite, max_side: int = 512, local: bool = False) -> Regions:
    """Return the regions of a copy of at most `max_side` pixels a side, which bounds the cost.

    local: use only the background near the object, where it is large enough to be measured.
    """
    image, matte = (resize_to_fit(array, max_side) for array in (composite.image, composite.matte))
    background = matte <= BACKGROUND_UP_TO
    if local:
        background = _near(matte, background)
    weights = matte.astype(np.float64).ravel()
    return Regions(
        to_levels(image).astype(np.float64).reshape(-1, 3),
        weights * (weights >= OBJECT_ABOVE),
        background.astype(np.float64).ravel(),
    )


def _near(matte: Matte, background: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the background within 0.16·√area of the object, or all of it if that is below 64 pixels."""
    radius = round(max(MIN_RADIUS, RADIUS * float((matte > OBJECT_ABOVE).sum()) ** 0.5))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    ring = background & (cv2.dilate((matte > BACKGROUND_UP_TO).astype(np.uint8), disc) > 0)
    return ring if ring.sum() >= MIN_RING else background


def to_levels(pixels: Pixels) -> NDArray[np.float32]:
    """Convert pixels of any depth to float32 levels in 0-255."""
    return pixels.astype(np.float32) / np.float32(top_level(pixels.dtype) / 255)


def from_levels(colours: NDArray[Any], pixels: Pixels) -> NDArray[Any]:
    """Convert levels in 0-255 to levels of the depth of `pixels`."""
    return colours * np.float32(top_level(pixels.dtype) / 255)


def weighted_mean(values: Values, weights: Values) -> Values:
    """Return the weighted mean, 3, of N×3 values."""
    mean: Values = weights @ values / weights.sum()
    return mean


def weighted_covariance(values: Values, weights: Values) -> Values:
    """Return the weighted covariance, 3×3, of N×3 values."""
    centred = values - weighted_mean(values, weights)
    covariance: Values = (weights[:, None] * centred).T @ centred / weights.sum()
    return covariance
