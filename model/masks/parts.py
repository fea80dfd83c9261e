"""Split a matte into its separate parts."""

import cv2
import numpy as np

from model.images.arrays import BadImage, Matte
from model.images.resize import resize_to_fit

INSIDE = 0.5
SMALLEST_SHARE = 0.005  # of the largest part; a smaller one is counted with the nearest part
MAX_SIDE = 1600  # pixels; parts of larger mattes are found on a copy of this size


def split_matte(matte: Matte, most: int = 12) -> list[Matte]:
    """Return one matte for each part, the largest first: H×W float32 in 0-1, which add up to `matte`.

    Soft edges and tiny parts belong to the nearest part; beyond `most`, so do the smallest parts. Raises
    BadImage for a matte without an object.
    """
    small = resize_to_fit(matte, MAX_SIDE)
    inside = (small > INSIDE).astype(np.uint8)
    count, labels, statistics, _ = cv2.connectedComponentsWithStats(inside)
    if count < 2:
        raise BadImage("The mask is empty, so there is nothing to split.")
    areas = statistics[1:, cv2.CC_STAT_AREA]
    order = [
        place for place in np.argsort(-areas, kind="stable") if areas[place] >= SMALLEST_SHARE * areas.max()
    ]
    numbers = np.zeros(count, np.int32)
    for number, place in enumerate(order[:most], start=1):
        numbers[place + 1] = number
    kept = numbers[labels]
    _, nearest = cv2.distanceTransformWithLabels(
        (kept == 0).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    owners = np.zeros(nearest.max() + 1, np.uint8)
    owners[nearest[kept > 0]] = kept[kept > 0]
    own = cv2.resize(owners[nearest], matte.shape[::-1], interpolation=cv2.INTER_NEAREST)
    return [np.where(own == number, matte, np.float32(0)) for number in range(1, len(order[:most]) + 1)]
