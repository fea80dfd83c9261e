"""Work out what the panel of inputs shows: the files that a person gave, and a mask to start from."""

import secrets
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from demo.examples import FOLDER
from demo.pictures.mask_painting import fits, painter_value
from demo.pictures.view_cache import ViewCache, url_of
from demo.pictures.workbench import Inputs
from model import BadImage
from model.images.files import Picture, preview_jpeg, read_picture
from model.images.row_blocks import split_rows

SLOTS = ("composite", "mask", "background", "cutout")


@dataclass(frozen=True)
class Panel:
    """Values of the places for files that change, and of the painter."""

    inputs: Inputs
    painter: dict[str, Any]
    drops: dict[str, dict[str, str]]

    @property
    def views(self) -> tuple[str, ...]:
        """The names of the views that it shows."""
        urls = [self.painter.get("image"), self.painter.get("start")]
        urls += [drop.get("thumb") for drop in self.drops.values()]
        return tuple(url.rpartition("/")[2] for url in urls if url)


def whole_panel(inputs: Inputs, views: ViewCache) -> Panel:
    """Show these inputs, whatever was there before."""
    drops = {slot: drop_value(getattr(inputs, slot), views) for slot in SLOTS}
    return Panel(inputs, painter_value(inputs, views), drops)


def picked_panel(chosen: Inputs, slot: str, path: str, views: ViewCache) -> Panel:
    """Put a file into one of the places."""
    value = drop_value(path, views)
    # A browser draws only what changed: without the ticket the same file given again would stay busy.
    value["ticket"] = secrets.token_hex(4)
    now = _with_picked(chosen, slot, path if value["state"] == "ready" else "", views)
    emptied = [other for other in SLOTS if getattr(chosen, other) and not getattr(now, other)]
    drops = {other: drop_value("", views) for other in emptied} | {slot: value}
    return Panel(now, painter_value(now, views), drops)


def is_example(path: str) -> bool:
    """Whether this file is one of the examples, or a part of one."""
    return bool(path) and Path(path).parent == FOLDER


def with_own(chosen: Inputs, slot: str, path: str) -> Inputs:
    """The inputs with a visitor's file in one place: what belongs to an example's picture makes room."""
    others = {"composite": ("mask", "background", "cutout"), "background": ("cutout",)}.get(slot, ())
    gone = {other: "" for other in others if is_example(getattr(chosen, other))}
    return replace(chosen, **{**gone, slot: path})  # type: ignore[arg-type]  # the slots are names of fields


def drop_value(path: str, views: ViewCache) -> dict[str, str]:
    """What one place for a file shows: nothing, a small picture, or why there is none."""
    if not path:
        return {"state": "empty"}
    try:
        picture = read_picture(path)
    except BadImage as error:
        return {"state": "error", "note": str(error)}
    height, width = picture.pixels.shape[:2]
    thumb = views.put(preview_jpeg(_on_grey(picture), 480, picture.metadata.icc), ".jpg")
    return {"state": "ready", "thumb": url_of(thumb), "note": f"{width}×{height}"}


def _with_picked(chosen: Inputs, slot: str, path: str, views: ViewCache) -> Inputs:
    """As `with_own`; a mask of the composite before makes room too, unless it fits the new one."""
    now = with_own(chosen, slot, path)
    if slot == "composite" and now.composite and fits(chosen, views) and not fits(now, views):
        return replace(now, mask="")
    return now


def _on_grey(picture: Picture) -> Any:
    """The picture as people see it: what is transparent shows a mid grey."""
    if picture.alpha is None:
        return picture.pixels
    # What is under full transparency is often black or white, and would hide a dark or light object.
    top = np.iinfo(picture.pixels.dtype).max
    shown = np.empty_like(picture.pixels)
    for rows in split_rows(0, len(shown)):
        alpha = picture.alpha[rows, :, None]
        shown[rows] = (picture.pixels[rows] * alpha + 0.5 * top * (1 - alpha)).astype(shown.dtype)
    return shown
