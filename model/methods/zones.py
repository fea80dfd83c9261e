"""Match quantiles of lightness, a simplified form of the method of Xue et al. (2012)."""

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
    """Return the image with the object's 5, 50 and 95 % quantiles of L (CIELAB) mapped to the background's.

    The map of L is linear between them and leaves 0 and 100 unchanged; to a and b the difference of means is
    added. The paper uses more statistics, and a classifier that selects the zone to match.
    """
    regions = measure_regions(composite)
    if not regions.enough:
        return composite.image.copy()
    lab = levels_to_lab(regions.colours)
    source, target = (_anchors(lab[:, 0], weights) for weights in (regions.foreground, regions.background))
    shift = weighted_mean(lab, regions.background) - weighted_mean(lab, regions.foreground)
    knots = np.maximum.accumulate(source) + STEP * np.arange(len(source))

    def change(colours: Lab) -> Lab:
        lightness = np.interp(colours[..., 0], knots, np.maximum.accumulate(target))
        changed: Lab = colours + shift.astype(np.float32)
        changed[..., 0] = lightness
        return changed

    return recolour_lab(composite, change)


def _anchors(lightness: Values, weights: Values) -> Values:
    """Return 0, the three weighted quantiles and 100."""
    order = lightness.argsort()
    weight = weights[order]
    middle = (weight.cumsum() - weight / 2) / weight.sum()
    return np.array([0, *np.interp(SHARES, middle, lightness[order]), 100])


METHODS = (computed("zones", "Lightness zones", zones, URL, optional=True),)
