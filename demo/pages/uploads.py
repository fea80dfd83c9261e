"""Build the panel in which a visitor gives pictures: two pairs of upload fields, a mask painter, examples."""

import secrets
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import gradio as gr

from demo.examples import EXAMPLES
from demo.pages.current_state import current, one_at_a_time
from demo.pages.layout import Values
from demo.pages.thumbnails import example_thumbnails
from demo.pages.waiting import MESSAGE_ERRORS, UNQUEUED, until_done, visitor
from demo.pictures.inputs import Inputs
from demo.pictures.mask_painting import SIDES
from demo.pictures.picture_panel import Panel
from demo.renders import tasks
from demo.renders.lane import QueuedTask
from demo.renders.service import Renders
from demo.widgets import widget
from model.images.formats import ACCEPT

UPLOAD_LIMIT = "200 MB"
MOST_PAINTERS = 200
LABELS = {
    "composite": ("Composite", "The picture with the pasted object"),
    "mask": ("Mask", "White: the object. Not needed with transparency"),
    "background": ("Background", "The picture to paste into"),
    "cutout": ("Cut-out", "The object, on transparency"),
}


@dataclass(frozen=True)
class PanelParts:
    """Hold the components of the panel; the value of `chosen` is an Inputs with the files given so far."""

    chosen: gr.State
    drops: dict[str, gr.HTML]
    tabs: gr.Tabs
    painter: gr.HTML

    @property
    def components(self) -> list[Any]:
        """Return the components that `filled` gives values for."""
        return [self.chosen, self.tabs, self.painter, *self.drops.values()]

    def filled(self, panel: Panel) -> Values:
        """Return the values that show an example in the panel."""
        tabs = gr.Tabs(selected="cutout" if panel.inputs.pasted else "mask")
        return {
            self.chosen: panel.inputs,
            self.tabs: tabs,
            self.painter: panel.painter,
            **self.changed(panel.drops),
        }

    def changed(self, drops: dict[str, dict[str, str]]) -> Values:
        """Return the values of the upload fields that change, given by slot."""
        return {self.drops[slot]: value for slot, value in drops.items()}


@dataclass(frozen=True)
class PictureInputs:
    """Hold the panel, and the events of Gradio after which `chosen` has a new value."""

    panel: PanelParts
    given: tuple[Any, ...]


@dataclass(frozen=True)
class PanelHandlers:
    """Answer the events of the panel.

    painters: the last value of the mask painter for some inputs, to which a note is added.
    """

    parts: PanelParts
    renders: Renders
    painters: "OrderedDict[Inputs, dict[str, Any]]" = field(default_factory=OrderedDict)

    async def on_picked(self, slot: str, event: gr.EventData, request: gr.Request) -> AsyncIterator[Values]:
        """Put an uploaded file into an upload field. A file that is refused changes nothing else."""
        path, panel = str(getattr(event, "path", "")), None
        async with one_at_a_time(request):
            try:
                async for update in self._pick_current(slot, path, request):
                    if isinstance(update, Panel):
                        panel = update
                    else:
                        yield self.parts.changed({slot: update})
            except MESSAGE_ERRORS as error:
                refused = {"state": "refused", "note": str(error), "ticket": secrets.token_hex(4)}
                yield self.parts.changed({slot: refused})
                panel = None
            if panel is not None:
                yield self._picked(panel)

    def _picked(self, panel: Panel) -> Values:
        """Return the values of the page with a picked file."""
        self._keep_painter(panel.inputs, panel.painter)
        return {
            self.parts.chosen: panel.inputs,
            self.parts.painter: panel.painter,
            **self.parts.changed(panel.drops),
        }

    async def _pick_current(
        self, slot: str, path: str, request: gr.Request
    ) -> AsyncIterator[Panel | dict[str, str]]:
        """Yield as `_pick` does, again where an example has filled the panel while the file was read."""
        now, read = current(self.parts.chosen, request), None
        while read != now:
            read = now
            async for update in self._pick(read, slot, path, visitor(request)):
                yield update
            now = current(self.parts.chosen, request)

    async def _pick(
        self, chosen: Inputs, slot: str, path: str, who: str
    ) -> AsyncIterator[Panel | dict[str, str]]:
        """Yield what the field shows while the file waits, and last the panel with it."""
        with await self.renders.with_files(who, (path,), tasks.pick, chosen, slot, path) as queued:
            async for _ in until_done(queued):
                yield _waiting_drop(queued)
            panel: Panel = queued.result()
            yield panel

    async def on_box(self, chosen: Inputs, event: gr.EventData, request: gr.Request) -> Values:
        """Find the object in the box that was drawn in the mask painter."""
        sides = {side: getattr(event, side, None) for side in SIDES}
        files = tuple(filter(None, [chosen.composite]))
        task = self.renders.with_files(visitor(request), files, tasks.find_box, chosen, sides)
        return await self._found(chosen, task)

    async def on_difference(self, chosen: Inputs, request: gr.Request) -> Values:
        """Find the object by comparing with the clean background."""
        files = tuple(filter(None, [chosen.composite, chosen.background]))
        task = self.renders.with_files(visitor(request), files, tasks.find_difference, chosen)
        return await self._found(chosen, task)

    async def on_painted(self, chosen: Inputs, event: gr.EventData, request: gr.Request) -> Values:
        """Use the mask that was uploaded by the mask painter."""
        path = str(getattr(event, "path", ""))
        files = tuple(filter(None, [chosen.composite, path]))
        try:
            with await self.renders.with_files(
                visitor(request), files, tasks.keep_mask, chosen, path
            ) as queued:
                await queued.done()
                panel: Panel = queued.result()
        except MESSAGE_ERRORS as error:
            return {self.parts.painter: self._noted(chosen, str(error))}
        self._keep_painter(panel.inputs, panel.painter)
        painter = {**panel.painter, "done": True, "ticket": secrets.token_hex(4)}
        return {
            self.parts.chosen: panel.inputs,
            self.parts.painter: painter,
            **self.parts.changed(panel.drops),
        }

    async def _found(self, chosen: Inputs, task: Awaitable[QueuedTask]) -> Values:
        """Return the mask painter with the mask that a task found, or with the reason why there is none."""
        try:
            with await task as queued:
                await queued.done()
                return {self.parts.painter: queued.result()}
        except MESSAGE_ERRORS as error:
            return {self.parts.painter: self._noted(chosen, str(error))}

    def _noted(self, chosen: Inputs, note: str) -> dict[str, Any]:
        return {**self.painters.get(chosen, {}), "note": note, "ticket": secrets.token_hex(4)}

    def _keep_painter(self, inputs: Inputs, painter: dict[str, Any]) -> None:
        self.painters[inputs] = painter
        while len(self.painters) > MOST_PAINTERS:
            self.painters.popitem(last=False)


def picture_inputs(renders: Renders) -> PictureInputs:
    """Build the panel inside the current layout."""
    parts = _panel_parts()
    handlers = PanelHandlers(parts, renders)
    picked = [parts.chosen, parts.painter, *parts.drops.values()]
    given = [
        drop.picked(_on_picked(handlers, slot), None, picked, trigger_mode="multiple", **UNQUEUED)
        for slot, drop in parts.drops.items()
    ]
    chosen, painter = parts.chosen, parts.painter
    painter.box(handlers.on_box, chosen, painter, **UNQUEUED)
    painter.difference(handlers.on_difference, chosen, painter, **UNQUEUED)
    painted = [chosen, parts.drops["mask"], painter]
    given.append(painter.painted(handlers.on_painted, chosen, painted, **UNQUEUED))
    return PictureInputs(parts, tuple(given))


def _panel_parts() -> PanelParts:
    chosen = gr.State(Inputs())
    drops: dict[str, gr.HTML] = {}
    with gr.Tabs(elem_classes="ways") as tabs:
        with gr.Tab("Composite + mask", id="mask") as tab:
            drops |= _pair(chosen, tab, ("composite", "mask"))
            painter = widget("mask_painter", elem_id="painter")
        with gr.Tab("Background + cut-out", id="cutout") as tab:
            drops |= _pair(chosen, tab, ("background", "cutout"))
    return PanelParts(chosen, drops, tabs, painter)


def _on_picked(handlers: PanelHandlers, slot: str) -> Callable[..., AsyncIterator[Values]]:
    # Gradio reads the arguments that a function takes from its signature, which `partial` would hide.
    async def on_picked(event: gr.EventData, request: gr.Request) -> AsyncIterator[Values]:
        async for values in handlers.on_picked(slot, event, request):
            yield values

    return on_picked


def _waiting_drop(queued: QueuedTask) -> dict[str, str]:
    before = queued.before
    return {"state": "busy", "note": f"Waiting: {before} before yours" if before else "Reading…"}


def _pair(chosen: gr.State, tab: gr.Tab, slots: tuple[str, str]) -> dict[str, gr.HTML]:
    """Add the two upload fields of a tab; opening the tab chooses this pair."""
    with gr.Row(elem_classes="drops"):
        drops = {slot: _drop(slot) for slot in slots}
    choose = partial(choose_pair, pasted="cutout" in slots)
    tab.select(choose, chosen, chosen, api_visibility="private", queue=False)
    return drops


def choose_pair(chosen: Inputs, pasted: bool) -> Any:
    """Return the inputs with the pair of the selected tab; nothing where it is chosen already."""
    # A tab is also selected when the page opens. To write what was read then could undo a later change.
    return gr.skip() if chosen.pasted == pasted else replace(chosen, pasted=pasted)


def _drop(slot: str) -> gr.HTML:
    title, hint = LABELS[slot]
    return widget(
        "picture_drop",
        title=title,
        hint=hint,
        limit=UPLOAD_LIMIT,
        accept=ACCEPT,
        elem_id=f"drop-{slot}",
        min_width=120,
    )


def example_strip() -> gr.HTML:
    """Add the row of examples; its event `picked` carries an index."""
    return widget("example_strip", {"chosen": 0}, items=example_items())


def example_items() -> list[dict[str, str]]:
    """Return title and address of the thumbnail of every example."""
    folder = example_thumbnails().address
    return [{"title": example.title, "thumb": f"{folder}/{example.name}.webp"} for example in EXAMPLES]


def picked_example(event: gr.EventData) -> int | None:
    """Return the index of an example that a browser sent, or None where there is no such example."""
    index = getattr(event, "index", None)
    return index if isinstance(index, int) and 0 <= index < len(EXAMPLES) else None


def example_inputs(index: int) -> Inputs:
    """Return the files of an example."""
    example = EXAMPLES[index]
    parts = {"background": example.background, "cutout": example.cutout}
    given = {slot: str(path) for slot, path in parts.items() if path and path.exists()}
    return Inputs(composite=str(example.composite), mask=str(example.mask), **given)  # type: ignore[arg-type]
