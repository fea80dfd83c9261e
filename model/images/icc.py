"""Colour profiles of RGB pictures: their names, and small copies in sRGB, which is what the network knows."""

import struct
from io import BytesIO

import numpy as np
from PIL import Image, ImageCms

from model.images.arrays import Pixels

# XYZ of sRGB's red, green and blue under D50 (IEC 61966-2-1, adapted); they add up to the white of ICC.
SRGB_COLOURANTS = {
    b"rXYZ": (0.4360, 0.2225, 0.0139),
    b"gXYZ": (0.3851, 0.7169, 0.0971),
    b"bXYZ": (0.1431, 0.0606, 0.7139),
}
HEADER, ENTRY = 128, 12  # bytes, ICC.1:2022 §7.2 and §7.3


def profile_name(icc: bytes | None) -> str:
    """What a profile calls itself, such as "Display P3"; "sRGB" where there is none."""
    if icc is None:
        return "sRGB"
    try:
        return ImageCms.getProfileDescription(_profile(icc)).strip() or "unnamed profile"
    except ImageCms.PyCMSError:
        return "unreadable profile"


def is_srgb(icc: bytes | None) -> bool:
    """Whether a picture can be taken for sRGB: by name, for want of a profile, or of one that can be used."""
    if icc is None or "sRGB" in profile_name(icc):
        return True
    try:
        to_srgb(np.zeros((1, 1, 3), np.uint8), icc)
    except ImageCms.PyCMSError:
        return True
    return False


def to_srgb(pixels: Pixels, icc: bytes) -> Pixels:
    """H×W×3 uint8 in the profile's encoding → sRGB, relative colorimetric. Raises PyCMSError."""
    return _convert(pixels, _profile(icc), _srgb())


def from_srgb(pixels: Pixels, icc: bytes) -> Pixels:
    """H×W×3 uint8 in sRGB → the profile's encoding. Raises PyCMSError."""
    return _convert(pixels, _srgb(), _profile(icc))


def grey_as_rgb(icc: bytes) -> bytes | None:
    """An RGB profile in which greys look as they do in this grey one: its curve, three times.

    None where that cannot be said: for a damaged profile, or one that is not about light (XYZ).
    """
    try:
        tags = _tags(icc)
        colourants = {key: _xyz(value) for key, value in SRGB_COLOURANTS.items()}
        curves = dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), tags[b"kTRC"])
        kept = {key: tags[key] for key in (b"desc", b"cprt", b"wtpt")}
        profile = _assembled(icc[:HEADER], kept | colourants | curves)
        to_srgb(np.zeros((1, 1, 3), np.uint8), profile)
    except (KeyError, struct.error, ImageCms.PyCMSError):
        return None
    return profile if icc[20:24] == b"XYZ " else None


def _tags(icc: bytes) -> dict[bytes, bytes]:
    """Name → content."""
    (count,) = struct.unpack_from(">I", icc, HEADER)
    entries = [struct.unpack_from(">4sII", icc, HEADER + 4 + ENTRY * i) for i in range(count)]
    return {name: icc[start : start + size] for name, start, size in entries}


def _assembled(header: bytes, tags: dict[bytes, bytes]) -> bytes:
    """A display profile for RGB with these tags, and what else the header says, but for its checksum."""
    start = HEADER + 4 + ENTRY * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, content in tags.items():
        table += struct.pack(">4sII", name, start + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    size = struct.pack(">I", start + len(body))
    return size + header[4:12] + b"mntrRGB " + header[20:84] + bytes(16) + header[100:] + table + body


def _xyz(values: tuple[float, float, float]) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65536) for value in values))


def _convert(pixels: Pixels, source: ImageCms.ImageCmsProfile, target: ImageCms.ImageCmsProfile) -> Pixels:
    intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
    converted = ImageCms.profileToProfile(Image.fromarray(pixels), source, target, renderingIntent=intent)
    assert converted is not None  # only a conversion in place returns nothing
    return np.array(converted)


def _profile(icc: bytes) -> ImageCms.ImageCmsProfile:
    try:
        return ImageCms.ImageCmsProfile(BytesIO(icc))
    except OSError as error:  # Pillow's other way to say that it is not a profile
        raise ImageCms.PyCMSError(str(error)) from None


def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
