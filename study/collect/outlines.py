"""Draw the outline of the edited object, which participants can show over both pictures of a pair."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from study.collect.picture_sizes import Size

OBJECT = 0.5  # of the matte: above, a pixel belongs to the object
SIDE_OF_ONE_PIXEL = 512  # of the longer side in pixels, for each pixel of the width of both lines
WHITE, BLACK = 255, 0


def outline(matte: NDArray[np.float32], size: Size) -> NDArray[np.uint8]:
    """Return two lines around the object, white inside and black outside, as h×w×4 RGBA of this size.

    matte: H×W in 0-1. The lines lie outside of the object, so that they cover nothing of it; all other pixels
    are transparent.
    """
    small = cv2.resize(np.ascontiguousarray(matte, np.float32), size, interpolation=cv2.INTER_AREA)
    inside = (small > OBJECT).astype(np.uint8)
    width = max(1, round(max(size) / SIDE_OF_ONE_PIXEL))
    white, black = (_grown(inside, width * lines) for lines in (1, 2))
    picture = np.zeros((size[1], size[0], 4), np.uint8)
    picture[black > inside] = (BLACK, BLACK, BLACK, 255)
    picture[white > inside] = (WHITE, WHITE, WHITE, 255)
    return picture


def _grown(inside: NDArray[np.uint8], by: int) -> NDArray[Any]:
    """Return a mask that is wider by so many pixels."""
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * by + 1, 2 * by + 1))
    return cv2.dilate(inside, brush)
