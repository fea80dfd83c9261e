"""Estimate the matte of hair and soft edges from the picture, between known object and known background.

The method is "A Closed-Form Solution to Natural Image Matting" (Levin, Lischinski and Weiss 2008), as
implemented by PyMatting: within every window of 3×3 pixels the matte is an affine function of the colours.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from model.images.arrays import BadImage, Matte, Pixels, top_level
from model.images.resize import resize_area

KNOWN = 0.02  # a matte this close to 0 or 1 counts as known, away from edges
REACH = 0.01  # half-width of the unknown band, as a part of the object's size
MIN_REACH, MAX_REACH = 3, 40  # pixels
MAX_UNKNOWN = 50_000  # pixels; a larger problem is solved on a reduced copy
MARGIN = 2  # pixels of known matte around the unknown band
UNKNOWN = 0.5  # in PyMatting's trimap

Floats = NDArray[np.float64]


def refine_matte(image: Pixels, matte: Matte, reach: int | None = None) -> Matte:
    """Return the matte with its edges estimated anew from the picture, unchanged beyond `reach` from them.

    image: H×W×3, 8 or 16 bits. matte: H×W float32 in 0-1. reach: in pixels, by default 1 % of the object's
    size. A matte without edges, or of an object so small that no pixel of it is known, is returned as it is.
    Raises BadImage where no matte can be estimated.
    """
    if reach is None:
        reach = int(np.clip(REACH * np.sqrt((matte > 0.5).sum()), MIN_REACH, MAX_REACH))
    known = _trimap(matte, reach)
    x, y, width, height = cv2.boundingRect(np.isnan(known).astype(np.uint8))
    top, left = max(0, y - MARGIN), max(0, x - MARGIN)
    box = np.s_[top : y + height + MARGIN, left : x + width + MARGIN]
    if width == 0 or not {0.0, 1.0} <= set(np.unique(known[box])):
        return matte
    estimated = _solve_box(image[box], known[box])
    refined = matte.copy()
    unknown = np.isnan(known[box])
    refined[box][unknown] = estimated[unknown]
    return refined


def _trimap(matte: Matte, reach: int) -> Matte:
    """Return 0 and 1 where the matte counts as known, NaN near its edges and where it is neither."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    inside = cv2.erode((matte >= 1 - KNOWN).astype(np.uint8), kernel, borderType=cv2.BORDER_REPLICATE) > 0
    outside = cv2.erode((matte <= KNOWN).astype(np.uint8), kernel, borderType=cv2.BORDER_REPLICATE) > 0
    known = np.full(matte.shape, np.nan, np.float32)
    known[inside], known[outside] = 1, 0
    return known


def _solve_box(image: Pixels, known: Matte) -> Matte:
    """Solve on a copy with at most about MAX_UNKNOWN unknown pixels, which takes a second, and enlarge."""
    height, width = known.shape
    scale = min(1.0, (MAX_UNKNOWN / np.isnan(known).sum()) ** 0.5)
    size = max(3, round(height * scale)), max(3, round(width * scale))
    small = resize_area(image, size).astype(np.float64) / top_level(image.dtype)
    small_known = cv2.resize(known, size[::-1], interpolation=cv2.INTER_NEAREST)
    alpha = solve_matte(small, np.asarray(small_known, np.float32))
    return cv2.resize(alpha, (width, height), interpolation=cv2.INTER_CUBIC).clip(0, 1)


def solve_matte(image: Floats, known: Matte) -> Matte:
    """Return the closed-form matte: H×W float32 in 0-1, equal to `known` where that is not NaN.

    image: H×W×3 in 0-1. known: H×W, 0 or 1, NaN where the matte is unknown. Raises BadImage where there is
    no known object or background, or the system of equations has no solution.
    """
    # The first import on a machine compiles for about 40 s of processor time, later ones take two seconds.
    from pymatting import estimate_alpha_cf

    trimap = np.where(np.isnan(known), UNKNOWN, known).astype(np.float64)
    try:
        return np.asarray(estimate_alpha_cf(image, trimap), np.float32)
    except ValueError:
        raise BadImage("The edges of the mask cannot be estimated from this picture.") from None
