"""Compute what the panel of inputs shows: the files of a visitor, and a mask to start painting from."""

import secrets
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from demo.examples import FOLDER
from demo.pictures.inputs import Inputs
from demo.pictures.mask_painting import mask_fits, painter_value
from demo.pictures.picture_files import PictureFiles
from demo.pictures.view_cache import url_of
from model.images.files import Picture, preview_jpeg
from model.images.row_blocks import split_rows

SLOTS = ("composite", "mask", "background", "cutout")


@dataclass(frozen=True)
class Panel:
    """Hold the values of the upload fields that change, and of the mask painter."""

    inputs: Inputs
    painter: dict[str, Any]
    drops: dict[str, dict[str, str]]

    @property
    def views(self) -> tuple[str, ...]:
        """Return the names of the views that the panel shows."""
        urls = [self.painter.get("image"), self.painter.get("start")]
        urls += [drop.get("thumb") for drop in self.drops.values()]
        return tuple(url.rpartition("/")[2] for url in urls if url)


def whole_panel(inputs: Inputs, files: PictureFiles) -> Panel:
    """Return the panel with all upload fields set to these inputs. Raises BadImage."""
    drops = {slot: drop_value(getattr(inputs, slot), files) for slot in SLOTS}
    return Panel(inputs, painter_value(inputs, files), drops)


def picked_panel(chosen: Inputs, slot: str, path: str, files: PictureFiles) -> Panel:
    """Return the panel after a file was picked for one of the upload fields. Raises BadImage."""
    value = drop_value(path, files)
    # A browser draws only what changed: without the ticket the same file given again would stay busy.
    value["ticket"] = secrets.token_hex(4)
    now = _with_picked(chosen, slot, path, files)
    emptied = [other for other in SLOTS if getattr(chosen, other) and not getattr(now, other)]
    drops = {other: drop_value("", files) for other in emptied} | {slot: value}
    return Panel(now, painter_value(now, files), drops)


def is_example(path: str) -> bool:
    """Return True for the files of the examples."""
    return bool(path) and Path(path).parent == FOLDER


def with_own(chosen: Inputs, slot: str, path: str) -> Inputs:
    """Return the inputs with a visitor's file in one field, without the files of an example beside it."""
    others = {"composite": ("mask", "background", "cutout"), "background": ("cutout",)}.get(slot, ())
    removed = {other: "" for other in others if is_example(getattr(chosen, other))}
    return replace(chosen, **{**removed, slot: path})  # type: ignore[arg-type]  # the slots are names of fields


def drop_value(path: str, files: PictureFiles) -> dict[str, str]:
    """Return the value of an upload field: empty, or a thumbnail with the size. Raises BadImage."""
    if not path:
        return {"state": "empty"}
    picture = files.read(path)
    height, width = picture.pixels.shape[:2]
    thumb = files.views.put(preview_jpeg(_on_grey(picture), 480, picture.metadata.icc), ".jpg")
    return {"state": "ready", "thumb": url_of(thumb), "note": f"{width}×{height}"}


def _with_picked(chosen: Inputs, slot: str, path: str, files: PictureFiles) -> Inputs:
    """Return the inputs as `with_own` does, without the mask of an earlier composite of another size."""
    now = with_own(chosen, slot, path)
    if slot == "composite" and now.composite and mask_fits(chosen, files) and not mask_fits(now, files):
        return replace(now, mask="")
    return now


def _on_grey(picture: Picture) -> Any:
    """Return the pixels over a mid grey where they are transparent."""
    if picture.alpha is None:
        return picture.pixels
    # What is under full transparency is often black or white, on which a dark or light object is hard to see.
    top = np.iinfo(picture.pixels.dtype).max
    shown = np.empty_like(picture.pixels)
    for rows in split_rows(0, len(shown)):
        alpha = picture.alpha[rows, :, None]
        shown[rows] = (picture.pixels[rows] * alpha + 0.5 * top * (1 - alpha)).astype(shown.dtype)
    return shown
