"""Read an uploaded file once, write its preview, and state its facts."""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from PIL import Image

from demo.pictures.picture_files import PREVIEW_SIDE
from demo.pictures.scenes.scene_files import SceneFiles
from model import BadImage
from model.edit.placement import Frame, PlacedCutout, Placement
from model.images.arrays import Picture, top_level
from model.images.composite import to_depth
from model.images.decode import open_picture
from model.images.files import matte_of, preview_jpeg
from model.images.icc import is_srgb, profile_name
from model.images.resize import fitting_size, resize_area, resize_to_fit

FileKind = Literal["picture", "mask", "cutout"]
OWN_BYTES = 600_000  # a file of at most this size is its own preview
OWN_FORMATS = {("JPEG", "RGB"): ".jpg", ("WEBP", "RGB"): ".webp", ("WEBP", "RGBA"): ".webp"}
ORIENTATION = 0x0112
WEBP = {"quality": 90, "alpha_quality": 100, "method": 3, "exact": False}


@dataclass(frozen=True)
class FileFacts:
    """Describe a file for the browser.

    view: the name of its preview in the cache. alpha: it has transparency. srgb: its values are sRGB. about:
    format, depth and colour profile in words.
    """

    width: int
    height: int
    view: str
    alpha: bool
    srgb: bool
    about: str


def inspect(path: Path, kind: FileKind, files: SceneFiles) -> FileFacts:
    """Decode a file, keep a small copy of it, and write its preview. Raises BadImage."""
    picture = files.decoded.picture(path)
    if kind == "cutout" and picture.alpha is None:
        raise BadImage(
            f"{picture.name} has no transparency. Please use a cut-out with a transparent background."
        )
    files.small.keep(path, picture)
    data, suffix = _preview(path, picture, kind)
    height, width = picture.size
    icc = picture.metadata.icc
    bits = 8 * picture.pixels.dtype.itemsize
    words = f"{path.suffix[1:].upper() or 'picture'}, {bits} bit, {profile_name(icc)}"
    return FileFacts(
        width, height, files.views.put(data, suffix), picture.alpha is not None, is_srgb(icc), words
    )


def _preview(path: Path, picture: Picture, kind: FileKind) -> tuple[bytes, str]:
    """Return the bytes of a preview and the suffix of its file."""
    if kind == "mask":
        matte = resize_to_fit(matte_of(picture, picture.size), PREVIEW_SIDE)
        return cv2.imencode(".png", np.rint(matte * 255).astype(np.uint8))[1].tobytes(), ".png"
    if own := _own_format(path):
        return path.read_bytes(), own
    if picture.alpha is not None:
        return _webp(picture), ".webp"
    return preview_jpeg(picture.pixels, PREVIEW_SIDE, picture.metadata.icc), ".jpg"


def _own_format(path: Path) -> str:
    """Return the suffix of a file that is small, and that every browser shows as it is; "" for others."""
    if path.stat().st_size > OWN_BYTES:
        return ""
    with open_picture(path) as image:
        suffix = OWN_FORMATS.get((image.format or "", image.mode), "")
        # A PNG is not among them: it would be decoded here for its EXIF block.
        upright = bool(suffix) and image.getexif().get(ORIENTATION, 1) == 1
        return suffix if upright and max(image.size) <= PREVIEW_SIDE else ""


def _webp(picture: Picture) -> bytes:
    size = fitting_size(picture.size, PREVIEW_SIDE)
    pixels = to_depth(resize_area(picture.pixels, size), np.dtype(np.uint8))
    placed = PlacedCutout(picture, Placement(), Frame(picture.size, size))
    rgba = np.dstack([pixels, np.zeros(size, np.uint8)])
    for rows in placed.blocks:
        colours, alpha = placed.block(rows)
        rgba[rows, placed.columns] = np.rint(np.dstack([colours, alpha]) * top_level(rgba.dtype))
    file = BytesIO()
    Image.fromarray(rgba).save(file, "WEBP", icc_profile=picture.metadata.icc or b"", **WEBP)
    return file.getvalue()
