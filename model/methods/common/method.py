"""Describe a method: its name, its properties and the function from a composite to an image."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from model.edit.edit import Edit
from model.edit.render import render
from model.images.arrays import Pixels
from model.images.composite import Composite

OURS = "Apache-2.0"


@dataclass(frozen=True)
class Method:
    """Describe a way to harmonize a composite.

    tier: 1 = computed, always available; 2 = learned, needs weights; 3 = diffusion, needs a GPU.
    run: Composite → H×W×3 of its dtype; equal to the composite where the matte is 0.
    predict: Composite → Edit, for methods whose result is an edit; else None.
    reason: the reason why it cannot run here; None where it can.
    url: the paper or the authors' page.
    optional: not selected by default.
    deterministic: the same composite gives the same image on every run.
    max_side: longest side, in pixels, of the copy that it works on; its change is then applied at full size.
        None: it works at full size.
    max_megapixels: the largest image that a shared server gives to it; None: no limit.
    weights: the file of weights, supplied by the user, that it loads; None: no such file.
    copies: memory that it takes, as a multiple of that of a method with a few copies of the picture.
    run_until: the same as run, but stops early when the event is set; None: it cannot be stopped.
    """

    name: str
    title: str
    tier: int
    licence: str
    run: Callable[[Composite], Pixels]
    predict: Callable[[Composite], Edit] | None = None
    reason: str | None = None
    url: str = ""
    optional: bool = False
    deterministic: bool = True
    max_side: int | None = None
    max_megapixels: float | None = None
    weights: Path | None = None
    copies: float = 1.0
    run_until: Callable[[Composite, Event], Pixels] | None = None

    @property
    def available(self) -> bool:
        """Return true if it can run here."""
        return self.reason is None


def computed(
    name: str, title: str, run: Callable[[Composite], Pixels], url: str = "", optional: bool = False
) -> Method:
    """Return a method of this software that is always available, from a function Composite → image."""
    return Method(name, title, 1, OURS, run, url=url, optional=optional)


def parametric(
    name: str, title: str, predict: Callable[[Composite], Edit], url: str = "", optional: bool = False
) -> Method:
    """Return a method of this software that is always available, from a function Composite → Edit."""

    def run(composite: Composite) -> Pixels:
        return render(composite, predict(composite))

    return Method(name, title, 1, OURS, run, predict, url=url, optional=optional)
