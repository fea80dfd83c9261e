"""Match the object's mean and deviation to the background's (Reinhard, Adhikhmin, Gooch and Shirley 2001)."""

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
    """Return the image F = (x − μ_f)·k + μ_b on each axis of CIELAB, k = σ_b/σ_f clipped to ½-2.

    The paper uses lαβ; papers on harmonization use CIELAB under the same name.
    local: use only the background near the object.
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

    def change(colours: Lab) -> Lab:
        changed: Lab = colours * scale + offset
        return changed

    return recolour_lab(composite, change)


def _spread(values: Values, weights: Values) -> Values:
    """Return the standard deviation of each axis."""
    return np.sqrt(np.diag(weighted_covariance(values, weights)))


METHODS = (
    computed("reinhard", "Reinhard 2001", reinhard, URL),
    computed("reinhard_local", "Reinhard, local", partial(reinhard, local=True), URL, optional=True),
)
