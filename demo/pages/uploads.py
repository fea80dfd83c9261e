"""Where a person gives pictures: two ways, two files each, and the strip of examples."""

import base64
import secrets
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import gradio as gr

from demo.examples import EXAMPLES, Example
from demo.pages.waiting import UNQUEUED, WORDS, until_done, visitor
from demo.pictures.mask_painting import SIDES
from demo.pictures.picture_panel import SLOTS, Panel, with_own
from demo.pictures.workbench import Inputs
from demo.renders import tasks
from demo.renders.lane import QueuedTask
from demo.renders.service import Renders
from demo.widgets import widget
from model.images.files import preview_jpeg, read_picture
from model.images.resize import resize_area

UPLOAD_LIMIT = "200 MB"
THUMBNAIL_HEIGHT = 128  # pixels
MOST_PAINTERS = 200
LABELS = {
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


@dataclass(frozen=True)
class PanelHandlers:
    """What the events of the panel do.

    painters: what the painter showed last for some inputs, to add a note to it.
    """

    renders: Renders
    painters: "OrderedDict[Inputs, dict[str, Any]]" = field(default_factory=OrderedDict)

    async def on_picked(
        self, slot: str, chosen: Inputs, event: gr.EventData, request: gr.Request
    ) -> AsyncIterator[list[Any]]:
        """Yield values for the inputs, the painter and the places for files."""
        path, who = str(getattr(event, "path", "")), visitor(request)
        try:
            with await self.renders.with_files(who, (path,), tasks.pick, chosen, slot, path) as ticket:
                async for _ in until_done(ticket):
                    yield [gr.skip(), gr.skip(), *_changed({slot: _waiting_drop(ticket)})]
                panel: Panel = ticket.result()
        except WORDS as error:
            yield self._refused(chosen, slot, str(error))
            return
        self._remember(panel.inputs, panel.painter)
        yield [panel.inputs, panel.painter, *_changed(panel.drops)]

    def _refused(self, chosen: Inputs, slot: str, words: str) -> list[Any]:
        """Values where a file cannot be used: its place says why, and is empty."""
        now = with_own(chosen, slot, "")
        drops = {o: {"state": "empty"} for o in SLOTS if getattr(chosen, o) and not getattr(now, o)}
        drops[slot] = {"state": "error", "note": words, "ticket": secrets.token_hex(4)}
        known = self.painters.get(chosen)
        painter = {} if not now.composite else {**known, "start": ""} if known else gr.skip()
        return [now, painter, *_changed(drops)]

    async def on_box(self, chosen: Inputs, event: gr.EventData, request: gr.Request) -> dict[str, Any]:
        sides = {side: getattr(event, side, None) for side in SIDES}
        files = tuple(filter(None, [chosen.composite]))
        find = self.renders.with_files(visitor(request), files, tasks.find_box, chosen, sides)
        return await self._found(chosen, find)

    async def on_difference(self, chosen: Inputs, request: gr.Request) -> dict[str, Any]:
        files = tuple(filter(None, [chosen.composite, chosen.background]))
        find = self.renders.with_files(visitor(request), files, tasks.find_difference, chosen)
        return await self._found(chosen, find)

    async def on_painted(self, chosen: Inputs, event: gr.EventData, request: gr.Request) -> list[Any]:
        path = str(getattr(event, "path", ""))
        files = tuple(filter(None, [chosen.composite, path]))
        try:
            with await self.renders.with_files(
                visitor(request), files, tasks.keep_mask, chosen, path
            ) as ticket:
                await ticket.done()
                panel: Panel = ticket.result()
        except WORDS as error:
            return [chosen, gr.skip(), self._noted(chosen, str(error))]
        self._remember(panel.inputs, panel.painter)
        return [
            panel.inputs,
            panel.drops["mask"],
            {**panel.painter, "done": True, "ticket": secrets.token_hex(4)},
        ]

    async def _found(self, chosen: Inputs, find: Awaitable[QueuedTask]) -> dict[str, Any]:
        """The painter with what was found, or why nothing was."""
        try:
            with await find as ticket:
                await ticket.done()
                value: dict[str, Any] = ticket.result()
                return value
        except WORDS as error:
            return self._noted(chosen, str(error))

    def _noted(self, chosen: Inputs, note: str) -> dict[str, Any]:
        return {**self.painters.get(chosen, {}), "note": note, "ticket": secrets.token_hex(4)}

    def _remember(self, inputs: Inputs, painter: dict[str, Any]) -> None:
        self.painters[inputs] = painter
        while len(self.painters) > MOST_PAINTERS:
            self.painters.popitem(last=False)


def picture_inputs(renders: Renders) -> PictureInputs:
    """Build the panel inside the current layout."""
    handlers = PanelHandlers(renders)
    chosen = gr.State(Inputs())
    drops: dict[str, gr.HTML] = {}
    with gr.Tabs(elem_classes="ways") as tabs:
        with gr.Tab("Composite + mask", id="mask") as tab:
            drops |= _way(chosen, tab, ("composite", "mask"))
            painter = widget("mask_painter", elem_id="painter")
        with gr.Tab("Background + cut-out", id="cutout") as tab:
            drops |= _way(chosen, tab, ("background", "cutout"))
    given = [
        drop.picked(_picked(handlers, slot), chosen, [chosen, painter, *drops.values()], **UNQUEUED)
        for slot, drop in drops.items()
    ]
    painter.box(handlers.on_box, chosen, painter, **UNQUEUED)
    painter.difference(handlers.on_difference, chosen, painter, **UNQUEUED)
    given.append(painter.painted(handlers.on_painted, chosen, [chosen, drops["mask"], painter], **UNQUEUED))
    return PictureInputs(chosen, drops, tabs, painter, given)


def _picked(handlers: PanelHandlers, slot: str) -> Callable[..., AsyncIterator[list[Any]]]:
    # Gradio finds out what a function wants by its signature, which `partial` would hide.
    async def on_picked(chosen: Inputs, event: gr.EventData, request: gr.Request) -> AsyncIterator[list[Any]]:
        async for values in handlers.on_picked(slot, chosen, event, request):
            yield values

    return on_picked


def _changed(drops: dict[str, dict[str, str]]) -> list[Any]:
    """Values for the places for files, in their order."""
    return [drops.get(slot, gr.skip()) for slot in SLOTS]


def _waiting_drop(ticket: QueuedTask) -> dict[str, str]:
    before = ticket.before
    return {"state": "busy", "note": f"Waiting: {before} before yours" if before else "Reading…"}


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


def filled(panel: Panel) -> list[Any]:
    """Values for `PictureInputs.outputs` that show an example in the panel."""
    tabs = gr.Tabs(selected="cutout" if panel.inputs.pasted else "mask")
    return [panel.inputs, tabs, panel.painter, *_changed(panel.drops)]


def _drop(slot: str) -> gr.HTML:
    title, hint = LABELS[slot]
    return widget(
        "picture_drop", title=title, hint=hint, limit=UPLOAD_LIMIT, elem_id=f"drop-{slot}", min_width=120
    )


def _choose_way(chosen: Inputs, pasted: bool) -> Inputs:
    return replace(chosen, pasted=pasted)


def _thumbnail(example: Example) -> str:
    """A small picture inside the page itself, so that the strip needs no requests."""
    pixels = read_picture(example.composite).pixels
    height, width = pixels.shape[:2]
    small = resize_area(pixels, (THUMBNAIL_HEIGHT, round(width * THUMBNAIL_HEIGHT / height)))
    return "data:image/jpeg;base64," + base64.b64encode(preview_jpeg(small)).decode("ascii")
