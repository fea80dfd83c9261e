"""Recolouring × composite → picture, at any size.

Every method ends here, under one rule: O = round(I + M·(clip(F(I)) − I)), rounded once. So pixels with M = 0
come back bit for bit, and the matte acts once: where it is 0.5, half of the change is seen.

Two renderers give the same picture: `render_numba`, once `warm_up` has loaded it, and `render_numpy`.
"""

import importlib
from collections.abc import Callable
from functools import partial
from threading import Event
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.edit import render_numpy
from model.edit.color_transforms import Plan, Recolouring, plan_for
from model.images.arrays import Pixels
from model.images.composite import Composite
from model.images.row_blocks import bounding_box, run_in_threads, split_rows

Recolour = Callable[[Pixels, slice, slice], NDArray[Any]]
"""Pixels of a part of the image, its rows and its columns → new colours: a fresh float32 array, in levels."""
KERNEL_ROWS = 256  # it goes over them once: all that counts is that no thread waits for another
_warm = Event()


def warm_up() -> bool:
    """Load the compiled kernel, which takes a second or more, for every later `render`; False without numba.

    Until then, and without numba, pictures are the same and take about eight times as long. So a server calls
    this in the background as it starts, and a program that renders one picture does not.
    """
    try:
        importlib.import_module("model.edit.render_numba")  # compiles, or loads what was compiled before
    except ImportError:
        return False
    _warm.set()
    return True


def render(composite: Composite, recolouring: Recolouring, out: Pixels | None = None) -> Pixels:
    """Recolour the object: H×W×3 of the image's dtype, equal to it outside the matte.

    F(I) = clip(colour(I)·exp(S)) acts on encoded values: a log-gain of s changes light by about exp(2.2·s).
    out: an array like the image to write into, which spares the system new memory. Raises ValueError for
    one that is not like it, or is it.
    """
    plan = plan_for(recolouring, composite.image)
    if _warm.is_set():
        return _by_kernel(plan, composite, out)
    return paint(composite, partial(render_numpy.recolour, plan), out)


def paint(composite: Composite, recolour: Recolour, out: Pixels | None = None) -> Pixels:
    """Give the object the colours that `recolour` returns, in stripes, under the rule above.

    `recolour` runs in several threads and only sees the box of the matte. out: see `render`.
    """
    image, matte = composite.image, composite.matte
    out = _target(image, out)
    rows, columns = bounding_box(matte)

    def paint_rows(part: slice) -> None:
        pixels = np.ascontiguousarray(image[part, columns])
        out[part, : columns.start] = image[part, : columns.start]
        out[part, columns.stop :] = image[part, columns.stop :]
        out[part, columns] = render_numpy.blend(pixels, recolour(pixels, part, columns), matte[part, columns])

    out[: rows.start] = image[: rows.start]
    run_in_threads(paint_rows, split_rows(rows.start, rows.stop))
    out[rows.stop :] = image[rows.stop :]
    return out


def _by_kernel(plan: Plan, composite: Composite, out: Pixels | None) -> Pixels:
    from model.edit import render_numba

    image, matte = np.ascontiguousarray(composite.image), np.ascontiguousarray(composite.matte)
    out = _target(composite.image, out)
    run_in_threads(
        partial(render_numba.render_rows, plan, image, matte, out), split_rows(0, len(image), KERNEL_ROWS)
    )
    return out


def _target(image: Pixels, out: Pixels | None) -> Pixels:
    if out is None:
        return np.empty(image.shape, image.dtype)
    if out.shape != image.shape or out.dtype != image.dtype or not out.flags.c_contiguous:
        raise ValueError("The array to write into should have the size and depth of the picture.")
    if np.may_share_memory(out, image):
        raise ValueError("The array to write into should not be the picture itself.")
    return out
