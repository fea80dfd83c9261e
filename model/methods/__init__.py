"""Every method behind one call: Composite → picture."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from model.composite import Composite
from model.edit import Edit
from model.harmonizer import DEFAULT_WEIGHTS, Harmonizer, load_harmonizer
from model.methods import classical
from model.picture import Pixels
from model.render import render

OURS = "Apache-2.0"


class UnknownMethod(ValueError):
    """No method of that name. The message lists the names and is shown to people as it is."""


@dataclass(frozen=True)
class Method:
    """A way to harmonize a composite.

    tier: 1 = computed, always there; 2 = learned, needs weights.
    run: Composite → H×W×3 of its dtype; equal to the composite where the matte is 0.
    predict: Composite → Edit, for the methods whose result is curves and shading; else None.
    reason: why it cannot run here; None where it can.
    """

    name: str
    title: str
    tier: int
    licence: str
    run: Callable[[Composite], Pixels]
    predict: Callable[[Composite], Edit] | None = None
    reason: str | None = None

    @property
    def available(self) -> bool:
        """Whether it can run here."""
        return self.reason is None


def available_methods() -> dict[str, Method]:
    """All methods by name, in the order in which they are shown; `reason` says which of them cannot run."""
    missing = None if DEFAULT_WEIGHTS.is_file() else f"the weights are missing ({DEFAULT_WEIGHTS.name})"
    methods = (
        _parametric("composite", "No change", lambda _: Edit.identity()),
        _parametric("mean_gain", "Mean gain", classical.mean_gain),
        Method("reinhard", "Reinhard 2001", 1, OURS, classical.reinhard),
        Method("mkl", "Monge-Kantorovich", 1, OURS, classical.mkl),
        _parametric("hist_match", "Histogram match", classical.hist_match),
        _parametric("pih", "Harmonizer", _predict, 2, missing),
        _parametric("pih_curves", "Harmonizer, curves only", _predict_curves, 2, missing),
    )
    return {method.name: method for method in methods}


def get_method(name: str) -> Method:
    """The method of that name. Raises UnknownMethod."""
    methods = available_methods()
    if name not in methods:
        raise UnknownMethod(f"There is no method {name!r}. Please choose from: {', '.join(methods)}.")
    return methods[name]


def _parametric(
    name: str, title: str, predict: Callable[[Composite], Edit], tier: int = 1, reason: str | None = None
) -> Method:
    def run(composite: Composite) -> Pixels:
        return render(composite, predict(composite))

    return Method(name, title, tier, OURS, run, predict, reason)


@cache
def _harmonizer() -> Harmonizer:
    return load_harmonizer()


def _predict(composite: Composite) -> Edit:
    return _harmonizer().predict(composite)


def _predict_curves(composite: Composite) -> Edit:
    return _predict(composite).blend(shading=0)
