"""Mix the channels of encoded colours with a matrix, after the curves and before the shading.

`matrix` is float32 3×4, A and then b: a colour c in 0-1 becomes A·c + b. Results below 0 and above 1 are
kept: the renderers clip once, after the shading, so that a gain below 1 brings colours above white back.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
LUMA = (0.2126, 0.7152, 0.0722)  # of ITU-R BT.709, here on encoded values
MAX_NUMBER = 16.0  # more than any use needs; with the shading, colours stay far from float32's limits


def identity_matrix() -> Matrix:
    """Return the matrix that changes nothing: 3×4."""
    return np.eye(3, 4, dtype=np.float32)


def saturation_matrix(factor: float) -> Matrix:
    """Return the matrix that multiplies the distance of colours from grey; greys and luma stay."""
    matrix = factor * np.eye(3, 4)
    matrix[:, :3] += (1 - factor) * np.array(LUMA)
    return matrix.astype(np.float32)


def is_identity(matrix: Matrix) -> bool:
    """Return True if a matrix changes nothing."""
    return np.array_equal(matrix, np.eye(3, 4))


def blend_matrix(matrix: Matrix, strength: float) -> Matrix:
    """Interpolate between no change (0) and the matrix (1), or beyond."""
    if strength == 1:
        return matrix
    identity = identity_matrix()
    blended: Matrix = identity + np.float32(strength) * (matrix - identity)
    return blended.clip(-MAX_NUMBER, MAX_NUMBER)


def apply_matrix(values: NDArray[np.floating[Any]], matrix: Matrix) -> NDArray[np.float64]:
    """Mix colours ...×3 in 0-1 → the same shape, in float64 and not clipped."""
    return np.asarray(values @ matrix[:, :3].T.astype(np.float64) + matrix[:, 3])


def check_matrix(matrix: NDArray[Any]) -> None:
    """Raise ValueError unless the array is a colour matrix."""
    if matrix.shape != (3, 4):
        raise ValueError("The colour matrix should have three rows of four numbers.")
    if not (np.isfinite(matrix).all() and np.abs(matrix).max() <= MAX_NUMBER):
        raise ValueError(f"The colour matrix should have values from -{MAX_NUMBER:g} to {MAX_NUMBER:g}.")
