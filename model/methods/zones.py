"""Zones of lightness matched one by one: a simplified form of what Xue et al. do (2012)."""

import numpy as np

from model.images.arrays import Pixels
from model.images.composite import Composite
from model.methods.common.color import Lab, levels_to_lab, recolour_lab
from model.methods.common.method import computed
from model.methods.common.statistics import Values, measure_regions, weighted_mean

SHARES = np.array([0.05, 0.5, 0.95])
STEP = 1e-3  # keeps two equal quantiles of the object apart
URL = "https://doi.org/10.1145/2185520.2185580"


def zones(composite: Composite) -> Pixels:
    """Send the 5, 50 and 95 % quantiles of the object's lightness (CIELAB) to those of the background.

    The map of L is linear between them and keeps 0 and 100; a and b move by the difference of means. The
    paper chooses among more statistics, with a classifier for the zone to match.
    """
    regions = measure_regions(composite)
    if not regions.enough:
        return composite.image.copy()
    lab = levels_to_lab(regions.colours)
    source, target = (_anchors(lab[:, 0], weights) for weights in (regions.foreground, regions.background))
    shift = weighted_mean(lab, regions.background) - weighted_mean(lab, regions.foreground)
    knots = np.maximum.accumulate(source) + STEP * np.arange(len(source))

    def move(colours: Lab) -> Lab:
        lightness = np.interp(colours[..., 0], knots, np.maximum.accumulate(target))
        moved: Lab = colours + shift.astype(np.float32)
        moved[..., 0] = lightness
        return moved

    return recolour_lab(composite, move)


def _anchors(lightness: Values, weights: Values) -> Values:
    """0, the three quantiles, 100. A quantile is where the weight below the middle of a sample reaches it."""
    order = lightness.argsort()
    weight = weights[order]
    middle = (weight.cumsum() - weight / 2) / weight.sum()
    return np.array([0, *np.interp(SHARES, middle, lightness[order]), 100])


METHODS = (computed("zones", "Lightness zones", zones, URL, optional=True),)
