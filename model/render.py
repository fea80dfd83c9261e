"""Recolouring × composite → picture, at any size.

Every method ends here, under one rule: O = round(I + M·(clip(F(I)) − I)), rounded once. So pixels with M = 0
come back bit for bit, and the matte acts once: where it is 0.5, half of the change is seen.

Two renderers give the same picture: `model.kernel`, once `warm_up` has loaded it, and `model.twin`.
"""

import importlib
from collections.abc import Callable
from functools import partial
from threading import Event
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model import twin
from model.composite import Composite
from model.picture import Pixels
from model.recolouring import Plan, Recolouring, plan_for
from model.stripes import bounding_box, on_each, stripes

Recolour = Callable[[Pixels, slice, slice], NDArray[Any]]
"""Pixels of a part of the image, its rows and its columns → new colours: a fresh float32 array, in levels."""
Fill = Callable[[Pixels, slice, slice], None]
"""Writes some rows and columns of the result into it."""
_warm = Event()


def warm_up() -> bool:
    """Load the compiled kernel, which takes a second or more, for every later `render`; False without numba.

    Until then, and without numba, pictures are the same and take about eight times as long. So a server calls
    this in the background as it starts, and a program that renders one picture does not.
    """
    try:
        importlib.import_module("model.kernel")  # compiles, or loads what was compiled before
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
        return _filled(composite, _by_kernel(plan, composite), out)
    return paint(composite, partial(twin.recolour, plan), out)


def paint(composite: Composite, recolour: Recolour, out: Pixels | None = None) -> Pixels:
    """Give the object the colours that `recolour` returns, in stripes, under the rule above.

    `recolour` runs in several threads and only sees the box of the matte. out: see `render`.
    """
    image, matte = composite.image, composite.matte

    def fill(result: Pixels, rows: slice, columns: slice) -> None:
        pixels = np.ascontiguousarray(image[rows, columns])
        result[rows, columns] = twin.blend(pixels, recolour(pixels, rows, columns), matte[rows, columns])

    return _filled(composite, fill, out)


def _by_kernel(plan: Plan, composite: Composite) -> Fill:
    from model import kernel

    image, matte = np.ascontiguousarray(composite.image), np.ascontiguousarray(composite.matte)

    def fill(result: Pixels, rows: slice, columns: slice) -> None:
        kernel.render_rows(plan, image, matte, result, (rows, columns))

    return fill


def _filled(composite: Composite, fill: Fill, out: Pixels | None) -> Pixels:
    """The picture, copied outside the box of the matte and filled inside, a stripe at a time."""
    image = composite.image
    result = _target(image, out)
    rows, columns = bounding_box(composite.matte)

    def work(part: slice) -> None:
        first, last = np.clip((rows.start, rows.stop), part.start, part.stop).tolist()
        inside = slice(first, last)
        result[part.start : first] = image[part.start : first]
        result[last : part.stop] = image[last : part.stop]
        if first < last:
            result[inside, : columns.start] = image[inside, : columns.start]
            result[inside, columns.stop :] = image[inside, columns.stop :]
            fill(result, inside, columns)

    on_each(work, stripes(0, len(image)))
    return result


def _target(image: Pixels, out: Pixels | None) -> Pixels:
    if out is None:
        return np.empty(image.shape, image.dtype)
    if out.shape != image.shape or out.dtype != image.dtype or not out.flags.c_contiguous:
        raise ValueError("The array to write into should have the size and depth of the picture.")
    if np.may_share_memory(out, image):
        raise ValueError("The array to write into should not be the picture itself.")
    return out
