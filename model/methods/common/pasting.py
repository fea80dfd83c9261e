"""Put the result of another program into the composite, without changes outside the matte."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.edit.edit import Edit
from model.edit.fit import fit_edit
from model.edit.render import recolour_object
from model.images.arrays import Pixels
from model.images.background import measure_background
from model.images.composite import Composite, to_depth
from model.images.resize import resize_area


def keep_background(composite: Composite, result: Pixels, tolerance: float = 0.0) -> tuple[Pixels, int]:
    """Set back the pixels outside the mask that a result changed, and count them.

    result: H×W×3 of the composite's size, 8 or 16 bits. tolerance: see `measure_background`.
    Return the result at the composite's depth, equal to the composite where the matte is 0. A result that
    changed pixels outside the mask is blended in with the matte, so that no edge is visible; any other is
    returned unchanged inside the mask.
    """
    changed = measure_background(composite, result, tolerance).changed
    deep = to_depth(result, composite.image.dtype)
    if changed:
        return paste(composite, deep), changed
    return np.where((composite.matte > 0)[..., None], deep, composite.image), 0


def paste(composite: Composite, result: Pixels) -> Pixels:
    """Blend a result, of the composite's size and depth, with the composite by the matte."""

    def recolour(_: Pixels, rows: slice, columns: slice) -> NDArray[Any]:
        return result[rows, columns].astype(np.float32)

    return recolour_object(composite, recolour)


def fit_small(composite: Composite, before: Pixels, after: Pixels) -> Edit:
    """Fit the edit that explains the change of a program to a small copy of the composite.

    before, after: h×w×3 of one size, each of the whole image, at any aspect ratio.
    """
    height, width = before.shape[:2]
    matte = resize_area(composite.matte, (height, width))
    return fit_edit(before, after, matte.clip(0, 1)).edit
