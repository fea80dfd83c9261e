"""What a method is: a name, what people should know about it, and Composite → picture."""

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
    """A way to harmonize a composite.

    tier: 1 = computed, always there; 2 = learned, needs weights; 3 = diffusion, needs a GPU.
    run: Composite → H×W×3 of its dtype; equal to the composite where the matte is 0.
    predict: Composite → Edit, for the methods whose result is curves and shading; else None.
    reason: why it cannot run here; None where it can.
    url: the paper or the authors' page.
    optional: not chosen unless somebody asks for it.
    deterministic: the same composite gives the same picture on every run.
    max_side: pixels a side that it works at, where it sees no more; its change is then brought to full size.
    max_megapixels: the largest picture that a server which many people use gives it; None = no limit.
    weights: the file of the user's that it runs, where there is one.
    run_until: like run, and gives up when the event is set; for methods that can be stopped on their way.
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
    run_until: Callable[[Composite, Event], Pixels] | None = None

    @property
    def available(self) -> bool:
        """Whether it can run here."""
        return self.reason is None


def computed(
    name: str, title: str, run: Callable[[Composite], Pixels], url: str = "", optional: bool = False
) -> Method:
    """A method of this software that is always there, from a function Composite → picture."""
    return Method(name, title, 1, OURS, run, url=url, optional=optional)


def parametric(
    name: str, title: str, predict: Callable[[Composite], Edit], url: str = "", optional: bool = False
) -> Method:
    """The same from a function Composite → Edit."""

    def run(composite: Composite) -> Pixels:
        return render(composite, predict(composite))

    return Method(name, title, 1, OURS, run, predict, url=url, optional=optional)
