"""Blend the object's gradients with the background's colours at its edge (Pérez, Gangnet and Blake 2003)."""

from dataclasses import replace

import cv2
import numpy as np

from model.images.arrays import Matte, Pixels, top_level
from model.images.composite import OBJECT_ABOVE, Composite, to_depth
from model.methods.common.inpainting import without_object
from model.methods.common.method import computed
from model.methods.common.pasting import paste
from model.methods.common.statistics import measure_regions

BORDER = 2  # pixels along the border of the image that must stay outside the region
MIN_BOX = 5  # pixels; OpenCV cannot clone smaller regions
MAX_MEGAPIXELS = 24  # the time grows faster than the number of pixels
URL = "https://doi.org/10.1145/882262.882269"


def poisson(composite: Composite) -> Pixels:
    """Return the result of `cv2.seamlessClone` of the object, matte above ½, onto the background.

    Without a clean background, the hole is inpainted (Telea 2004) on a copy of at most 256 pixels a side.
    The clone has 8 bits; to a composite of another depth, the difference that it makes is added.
    """
    region = _region(composite.matte)
    x, y, width, height = cv2.boundingRect(region)
    if not measure_regions(composite).enough or min(width, height) < MIN_BOX:
        return composite.image.copy()
    image = to_depth(composite.image, np.dtype(np.uint8))
    behind = composite.background
    target = without_object(image, composite.matte) if behind is None else to_depth(behind, image.dtype)
    centre = (x + width // 2, y + height // 2)
    cloned = cv2.seamlessClone(image, target, region, centre, cv2.NORMAL_CLONE)
    return paste(composite, _as_deep(composite.image, image, cloned))


def _region(matte: Matte) -> Pixels:
    """Return H×W, 255 inside the object and 0 elsewhere and along the border of the image."""
    region = np.zeros(matte.shape, np.uint8)
    inner = np.s_[BORDER:-BORDER, BORDER:-BORDER]
    region[inner] = np.where(matte[inner] > OBJECT_ABOVE, 255, 0)
    return region


def _as_deep(original: Pixels, image: Pixels, cloned: Pixels) -> Pixels:
    """Return the original, at its depth, plus the change between an 8-bit copy and its clone."""
    if original.dtype == np.uint8:
        return cloned
    top = top_level(original.dtype)
    change = (cloned.astype(np.float32) - image) * np.float32(top / 255)
    changed: Pixels = (original + change).clip(0, top).astype(original.dtype)
    return changed


METHODS = (
    replace(computed("poisson", "Poisson blending", poisson, URL), max_megapixels=MAX_MEGAPIXELS, copies=8),
)
