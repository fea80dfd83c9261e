"""What another program made, back into the composite, under the rule that every method follows."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from model.edit.edit import Edit
from model.edit.fit import fit_edit
from model.edit.render import paint
from model.images.arrays import Pixels, top_level
from model.images.composite import Composite, to_depth


def keep_background(composite: Composite, result: Pixels) -> tuple[Pixels, int]:
    """Set back what a result changed outside the matte, and count those pixels.

    result: H×W×3 of the composite's size, 8 or 16 bits. Returned with the composite's depth: as it is where
    it left the background alone, else blended in with the matte.
    """
    # Who answers a 16-bit picture in 8 bits has not changed what was rounded.
    depth = composite.image.dtype
    rounding = 0 if result.dtype == depth else top_level(depth) / 510
    result = to_depth(result, depth)
    change = np.abs(result.astype(np.float32) - composite.image).max(axis=2)
    touched = int((change[composite.matte == 0] > rounding).sum())
    return (paste(composite, result) if touched or rounding else result), touched


def paste(composite: Composite, result: Pixels) -> Pixels:
    """Blend a result of the composite's size and depth in with the matte."""

    def recolour(_: Pixels, rows: slice, columns: slice) -> NDArray[Any]:
        return result[rows, columns].astype(np.float32)

    return paint(composite, recolour)


def fit_small(composite: Composite, before: Pixels, after: Pixels) -> Edit:
    """The edit that explains what a program made of a small copy.

    before, after: h×w×3 of one size, the whole picture each; its shape may differ from the composite's.
    """
    height, width = before.shape[:2]
    matte: NDArray[Any] = cv2.resize(composite.matte, (width, height), interpolation=cv2.INTER_AREA)
    return fit_edit(before, after, matte.clip(0, 1)).edit
