"""Mattes of hair and soft edges: from "surely object" and "surely background" to a share of each pixel.

"A Closed-Form Solution to Natural Image Matting" (Levin, Lischinski and Weiss 2008): within every window of
3×3 pixels the matte is taken to be an affine function of the colours.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from model.images.arrays import Matte, Pixels, top_level

WINDOW = 9  # pixels
RIDGE = 1e-7  # on the covariance of a window's colours, which lie in 0-1
UNDECIDED = 1e-7  # pull towards ½, for parts of which nothing is known
KNOWN = 0.02  # a matte this close to 0 or 1 is believed away from edges
REACH = 0.01  # half-width of the unknown band, as a part of the object's size
MIN_REACH, MAX_REACH = 3, 40
MAX_UNKNOWN = 50_000  # pixels that are solved for

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def refine_matte(image: Pixels, matte: Matte, reach: int | None = None) -> Matte:
    """The matte with its edges estimated anew from the picture; unchanged further than `reach` from them.

    image: H×W×3, 8 or 16 bits. reach: in pixels, by default 1 % of the object's size.
    A matte without edges comes back as it is.
    """
    if reach is None:
        reach = int(np.clip(REACH * np.sqrt((matte > 0.5).sum()), MIN_REACH, MAX_REACH))
    known = _trimap(matte, reach)
    x, y, width, height = cv2.boundingRect(np.isnan(known).astype(np.uint8))
    if width == 0:
        return matte
    top, left = max(0, y - 2), max(0, x - 2)
    box = np.s_[top : y + height + 2, left : x + width + 2]
    solved = _solve_box(image[box], known[box])
    refined = matte.copy()
    unknown = np.isnan(known[box])
    refined[box][unknown] = solved[unknown]
    return refined


def _trimap(matte: Matte, reach: int) -> Matte:
    """0 and 1 where the matte is believed, NaN near its edges and where it is neither."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    inside = cv2.erode((matte >= 1 - KNOWN).astype(np.uint8), kernel, borderType=cv2.BORDER_REPLICATE) > 0
    outside = cv2.erode((matte <= KNOWN).astype(np.uint8), kernel, borderType=cv2.BORDER_REPLICATE) > 0
    known = np.full(matte.shape, np.nan, np.float32)
    known[inside], known[outside] = 1, 0
    return known


def _solve_box(image: Pixels, known: Matte) -> Matte:
    """Solve at a size that takes a second or so, and enlarge."""
    height, width = known.shape
    scale = min(1.0, (MAX_UNKNOWN / np.isnan(known).sum()) ** 0.5)
    size = max(3, round(width * scale)), max(3, round(height * scale))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.float64)
    small_known: NDArray[Any] = cv2.resize(known, size, interpolation=cv2.INTER_NEAREST)
    alpha = solve_matte(small / top_level(image.dtype), small_known)
    return cv2.resize(alpha, (width, height), interpolation=cv2.INTER_CUBIC).clip(0, 1)


def solve_matte(image: Floats, known: Matte) -> Matte:
    """The matte that fits best. image: H×W×3 in 0-1. known: H×W, 0 or 1, NaN where it is sought."""
    from scipy.sparse import eye_array
    from scipy.sparse.linalg import splu

    unknown = np.isnan(known)
    sought, given = np.flatnonzero(unknown), np.flatnonzero(~unknown)
    rows = matting_laplacian(image, _near(unknown))[sought]
    system = rows[:, sought] + UNDECIDED * eye_array(len(sought))
    target = UNDECIDED / 2 - rows[:, given] @ known.ravel()[given].astype(np.float64)
    solver = splu(
        system.tocsc(), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0, options={"SymmetricMode": True}
    )
    matte = known.copy()
    matte[unknown] = solver.solve(target).clip(0, 1)
    return matte


def _near(unknown: Flags) -> Flags:
    """Centres of the windows that hold an unknown pixel; those at the border have no full window."""
    near = cv2.dilate(unknown.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    near[[0, -1]] = near[:, [0, -1]] = False
    return near


def matting_laplacian(image: Floats, centres: Flags) -> Any:
    """The matrix of equation 12 for the windows around `centres`: (H·W)×(H·W), sparse, symmetric."""
    from scipy.sparse import coo_array

    height, width = centres.shape
    row, column = np.nonzero(centres)
    steps = np.array([(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)])
    pixels = (row[:, None] + steps[:, 0]) * width + column[:, None] + steps[:, 1]
    colours = image.reshape(-1, 3)[pixels]
    centred = colours - colours.mean(axis=1, keepdims=True)
    covariance = centred.transpose(0, 2, 1) @ centred / WINDOW + RIDGE / WINDOW * np.eye(3)
    likeness = (1 + centred @ np.linalg.solve(covariance, centred.transpose(0, 2, 1))) / WINDOW
    entries = np.eye(WINDOW) - likeness
    rows, columns = np.repeat(pixels, WINDOW, axis=1), np.tile(pixels, (1, WINDOW))
    size = height * width
    return coo_array((entries.ravel(), (rows.ravel(), columns.ravel())), (size, size)).tocsr()
