"""What the classical methods measure: colours of object and background on a small copy of the composite."""

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
MIN_WEIGHT = 16.0  # pixels of the small copy; with fewer, a statistic says nothing


@dataclass(frozen=True, eq=False)
class Regions:
    """Colours of the small copy, N×3 in 0-255 whatever the depth, and each pixel's weight in the two regions.

    The object counts by its matte where that is at least 0.5; the background where it is at most 0.02. What
    lies between is a mixture of both and takes part in neither.
    """

    colours: Values
    foreground: Values
    background: Values

    @property
    def enough(self) -> bool:
        """Whether both regions are large enough to be measured."""
        return bool(min(self.foreground.sum(), self.background.sum()) >= MIN_WEIGHT)


def measure_regions(composite: Composite, max_side: int = 512, local: bool = False) -> Regions:
    """Shrink to at most `max_side` pixels a side, so that the cost does not grow with the picture.

    local: only background near the object counts, where that is enough to be measured.
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
    """The background within 0.16·√area of the object; all of it where that is fewer than 64 pixels."""
    radius = round(max(MIN_RADIUS, RADIUS * float((matte > OBJECT_ABOVE).sum()) ** 0.5))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    ring = background & (cv2.dilate((matte > BACKGROUND_UP_TO).astype(np.uint8), disc) > 0)
    return ring if ring.sum() >= MIN_RING else background


def to_levels(pixels: Pixels) -> NDArray[np.float32]:
    """Any depth → float32 in 0-255."""
    return pixels.astype(np.float32) / np.float32(top_level(pixels.dtype) / 255)


def from_levels(colours: NDArray[Any], pixels: Pixels) -> NDArray[Any]:
    """0-255 → levels of the depth of `pixels`."""
    return colours * np.float32(top_level(pixels.dtype) / 255)


def weighted_mean(values: Values, weights: Values) -> Values:
    """Mean of N×3 values: 3."""
    mean: Values = weights @ values / weights.sum()
    return mean


def weighted_covariance(values: Values, weights: Values) -> Values:
    """Covariance of N×3 values: 3×3."""
    centred = values - weighted_mean(values, weights)
    covariance: Values = (weights[:, None] * centred).T @ centred / weights.sum()
    return covariance
