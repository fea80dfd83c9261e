"""Fit an edit to a picture before and after a change, as closely as curves, matrix and shading map can.

Three uses: bring the small result of another program to full size without its blur and its invented texture,
make any result editable, and measure by the residual how much of a change an edit can make.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from model.edit.curves import evaluate_curves
from model.edit.edit import Edit
from model.edit.fit_colours import ColourFit
from model.edit.matrix import apply_matrix
from model.edit.render import render
from model.edit.shading import Shading, upsample_shading
from model.images.arrays import Matte, Pixels, top_level
from model.images.composite import Composite
from model.images.resize import resize_area, resize_to_fit

KNOTS = 17
GRID = 32
MAX_SIDE = 512  # pixels; more do not make the fit better
ROUNDS = 4
LEAST_SHARE = 0.01  # of the squared error that a colour matrix takes away
LEAST_FALL = 0.1  # levels²: less is noise of rounding
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


def fit_edit(
    before: Pixels, after: Pixels, matte: Matte, knots: int = KNOTS, grid: int = GRID, mixing: bool = True
) -> Fit:
    """Fit three curves and a shading map of grid×grid cells to an aligned pair, where the matte is above 0.5.

    before, after: H×W×3 of one size, uint8 or uint16, at any resolution. matte: H×W in 0-1. With a grid of 1
    no shading is fitted. Curves and shading are fitted in turn, four times: the curves by weighted least
    squares with a small penalty on second differences, the shading by the ratio of the target to the output
    of the curves in each cell. Further rounds fit a colour matrix as well, by least squares with a small
    penalty on its distance from no change, four after these and four without them. The best is kept where
    the squared error falls by more than 1 % and more than LEAST_FALL; otherwise, and without `mixing`, the
    edit has no matrix.
    Raises ValueError where sizes differ.
    """
    if before.shape != after.shape or before.shape[:2] != matte.shape:
        raise ValueError("The pictures before and after, and the matte, should have one size.")
    pair = _Pair.of(before, after, matte, knots)
    edit = Edit.identity(knots, grid)
    for _ in range(ROUNDS):
        edit = pair.improved(edit, mixing=False)
    plain = best = pair.judged(edit)
    if not mixing or plain.residual**2 <= LEAST_FALL:
        return plain
    # Curves alone lead near the best edit of most pairs, but away from it where colours were washed out.
    for start in (edit, Edit.identity(knots, grid)):
        edit = start
        for _ in range(ROUNDS):
            edit = pair.improved(edit, mixing=True)
            best = min(best, pair.judged(edit), key=lambda fit: fit.residual)
    least = max(LEAST_FALL, LEAST_SHARE * plain.residual**2)
    return best if plain.residual**2 - best.residual**2 > least else plain


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


@dataclass(frozen=True, eq=False)
class _Pair:
    """Hold the n colours inside a matte before and after a change, x and y: n×3 in 0-1; weight: n.

    inside: H×W, where they are. colours: the fit of curves and matrix to x.
    """

    x: Values
    y: Values
    weight: Values
    inside: NDArray[np.bool_]
    colours: ColourFit

    @classmethod
    def of(cls, before: Pixels, after: Pixels, matte: Matte, knots: int) -> "_Pair":
        """Return the pair at a size that suits the fit, for curves of so many knots."""
        whole = _weights(_fitted_values(matte))
        inside = whole > 0
        x, y, weight = _fitted_values(before)[inside], _fitted_values(after)[inside], whole[inside]
        return cls(x, y, weight, inside, ColourFit(x, weight, knots))

    def improved(self, edit: Edit, mixing: bool) -> Edit:
        """Return an edit with its parts fitted in turn, each beside the others: matrix, curves, shading.

        mixing: fit the matrix too.
        """
        gain, curved = self._gain(edit), evaluate_curves(edit.curves, self.x)
        target = _extend_clipped(self.y, _mixed(curved, edit) * gain)
        wanted = target / np.maximum(gain, DARKEST_GAIN)
        matrix = self.colours.matrix(curved, wanted) if mixing else edit.matrix
        curves = self.colours.curves(wanted, matrix).astype(np.float32)
        toned = Edit(curves, edit.shading, matrix)
        grid = len(edit.shading)
        if grid == 1:
            return toned
        colours = _mixed(evaluate_curves(curves, self.x), toned)
        return Edit(curves, self._fit_shading(colours, target, grid), matrix)

    def judged(self, edit: Edit) -> Fit:
        """Return an edit with its residual in levels of 0-255 and the explained share, 0-1."""
        shown = _mixed(evaluate_curves(edit.curves, self.x), edit) * self._gain(edit)
        error, change = (
            float(((colours - self.y) ** 2 * self.weight[:, None]).sum())
            for colours in (shown.clip(0, 1), self.x)
        )
        residual = 255 * (error / (3 * float(self.weight.sum()))) ** 0.5
        return Fit(edit, residual, max(0.0, 1 - error / change) if change > 0 else 1.0)

    def _gain(self, edit: Edit) -> Values:
        """Return the gain of the shading for each colour, n×1."""
        log_gain = upsample_shading(edit.shading, *self.inside.shape)[self.inside]
        return np.exp(log_gain.astype(np.float64))[:, None]

    def _fit_shading(self, toned: Values, target: Values, grid: int) -> Shading:
        """Return the log-gain of each cell from toned colours to the target; 0 where there is no object."""
        shared, power = (self._cells((toned * side).sum(axis=1), grid) for side in (target, toned))
        floor = 1e-3 * power.max() + 1e-12
        gain = ((shared + floor) / (power + floor)).clip(*GAIN_LIMITS)
        return np.asarray(np.log(gain), np.float32)

    def _cells(self, values: Values, grid: int) -> Values:
        """Return values of the colours, weighted, as a map of grid×grid cells."""
        plane = np.zeros(self.inside.shape)
        plane[self.inside] = values * self.weight
        return cv2.GaussianBlur(resize_area(plane, (grid, grid)), (0, 0), BLUR)


def _mixed(curved: Values, edit: Edit) -> Values:
    """Return the colours that the matrix of an edit makes of those after its curves."""
    return apply_matrix(curved, edit.matrix) if edit.mixes else curved


def _fitted_values(array: Values) -> Values:
    """Return a copy of at most MAX_SIDE pixels a side, float64 in 0-1."""
    return resize_to_fit(array, MAX_SIDE).astype(np.float64) / top_level(array.dtype)


def _weights(matte: Values) -> Values:
    """Return the matte where it is above 0.5; all of it if an object is so thin that no pixel is."""
    inside = np.where(matte > 0.5, matte, 0)
    return inside if inside.any() else matte


def _extend_clipped(y: Values, fitted: Values) -> Values:
    """Return the target with the fitted value where the target is clipped at black or white."""
    beyond = ((y >= 1 - CLIPPED) & (fitted > 1)) | ((y <= CLIPPED) & (fitted < 0))
    return np.where(beyond, fitted, y)
