"""Apply three non-decreasing tone curves, one per channel, to encoded values.

`curves` is float32 3×N, N ≥ 2: the outputs, 0-1, at the inputs k/(N-1), so that 0 and 1 are knots.
Between knots a curve is a straight line.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Curves = NDArray[np.float32]


def identity_curves(knots: int = 17) -> Curves:
    """Return curves that change nothing: 3×knots."""
    return np.tile(np.linspace(0, 1, knots, dtype=np.float32), (3, 1))


def evaluate_curves(curves: Curves, values: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Apply each curve to its channel: values 0-1 of shape ...×3 → the same shape."""
    inputs = np.linspace(0, 1, curves.shape[1])
    return np.stack([np.interp(values[..., c], inputs, curves[c]) for c in range(3)], axis=-1)


def spline_table(points: Sequence[tuple[int, int]]) -> NDArray[np.float64]:
    """Return the smooth curve that Photoshop draws through points, 0-1, at the 256 inputs k/255.

    points: input and output, 0-255, at least two. The curve is a natural cubic spline, constant beyond the
    outermost points. Raises ValueError where two points have the same input.
    """
    from scipy.interpolate import CubicSpline  # takes longer to load than everything else of this module

    x, y = np.array(points, np.float64).T
    values = CubicSpline(x, y, bc_type="natural")(np.arange(256).clip(x[0], x[-1]))
    return np.asarray(values.clip(0, 255) / 255)


def curve_offsets(curves: Curves, white: np.float32) -> NDArray[np.float32]:
    """Return the differences of curves from their inputs, in units of `white`: 6×N, 0 where nothing changes.

    Rows 0-2: at each knot, for red, green and blue. Rows 3-5: the increase from each knot to the next.
    """
    added = (curves - identity_curves(curves.shape[1])) * white
    return np.vstack([added, np.diff(added, axis=1, append=added[:, -1:])]).astype(np.float32)


def apply_offsets(
    values: NDArray[np.float32], offsets: NDArray[np.float32], white: np.float32
) -> NDArray[np.float32]:
    """Apply curves in float32: values ...×3, 0 to white, → the same shape.

    offsets: see `curve_offsets`. They are added to the input, so that it stays exact where they are 0.
    """
    knots = offsets.shape[1]
    place = values * np.float32((knots - 1) / white)
    below = np.minimum(place.astype(np.uint32), np.uint32(knots - 2))
    place -= below.astype(np.float32)
    channels = np.arange(3)
    changed: NDArray[np.float32] = offsets[3 + channels, below]
    changed *= place
    changed += offsets[channels, below]
    changed += values
    return changed


def blend_curves(curves: Curves, strength: float) -> Curves:
    """Interpolate between no change (0) and the curves (1), or beyond; kept in 0-1 and non-decreasing."""
    if strength == 1:
        return curves
    identity = identity_curves(curves.shape[1])
    blended = (identity + strength * (curves - identity)).clip(0, 1)
    return np.maximum.accumulate(blended, axis=1)


def check_curves(curves: NDArray[Any]) -> None:
    """Raise ValueError unless the array is a set of curves."""
    if curves.ndim != 2 or curves.shape[0] != 3 or curves.shape[1] < 2:
        raise ValueError("There should be three curves of equally many knots, two or more.")
    if not (np.isfinite(curves).all() and curves.min() >= 0 and curves.max() <= 1):
        raise ValueError("Curves should have values from 0 to 1.")
    if (np.diff(curves, axis=1) < 0).any():
        raise ValueError("Curves should not fall from left to right.")
