"""Compare predictions for small objects from the whole picture and from a crop around them.

    python -m benchmarks.accuracy.small_objects DIR [DIR ...]

Each DIR holds composite/, mask/ and real/, used at most 1024 pixels a side. Each object is reduced to a disc
around its innermost point, of a given share of the picture; the rest is the real photograph. Printed, for
each share: root mean square error over the disc in levels, mean over the pictures, for the composite itself,
the prediction from the whole picture, and the prediction from a crop.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy.ablate_family import pairs
from benchmarks.arguments import folders_of
from model.evaluation.metrics import measure
from model.images.arrays import Matte
from model.images.composite import Composite
from model.network import harmonizer

SHARES = (0.005, 0.002, 0.0005, 0.00005)
WHOLE, CROP = 0.0, 1.0  # limits of a small object: no object is small, or every one


def disc(matte: Matte, share: float) -> NDArray[np.bool_]:
    """Return the part of the object within a circle whose area is `share` of the picture."""
    inside = matte > 0.5
    depth = cv2.distanceTransform(np.pad(inside, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    row, column = np.unravel_index(int(depth.argmax()), depth.shape)
    rows, columns = np.ogrid[: matte.shape[0], : matte.shape[1]]
    near = (rows - row) ** 2 + (columns - column) ** 2 <= share * matte.size / np.pi
    return np.asarray(near & inside)


def main() -> None:
    """Print a table in Markdown."""
    known, harmonize = pairs(folders_of(__doc__)), harmonizer.load_harmonizer()
    print("| share of the picture | composite | whole picture | crop |")
    print("|---:|---:|---:|---:|")
    for share in SHARES:
        rows = []
        for composite, real in known:
            part = disc(composite.matte, share)
            matte = part.astype(np.float32)
            pasted = Composite(np.where(part[..., None], composite.image, real), matte)
            outputs = [pasted.image]
            for size in (WHOLE, CROP):
                harmonizer.SMALL_OBJECT = size
                outputs.append(harmonize(pasted).image)
            rows.append([measure(output, real, matte)["fMSE"] ** 0.5 for output in outputs])
        print(f"| {share:.3%} |", " | ".join(f"{mean:.1f}" for mean in np.mean(rows, 0)), "|", flush=True)


if __name__ == "__main__":
    main()
