"""EXIF blocks: what a camera wrote about a picture, from one file to another."""

import struct
import warnings
from typing import Any

from PIL import ExifTags, Image

Tag = ExifTags.Base
PREFIX = b"Exif\0\0"
ENTRY = 12  # bytes: tag, type, count, value
SHORT = 3  # the type of 16-bit numbers
INCH = 2  # the unit of resolution
# The rest of a TIFF's first directory describes its storage, which changes when we write.
DIRECTORIES = {ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo}
KEPT = DIRECTORIES | {
    Tag.ImageDescription, Tag.Make, Tag.Model, Tag.Software, Tag.DateTime, Tag.Artist, Tag.Copyright,
}  # fmt: skip


def settled(block: bytes) -> bytes:
    """The block of an upright picture: it asks for no turn, and the thumbnail of how it was is unlinked.

    All else stays byte for byte, what only the camera's maker understands included. Raises struct.error,
    KeyError, or what Pillow raises or warns of, for a block that could not be written into every format.
    """
    data = bytearray(block.removeprefix(PREFIX))
    order = {b"II*\0": "<", b"MM\0*": ">"}[bytes(data[:4])]
    (start,) = struct.unpack_from(f"{order}I", data, 4)
    (count,) = struct.unpack_from(f"{order}H", data, start)
    end = start + 2 + ENTRY * count
    for entry in range(start + 2, end, ENTRY):
        if struct.unpack_from(f"{order}H", data, entry) == (Tag.Orientation,):
            struct.pack_into(f"{order}HIHH", data, entry + 2, SHORT, 1, 1, 0)
    struct.pack_into(f"{order}I", data, end, 0)  # where the next directory would start
    upright = PREFIX + bytes(data)
    with warnings.catch_warnings():  # rather here than when the picture is written
        warnings.simplefilter("error")
        _loaded(upright).tobytes()
    return upright


def rebuilt(exif: Image.Exif) -> bytes | None:
    """A block of what is worth keeping; for a TIFF, which has none that could be copied."""
    for tag in set(exif) - KEPT:
        del exif[tag]
    return exif.tobytes() if len(exif) else None


def resolution(exif: Image.Exif) -> tuple[float, ...]:
    """Dots per inch, horizontally and vertically; empty where it does not say so."""
    if exif.get(Tag.ResolutionUnit) != INCH:
        return ()
    return tuple(float(exif[tag]) for tag in (Tag.XResolution, Tag.YResolution) if tag in exif)


def with_resolution(block: bytes | None, dpi: tuple[float, float]) -> bytes:
    """The block with dots per inch in it, for a format that has no other place for them."""
    exif = _loaded(block)
    if block and resolution(exif):
        return block
    exif.update({Tag.XResolution: dpi[0], Tag.YResolution: dpi[1], Tag.ResolutionUnit: INCH})
    return exif.tobytes()


def tags(block: bytes | None) -> dict[int, Any]:
    """What is worth keeping in the first directory of a TIFF; its own directories are dictionaries."""
    exif = _loaded(block)
    found: dict[int, Any] = {
        tag: exif.get_ifd(tag) if tag in DIRECTORIES else exif[tag] for tag in KEPT & set(exif)
    }
    found.get(ExifTags.IFD.Exif, {}).pop(ExifTags.IFD.Interop, None)  # an offset that leads nowhere now
    return found


def _loaded(block: bytes | None) -> Image.Exif:
    exif = Image.Exif()
    if block:
        exif.load(block)
    return exif
