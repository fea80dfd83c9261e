"""Copy EXIF blocks, the data that a camera writes about a picture, from one file to another."""

import struct
import warnings
from typing import Any

from PIL import ExifTags, Image

Tag = ExifTags.Base
PREFIX = b"Exif\0\0"
ENTRY = 12  # bytes: tag, type, count, value
SHORT = 3  # the type of 16-bit numbers
INCH = 2  # the unit of resolution
# The other tags of a TIFF's first directory describe its storage, which differs in a new file.
DIRECTORIES = {ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo}
KEPT = DIRECTORIES | {
    Tag.ImageDescription, Tag.Make, Tag.Model, Tag.Software, Tag.DateTime, Tag.Artist, Tag.Copyright,
}  # fmt: skip


def upright_block(block: bytes) -> bytes:
    """Return the block with orientation 1 and without a link to its thumbnail, for an upright picture.

    All other bytes stay the same, notes of the camera's maker included. Raises struct.error, KeyError, or
    the errors and warnings of Pillow, for a block that could not be written into every format.
    """
    data = bytearray(block.removeprefix(PREFIX))
    order = {b"II*\0": "<", b"MM\0*": ">"}[bytes(data[:4])]
    (start,) = struct.unpack_from(f"{order}I", data, 4)
    (count,) = struct.unpack_from(f"{order}H", data, start)
    end = start + 2 + ENTRY * count
    for entry in range(start + 2, end, ENTRY):
        if struct.unpack_from(f"{order}H", data, entry) == (Tag.Orientation,):
            struct.pack_into(f"{order}HIHH", data, entry + 2, SHORT, 1, 1, 0)
    struct.pack_into(f"{order}I", data, end, 0)  # offset of the next directory
    upright = PREFIX + bytes(data)
    with warnings.catch_warnings():  # a damaged block must fail here, not when the result is written
        warnings.simplefilter("error")
        _loaded(upright).tobytes()
    return upright


def block_of_kept_tags(exif: Image.Exif) -> bytes | None:
    """Return a block of the KEPT tags, for a TIFF, whose block cannot be copied; None without any."""
    for tag in set(exif) - KEPT:
        del exif[tag]
    return exif.tobytes() if len(exif) else None


def resolution(exif: Image.Exif) -> tuple[float, ...]:
    """Return dots per inch, horizontally and vertically; empty where they are not stated."""
    if exif.get(Tag.ResolutionUnit) != INCH:
        return ()
    return tuple(float(exif[tag]) for tag in (Tag.XResolution, Tag.YResolution) if tag in exif)


def with_resolution(block: bytes | None, dpi: tuple[float, float]) -> bytes:
    """Return the block with dots per inch, for a format that stores them nowhere else."""
    exif = _loaded(block)
    if block and resolution(exif):
        return block
    exif.update({Tag.XResolution: dpi[0], Tag.YResolution: dpi[1], Tag.ResolutionUnit: INCH})
    return exif.tobytes()


def tags(block: bytes | None) -> dict[int, Any]:
    """Return the KEPT tags for the first directory of a TIFF; directories in it are dictionaries."""
    exif = _loaded(block)
    found: dict[int, Any] = {
        tag: exif.get_ifd(tag) if tag in DIRECTORIES else exif[tag] for tag in KEPT & set(exif)
    }
    found.get(ExifTags.IFD.Exif, {}).pop(ExifTags.IFD.Interop, None)  # its offset is not valid in a new file
    return found


def _loaded(block: bytes | None) -> Image.Exif:
    exif = Image.Exif()
    if block:
        exif.load(block)
    return exif
