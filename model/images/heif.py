"""Decode HEIC and AVIF files of more than 8 bits per channel, which Pillow reduces to 8.

pillow-heif reads HEIC, and imagecodecs reads AVIF. Both apply the size that the header states, which
`model.images.decode` has compared with its limit before.
"""

import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.AvifImagePlugin import AvifImageFile

try:
    import pillow_heif
    from pillow_heif.as_plugin import HeifImageFile
except ModuleNotFoundError:  # as on a machine that is lent for training: HEIC files are not read there
    from PIL.ImageFile import StubImageFile as HeifImageFile  # type: ignore[assignment]
else:
    # Thumbnails, depth maps and other additional pictures are not used, so they are not read either.
    pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)

__all__ = [
    "HeifImageFile", "UnusualHeif", "bits_of", "decode_deep_heif", "is_hdr", "stored_pixels",
]  # fmt: skip

HDR_TRANSFERS = (16, 18)  # PQ and HLG, ITU-T H.273 table 3
BOX = 8  # bytes: length, type
MAX_META = 1 << 22  # bytes; the description of a picture of 1000 tiles takes 100 kB
HIGH_DEPTH, TWELVE_BITS = 0x40, 0x20  # in the third byte of `av1C`, AV1-ISOBMFF §2.3.3


class UnusualHeif(ValueError):
    """Refuse a file whose pixels this module does not decode."""


def bits_of(image: Image.Image) -> int:
    """Return the bits per channel of an opened HEIC or AVIF file: 8, 10 or 12."""
    if isinstance(image, HeifImageFile):
        return int(image.info["bit_depth"])
    found = _property(image, b"av1C")
    if len(found) < 3 or not found[2] & HIGH_DEPTH:
        return 8
    return 12 if found[2] & TWELVE_BITS else 10


def is_hdr(image: Image.Image) -> bool:
    """Return True for a HEIC or AVIF file in high dynamic range: with the transfer function PQ or HLG."""
    if isinstance(image, HeifImageFile):
        return image.info.get("nclx_profile", {}).get("transfer_characteristics") in HDR_TRANSFERS
    found = _property(image, b"colrnclx")
    return len(found) >= 4 and struct.unpack_from(">H", found, 2)[0] in HDR_TRANSFERS


def stored_pixels(image: Image.Image) -> int:
    """Return the pixels of the largest picture that the header of a HEIC or AVIF file describes.

    The picture that is shown can be a small part of one that is decoded as a whole.
    """
    assert isinstance(image, HeifImageFile | AvifImageFile)
    sizes = _meta_box(_path_of(image)).split(b"ispe")[1:]
    sides = (struct.unpack_from(">II", size, 4) for size in sizes if len(size) >= 12)
    return max((width * height for width, height in sides), default=0)


def decode_deep_heif(image: Image.Image, path: Path) -> NDArray[np.uint16]:
    """Decode a file of 10 or 12 bits as H×W×3 or, with transparency, H×W×4 in 16 bits, as it is stored.

    Raises UnusualHeif for other layouts, or what the libraries raise for a damaged file.
    """
    bits = bits_of(image)
    if isinstance(image, HeifImageFile):
        opened = pillow_heif.open_heif(path, convert_hdr_to_8bit=False, hdr_to_16bit=False)
        if opened.premultiplied_alpha:
            raise UnusualHeif("The colours are multiplied with the transparency.")
        values = np.asarray(opened)
    else:
        from imagecodecs import avif_decode  # few pictures are AVIF files of more than 8 bits

        values = avif_decode(path.read_bytes(), index=0)
    return _in_16_bits(values, bits, image.size)


def _in_16_bits(values: NDArray[Any], bits: int, size: tuple[int, int]) -> NDArray[np.uint16]:
    """Return the values with white at 65535, grey as RGB. size: width and height."""
    if values.ndim == 2:
        values = np.repeat(values[..., None], 3, axis=2)
    if values.dtype != np.uint16 or values.shape[:2] != size[::-1] or values.shape[2] not in (3, 4):
        raise UnusualHeif(f"{values.dtype}, {values.shape}")
    white = (1 << bits) - 1
    table = np.rint(np.arange(white + 1) * (65535 / white)).astype(np.uint16)
    return np.asarray(table[np.minimum(values, white)])


def _property(image: Image.Image, name: bytes) -> bytes:
    """Return what follows the first property of this name in the description of an AVIF file, else b""."""
    assert isinstance(image, AvifImageFile)
    meta = _meta_box(_path_of(image))
    start = meta.find(name)
    return meta[start + len(name) : start + len(name) + 8] if start >= 0 else b""


def _path_of(image: HeifImageFile | AvifImageFile) -> Path:
    return Path(str(image.filename))  # the pictures are opened by their paths


def _meta_box(path: Path) -> bytes:
    """Return the box of a file that describes its pictures (ISO/IEC 14496-12 §8.11), at most MAX_META."""
    with path.open("rb") as file:
        while len(head := file.read(BOX)) == BOX:
            length, kind = struct.unpack(">I4s", head)
            if kind == b"meta":
                return file.read(min(length, MAX_META))
            if length < BOX:  # a length of 64 bits, or to the end of the file: the pixels
                return b""
            file.seek(length - BOX, 1)
    return b""
