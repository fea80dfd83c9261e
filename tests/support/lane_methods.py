"""Define methods for comparisons in tests; child processes import this module."""

import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from threading import Event

import numpy as np

from demo.pictures.method_runner import MethodRunner
from demo.pictures.picture_files import PictureFiles
from demo.pictures.scenes.scene_files import SceneFiles
from demo.pictures.view_cache import ViewCache
from demo.renders.contexts import CompareContext
from model import BadImage, Composite
from model.images.arrays import Pixels
from model.images.decoded_files import DecodedFiles
from model.methods import Method, get_method


def same(composite: Composite) -> Pixels:
    """Return the composite unchanged."""
    return composite.image


def darker(composite: Composite) -> Pixels:
    """Halve all values."""
    return composite.image // 2


def mirrored(composite: Composite) -> Pixels:
    """Exchange left and right, which no edit can do."""
    return np.ascontiguousarray(composite.image[:, ::-1])


def refuse(composite: Composite) -> Pixels:
    """Raise BadImage, whose message is for users."""
    raise BadImage(f"{composite.matte.shape[1]} columns are too many.")


def break_down(composite: Composite) -> Pixels:
    """Raise an error with a path in its message, which users must not see."""
    raise np.linalg.LinAlgError(f"singular matrix in /secret/place, {composite}")


def cut(composite: Composite) -> Pixels:
    """Return a picture of the wrong size."""
    return composite.image[:8]


def deepen(composite: Composite) -> Pixels:
    """Return a picture of the wrong type."""
    return composite.image * 2.0


def hang(composite: Composite) -> Pixels:
    """Run longer than any limit of the tests."""
    time.sleep(60)
    return composite.image


def die(composite: Composite) -> Pixels:
    """Kill the process."""
    os.kill(os.getpid(), signal.SIGKILL)
    return composite.image


def slow(composite: Composite) -> Pixels:
    """Return the composite unchanged after 0.3 seconds."""
    time.sleep(0.3)
    return composite.image


RUNS: tuple[Callable[[Composite], Pixels], ...] = (
    slow, hang, same, refuse, die, darker, mirrored, break_down, cut, deepen,
)  # fmt: skip
METHODS = {run.__name__: Method(run.__name__, run.__name__.title(), 1, "x", run) for run in RUNS} | {
    "parametric": replace(get_method("mean_gain"), name="parametric")
}


def set_up(views: ViewCache, stopped: Event) -> CompareContext:
    """Return what runs the test methods, for pictures of up to 10 megapixels."""
    decoded = DecodedFiles(50_000_000)
    runner = MethodRunner(METHODS, PictureFiles(views, decoded), 10, stopped)
    return CompareContext(runner, SceneFiles(views, decoded))
