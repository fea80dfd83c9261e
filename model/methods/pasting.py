"""A finished picture of another program back into the composite, under the rule that every method follows."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.composite import Composite, to_depth
from model.picture import Pixels
from model.render import paint


def keep_background(composite: Composite, result: Pixels) -> tuple[Pixels, int]:
    """Set back what a result changed outside the matte, and count those pixels.

    result: H×W×3 of the composite's size, 8 or 16 bits. Returned with the composite's depth: as it is where
    it left the background alone, else blended in with the matte.
    """
    # Who answers a 16-bit picture in 8 bits has not changed what was rounded.
    rounding = 0 if result.dtype == composite.image.dtype else 128
    result = to_depth(result, composite.image.dtype)
    change = np.abs(result.astype(np.int32) - composite.image).max(axis=2)
    touched = int((change[composite.matte == 0] > rounding).sum())
    return (paste(composite, result) if touched or rounding else result), touched


def paste(composite: Composite, result: Pixels) -> Pixels:
    """Blend a result of the composite's size and depth in with the matte."""

    def recolour(_: Pixels, rows: slice, columns: slice) -> NDArray[Any]:
        return result[rows, columns].astype(np.float32)

    return paint(composite, recolour)
