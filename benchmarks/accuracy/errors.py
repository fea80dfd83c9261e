"""Compute errors over an object, and their shares of other errors with an interval over photographs."""

import numpy as np
from numpy.typing import NDArray

from model.edit.render import render
from model.images.arrays import Matte, Pixels
from model.images.composite import Composite
from model.network.harmonizer import Harmonizer

DRAWS, LEVEL = 10_000, 0.95

Errors = NDArray[np.float64]


def over_object(output: Pixels, target: Pixels, matte: Matte) -> float:
    """Return the mean squared error, levels², over the object of one H×W×3 uint8 image."""
    squared = ((output.astype(np.float64) - target) ** 2).mean(axis=2) * matte
    return float(squared.sum() / matte.sum())


def errors_of(harmonizer: Harmonizer, composite: Composite, real: Pixels) -> list[float]:
    """Return the errors over the object: unchanged, after the curves, after curves and map."""
    edit = harmonizer.predict(composite)
    outputs = composite.image, render(composite, edit.blend(shading=0)), render(composite, edit)
    return [over_object(output, real, composite.matte) for output in outputs]


def share(errors: Errors, others: Errors) -> tuple[float, float, float]:
    """Return the mean of `errors` as a share of the mean of `others`, and its 95 % interval.

    Both hold one number for each photograph. The interval is a percentile bootstrap over photographs, which
    draws both numbers of a photograph together (Efron 1979).
    """
    rng = np.random.default_rng(0)
    drawn = rng.integers(0, len(errors), (DRAWS, len(errors)))
    ratios = errors[drawn].sum(1) / others[drawn].sum(1)
    low, high = np.quantile(ratios, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(errors.sum() / others.sum()), float(low), float(high)


def share_cell(errors: Errors, others: Errors) -> str:
    """Return `share` as text: 0.52 (0.47 to 0.58)."""
    ratio, low, high = share(errors, others)
    return f"{ratio:.2f} ({low:.2f} to {high:.2f})"


def change_cell(errors: Errors, others: Errors) -> str:
    """Return the change from `others` to `errors` as text: -12.0 % (-15.1 to -9.0)."""
    ratio, low, high = (100 * (value - 1) for value in share(errors, others))
    return f"{ratio:+.1f} % ({low:+.1f} to {high:+.1f})"
