"""Match the object's mean and covariance of colour to the background's by linear optimal transport."""

from functools import partial

import numpy as np

from model.images.arrays import Pixels
from model.images.composite import Composite
from model.methods.common.color import recolour_affine
from model.methods.common.method import computed
from model.methods.common.statistics import Values, measure_regions, weighted_covariance, weighted_mean

RIDGE = 4.0  # squared levels; bounds the gain of colours that hardly vary
URL = "https://doi.org/10.1049/cp:20070055"


def mkl(composite: Composite, local: bool = False) -> Pixels:
    """Return the image F = T(I − μ_f) + μ_b, T = C_f^-½ (C_f^½ C_b C_f^½)^½ C_f^-½ (Pitié and Kokaram 2007).

    This is the linear Monge-Kantorovich map of RGB levels; 4 squared levels are added to each variance first.
    local: use only the background near the object.
    """
    regions = measure_regions(composite, local=local)
    if not regions.enough:
        return composite.image.copy()
    colours = regions.colours
    before, after = weighted_mean(colours, regions.foreground), weighted_mean(colours, regions.background)
    transport = monge_kantorovich(
        weighted_covariance(colours, regions.foreground) + RIDGE * np.eye(3),
        weighted_covariance(colours, regions.background) + RIDGE * np.eye(3),
    )
    return recolour_affine(composite, np.column_stack([transport, after - transport @ before]))


def monge_kantorovich(source: Values, target: Values) -> Values:
    """Return the symmetric 3×3 matrix T that turns covariance `source` into `target`: T·source·T = target."""
    root = _power(source, 0.5)
    inverse = _power(source, -0.5)
    transport: Values = inverse @ _power(root @ target @ root, 0.5) @ inverse
    return transport


def _power(matrix: Values, exponent: float) -> Values:
    """Return a power of a symmetric matrix whose eigenvalues are not negative."""
    values, vectors = np.linalg.eigh(matrix)
    power: Values = (vectors * values.clip(0) ** exponent) @ vectors.T
    return power


METHODS = (
    computed("mkl", "Monge-Kantorovich", mkl, URL),
    computed("mkl_local", "Monge-Kantorovich, local", partial(mkl, local=True), URL, optional=True),
)
