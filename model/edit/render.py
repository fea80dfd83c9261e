"""Apply a colour transform to the object of a composite, at any size.

Every method renders by one rule: O = round(I + M·(clip(F(I)) − I)), rounded once. Pixels with M = 0 keep
their values bit for bit, and the matte is applied once: where it is 0.5, half of the change is made.

Two renderers compute the same picture: `render_numba`, after `warm_up` has loaded it, and `render_numpy`.
"""

import importlib
from collections.abc import Callable
from functools import partial
from threading import Event
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.edit import render_numpy
from model.edit.color_transforms import ColorTransform, PreparedTransform, prepare_transform
from model.images.arrays import Matte, Pixels
from model.images.composite import Composite
from model.images.row_blocks import bounding_box, run_in_threads, split_rows

Recolour = Callable[[Pixels, slice, slice], NDArray[Any]]
"""Map pixels of a part of the image, its rows and its columns to a new float32 array of colours in levels."""
KERNEL_ROWS = 256  # the compiled loop reads a row once, so blocks only have to keep all threads busy
_warm = Event()


def warm_up() -> bool:
    """Load the compiled renderer, which takes a second or more, for every later `render`.

    Return False where numba is not installed. Before this call, and without numba, pictures are the same and
    take about eight times as long. A server calls it in the background at its start; a program that renders
    one picture does not need it.
    """
    try:
        importlib.import_module("model.edit.render_numba")  # compiles, or loads what was compiled before
    except ImportError:
        return False
    _warm.set()
    return True


def render(composite: Composite, transform: ColorTransform, out: Pixels | None = None) -> Pixels:
    """Recolour the object: return H×W×3 of the image's dtype, equal to the image where the matte is 0.

    F(I) = clip(colour(I)·exp(S)) is computed on encoded values: a log-gain of s changes linear light by about
    exp(2.2·s). out: an array of the image's shape and dtype to write into, which saves an allocation. Raises
    ValueError for any other array, and for the image itself.
    """
    return recolour(composite.image, composite.matte, transform, out)


def recolour(image: Pixels, matte: Matte, transform: ColorTransform, out: Pixels | None = None) -> Pixels:
    """Recolour what a matte covers, as `render` does, where the matte may be faint or cover everything.

    matte: H×W in 0-1, not 0 everywhere.
    """
    prepared = prepare_transform(transform, image)
    if _warm.is_set():
        return _render_compiled(prepared, image, matte, out)
    return _recolour_blocks(image, matte, partial(render_numpy.recolour, prepared), out)


def recolour_object(composite: Composite, recolour: Recolour, out: Pixels | None = None) -> Pixels:
    """Give the object the colours that `recolour` returns, in blocks of rows, by the rule of this module.

    `recolour` runs in several threads, and only on the bounding box of the matte. out: see `render`.
    """
    return _recolour_blocks(composite.image, composite.matte, recolour, out)


def _recolour_blocks(image: Pixels, matte: Matte, recolour: Recolour, out: Pixels | None) -> Pixels:
    out = _target(image, out)
    rows, columns = bounding_box(matte)

    def recolour_rows(part: slice) -> None:
        pixels = np.ascontiguousarray(image[part, columns])
        out[part, : columns.start] = image[part, : columns.start]
        out[part, columns.stop :] = image[part, columns.stop :]
        out[part, columns] = render_numpy.blend(pixels, recolour(pixels, part, columns), matte[part, columns])

    out[: rows.start] = image[: rows.start]
    run_in_threads(recolour_rows, split_rows(rows.start, rows.stop))
    out[rows.stop :] = image[rows.stop :]
    return out


def _render_compiled(prepared: PreparedTransform, image: Pixels, matte: Matte, out: Pixels | None) -> Pixels:
    from model.edit import render_numba

    out = _target(image, out)
    image, matte = np.ascontiguousarray(image), np.ascontiguousarray(matte)
    run_in_threads(
        partial(render_numba.render_rows, prepared, image, matte, out), split_rows(0, len(image), KERNEL_ROWS)
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
