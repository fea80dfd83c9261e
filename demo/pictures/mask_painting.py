"""Make a mask for a picture that has none: from a box, from the clean background, or from painting."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import cv2
import numpy as np

from demo.pictures.inputs import Inputs
from demo.pictures.mask_finder import mask_finder
from demo.pictures.picture_files import PREVIEW_SIDE, PictureFiles
from demo.pictures.view_cache import ViewCache, url_of
from model import BadImage
from model.images.arrays import Matte
from model.images.files import write_picture
from model.images.resize import resize_to_fit
from model.masks.automatic import mask_from_background
from model.masks.prompts import Area

SIDES = ("x", "y", "width", "height")


def painter_value(inputs: Inputs, files: PictureFiles) -> dict[str, Any]:
    """Return what the mask painter shows: the composite and a mask to start from; {} without a composite."""
    if not inputs.composite:
        return {}
    image = url_of(files.view(inputs.composite).name)
    start = url_of(files.view(inputs.mask).name) if mask_fits(inputs, files) else ""
    return {"image": image, "background": bool(inputs.background), "start": start}


def mask_fits(inputs: Inputs, files: PictureFiles) -> bool:
    """Return True where there are a composite and a mask of the same size. Raises BadImage."""
    if not inputs.composite or not inputs.mask:
        return False
    return files.view(inputs.composite).size == files.view(inputs.mask).size


def find_in_box(inputs: Inputs, files: PictureFiles, sides: Mapping[str, Any]) -> dict[str, Any]:
    """Return the view of a mask of the object in a box that was drawn in the browser.

    sides: x, y, width and height as fractions (0-1) of the width and height of the picture. Raises BadImage.
    """
    picture = files.read(inputs.composite).pixels
    height, width = picture.shape[:2]
    try:
        x, y, w, h = (float(sides[side]) for side in SIDES)
        left, top = round(x * width), round(y * height)
        box = Area(left, top, left + round(w * width), top + round(h * height))
    except (KeyError, TypeError, ValueError, OverflowError):
        raise BadImage("Please draw the box again.") from None
    found = mask_finder().in_box(picture, box)
    return _mask_view(found.matte, files.views)


def find_against_background(inputs: Inputs, files: PictureFiles) -> dict[str, Any]:
    """Return the view of a mask of all that differs from the clean background. Raises BadImage."""
    if not inputs.background:
        raise BadImage("Please add the clean background under “Background + cut-out” first.")
    composite, background = (files.read(path).pixels for path in (inputs.composite, inputs.background))
    return _mask_view(mask_from_background(composite, background), files.views)


def keep_painted(inputs: Inputs, files: PictureFiles, painted: str) -> Inputs:
    """Write the painted mask in the size of the composite and return the inputs with it. Raises BadImage."""
    composite = files.view(inputs.composite)
    size = composite.width, composite.height
    mask = cv2.resize(files.read(painted).pixels, size, interpolation=cv2.INTER_LINEAR)
    path = files.views.new_path(".png")
    write_picture(path, mask)
    return replace(inputs, mask=str(path))


def _mask_view(matte: Matte, views: ViewCache) -> dict[str, Any]:
    small = resize_to_fit(matte, PREVIEW_SIDE)
    data = cv2.imencode(".png", np.rint(small * 255).astype(np.uint8))[1].tobytes()
    return {"mask": url_of(views.put(data, ".png")), "ticket": secrets.token_hex(4)}
