"""Write harmonized composites as files."""

from pathlib import Path
from typing import NamedTuple

from model.edit.edit import Edit
from model.edit.psd_layers import composite_psd
from model.images.arrays import Pixels
from model.images.composite import Composite
from model.images.files import picture_format, write_atomic, write_picture

RESULT_SUFFIXES = (".png", ".jpg", ".webp", ".tif", ".psd")


class Harmonized(NamedTuple):
    """Hold a result of the composite's size and depth, and the edit that made it; None for other methods."""

    picture: Pixels
    edit: Edit | None


def result_format(path: Path) -> str:
    """Return the format that the name of a result states, PSD included. Raises BadImage for others."""
    return "PSD" if path.suffix.lower() == ".psd" else picture_format(path)


def write_result(path: Path, composite: Composite, result: Harmonized) -> None:
    """Write a result with all metadata of its composite. Raises BadImage and OSError."""
    kind = result_format(path)
    if kind == "PSD":
        write_atomic(path, composite_psd(composite, result.picture, result.edit))
        return
    alpha = None if kind == "JPEG" else composite.alpha
    write_picture(path, result.picture, alpha=alpha, metadata=composite.metadata)
