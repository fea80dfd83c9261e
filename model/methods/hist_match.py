"""Match the histogram of the object to that of the background, channel by channel."""

from functools import partial

import numpy as np

from model.edit.edit import Edit
from model.images.composite import Composite
from model.methods.common.curve_table import LEVELS, table_edit
from model.methods.common.method import parametric
from model.methods.common.statistics import Regions, Values, measure_regions

MAX_SIDE = 1024
STRENGTH = 0.5  # at full strength it does more harm than good where contents differ


def hist_match(composite: Composite, strength: float = STRENGTH) -> Edit:
    """Return the edit F = (1 − s)·v + s·P_b⁻¹(P_f(v)), s = `strength`, for each level v of each channel.

    P(v) = (Σ_{u≤v} H(u) − ½ H(v)) / Σ H is the cumulative share of a region (f: object, b: background) at
    the middle of bin v of its histogram H; the inverse is linear between bins.
    """
    regions = measure_regions(composite, MAX_SIDE)
    if not regions.enough:
        return Edit.identity()
    matched = np.stack([_match_channel(regions, channel) for channel in range(3)])
    return table_edit(((1 - strength) * LEVELS + strength * matched) / 255)


def _match_channel(regions: Regions, channel: int) -> Values:
    """Return the background's level of equal cumulative share, for each of 256 levels of the object."""
    levels = regions.colours[:, channel]
    foreground, background = _cumulative(levels, regions.foreground), _cumulative(levels, regions.background)
    return np.interp(foreground, background, LEVELS)


def _cumulative(levels: Values, weights: Values) -> Values:
    """Return the share of the weight below the middle of each of 256 bins."""
    histogram = np.bincount(np.rint(levels).astype(int), weights, 256)
    share: Values = (histogram.cumsum() - histogram / 2) / histogram.sum()
    return share


METHODS = (
    parametric("hist_match", "Histogram match", hist_match),
    parametric("hist_match_full", "Histogram match, full", partial(hist_match, strength=1), optional=True),
)
