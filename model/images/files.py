"""Read pictures and mattes from files, and write them. Faults of a file raise `BadImage`, in plain words."""

import os
import uuid
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from model.images.arrays import NO_METADATA, BadImage, Matte, Metadata, Picture, Pixels
from model.images.decode import (
    Header,
    decode_grey,
    decode_picture,
    open_picture,
    picture_metadata,
    read_header,
    upright,
)
from model.images.encode import encode_png, encode_tiff, encode_with_pillow
from model.images.formats import WRITTEN
from model.images.resize import resize_to_fit

__all__ = [
    "BadImage", "Header", "Matte", "Metadata", "Picture", "Pixels", "check_mask_size", "check_outputs",
    "matte_of", "picture_format", "preview_jpeg", "read_header", "read_matte", "read_picture", "write_atomic",
    "write_grey", "write_picture",
]  # fmt: skip

LONGEST_SIDE = {"JPEG": 65_500, "WEBP": 16_383}


def read_picture(path: str | Path) -> Picture:
    """Read a file of a format in `model.images.formats`, of at most MAX_PIXELS pixels, at its own depth.

    The pixels have 8 bits; those of a file of 10, 12 or 16 bits have 16. Grey and palette pictures become
    RGB. CMYK becomes sRGB, through its own profile where it has one.
    Raises BadImage for a file that is no such picture.
    """
    path = Path(path)
    with open_picture(path) as image:
        pixels, alpha = decode_picture(image, path)
        turn, metadata = picture_metadata(image)
    alpha = None if alpha is None else upright(alpha, turn)
    return Picture(upright(pixels, turn), alpha, metadata, path.name)


def read_matte(path: str | Path, size: tuple[int, int]) -> Matte:
    """Read a mask as H×W float32 in 0-1 for a picture of `size` (height, width).

    The values are those of `matte_of`. An opaque grey file is not converted to RGB, which saves memory.
    Raises BadImage for unreadable files and for a mask of another size.
    """
    path = Path(path)
    with open_picture(path) as image:
        values = decode_grey(image, path.name)
        turn = 1 if values is None else picture_metadata(image)[0]
    if values is None:
        return matte_of(read_picture(path), size)
    return _scale_to_one(_check_size(upright(values, turn), size, path.name))


def matte_of(mask: Picture, size: tuple[int, int]) -> Matte:
    """Return the matte in a decoded mask: H×W float32 in 0-1, for a picture of `size` (height, width).

    The matte is the transparency where the file has it, otherwise the brightest channel, so that the
    coloured masks of labelling tools work. A mask that holds only the values 0 and 1 counts as black and
    white. Raises BadImage for a mask of another size.
    """
    if mask.alpha is not None:
        return _check_size(mask.alpha, size, mask.name)
    red, green, blue = cv2.split(mask.pixels)
    return _scale_to_one(_check_size(cv2.max(cv2.max(red, green), blue), size, mask.name))


def _scale_to_one(values: Pixels) -> Matte:
    scale = 1 if values.max() == 1 else np.iinfo(values.dtype).max
    matte: Matte = values.astype(np.float32)
    matte /= np.float32(scale)
    return matte


def check_mask_size(picture: str | Path, mask: str | Path) -> None:
    """Compare sizes in the headers of a picture and its mask. Raises BadImage where they differ."""
    wanted, found = read_header(picture), read_header(mask)
    # An orientation that a PNG stores after its pixels exchanges the sides, and only decoding shows it.
    if sorted(wanted.size) != sorted(found.size):
        raise _misfit(found.name, found.size, wanted.size)


def _check_size(matte: Pixels, size: tuple[int, int], name: str) -> Pixels:
    if matte.shape != size:
        raise _misfit(name, matte.shape, size)
    return matte


def _misfit(name: str, found: tuple[int, ...], wanted: tuple[int, int]) -> BadImage:
    return BadImage(
        f"The mask {name} is {found[1]}×{found[0]} pixels, but the picture is {wanted[1]}×{wanted[0]}. "
        "Please use a mask of the picture's size."
    )


def write_picture(
    path: str | Path, pixels: Pixels, *, alpha: Matte | None = None, metadata: Metadata = NO_METADATA
) -> None:
    """Write H×W×3 RGB pixels, uint8 or uint16, in the format that the suffix names.

    PNG, TIFF and WebP are lossless; JPEG has quality 95 and full colour resolution. alpha: H×W float32 in
    0-1. The file is written completely or not at all.
    Raises BadImage where the format cannot hold the picture, OSError where the folder cannot be written.
    """
    path = Path(path)
    kind = picture_format(path)
    limit = LONGEST_SIDE.get(kind, max(pixels.shape))
    if pixels.dtype == np.uint16 and kind in LONGEST_SIDE:
        raise BadImage(f"{path.suffix} files hold 8 bits, but this picture has 16. Please use .png or .tif.")
    if max(pixels.shape) > limit:
        raise BadImage(f"{path.suffix} files hold at most {limit} pixels a side. Please use .png or .tif.")
    if alpha is not None:
        if kind == "JPEG":
            raise BadImage("JPEG cannot hold transparency. Please use .png, .webp or .tif.")
        maximum = np.iinfo(pixels.dtype).max
        pixels = np.dstack([pixels, np.rint(alpha * maximum).astype(pixels.dtype)])
    if kind == "PNG":
        data = encode_png(pixels, metadata)
    elif kind == "TIFF":
        data = encode_tiff(pixels, metadata)
    else:
        data = encode_with_pillow(kind, pixels, metadata)
    write_atomic(path, data)


def write_grey(path: str | Path, values: NDArray[np.unsignedinteger[Any]]) -> None:
    """Write H×W, uint8 or uint16, as a PNG of greys. Raises OSError."""
    write_atomic(path, cv2.imencode(".png", values)[1].tobytes())


def picture_format(path: str | Path) -> str:
    """Return the format of a file name: PNG, JPEG, WEBP or TIFF. Raises BadImage for other suffixes."""
    kind = WRITTEN.get(Path(path).suffix.lower())
    if kind is None:
        raise BadImage(f"{Path(path).name} should end in .png, .jpg, .webp or .tif.")
    return kind


def check_outputs(*paths: Path | None) -> None:
    """Check, before the work, that files can be written to these paths; None stands for no file.

    Raises OSError for a missing folder or a folder of that name, BadImage for two files of one name.
    """
    wanted = [path for path in paths if path is not None]
    for path in wanted:
        if not path.parent.is_dir():
            raise FileNotFoundError(2, "There is no such folder", str(path.parent))
        if path.is_dir():
            raise IsADirectoryError(21, "This is a folder, not a file", str(path))
    if len({path.resolve() for path in wanted}) < len(wanted):
        raise BadImage("Two results would go to one file. Please give each a name of its own.")


def write_atomic(path: str | Path, data: bytes) -> None:
    """Write a file completely or not at all: to a temporary file first, which then replaces `path`.

    Raises OSError, which names `path`.
    """
    path = Path(path)
    partial = path.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        with partial.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        partial.unlink(missing_ok=True)


def preview_jpeg(pixels: Pixels, max_side: int = 1600, icc: bytes | None = None) -> bytes:
    """Return a JPEG for pages: at most `max_side` pixels a side, 8 bits, quality 95, full colour resolution.

    pixels: H×W×3, 8 or 16 bits. icc: the RGB profile to embed.
    """
    pixels = resize_to_fit(pixels, max_side)
    if pixels.dtype == np.uint16:
        pixels = cv2.convertScaleAbs(pixels, alpha=255 / 65535)
    return encode_with_pillow("JPEG", pixels, Metadata(icc=icc))
