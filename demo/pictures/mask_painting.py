"""A mask for a picture that has none: found in a box or against the clean background, or painted."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import cv2
import numpy as np

from demo.pictures.view_cache import ViewCache, url_of
from demo.pictures.workbench import PREVIEW_SIDE, Inputs
from model import BadImage
from model.images.arrays import Matte
from model.images.files import preview_jpeg, read_picture, write_picture
from model.images.resize import resize_to_fit
from model.masks.automatic import Box, mask_from_background, mask_from_box

SIDES = ("x", "y", "width", "height")


def painter_value(inputs: Inputs, views: ViewCache) -> dict[str, Any]:
    """What the painter shows for these inputs: nothing without a composite, and the mask to start from."""
    if not inputs.composite:
        return {}
    view, _ = _seen(inputs.composite, views)
    start = url_of(_seen(inputs.mask, views)[0]) if fits(inputs, views) else ""
    return {"image": url_of(view), "background": bool(inputs.background), "start": start}


def fits(inputs: Inputs, views: ViewCache) -> bool:
    """Whether there are a composite and a mask, both of one size."""
    if not inputs.composite or not inputs.mask:
        return False
    return _seen(inputs.composite, views)[1] == _seen(inputs.mask, views)[1]


def _seen(path: str, views: ViewCache) -> tuple[str, tuple[int, int]]:
    """A view of a file, and the file's size; made once, because every change of the inputs asks for it."""
    if not views.touch(_made(path, views)[0]):
        _made.cache_clear()
    return _made(path, views)


@lru_cache(maxsize=64)
def _made(path: str, views: ViewCache) -> tuple[str, tuple[int, int]]:
    picture = read_picture(path)
    name = views.put(preview_jpeg(picture.pixels, PREVIEW_SIDE, picture.metadata.icc), ".jpg")
    return name, picture.pixels.shape[:2]


def find_in_box(inputs: Inputs, views: ViewCache, sides: Mapping[str, Any]) -> dict[str, Any]:
    """Answer to a box drawn in the browser: x, y, width and height in parts of the picture's."""
    picture = read_picture(inputs.composite).pixels
    height, width = picture.shape[:2]
    try:
        x, y, w, h = (float(sides[side]) for side in SIDES)
        box = Box(round(x * width), round(y * height), round(w * width), round(h * height))
    except (KeyError, TypeError, ValueError, OverflowError):
        raise BadImage("Please draw the box again.") from None
    return _answer(mask_from_box(picture, box), views)


def find_against_background(inputs: Inputs, views: ViewCache) -> dict[str, Any]:
    """What differs from the clean background."""
    if not inputs.background:
        raise BadImage("Please add the clean background under “Background + cut-out” first.")
    pictures = (read_picture(path).pixels for path in (inputs.composite, inputs.background))
    return _answer(mask_from_background(*pictures), views)


def keep_painted(inputs: Inputs, views: ViewCache, painted: str) -> Inputs:
    """The inputs with a painted mask, brought to the size of the composite. Raises BadImage."""
    height, width = read_picture(inputs.composite).pixels.shape[:2]
    small = read_picture(painted).pixels
    mask = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    path = views.new_path(".png")
    write_picture(path, mask)
    return replace(inputs, mask=str(path))


def _answer(matte: Matte, views: ViewCache) -> dict[str, Any]:
    small = resize_to_fit(matte, PREVIEW_SIDE)
    data = cv2.imencode(".png", np.rint(small * 255).astype(np.uint8))[1].tobytes()
    return {"mask": url_of(views.put(data, ".png")), "ticket": secrets.token_hex(4)}
