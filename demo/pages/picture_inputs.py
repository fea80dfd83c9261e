"""Where a person gives pictures: two ways, two files each, and the strip of examples."""

import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import gradio as gr
import numpy as np

from demo.examples import EXAMPLES, FOLDER, Example
from demo.media import ViewCache, url_of
from demo.pages.mask_painting import find_against_background, find_in_box, fits, keep_painted, painter_value
from demo.widgets import widget
from demo.workbench import Inputs
from model import BadImage
from model.image_io import Picture, preview_jpeg, read_picture

UPLOAD_LIMIT = "200 MB"
PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "concurrency_id": "render"}
SLOTS = {
    "composite": ("Composite", "The picture with the pasted object"),
    "mask": ("Mask", "White: the object. Not needed with transparency"),
    "background": ("Background", "The picture to paste into"),
    "cutout": ("Cut-out", "The object, on transparency"),
}


@dataclass(frozen=True)
class PictureInputs:
    """The components of the panel; `chosen` holds the paths given so far, `given` what changes it."""

    chosen: gr.State
    drops: dict[str, gr.HTML]
    tabs: gr.Tabs
    painter: gr.HTML
    given: list[Any]

    @property
    def outputs(self) -> list[Any]:
        """What `filled` answers for, in its order."""
        return [self.chosen, self.tabs, self.painter, *self.drops.values()]


def picture_inputs(views: ViewCache) -> PictureInputs:
    """Build the panel inside the current layout."""
    chosen = gr.State(Inputs())
    drops: dict[str, gr.HTML] = {}
    with gr.Tabs(elem_classes="ways") as tabs:
        with gr.Tab("Composite + mask", id="mask") as tab:
            drops |= _way(chosen, tab, ("composite", "mask"))
            painter = widget("mask_painter", elem_id="painter")
        with gr.Tab("Background + cut-out", id="cutout") as tab:
            drops |= _way(chosen, tab, ("background", "cutout"))
    given = [
        drop.picked(_on_picked(slot, views), chosen, [chosen, painter, *drops.values()], **PRIVATE)
        for slot, drop in drops.items()
    ]
    painter.box(_on_box(views), chosen, painter, **PRIVATE)
    painter.difference(_on_difference(views), chosen, painter, **PRIVATE)
    given.append(painter.painted(_on_painted(views), chosen, [chosen, drops["mask"], painter], **PRIVATE))
    return PictureInputs(chosen, drops, tabs, painter, given)


def _way(chosen: gr.State, tab: gr.Tab, slots: tuple[str, str]) -> dict[str, gr.HTML]:
    """The two places for files of a tab; opening it chooses this way."""
    with gr.Row(elem_classes="drops"):
        drops = {slot: _drop(slot) for slot in slots}
    choose = partial(_choose_way, pasted="cutout" in slots)
    tab.select(choose, chosen, chosen, api_visibility="private", queue=False)
    return drops


def example_strip() -> gr.HTML:
    """The row of examples; its event `picked` carries an index."""
    items = [{"title": example.title, "thumb": _thumbnail(example)} for example in EXAMPLES]
    return widget("example_strip", {"chosen": 0}, items=items)


def picked_example(event: gr.EventData) -> int | None:
    """The index a browser sent, or None when it is not one of ours."""
    index = getattr(event, "index", None)
    return index if isinstance(index, int) and 0 <= index < len(EXAMPLES) else None


def example_inputs(index: int) -> Inputs:
    example = EXAMPLES[index]
    parts = {"background": example.background, "cutout": example.cutout}
    given = {slot: str(path) for slot, path in parts.items() if path and path.exists()}
    return Inputs(composite=str(example.composite), mask=str(example.mask), **given)  # type: ignore[arg-type]


def filled(inputs: Inputs, views: ViewCache) -> list[Any]:
    """Values for `PictureInputs.outputs` that show these inputs in the panel."""
    drops = [_drop_value(getattr(inputs, slot), views) for slot in SLOTS]
    tabs = gr.Tabs(selected="cutout" if inputs.pasted else "mask")
    return [inputs, tabs, painter_value(inputs, views), *drops]


def _drop(slot: str) -> gr.HTML:
    title, hint = SLOTS[slot]
    return widget(
        "picture_drop", title=title, hint=hint, limit=UPLOAD_LIMIT, elem_id=f"drop-{slot}", min_width=120
    )


def is_example(path: str) -> bool:
    """Whether this file is one of the examples, or a part of one."""
    return bool(path) and Path(path).parent == FOLDER


def with_own(chosen: Inputs, slot: str, path: str) -> Inputs:
    """The inputs with a visitor's file in one place: what belongs to an example's picture makes room."""
    others = {"composite": ("mask", "background", "cutout"), "background": ("cutout",)}.get(slot, ())
    gone = {other: "" for other in others if is_example(getattr(chosen, other))}
    return replace(chosen, **{**gone, slot: path})  # type: ignore[arg-type]  # the slots are names of fields


def _choose_way(chosen: Inputs, pasted: bool) -> Inputs:
    return replace(chosen, pasted=pasted)


def _on_picked(slot: str, views: ViewCache) -> Callable[[Inputs, gr.EventData], list[Any]]:
    def on_picked(chosen: Inputs, event: gr.EventData) -> list[Any]:
        path = str(getattr(event, "path", ""))
        value = _drop_value(path, views)
        # A browser draws only what changed: without the ticket the same file given again would stay busy.
        value["ticket"] = secrets.token_hex(4)
        now = _with_picked(chosen, slot, path if value["state"] == "ready" else "", views)
        emptied = [other for other in SLOTS if getattr(chosen, other) and not getattr(now, other)]
        changed = {other: _drop_value("", views) for other in emptied} | {slot: value}
        return [now, painter_value(now, views), *(changed.get(place, gr.skip()) for place in SLOTS)]

    return on_picked


def _with_picked(chosen: Inputs, slot: str, path: str, views: ViewCache) -> Inputs:
    """As `with_own`; a mask of the composite before makes room too, unless it fits the new one."""
    now = with_own(chosen, slot, path)
    if slot == "composite" and now.composite and fits(chosen, views) and not fits(now, views):
        return replace(now, mask="")
    return now


def _on_box(views: ViewCache) -> Callable[[Inputs, gr.EventData], dict[str, Any]]:
    def on_box(chosen: Inputs, event: gr.EventData) -> dict[str, Any]:
        return _painted(chosen, views, lambda: find_in_box(chosen, views, event))

    return on_box


def _on_difference(views: ViewCache) -> Callable[[Inputs], dict[str, Any]]:
    def on_difference(chosen: Inputs) -> dict[str, Any]:
        return _painted(chosen, views, lambda: find_against_background(chosen, views))

    return on_difference


def _on_painted(views: ViewCache) -> Callable[[Inputs, gr.EventData], list[Any]]:
    def on_painted(chosen: Inputs, event: gr.EventData) -> list[Any]:
        ticket = secrets.token_hex(4)
        try:
            kept = keep_painted(chosen, views, str(getattr(event, "path", "")))
        except BadImage as error:
            refused = {"note": str(error), "ticket": ticket}
            return [chosen, gr.skip(), _painted(chosen, views, lambda: refused)]
        done = {"done": True, "ticket": ticket}
        return [kept, _drop_value(kept.mask, views), _painted(kept, views, lambda: done)]

    return on_painted


def _painted(chosen: Inputs, views: ViewCache, find: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The painter as it was, with what was found or why nothing was."""
    try:
        return {**painter_value(chosen, views), **find()}
    except BadImage as error:
        return {**painter_value(chosen, views), "note": str(error), "ticket": secrets.token_hex(4)}


def _drop_value(path: str, views: ViewCache) -> dict[str, str]:
    if not path:
        return {"state": "empty"}
    try:
        picture = read_picture(path)
    except BadImage as error:
        return {"state": "error", "note": str(error)}
    height, width = picture.pixels.shape[:2]
    thumb = views.put(preview_jpeg(_on_grey(picture), 480, picture.metadata.icc), ".jpg")
    return {"state": "ready", "thumb": url_of(thumb), "note": f"{width}×{height}"}


def _on_grey(picture: Picture) -> Any:
    """The picture as people see it: what is transparent shows a mid grey."""
    if picture.alpha is None:
        return picture.pixels
    # What is under full transparency is often black or white, and would hide a dark or light object.
    top = np.iinfo(picture.pixels.dtype).max
    shown = picture.pixels * picture.alpha[..., None] + 0.5 * top * (1 - picture.alpha[..., None])
    return shown.astype(picture.pixels.dtype)


def _thumbnail(example: Example) -> str:
    """A small picture inside the page itself, so that the strip needs no requests."""
    pixels = read_picture(example.composite).pixels
    scale = 128 / pixels.shape[0]
    small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return "data:image/jpeg;base64," + base64.b64encode(preview_jpeg(small)).decode("ascii")
