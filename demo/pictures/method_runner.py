"""Run a method on a picture and keep what it made: full size in a file, a view, and how it differs."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from threading import Event

import numpy as np

from demo.pictures.picture_panel import Panel, is_example, whole_panel
from demo.pictures.view_cache import ViewCache
from demo.pictures.workbench import Inputs, preview
from model import BadImage, BadWeights, Composite
from model.edit.fit import fit_edit
from model.images.arrays import Pixels
from model.images.files import write_picture
from model.methods import Method
from model.methods.common.external import CommandFailed

MOST_TEXT = 240  # characters of a message that fit on a card
KEPT_PIXELS = 12_000_000  # a larger picture is read again for every method, rather than kept in memory
BROKE = "This method could not handle the picture."


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a method made, H×W×3 like the composite's, or why it made nothing; and how long it took."""

    picture: Pixels | None
    seconds: float
    error: str = ""


@dataclass(frozen=True)
class Opened:
    """What is compared: the name of its view, width and height; for an example what the panel shows, too."""

    view: str
    width: int
    height: int
    panel: Panel | None = None

    @property
    def views(self) -> tuple[str, ...]:
        return (self.view, *(self.panel.views if self.panel else ()))


@dataclass(frozen=True)
class Made:
    """What is kept of an outcome: names of view and full-size file, words on time and fit; or why not."""

    view: str = ""
    file: str = ""
    time: str = ""
    fit: str = ""
    error: str = ""


@dataclass(frozen=True)
class Bench:
    """Runs methods one at a time, in a process that may be ended.

    megapixels: the largest picture that any method gets. stopped: set when the method should give up.
    """

    methods: Mapping[str, Method]
    views: ViewCache
    megapixels: float
    stopped: Event

    def open(self, inputs: Inputs) -> Opened:
        """Read what is to be compared. Raises BadImage."""
        composite = _read(inputs)
        height, width = composite.matte.shape
        _forget_large(composite)
        panel = whole_panel(inputs, self.views) if is_example(inputs.composite) else None
        return Opened(self.views.put(preview(composite.image, composite), ".jpg"), width, height, panel)

    def run(self, inputs: Inputs, name: str) -> Made:
        """Run a method, and keep its result. Raises BadImage where the picture cannot be read."""
        method, composite = self.methods[name], _read(inputs)
        _forget_large(composite)
        refusal = self._refusal(method, composite)
        if refusal:
            return Made(error=refusal)
        outcome = outcome_of(method, composite, self.stopped)
        if outcome.picture is None:
            return Made(error=outcome.error)
        path = self.views.new_path(".png")
        write_picture(path, outcome.picture, metadata=composite.metadata)
        return Made(
            view=self.views.put(preview(outcome.picture, composite), ".jpg"),
            file=path.name,
            time=f"{outcome.seconds:.2f} s",
            fit=_fit_text(method, composite, outcome.picture),
        )

    def _refusal(self, method: Method, composite: Composite) -> str:
        if method.reason:
            return method.reason
        limit = min(self.megapixels, method.max_megapixels or self.megapixels)
        if composite.matte.size / 1e6 > limit:
            return f"Pictures of more than {limit:g} megapixels are too much for this method here."
        return ""


@lru_cache(maxsize=1)
def _read(inputs: Inputs) -> Composite:
    """The last composite is kept: a comparison asks for it once for every method."""
    return inputs.read()


def _forget_large(composite: Composite) -> None:
    if composite.matte.size > KEPT_PIXELS:
        _read.cache_clear()


def outcome_of(method: Method, composite: Composite, stopped: Event) -> Outcome:
    """Run a method and check what it returns; what goes wrong is told in words."""
    began = time.perf_counter()
    try:
        picture = method.run_until(composite, stopped) if method.run_until else method.run(composite)
    except (BadImage, BadWeights, CommandFailed) as error:
        return Outcome(None, time.perf_counter() - began, _shortened(str(error)))
    # One method that fails must not take the others with it; what Python says is not for visitors.
    except (ValueError, RuntimeError, OSError, ArithmeticError, LookupError, MemoryError):
        return Outcome(None, time.perf_counter() - began, BROKE)
    seconds = time.perf_counter() - began
    if picture.shape != composite.image.shape or picture.dtype != composite.image.dtype:
        size = f"{picture.shape[1]}×{picture.shape[0]}"
        wrong = f"This method returned {size} pixels of {8 * picture.itemsize} bits, so it is left out."
        return Outcome(None, seconds, wrong)
    return Outcome(picture, seconds)


def _fit_text(method: Method, composite: Composite, picture: Pixels) -> str:
    """How much of a change curves and light explain, and what they leave; "" where they are all of it."""
    if method.predict is not None or np.array_equal(picture, composite.image):
        return ""
    fit = fit_edit(composite.image, picture, composite.matte)
    return f"{fit.explained:.0%} curves and light, {fit.residual:.1f} levels left"


def _shortened(text: str) -> str:
    return text if len(text) <= MOST_TEXT else f"{text[: MOST_TEXT - 2].rstrip()} …"
