"""Fill the region that a pasted object covers."""

import cv2
import numpy as np

from model.images.arrays import Matte, Pixels
from model.images.resize import resize_to_fit

HOLE_ABOVE, MARGIN = 0.05, 5  # matte; pixels of the small copy
PASTE_ABOVE = 0.02  # matte
INPAINT_SIDE, INPAINT_RADIUS = 256, 5  # pixels


def without_object(image: Pixels, matte: Matte) -> Pixels:
    """Return a picture whose covered region is filled from the pixels around it (Telea 2004).

    image: H×W×3, 8 bits. matte: H×W in 0-1.
    """
    height, width = matte.shape
    small, small_matte = (resize_to_fit(array, INPAINT_SIDE) for array in (image, matte))
    hole = cv2.dilate((small_matte > HOLE_ABOVE).astype(np.uint8), np.ones((MARGIN, MARGIN), np.uint8))
    filled = cv2.inpaint(small, hole, INPAINT_RADIUS, cv2.INPAINT_TELEA)
    large = cv2.resize(filled, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.where((matte > PASTE_ABOVE)[..., None], large, image)
