"""Show the results of several methods on one picture side by side, each as soon as it is ready."""

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from demo.pages.comparisons import Asker, Comparer, Comparison, Frame
from demo.pages.current_state import page_of
from demo.pages.layout import Values, header, notice, panel
from demo.pages.uploads import (
    PictureInputs,
    example_inputs,
    example_strip,
    picked_example,
    picture_inputs,
)
from demo.pages.waiting import MESSAGE_ERRORS, UNQUEUED, visitor
from demo.pictures.inputs import Inputs
from demo.pictures.scenes.handover import handed_over
from demo.pictures.view_cache import url_of
from demo.renders import tasks
from demo.widgets import widget
from model import BadImage

PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}

LEAD = (
    "<h1>Compare methods.</h1> <p>The same picture, harmonized by each of them at the same size and quality. "
    "Can you recognize ours when the names are hidden?</p>"
)
HINT = """<p class="facts"><span>Two fingers, or Ctrl and the wheel: zoom all pictures.</span>
<span>Drag: move all pictures.</span> <span>Click: see one large.</span>
<span>Hold <kbd>O</kbd>: see the original everywhere.</span></p>"""
TOGGLE = """(name) => () => {
  const open = document.querySelector(`.gallery .${name}`).classList.toggle('open');
  document.querySelector(`#show-${name}`).setAttribute('aria-expanded', String(open));
}"""
COUNT = """(names) => { document.querySelector('#show-choose').textContent =
  names.length === 1 ? '1 method' : `${names.length} methods`; }"""


@dataclass(frozen=True)
class CompareParts:
    """Hold the components of the page that events use."""

    comparison: gr.State
    strip: gr.HTML
    run: gr.Button
    inputs: PictureInputs
    names: gr.CheckboxGroup
    message: gr.HTML
    grid: gr.HTML
    download: gr.HTML

    @property
    def results(self) -> list[Any]:
        """Return the components that a comparison changes."""
        return [self.comparison, self.grid, self.message]

    @property
    def example(self) -> list[Any]:
        """Return the components that the comparison of an example changes."""
        return [*self.inputs.panel.components, self.strip, *self.results]


@dataclass(frozen=True)
class CompareHandlers:
    """Answer the events of the page."""

    parts: CompareParts
    comparer: Comparer

    async def on_run(self, chosen: Inputs, names: list[str], request: gr.Request) -> AsyncIterator[Values]:
        """Compare the chosen methods on the pictures of the visitor."""
        async for frame in self.comparer.frames(chosen, names, _asker(request)):
            yield self._values(frame)

    async def on_given(
        self, chosen: Inputs, names: list[str], comparison: Comparison, request: gr.Request
    ) -> AsyncIterator[Values]:
        """Compare as soon as both pictures are there; before, ask for the other one."""
        if chosen == comparison.inputs:  # the new file was refused, or it is the same
            yield {self.parts.message: gr.skip()}
        elif chosen.whole:
            async for values in self.on_run(chosen, names, request):
                yield {**values, self.parts.strip: {"chosen": -1}}
        else:
            self.comparer.end(page_of(request))
            missing = Frame("", Comparison(), {"hint": _missing(chosen)})
            yield {**self._values(missing), self.parts.strip: {"chosen": -1}}

    async def on_open(self, names: list[str], request: gr.Request) -> AsyncIterator[Values]:
        """Compare the chosen methods on what the workbench handed over, or on the first example."""
        self.comparer.renders.wake()  # it reads the pictures that the visitor gives next
        given = handed_over(self.comparer.views, str(request.query_params.get("workbench", "")))
        if given is None:
            async for values in self._example(0, names, request):
                yield values
            return
        try:
            yield {**await self._fill_panel(given, request), self.parts.strip: {"chosen": -1}}
        except MESSAGE_ERRORS as error:
            yield {self.parts.message: notice(str(error))}
            return
        async for values in self.on_run(given, names, request):
            yield values

    async def _fill_panel(self, given: Inputs, request: gr.Request) -> Values:
        """Return the values that show these pictures in the panel. Raises BadImage and TaskFailed."""
        task = self.comparer.renders.with_files(visitor(request), given.files, tasks.show_panel, given)
        with await task as queued:
            await queued.done()
            return self.parts.inputs.panel.filled(queued.result())

    async def on_example(
        self, names: list[str], event: gr.EventData, request: gr.Request
    ) -> AsyncIterator[Values]:
        """Compare the chosen methods on the example that was clicked."""
        async for values in self._example(picked_example(event) or 0, names, request):
            yield values

    async def _example(self, index: int, names: list[str], request: gr.Request) -> AsyncIterator[Values]:
        """Yield the values of a comparison; the first after the example was read fill the panel, too."""
        example, filled = example_inputs(index), False
        async for frame in self.comparer.frames(example, names, _asker(request)):
            values = self._values(frame)
            opened = self.comparer.opened.get(example)
            if not filled and opened and opened.panel and frame.grid:
                filled = True
                values |= {
                    **self.parts.inputs.panel.filled(opened.panel),
                    self.parts.strip: {"chosen": index},
                }
            yield values

    def on_stop(self, request: gr.Request) -> None:
        """End the comparison of this page; its results so far stay."""
        self.comparer.end(page_of(request))

    def on_zip(self, comparison: Comparison) -> Values:
        """Start the download of all results in one file."""
        try:
            path = self.comparer.zip(comparison)
        except BadImage as error:
            return {self.parts.message: notice(str(error))}
        title = f"{comparison.inputs.stem}-methods.zip"
        url = f"{url_of(path.name)}?download={title}"
        download = {"url": url, "name": title, "ticket": secrets.token_hex(4)}
        return {self.parts.download: download, self.parts.message: ""}

    async def on_draft(self, comparison: Comparison, request: gr.Request) -> Values:
        """Add the comparison to the draft study of the organizer."""
        message = await self.comparer.add_to_draft(comparison, request.headers, visitor(request))
        return {self.parts.message: message}

    def on_skip(self, event: gr.EventData) -> None:
        """Skip the method that is working."""
        self.comparer.skip(str(getattr(event, "run", "")))

    def _values(self, frame: Frame) -> Values:
        message = gr.skip() if frame.message is None else frame.message
        values: Values = {self.parts.message: message}
        if frame.comparison is not None:
            values[self.parts.comparison] = frame.comparison
        if frame.grid is not None:
            values[self.parts.grid] = frame.grid
        return values


def _asker(request: gr.Request) -> Asker:
    return Asker(visitor(request), page_of(request))


def _missing(chosen: Inputs) -> str:
    """Return what to do next where one of the two files is not there."""
    if chosen.pasted:
        return "Now add the cut-out." if chosen.background else "Now add the background."
    return "Now add the mask, or draw it." if chosen.composite else "Now add the composite."


def compare_page(comparer: Comparer, demo: gr.Blocks) -> None:
    """Build the page inside the current route."""
    parts = _layout(comparer)
    _connect(parts, CompareHandlers(parts, comparer), demo)


def _layout(comparer: Comparer) -> CompareParts:
    header("compare", "Compare")
    panel(LEAD, elem_classes="lead")
    comparison = gr.State(Comparison())
    usable = [(method.title, name) for name, method in comparer.methods.items() if method.available]
    usual = [name for name, method in comparer.methods.items() if method.available and not method.optional]
    with gr.Column(elem_classes="gallery"):
        with gr.Row(elem_classes="gallery-top"):
            strip = example_strip()
            with gr.Row(elem_classes="gallery-run"):
                own = gr.Button("Your own picture", elem_id="show-own", elem_classes="fold")
                choose = gr.Button(f"{len(usual)} methods", elem_id="show-choose", elem_classes="fold")
                run = gr.Button("Compare", variant="primary", elem_id="run")
        with gr.Column(elem_classes=["rail", "own"]):
            inputs = picture_inputs(comparer.renders)
        with gr.Column(elem_classes=["rail", "choose"]):
            names = gr.CheckboxGroup(
                usable, value=usual, show_label=False, container=False, elem_id="methods"
            )
        widget("drop_anywhere")
        message = panel(elem_id="message")
        grid = widget("method_grid", elem_id="grid")
        download = widget("download")
        panel(HINT)
    for name, button in (("own", own), ("choose", choose)):
        button.click(None, js=f"({TOGGLE})('{name}')", api_visibility="private")
    names.change(None, names, None, js=COUNT, api_visibility="private")
    return CompareParts(comparison, strip, run, inputs, names, message, grid, download)


def _connect(parts: CompareParts, handlers: CompareHandlers, demo: gr.Blocks) -> None:
    names, grid, latest = parts.names, parts.grid, {"trigger_mode": "multiple", **UNQUEUED}
    demo.load(handlers.on_open, names, parts.example, **UNQUEUED)
    # A comparison ends the one before it: it must not wait for it, and its results are the last ones.
    parts.run.click(handlers.on_run, [parts.inputs.panel.chosen, names], parts.results, **latest)
    parts.strip.picked(handlers.on_example, names, parts.example, cancels=[*parts.inputs.given], **latest)
    own = [parts.inputs.panel.chosen, names, parts.comparison]
    for event in parts.inputs.given:
        event.then(handlers.on_given, own, [parts.strip, *parts.results], **latest)
    grid.stop(handlers.on_stop, None, None, concurrency_limit=None, **PRIVATE)
    grid.skip(handlers.on_skip, None, None, concurrency_limit=None, **PRIVATE)
    grid.zip(handlers.on_zip, parts.comparison, [parts.download, parts.message], **PRIVATE)
    grid.draft(handlers.on_draft, parts.comparison, parts.message, **UNQUEUED)
