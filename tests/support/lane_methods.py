"""Methods for the comparisons that tests run: a child process imports this module."""

import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from threading import Event

import numpy as np

from demo.pictures.method_runner import MethodRunner
from demo.pictures.picture_files import PictureFiles
from demo.pictures.view_cache import ViewCache
from model import BadImage, Composite
from model.images.arrays import Pixels
from model.images.decoded_files import DecodedFiles
from model.methods import Method, get_method


def same(composite: Composite) -> Pixels:
    return composite.image


def darker(composite: Composite) -> Pixels:
    return composite.image // 2


def mixed(composite: Composite) -> Pixels:
    return np.ascontiguousarray(composite.image[..., ::-1])  # no curve turns red into blue


def refuse(composite: Composite) -> Pixels:
    raise BadImage(f"{composite.matte.shape[1]} columns are too many.")


def break_down(composite: Composite) -> Pixels:
    raise np.linalg.LinAlgError(f"singular matrix in /secret/place, {composite}")


def cut(composite: Composite) -> Pixels:
    return composite.image[:8]


def deepen(composite: Composite) -> Pixels:
    return composite.image * 2.0


def hang(composite: Composite) -> Pixels:
    time.sleep(60)
    return composite.image


def die(composite: Composite) -> Pixels:
    os.kill(os.getpid(), signal.SIGKILL)
    return composite.image


def rest(composite: Composite) -> Pixels:
    time.sleep(0.3)
    return composite.image


RUNS: tuple[Callable[[Composite], Pixels], ...] = (
    rest, hang, same, refuse, die, darker, mixed, break_down, cut, deepen,
)  # fmt: skip
METHODS = {run.__name__: Method(run.__name__, run.__name__.title(), 1, "x", run) for run in RUNS} | {
    "parametric": replace(get_method("mean_gain"), name="parametric")
}


def set_up(views: ViewCache, stopped: Event) -> MethodRunner:
    """Return a runner of the test methods, for pictures of up to 10 megapixels."""
    return MethodRunner(METHODS, PictureFiles(views, DecodedFiles(50_000_000)), 10, stopped)
