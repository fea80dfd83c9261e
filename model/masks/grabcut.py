"""Separate an object from its surroundings by colour: GrabCut (Rother et al. 2004) on a reduced copy."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from model.images.arrays import BadImage, Matte
from model.images.resize import resize_area

SIDE, ROUNDS = 320, 4
AROUND = 0.3  # of the box: what lies farther off tells little about the colours beside the object
SOFT = 1e-4  # of the guided filter: squared differences of brightness, in 0-1, that count as an edge

Image = NDArray[np.uint8]
Labels = NDArray[np.uint8]


def grabcut(image: Image, labels: Labels) -> Matte:
    """Return 1 on the object, 0 elsewhere, with the picture's edges; H×W float32.

    image: H×W×3. labels: H×W of cv2.GC_BGD, GC_FGD, GC_PR_BGD and GC_PR_FGD, of which the first two stay.
    Raises BadImage where there are too few pixels of one kind.
    """
    height, width = labels.shape
    scale = min(1.0, SIDE / max(height, width))
    size = max(4, round(width * scale)), max(4, round(height * scale))
    small = np.asarray(resize_area(image, size[::-1]), np.uint8)
    marks = np.asarray(cv2.resize(labels, size, interpolation=cv2.INTER_NEAREST), np.uint8)
    cv2.setRNGSeed(0)  # the initial colour models are random
    models = np.zeros((1, 65)), np.zeros((1, 65))
    try:
        cv2.grabCut(small, marks, (0, 0, 1, 1), *models, ROUNDS, cv2.GC_INIT_WITH_MASK)
    except cv2.error:
        raise BadImage("The marks are too small to tell the object from its background.") from None
    found = np.isin(marks, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.float32)
    return guided_upsampling(small, found, image) if scale < 1 else found


def guided_upsampling(small: Image, matte: Matte, image: Image, radius: int = 2) -> Matte:
    """Return the matte of a reduced copy at the size of the picture, with the picture's edges.

    small: h×w×3, the copy. matte: h×w in 0-1. image: H×W×3. radius: in pixels of the copy. The method is the
    fast guided filter (He and Sun 2015).
    """
    guide = _grey(small)
    mean, mean_matte = (_average(a, radius) for a in (guide, matte))
    covariance = _average(guide * matte, radius) - mean * mean_matte
    slope = covariance / (_average(guide * guide, radius) - mean * mean + SOFT)
    offset = mean_matte - slope * mean
    size = image.shape[1::-1]
    slope, offset = (
        cv2.resize(_average(a, radius), size, interpolation=cv2.INTER_LINEAR) for a in (slope, offset)
    )
    return np.asarray((slope * _grey(image) + offset).clip(0, 1), np.float32)


def _grey(image: Image) -> NDArray[Any]:
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.float32) / np.float32(255)


def _average(values: NDArray[Any], radius: int) -> NDArray[Any]:
    return np.asarray(cv2.blur(values, (2 * radius + 1, 2 * radius + 1), borderType=cv2.BORDER_REFLECT))
