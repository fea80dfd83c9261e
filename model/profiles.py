"""Colour profiles of RGB pictures: their names, and small copies in sRGB, which is what the network knows."""

from io import BytesIO

import numpy as np
from PIL import Image, ImageCms

from model.picture import Pixels


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
