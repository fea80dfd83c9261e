"""Run a method on a composite and keep its result: a full-size file, a view, and its fit by an edit."""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Event

import numpy as np

from demo.pictures.inputs import Inputs
from demo.pictures.picture_files import PREVIEW_SIDE, PictureFiles
from demo.pictures.picture_panel import Panel, is_example, whole_panel
from model import BadImage, BadWeights, Composite
from model.edit.fit import fit_edit
from model.images.arrays import Matte, Pixels
from model.images.files import preview_jpeg, write_picture
from model.methods import Method
from model.methods.common.external import CommandFailed

MOST_TEXT = 240  # characters of a message that fit on a card
FAILED = "This method could not handle the picture."
UNAVAILABLE = "This method is not available here."

logger = logging.getLogger("harmonylab.methods")


@dataclass(frozen=True, eq=False)
class Outcome:
    """Hold the picture that a method returned, H×W×3 like the composite, or None and the error in words.

    seconds: the time that the method took.
    """

    picture: Pixels | None
    seconds: float
    error: str = ""


@dataclass(frozen=True)
class OpenedComposite:
    """Describe a composite that methods are compared on: the name of its view, and its size in pixels.

    box: left, top, right and bottom of the object, 0-1. panel: the values of the upload fields, for an
    example only.
    """

    view: str
    width: int
    height: int
    box: tuple[float, float, float, float]
    panel: Panel | None = None

    @property
    def views(self) -> tuple[str, ...]:
        """Return the names of all views."""
        return (self.view, *(self.panel.views if self.panel else ()))


@dataclass(frozen=True)
class MethodResult:
    """Describe the result of a method: names of its view and its full-size file, or the error in words.

    time: the time that the method took. fit: how near an edit comes to the change, in words.
    """

    view: str = ""
    file: str = ""
    time: str = ""
    fit: str = ""
    error: str = ""


@dataclass(frozen=True)
class MethodRunner:
    """Run methods one at a time, in a process that may be ended.

    megapixels: the largest picture that any method gets. stopped: an event that is set when the method at
    work should stop.
    """

    methods: Mapping[str, Method]
    files: PictureFiles
    megapixels: float
    stopped: Event

    def open(self, inputs: Inputs) -> OpenedComposite:
        """Read the composite that methods are compared on. Raises BadImage."""
        composite = inputs.read(self.files.decoded)
        height, width = composite.matte.shape
        panel = whole_panel(inputs, self.files) if is_example(inputs.composite) else None
        view = self.files.views.put(_preview(composite.image, composite), ".jpg")
        return OpenedComposite(view, width, height, object_box(composite.matte), panel)

    def run(self, inputs: Inputs, name: str) -> MethodResult:
        """Run a method and keep its result. Raises BadImage where the picture cannot be read."""
        method, composite = self.methods[name], inputs.read(self.files.decoded)
        refusal = self._refusal(method, composite)
        if refusal:
            return MethodResult(error=refusal)
        outcome = outcome_of(method, composite, self.stopped)
        if outcome.picture is None:
            return MethodResult(error=outcome.error)
        path = self.files.views.new_path(".png")
        write_picture(path, outcome.picture, metadata=composite.metadata)
        return MethodResult(
            view=self.files.views.put(_preview(outcome.picture, composite), ".jpg"),
            file=path.name,
            time=f"{outcome.seconds:.2f} s",
            fit=_fit_text(method, composite, outcome.picture),
        )

    def _refusal(self, method: Method, composite: Composite) -> str:
        if method.reason:
            logger.warning("%s cannot be used: %s", method.name, method.reason)  # it may name a folder
            return UNAVAILABLE
        limit = min(self.megapixels, method.max_megapixels or self.megapixels)
        if composite.matte.size / 1e6 > limit:
            return f"Pictures of more than {limit:g} megapixels are too much for this method here."
        return ""


def object_box(matte: Matte) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom of the object, 0-1: where the matte H×W is 0.5 or more.

    The whole picture where it is nowhere so.
    """
    rows, columns = (np.flatnonzero((matte >= 0.5).any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return (0.0, 0.0, 1.0, 1.0)
    height, width = matte.shape
    ends = (columns[0] / width, rows[0] / height, (columns[-1] + 1) / width, (rows[-1] + 1) / height)
    left, top, right, bottom = map(float, ends)
    return (left, top, right, bottom)


def outcome_of(method: Method, composite: Composite, stopped: Event) -> Outcome:
    """Run a method and check the picture that it returns; an error is returned in words."""
    began = time.perf_counter()
    try:
        picture = method.run_until(composite, stopped) if method.run_until else method.run(composite)
    except (BadImage, BadWeights, CommandFailed) as error:
        return Outcome(None, time.perf_counter() - began, _shortened(str(error)))
    # One method that fails must not end the others, and the text of a Python error is not for visitors.
    except (ValueError, RuntimeError, OSError, ArithmeticError, LookupError, MemoryError):
        return Outcome(None, time.perf_counter() - began, FAILED)
    seconds = time.perf_counter() - began
    if picture.shape != composite.image.shape or picture.dtype != composite.image.dtype:
        size = f"{picture.shape[1]}×{picture.shape[0]}"
        wrong = f"This method returned {size} pixels of {8 * picture.itemsize} bits, so it is left out."
        return Outcome(None, seconds, wrong)
    return Outcome(picture, seconds)


def _fit_text(method: Method, composite: Composite, picture: Pixels) -> str:
    """Return in words how near an edit comes to a change; "" where the method is an edit itself."""
    if method.predict is not None or np.array_equal(picture, composite.image):
        return ""
    fit = fit_edit(composite.image, picture, composite.matte)
    return (
        f"Changes of colour and a light map reach {fit.explained:.0%} of this change. "
        f"What they cannot do differs by {fit.residual:.1f} of 255 steps of brightness."
    )


def _shortened(text: str) -> str:
    return text if len(text) <= MOST_TEXT else f"{text[: MOST_TEXT - 2].rstrip()} …"


def _preview(picture: Pixels, composite: Composite) -> bytes:
    """Return a JPEG of a picture made from this composite, small enough for a page, with its profile."""
    return preview_jpeg(picture, PREVIEW_SIDE, composite.metadata.icc)
