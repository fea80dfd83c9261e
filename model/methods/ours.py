"""Run the network of this software, with and without its shading map."""

from dataclasses import replace
from functools import cache

from model.edit.edit import Edit
from model.images.composite import Composite
from model.methods.common.method import Method, parametric
from model.network.harmonizer import DEFAULT_WEIGHTS, Harmonizer, load_harmonizer

LICENCE = "Apache-2.0; weights: LICENSE_MODEL"


@cache
def _harmonizer() -> Harmonizer:
    return load_harmonizer()


def _predict(composite: Composite) -> Edit:
    return _harmonizer().predict(composite)


def _predict_curves(composite: Composite) -> Edit:
    return _predict(composite).blend(shading=0)


def methods() -> tuple[Method, ...]:
    """Return both methods, with the reason where the weights are missing."""
    missing = None if DEFAULT_WEIGHTS.is_file() else f"the weights are missing ({DEFAULT_WEIGHTS.name})"
    both = (
        parametric("harmonylab", "HarmonyLab model", _predict),
        parametric("harmonylab_curves", "HarmonyLab model, curves only", _predict_curves),
    )
    return tuple(replace(method, tier=2, licence=LICENCE, reason=missing) for method in both)
