"""Read ICC profiles, and convert small pictures to sRGB, the colour space on which the network is trained."""

import struct
from io import BytesIO

import numpy as np
from PIL import Image, ImageCms

from model.images.arrays import Pixels

# XYZ of sRGB's red, green and blue under D50 (IEC 61966-2-1, adapted); their sum is the ICC white point.
SRGB_COLOURANTS = {
    b"rXYZ": (0.4360, 0.2225, 0.0139),
    b"gXYZ": (0.3851, 0.7169, 0.0971),
    b"bXYZ": (0.1431, 0.0606, 0.7139),
}
HEADER, ENTRY = 128, 12  # bytes, ICC.1:2022 §7.2 and §7.3


def profile_name(icc: bytes | None) -> str:
    """Return the description in a profile, such as "Display P3"; "sRGB" where there is none."""
    if icc is None:
        return "sRGB"
    try:
        return ImageCms.getProfileDescription(_profile(icc)).strip() or "unnamed profile"
    except ImageCms.PyCMSError:
        return "unreadable profile"


def is_srgb(icc: bytes | None) -> bool:
    """Return True for a profile named sRGB, no profile, and one that cannot be used: all count as sRGB."""
    if icc is None or "sRGB" in profile_name(icc):
        return True
    try:
        to_srgb(np.zeros((1, 1, 3), np.uint8), icc)
    except ImageCms.PyCMSError:
        return True
    return False


def to_srgb(pixels: Pixels, icc: bytes) -> Pixels:
    """Convert H×W×3 uint8 from a profile's encoding to sRGB, relative colorimetric. Raises PyCMSError."""
    return _convert(pixels, _profile(icc), _srgb())


def from_srgb(pixels: Pixels, icc: bytes) -> Pixels:
    """Convert H×W×3 uint8 from sRGB to a profile's encoding. Raises PyCMSError."""
    return _convert(pixels, _srgb(), _profile(icc))


def grey_as_rgb(icc: bytes) -> bytes | None:
    """Return an RGB profile that shows greys as this grey profile does: its tone curve for each channel.

    None for a damaged profile, and for one whose connection space is not XYZ.
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
    """Return the tags of a profile: name → content."""
    (count,) = struct.unpack_from(">I", icc, HEADER)
    entries = [struct.unpack_from(">4sII", icc, HEADER + 4 + ENTRY * i) for i in range(count)]
    return {name: icc[start : start + size] for name, start, size in entries}


def _assembled(header: bytes, tags: dict[bytes, bytes]) -> bytes:
    """Return a display profile for RGB with these tags and the given header, without its checksum."""
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
    except OSError as error:  # Pillow's other error for data that is no profile
        raise ImageCms.PyCMSError(str(error)) from None


def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
