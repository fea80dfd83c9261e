"""Three monotone tone curves, one per channel, on encoded values.

`curves` is float32 3×N, N ≥ 2: the outputs, 0-1, at the inputs k/(N-1), so that 0 and 1 are knots.
Between knots a curve is a straight line.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Curves = NDArray[np.float32]


def identity_curves(knots: int = 17) -> Curves:
    """Curves that change nothing: 3×knots."""
    return np.tile(np.linspace(0, 1, knots, dtype=np.float32), (3, 1))


def evaluate_curves(curves: Curves, values: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Apply each curve to its channel: values 0-1 of shape ...×3 → the same shape."""
    inputs = np.linspace(0, 1, curves.shape[1])
    return np.stack([np.interp(values[..., c], inputs, curves[c]) for c in range(3)], axis=-1)


def curve_bends(curves: Curves) -> NDArray[np.float32]:
    """What each curve adds to its input at each knot: N×3, exactly 0 where it changes nothing."""
    return np.ascontiguousarray((curves - identity_curves(curves.shape[1])).T, np.float32)


def bend(values: NDArray[np.float32], bends: NDArray[np.float32], white: np.float32) -> NDArray[np.float32]:
    """The curves in float32: values ...×3 of 0 to white, with N×3 bends in the same unit → the same shape.

    Adding to the input, not replacing it, gives it back exactly where the bends are 0.
    """
    place = values * np.float32((len(bends) - 1) / white)
    below = np.minimum(place.astype(np.int64), len(bends) - 2)
    place -= below
    low = bends[below, np.arange(3)]
    high: NDArray[np.float32] = bends[below + 1, np.arange(3)]
    high -= low
    high *= place
    high += low
    high += values
    return high


def blend_curves(curves: Curves, strength: float) -> Curves:
    """Between no change (0) and the curves (1), or beyond; kept in 0-1 and non-decreasing."""
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
