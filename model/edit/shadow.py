"""Compute the soft shadow of an object from its matte.

The matte is moved and blurred; the shadow is what lies outside the object itself. Pixels below are multiplied
by 1 − darkness, on encoded values.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from model.edit.placement import Frame
from model.images.arrays import Matte
from model.images.resize import fitting_size

SMALLEST_SIDE = 512  # pixels of the longer side at which a shadow is computed at least
SIGMA = 4.0  # pixels; a softer edge than this is computed at a smaller size
REACH = 4.0  # standard deviations; the blur is 0 beyond


@dataclass(frozen=True)
class Shadow:
    """Describe a shadow.

    x, y: its offset to the right and down, softness: the standard deviation of its blur, both in fractions of
    the longer side of the background. strength: 0-1, how dark it is at most.
    """

    x: float
    y: float
    softness: float
    strength: float


def coarse_frame(picture: tuple[int, int], softness: float) -> Frame:
    """Return the whole picture at the smallest size that shows a blur of this softness."""
    side = max(picture)
    if softness > 0:
        side = round(min(side, max(SMALLEST_SIDE, SIGMA / softness)))
    return Frame(picture, fitting_size(picture, side))


def blurred_shadow(matte: Matte, shadow: Shadow) -> NDArray[np.float32]:
    """Return strength · blur(moved matte), h×w, of the matte of a whole picture at any size."""
    height, width = matte.shape
    side = max(height, width)
    move = np.array([[1, 0, shadow.x * side], [0, 1, shadow.y * side]], np.float64)
    moved = cv2.warpAffine(matte, move, (width, height), flags=cv2.INTER_LINEAR)
    sigma = shadow.softness * side
    if sigma > 0.1:
        length = 2 * int(np.ceil(REACH * sigma)) + 1
        moved = cv2.GaussianBlur(moved, (length, length), sigma, borderType=cv2.BORDER_CONSTANT)
    return np.asarray(moved * np.float32(shadow.strength), np.float32)


def darkness(coarse: NDArray[np.float32], matte: Matte, frame: Frame) -> NDArray[np.float32]:
    """Return the darkness, 0-1, of every pixel of a frame: H×W.

    coarse: of the whole picture, from `blurred_shadow`. matte: of the object in the frame, H×W.
    """
    dark = coarse if frame.is_whole and coarse.shape == frame.size else frame.sample(coarse)
    return np.asarray(dark * (1 - matte), np.float32)
