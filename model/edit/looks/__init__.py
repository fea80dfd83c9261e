"""Read edits and looks of other programs as edits: .json, .cube, .acv and .xmp files."""

from collections.abc import Callable
from pathlib import PurePath

from model.edit.edit import BadEdit, Edit
from model.edit.looks.acv import read_acv
from model.edit.looks.cube import read_cube
from model.edit.looks.curve_table import ImportedLook
from model.edit.looks.lightroom import read_xmp

__all__ = ["ImportedLook", "LOOK_SUFFIXES", "MAX_BYTES", "read_look"]

MAX_BYTES = 80_000_000  # a .cube table of 129 cells a side


def _read_json(data: bytes) -> ImportedLook:
    return ImportedLook(Edit.from_json(data), "Colours and light are exactly those of the file.")


READERS: dict[str, Callable[[bytes], ImportedLook]] = {
    ".json": _read_json,
    ".cube": read_cube,
    ".acv": read_acv,
    ".xmp": read_xmp,
}
LOOK_SUFFIXES = tuple(READERS)


def read_look(name: str, data: bytes) -> ImportedLook:
    """Read a file by the end of its name. Raises BadEdit for one that has no look."""
    reader = READERS.get(PurePath(name).suffix.lower())
    if reader is None:
        raise BadEdit(f"{name} is not a look that we can read. Please use .json, .cube, .acv or .xmp.")
    if len(data) > MAX_BYTES:
        raise BadEdit(f"{name} is too large for a look.")
    return reader(data)
