"""From a before/after pair to the edit that explains it, as far as curves and a shading map can.

So the small result of another method is brought to full size without its blur and its invented texture, any
result becomes one that can be edited, and what is left says how parametric it was.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from model.edit.curves import evaluate_curves
from model.edit.edit import Edit
from model.edit.render import render
from model.edit.shading import Shading, identity_shading, upsample_shading
from model.images.arrays import Matte, Pixels, top_level
from model.images.composite import Composite

KNOTS = 17
GRID = 32
MAX_SIDE = 512  # more pixels do not make the fit better
ROUNDS = 4
BEND, PULL = 0.04, 1e-4  # of a curve: the price of second differences, and of leaving the straight line
BLUR = 0.8  # cells
GAIN_LIMITS = (0.3, 3.0)
DARKEST_GAIN = 0.2  # where the gain is lower, dividing by it says nothing of the curve
END = 0.5 / 255  # as close to black or white, a value may have been cut off

Values = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Fit:
    """An edit, and how well it explains the pair it was fitted to.

    residual: root mean square of what is left inside the matte, in levels of 0-255.
    explained: share of the squared change that the edit makes, 0-1.
    """

    edit: Edit
    residual: float
    explained: float


def fit_edit(before: Pixels, after: Pixels, matte: Matte, knots: int = KNOTS, grid: int = GRID) -> Fit:
    """Fit three curves and a shading map of grid×grid cells to an aligned pair, where the matte is over ½.

    before, after: H×W×3 of one size, uint8 or uint16, at any resolution. matte: H×W in 0-1. grid 1: no light.
    Curves and shading are fitted in turn, four times: the curves by weighted least squares with a small
    price on bends, the shading by the ratio of what each cell has to what the curves make of it.
    Raises ValueError where sizes differ.
    """
    if before.shape != after.shape or before.shape[:2] != matte.shape:
        raise ValueError("The pictures before and after, and the matte, should have one size.")
    x, y, weight = _shrink(before), _shrink(after), _weights(_shrink(matte))
    curves, gain = np.tile(np.linspace(0, 1, knots), (3, 1)), np.ones(weight.shape)
    shading = identity_shading(grid)
    target = y
    for _ in range(ROUNDS):
        curves = _fit_curves(x, target / np.maximum(gain, DARKEST_GAIN)[..., None], weight, knots)
        toned = evaluate_curves(curves.astype(np.float32), x)
        if grid > 1:
            shading = _fit_shading(toned, target, weight, grid)
        gain = np.exp(upsample_shading(shading, *weight.shape)).astype(np.float64)
        target = _uncut(y, toned * gain[..., None])
    edit = Edit(curves.astype(np.float32), shading)
    toned = evaluate_curves(edit.curves, x) * gain[..., None]
    return Fit(edit, *_judge(x, y, toned.clip(0, 1), weight))


def lift(composite: Composite, result: Pixels) -> tuple[Pixels, Fit]:
    """Bring a small result of a composite to its full size: H×W×3 of its dtype, and the fit.

    result: h×w×3, uint8 or uint16, of the whole composite, squeezed or not; only the object in it counts.
    """
    height, width = result.shape[:2]
    before, matte = (
        cv2.resize(array, (width, height), interpolation=cv2.INTER_AREA)
        for array in (composite.image, composite.matte)
    )
    fit = fit_edit(before, result, np.asarray(matte, np.float32))
    return render(composite, fit.edit), fit


def same_view(shape: tuple[int, ...], full: tuple[int, ...]) -> bool:
    """Whether a result of a shape (height, width) shows a whole picture of another: in its form, or squeezed.

    Networks see a picture in its own form, to a pixel, or squeezed into a square.
    """
    (height, width), (full_height, full_width) = shape[:2], full[:2]
    return height == width or abs(width * full_height - height * full_width) <= max(full_height, full_width)


def _shrink(array: Values) -> Values:
    """At most MAX_SIDE pixels a side, float64 in 0-1."""
    scale = MAX_SIDE / max(array.shape[:2])
    if scale < 1:
        height, width = (max(1, round(side * scale)) for side in array.shape[:2])
        array = cv2.resize(array, (width, height), interpolation=cv2.INTER_AREA)
    top = top_level(array.dtype)
    return array.astype(np.float64) / top


def _weights(matte: Values) -> Values:
    """The matte above ½; all of it where an object is so thin that no pixel is."""
    inside = np.where(matte > 0.5, matte, 0)
    return inside if inside.any() else matte


def _fit_curves(x: Values, y: Values, weight: Values, count: int) -> Values:
    """Three monotone curves, 3×count, that send x to y; H×W×3 both."""
    inside = weight > 0
    return np.stack([_fit_curve(x[inside, c], y[inside, c], weight[inside], count) for c in range(3)])


def _fit_curve(x: Values, y: Values, weight: Values, count: int) -> Values:
    knots = np.linspace(0, 1, count)
    place = x * (count - 1)
    left = np.minimum(place.astype(int), count - 2)
    share = place - left
    normal, right = np.zeros((count, count)), np.zeros(count)
    for index, part in ((left, 1 - share), (left + 1, share)):
        right += np.bincount(index, weight * part * y, count)
        normal[np.diag_indices(count)] += np.bincount(index, weight * part**2, count)
    beside = np.bincount(left, weight * share * (1 - share), count)[:-1]
    normal += np.diag(beside, 1) + np.diag(beside, -1)
    scale = max(np.trace(normal) / count, 1e-9)
    bend = np.diff(np.eye(count), 2, axis=0)
    normal += scale * (BEND * bend.T @ bend + PULL * np.eye(count))
    values = np.linalg.solve(normal, right + scale * PULL * knots)
    return np.maximum.accumulate(values.clip(0, 1))


def _fit_shading(toned: Values, y: Values, weight: Values, grid: int) -> Shading:
    """The log-gain of each cell that brings the toned picture to y; 0 where there is no object."""
    shared, power = (_cells((toned * side).sum(axis=2) * weight, grid) for side in (y, toned))
    floor = 1e-3 * power.max() + 1e-12
    gain = ((shared + floor) / (power + floor)).clip(*GAIN_LIMITS)
    return np.asarray(np.log(gain), np.float32)


def _cells(values: Values, grid: int) -> Values:
    small = cv2.resize(values, (grid, grid), interpolation=cv2.INTER_AREA)
    return cv2.GaussianBlur(small, (0, 0), BLUR)


def _uncut(y: Values, fitted: Values) -> Values:
    """The target without the cut at black and white: what was cut off may lie as far out as the fit says."""
    beyond = ((y >= 1 - END) & (fitted > 1)) | ((y <= END) & (fitted < 0))
    return np.where(beyond, fitted, y)


def _judge(x: Values, y: Values, fitted: Values, weight: Values) -> tuple[float, float]:
    """Residual in levels and share explained."""
    inside = weight > 0
    left = float(((fitted - y)[inside] ** 2 * weight[inside, None]).sum())
    change = float(((x - y)[inside] ** 2 * weight[inside, None]).sum())
    residual = 255 * (left / (3 * float(weight.sum()))) ** 0.5
    return residual, max(0.0, 1 - left / change) if change > 0 else 1.0
