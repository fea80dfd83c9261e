"""Read photographs with the masks of their objects, by functions that training does not use."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.images.composite import Composite

FOLDERS = (("images", "masks"), ("image", "mask"), ("real", "mask"))


def read_photographs(folder: Path, longest: int) -> Iterator[tuple[str, Composite]]:
    """Yield name, and photograph with matte, of a folder with the subfolders of one of FOLDERS.

    Pictures are reduced to at most `longest` pixels a side. Raises SystemExit where there are none.
    """
    found = [(folder / a, folder / b) for a, b in FOLDERS if (folder / a).is_dir() and (folder / b).is_dir()]
    if not found:
        raise SystemExit(f"{folder} needs {' or '.join(f'{a}/ and {b}/' for a, b in FOLDERS)}.")
    images, masks = found[0]
    for mask in sorted(masks.iterdir()):
        image = next(images.glob(f"{mask.stem}.*"))
        yield mask.stem, Composite.from_files(image, mask).resize_to_fit(longest)


def to_light(encoded: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return linear light of sRGB values in 0-1 (IEC 61966-2-1)."""
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
