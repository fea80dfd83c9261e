"""Read photographs with the masks of their objects, by functions that training does not use."""

from collections.abc import Iterator
from pathlib import Path

from model.images.composite import Composite

FOLDERS = (("images", "masks"), ("image", "mask"))


def read_photographs(folder: Path, longest: int) -> Iterator[tuple[str, Composite]]:
    """Yield name, and photograph with matte, of a folder with images/ and masks/, or image/ and mask/.

    Pictures are reduced to at most `longest` pixels a side.
    """
    images, masks = next((folder / a, folder / b) for a, b in FOLDERS if (folder / a).is_dir())
    for mask in sorted(masks.iterdir()):
        image = next(images.glob(f"{mask.stem}.*"))
        yield mask.stem, Composite.from_files(image, mask).resize_to_fit(longest)
