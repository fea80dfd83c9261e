"""Fit an edit to a picture before and after a change, as closely as curves and a shading map can.

Three uses: bring the small result of another program to full size without its blur and its invented texture,
make any result editable, and measure by the residual how much of a change is curves and shading.
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
from model.images.resize import resize_area, resize_to_fit

KNOTS = 17
GRID = 32
MAX_SIDE = 512  # pixels; more do not make the fit better
ROUNDS = 4
SMOOTHNESS = 0.04  # weight of a curve's squared second differences
RIDGE = 1e-4  # weight of a curve's squared distance from the straight line
BLUR = 0.8  # cells, standard deviation
GAIN_LIMITS = (0.3, 3.0)
DARKEST_GAIN = 0.2  # division by a lower gain would amplify noise
CLIPPED = 0.5 / 255  # a value this close to black or white may have been clipped

Values = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Fit:
    """Hold an edit, and how well it explains the pair to which it was fitted.

    residual: root mean square error inside the matte, in levels of 0-255.
    explained: share of the squared change that the edit reproduces, 0-1.
    """

    edit: Edit
    residual: float
    explained: float


def fit_edit(before: Pixels, after: Pixels, matte: Matte, knots: int = KNOTS, grid: int = GRID) -> Fit:
    """Fit three curves and a shading map of grid×grid cells to an aligned pair, where the matte is above 0.5.

    before, after: H×W×3 of one size, uint8 or uint16, at any resolution. matte: H×W in 0-1. With a grid of 1
    no shading is fitted. Curves and shading are fitted in turn, four times: the curves by weighted least
    squares with a small penalty on second differences, the shading by the ratio of the target to the output
    of the curves in each cell.
    Raises ValueError where sizes differ.
    """
    if before.shape != after.shape or before.shape[:2] != matte.shape:
        raise ValueError("The pictures before and after, and the matte, should have one size.")
    x, y, weight = _fitted_values(before), _fitted_values(after), _weights(_fitted_values(matte))
    curves, gain = np.tile(np.linspace(0, 1, knots), (3, 1)), np.ones(weight.shape)
    shading = identity_shading(grid)
    target = y
    for _ in range(ROUNDS):
        curves = _fit_curves(x, target / np.maximum(gain, DARKEST_GAIN)[..., None], weight, knots)
        toned = evaluate_curves(curves.astype(np.float32), x)
        if grid > 1:
            shading = _fit_shading(toned, target, weight, grid)
        gain = np.exp(upsample_shading(shading, *weight.shape)).astype(np.float64)
        target = _extend_clipped(y, toned * gain[..., None])
    edit = Edit(curves.astype(np.float32), shading)
    toned = evaluate_curves(edit.curves, x) * gain[..., None]
    return Fit(edit, *_goodness_of_fit(x, y, toned.clip(0, 1), weight))


def upscale_result(composite: Composite, result: Pixels) -> tuple[Pixels, Fit]:
    """Bring the small result of another program to the composite's size: H×W×3 of its dtype, and the fit.

    result: h×w×3, uint8 or uint16, of the whole composite, in its aspect ratio or squeezed; only the object
    in it is used.
    """
    height, width = result.shape[:2]
    before, matte = (resize_area(array, (height, width)) for array in (composite.image, composite.matte))
    fit = fit_edit(before, result, np.asarray(matte, np.float32))
    return render(composite, fit.edit), fit


def same_view(shape: tuple[int, ...], full: tuple[int, ...]) -> bool:
    """Return True if a result of a shape (height, width) can show the whole of a picture of another shape.

    Networks work on a picture in its own aspect ratio, to a pixel, or squeezed into a square.
    """
    (height, width), (full_height, full_width) = shape[:2], full[:2]
    return height == width or abs(width * full_height - height * full_width) <= max(full_height, full_width)


def _fitted_values(array: Values) -> Values:
    """Return a copy of at most MAX_SIDE pixels a side, float64 in 0-1."""
    return resize_to_fit(array, MAX_SIDE).astype(np.float64) / top_level(array.dtype)


def _weights(matte: Values) -> Values:
    """Return the matte where it is above 0.5; all of it if an object is so thin that no pixel is."""
    inside = np.where(matte > 0.5, matte, 0)
    return inside if inside.any() else matte


def _fit_curves(x: Values, y: Values, weight: Values, count: int) -> Values:
    """Return three non-decreasing curves, 3×count, that map x to y; both are H×W×3."""
    inside = weight > 0
    return np.stack([_fit_curve(x[inside, c], y[inside, c], weight[inside], count) for c in range(3)])


def _fit_curve(x: Values, y: Values, weight: Values, count: int) -> Values:
    """Return the knots of one curve by weighted least squares: linear interpolation, penalised bends."""
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
    normal += scale * (SMOOTHNESS * bend.T @ bend + RIDGE * np.eye(count))
    values = np.linalg.solve(normal, right + scale * RIDGE * knots)
    return np.maximum.accumulate(values.clip(0, 1))


def _fit_shading(toned: Values, y: Values, weight: Values, grid: int) -> Shading:
    """Return the log-gain of each cell that maps the toned picture to y; 0 where there is no object."""
    shared, power = (_cells((toned * side).sum(axis=2) * weight, grid) for side in (y, toned))
    floor = 1e-3 * power.max() + 1e-12
    gain = ((shared + floor) / (power + floor)).clip(*GAIN_LIMITS)
    return np.asarray(np.log(gain), np.float32)


def _cells(values: Values, grid: int) -> Values:
    return cv2.GaussianBlur(resize_area(values, (grid, grid)), (0, 0), BLUR)


def _extend_clipped(y: Values, fitted: Values) -> Values:
    """Return the target with the fitted value where the target is clipped at black or white."""
    beyond = ((y >= 1 - CLIPPED) & (fitted > 1)) | ((y <= CLIPPED) & (fitted < 0))
    return np.where(beyond, fitted, y)


def _goodness_of_fit(x: Values, y: Values, fitted: Values, weight: Values) -> tuple[float, float]:
    """Return the residual in levels of 0-255 and the explained share, 0-1."""
    inside = weight > 0
    error = float(((fitted - y)[inside] ** 2 * weight[inside, None]).sum())
    change = float(((x - y)[inside] ** 2 * weight[inside, None]).sum())
    residual = 255 * (error / (3 * float(weight.sum()))) ** 0.5
    return residual, max(0.0, 1 - error / change) if change > 0 else 1.0
