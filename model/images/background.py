"""Compare a result with its composite outside the mask, where no method may change a pixel.

One rule for every result, whether it comes from a method, an external program or a folder of files: a pixel
has changed if the matte is 0 there and any channel differs by more than a tolerance, at the lower bit depth
of the two pictures. A picture that a program returns in 8 bits has not changed what was rounded.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from model.images.arrays import Pixels, top_level
from model.images.composite import Composite, to_depth
from model.images.row_blocks import run_in_threads, split_rows


@dataclass(frozen=True)
class BackgroundChange:
    """Count the pixels outside the mask.

    pixels: with a matte of 0. changed: those that differ from the composite. largest: the largest difference
    of a channel among all of `pixels`, in levels of 0-255.
    """

    pixels: int
    changed: int
    largest: float


def measure_background(composite: Composite, result: Pixels, tolerance: float = 0.0) -> BackgroundChange:
    """Compare a result of the composite's size, any depth, with the composite where the matte is 0.

    tolerance: the difference that does not count as a change, in levels of 0-255.
    """
    depth = min(composite.image.dtype, result.dtype, key=lambda dtype: (dtype.kind != "u", dtype.itemsize))
    scale = 255 / top_level(depth)
    counts: list[tuple[int, int, float]] = []

    def compare(rows: slice) -> None:
        outside = composite.matte[rows] == 0
        difference = cv2.absdiff(to_depth(composite.image[rows], depth), to_depth(result[rows], depth))
        red, green, blue = cv2.split(difference)
        levels = cv2.max(cv2.max(red, green), blue)[outside]
        changed = int(np.count_nonzero(levels > tolerance / scale))
        counts.append((levels.size, changed, float(levels.max(initial=0)) * scale))

    run_in_threads(compare, split_rows(0, len(result)))
    pixels, changed, largest = zip(*counts, strict=True)
    return BackgroundChange(sum(pixels), sum(changed), max(largest))
