"""Recolouring × composite → picture, at any size.

Every method ends here, under one rule: O = round(I + M·(clip(F(I)) − I)), rounded once. So pixels with M = 0
come back bit for bit, and the matte acts once: where it is 0.5, half of the change is seen.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model import twin
from model.composite import Composite
from model.picture import Pixels
from model.recolouring import Recolouring, plan_for
from model.stripes import bounding_box, on_each, stripes

Recolour = Callable[[Pixels, slice, slice], NDArray[Any]]
"""Pixels of a part of the image, its rows and its columns → new colours: a fresh float32 array, in levels."""


def render(composite: Composite, recolouring: Recolouring, out: Pixels | None = None) -> Pixels:
    """Recolour the object: H×W×3 of the image's dtype, equal to it outside the matte.

    F(I) = clip(colour(I)·exp(S)) acts on encoded values: a log-gain of s changes light by about exp(2.2·s).
    out: an array like the image to write into, which spares the system new memory. Raises ValueError for
    one that is not like it, or is it.
    """
    plan = plan_for(recolouring, composite.image)

    def recolour(pixels: Pixels, rows: slice, columns: slice) -> NDArray[Any]:
        return twin.recolour(plan, pixels, rows, columns)

    return paint(composite, recolour, out)


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
        out[part, columns] = twin.blend(pixels, recolour(pixels, part, columns), matte[part, columns])

    out[: rows.start] = image[: rows.start]
    on_each(paint_rows, stripes(rows.start, rows.stop))
    out[rows.stop :] = image[rows.stop :]
    return out


def _target(image: Pixels, out: Pixels | None) -> Pixels:
    if out is None:
        return np.empty(image.shape, image.dtype)
    if out.shape != image.shape or out.dtype != image.dtype or not out.flags.c_contiguous:
        raise ValueError("The array to write into should have the size and depth of the picture.")
    if np.may_share_memory(out, image):
        raise ValueError("The array to write into should not be the picture itself.")
    return out
