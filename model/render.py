"""Edit × composite → picture, at any size.

Every method ends here, under one rule: O = round(I + M·(clip(F(I)) − I)), rounded once. So pixels with M = 0
come back bit for bit, and the matte acts once: where it is 0.5, half of the change is seen.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from model.composite import Composite
from model.curves import curve_tables
from model.edit import Edit
from model.picture import Pixels
from model.shading import ShadingRows

ROWS = 64  # a stripe of this height stays in the processor's cache
THREADS = min(4, os.cpu_count() or 1)

Recolour = Callable[[Pixels, slice, slice], NDArray[Any]]
"""Pixels of a part of the image, its rows and its columns → new colours: a fresh float32 array, in levels."""


def render(composite: Composite, edit: Edit) -> Pixels:
    """Apply an edit: H×W×3 of the image's dtype, equal to it outside the matte.

    F(I) = clip(curve_c(I)·exp(S)) acts on encoded values: a log-gain of s changes light by about exp(2.2·s).
    """
    height, width = composite.matte.shape
    maximum = np.iinfo(composite.image.dtype).max
    tables = curve_tables(edit.curves, maximum + 1)[None]
    shading = ShadingRows(edit.shading, height, width) if edit.shading.any() else None

    def recolour(pixels: Pixels, rows: slice, columns: slice) -> NDArray[Any]:
        toned = cv2.LUT(pixels, tables)
        if shading is None:
            return toned
        gain = cv2.exp(shading[rows][:, columns])
        return cv2.multiply(toned, cv2.merge([gain, gain, gain]), dst=toned)

    return paint(composite, recolour)


def paint(composite: Composite, recolour: Recolour) -> Pixels:
    """Give the object the colours that `recolour` returns, in stripes, under the rule above.

    `recolour` runs in several threads and only sees the box of the matte.
    """
    left, top, width, height = cv2.boundingRect((composite.matte > 0).astype(np.uint8))
    columns = slice(left, left + width)
    out = composite.image.copy()

    def paint_rows(start: int) -> None:
        rows = slice(start, min(start + ROWS, top + height))
        pixels = np.ascontiguousarray(composite.image[rows, columns])
        out[rows, columns] = _blend(pixels, recolour(pixels, rows, columns), composite.matte[rows, columns])

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(paint_rows, range(top, top + height, ROWS)))
    return out


def _blend(pixels: Pixels, colours: NDArray[Any], matte: NDArray[np.float32]) -> Pixels:
    """round(I + M·(clip(F) − I)) in float32, which holds 16 bits exactly."""
    before = pixels.astype(np.float32)
    np.clip(colours, 0, np.iinfo(pixels.dtype).max, out=colours)
    colours -= before
    cv2.multiply(colours, cv2.merge([matte, matte, matte]), dst=colours)
    colours += before
    np.rint(colours, out=colours)
    return colours.astype(pixels.dtype)
