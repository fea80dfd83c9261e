"""Mean and spread of the background for the object (Reinhard, Adhikhmin, Gooch and Shirley 2001)."""

from functools import partial

import numpy as np

from model.images.arrays import Pixels
from model.images.composite import Composite
from model.methods.common.color import Lab, levels_to_lab, recolour_lab
from model.methods.common.method import computed
from model.methods.common.statistics import Values, measure_regions, weighted_covariance, weighted_mean

SPREAD_LIMITS = (0.5, 2.0)
URL = "https://doi.org/10.1109/38.946629"


def reinhard(composite: Composite, local: bool = False) -> Pixels:
    """F = (x − μ_f)·k + μ_b on each axis of CIELAB, k = σ_b/σ_f kept in ½-2.

    The paper uses lαβ; CIELAB is what the harmonization literature means by it. local: the background counts
    near the object only.
    """
    regions = measure_regions(composite, local=local)
    if not regions.enough:
        return composite.image.copy()
    lab = levels_to_lab(regions.colours)
    means, spreads = zip(
        *((weighted_mean(lab, w), _spread(lab, w)) for w in (regions.foreground, regions.background)),
        strict=True,
    )
    scale = (spreads[1] / spreads[0].clip(1e-6)).clip(*SPREAD_LIMITS).astype(np.float32)
    offset = (means[1] - scale * means[0]).astype(np.float32)

    def move(colours: Lab) -> Lab:
        moved: Lab = colours * scale + offset
        return moved

    return recolour_lab(composite, move)


def _spread(values: Values, weights: Values) -> Values:
    """Standard deviation of each axis."""
    return np.sqrt(np.diag(weighted_covariance(values, weights)))


METHODS = (
    computed("reinhard", "Reinhard 2001", reinhard, URL),
    computed("reinhard_local", "Reinhard, local", partial(reinhard, local=True), URL, optional=True),
)
