"""Build the first page: give a picture, see it harmonized, change the strength, download it."""

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from demo.pages.example_results import ExampleResults
from demo.pages.harmonize_values import job_facts, preview_facts, preview_value, stage_value
from demo.pages.layout import Values, facts, header, notice, panel
from demo.pages.uploads import PictureInputs, example_strip, picked_example, picture_inputs
from demo.pages.waiting import MESSAGE_ERRORS, UNQUEUED, line_position, until_done, visitor
from demo.pictures.edit_drawings import no_curves_svg
from demo.pictures.picture_panel import is_example
from demo.pictures.upload_preview import UploadPreview
from demo.pictures.view_cache import url_of
from demo.pictures.workbench import EXPORTS, Inputs, Job, Strength
from demo.renders import tasks
from demo.renders.service import Renders
from demo.renders.tasks import OpenedExample, StrengthView
from demo.widgets import widget

LEAD = (
    "<h1>Make a pasted object belong.</h1> <p>Its colours and its light are matched to the photograph; "
    "everything else stays as it was, at full size.</p>"
)
BUSY = "() => { document.querySelector('.stage').dataset.busy = 'yes'; }"
DONE = "() => { document.querySelector('.stage').dataset.busy = 'no'; }"
NO_CURVES = no_curves_svg()
NO_LIGHT = '<p class="light-none">Where the object gets brighter or darker.</p>'


@dataclass(frozen=True)
class HarmonizeParts:
    """Hold the components of the page that events use."""

    stage: gr.HTML
    details: gr.HTML
    strip: gr.HTML
    inputs: PictureInputs
    run: gr.Button
    message: gr.HTML
    curves: gr.Slider
    light: gr.Slider
    curves_drawing: gr.HTML
    light_drawing: gr.HTML
    exports: gr.HTML
    job: gr.State

    @property
    def results(self) -> list[Any]:
        """Return the components that a harmonization changes."""
        return [
            self.job, self.stage, self.details, self.curves_drawing, self.light_drawing, self.exports,
            self.curves, self.light, self.message,
        ]  # fmt: skip

    @property
    def strengths(self) -> list[Any]:
        """Return the components that hold a result and its strength."""
        return [self.job, self.curves, self.light]

    @property
    def example(self) -> list[Any]:
        """Return the components that an example changes."""
        return [*self.inputs.panel.components, self.strip, *self.results]


@dataclass(frozen=True)
class HarmonizeHandlers:
    """Answer the events of the page."""

    parts: HarmonizeParts
    renders: Renders
    examples: ExampleResults

    async def on_open(self, request: gr.Request) -> AsyncIterator[Values]:
        """Show the first example when the page opens."""
        async for values in self._example(0, visitor(request)):
            yield values

    async def on_example(self, event: gr.EventData, request: gr.Request) -> AsyncIterator[Values]:
        """Show the example that was clicked."""
        async for values in self._example(picked_example(event) or 0, visitor(request)):
            yield values

    async def _example(self, index: int, who: str) -> AsyncIterator[Values]:
        parts = self.parts
        try:
            async for update in self.examples.open(index, who):
                if isinstance(update, OpenedExample):
                    filled = parts.inputs.panel.filled(update.panel)
                    yield {**filled, parts.strip: {"chosen": index}, **self._result(update.result)}
                else:
                    yield {parts.message: update}
        except MESSAGE_ERRORS as error:
            yield {parts.message: notice(str(error))}

    async def on_given(self, chosen: Inputs, request: gr.Request) -> AsyncIterator[Values]:
        """Show the pictures of the visitor before anything is harmonized."""
        try:
            task = self.renders.with_files(visitor(request), chosen.files, tasks.preview_upload, chosen)
            with await task as queued:
                async for _ in until_done(queued):
                    yield {self.parts.message: line_position(queued)}
                yield self._preview(chosen, queued.result())
        except MESSAGE_ERRORS as error:
            yield {self.parts.message: notice(str(error))}

    async def on_harmonize(self, chosen: Inputs, request: gr.Request) -> AsyncIterator[Values]:
        """Harmonize the pictures of the visitor."""
        try:
            with await self.renders.with_inputs(visitor(request), tasks.harmonize, chosen) as queued:
                async for _ in until_done(queued):
                    yield {self.parts.message: line_position(queued)}
                yield self._result(queued.result())
        except MESSAGE_ERRORS as error:
            yield {self.parts.message: notice(str(error))}

    async def on_strength(self, job: Job | None, curves: float, light: float, request: gr.Request) -> Any:
        """Show the result at the strength of the sliders."""
        parts = self.parts
        if job is None:
            return gr.skip()
        strength = Strength.from_percent(curves, light)
        try:
            with self.renders.with_views(visitor(request), tasks.adjust, job, strength) as queued:
                await queued.done()
                view: StrengthView = queued.result()
        except KeyError:
            return {parts.message: notice("This picture was deleted after a day. Please harmonize it again.")}
        except MESSAGE_ERRORS as error:
            return {parts.message: notice(str(error))}
        return {
            parts.stage: {**stage_value(job, view.after), "strength": [curves, light]},
            parts.curves_drawing: view.curves,
            parts.light_drawing: view.light,
            parts.message: "",
        }

    async def on_export(
        self, job: Job | None, curves: float, light: float, event: gr.EventData, request: gr.Request
    ) -> AsyncIterator[Values]:
        """Write a file of the wanted kind and start its download."""
        parts, kind = self.parts, getattr(event, "kind", "")
        again = {"ready": job is not None, "ticket": secrets.token_hex(4)}
        if job is None or kind not in EXPORTS:
            yield {parts.exports: again, parts.message: notice("Please harmonize a picture first.")}
            return
        more = job, Strength.from_percent(curves, light), kind
        try:
            with await self.renders.with_files(
                visitor(request), job.inputs.files, tasks.export, *more
            ) as queued:
                async for _ in until_done(queued):
                    yield {parts.message: line_position(queued)}
                name, title = queued.result()
        except MESSAGE_ERRORS as error:
            yield {parts.exports: again, parts.message: notice(str(error))}
            return
        download = {**again, "url": f"{url_of(name)}?download={title}", "name": title}
        yield {parts.exports: download, parts.message: ""}

    def _result(self, view: StrengthView) -> Values:
        """Return the values of the page after a harmonization."""
        parts, job = self.parts, view.job
        return {
            parts.job: job,
            parts.stage: stage_value(job, job.after),
            parts.details: job_facts(job),
            parts.curves_drawing: view.curves,
            parts.light_drawing: view.light,
            parts.exports: {"ready": True},
            parts.curves: 100,
            parts.light: 100,
            parts.message: "",
        }

    def _preview(self, chosen: Inputs, preview: UploadPreview | None) -> Values:
        """Return the values of the page before anything is harmonized."""
        parts = self.parts
        if preview is None:
            missing = "a background" if chosen.pasted else "a composite"
            return {parts.details: facts(f"Add {missing} first.")}
        strip: Values = {} if is_example(str(chosen.main)) else {parts.strip: {"chosen": -1}}
        return {
            **strip,
            parts.job: None,
            parts.stage: preview_value(chosen, preview),
            parts.details: preview_facts(chosen, preview),
            parts.curves_drawing: NO_CURVES,
            parts.light_drawing: NO_LIGHT,
            parts.exports: {},
            parts.curves: 100,
            parts.light: 100,
            parts.message: notice(preview.problem),
        }


def harmonize_page(examples: ExampleResults, demo: gr.Blocks) -> None:
    """Build the page inside the current route."""
    parts = _layout(examples.renders)
    _connect(parts, HarmonizeHandlers(parts, examples.renders, examples), demo)


def _layout(renders: Renders) -> HarmonizeParts:
    header("", "Harmonize")
    panel(LEAD, elem_classes="lead")
    job = gr.State(None)
    with gr.Row(elem_classes="workspace"):
        with gr.Column(elem_classes="workspace-main"):
            stage = widget("stage", elem_id="stage")
            details = panel(facts("One moment…"), elem_id="details")
            strip = example_strip()
        with gr.Column(elem_classes="rail"):
            inputs = picture_inputs(renders)
            run = gr.Button("Harmonize", variant="primary", elem_id="run")
            message = panel(elem_id="message")
            with gr.Column(elem_classes="strengths"):
                curves = _strength("Colour", "strength-curves")
                light = _strength("Light", "strength-light")
            drawings = _drawing_tabs()
            exports = widget("exports", elem_id="exports")
    return HarmonizeParts(stage, details, strip, inputs, run, message, curves, light, *drawings, exports, job)


def _connect(parts: HarmonizeParts, handlers: HarmonizeHandlers, demo: gr.Blocks) -> None:
    chosen, given = parts.inputs.panel.chosen, parts.inputs.given
    shown = [parts.strip, *parts.results]
    previews = [event.then(handlers.on_given, chosen, shown, **UNQUEUED) for event in given]
    # A preview that is late must not replace the result that was asked for after it.
    parts.run.click(None, js=BUSY, api_visibility="private")
    parts.run.click(handlers.on_harmonize, chosen, parts.results, cancels=previews, **UNQUEUED).then(
        None, js=DONE, api_visibility="private"
    )
    parts.strip.picked(handlers.on_example, None, parts.example, cancels=previews, **UNQUEUED)
    opened = demo.load(handlers.on_open, None, parts.example, **UNQUEUED)
    # Nor must the first example, where it takes long, replace a picture of the visitor.
    for drop in parts.inputs.panel.drops.values():
        drop.picked(None, cancels=[opened], api_visibility="private")
    gr.on(
        [parts.curves.input, parts.light.input],
        handlers.on_strength,
        parts.strengths,
        [parts.stage, parts.curves_drawing, parts.light_drawing, parts.message],
        trigger_mode="always_last",
        **UNQUEUED,
    )
    parts.exports.wanted(handlers.on_export, parts.strengths, [parts.exports, parts.message], **UNQUEUED)


def harmonize_api(renders: Renders) -> None:
    """Add the function `/harmonize` for programs: a picture and its mask → the full-size result."""

    async def harmonize(image: str, mask: str, request: gr.Request) -> str:
        """Harmonize a picture with a pasted object; the mask is white where the object is."""
        inputs = Inputs(composite=image or "", mask=mask or "")
        try:
            with await renders.with_inputs(visitor(request), tasks.harmonize_to_file, inputs) as queued:
                await queued.done()
                return str(queued.result())
        except MESSAGE_ERRORS as error:
            raise gr.Error(str(error), print_exception=False) from error

    image, mask, result = (
        gr.Image(type="filepath", image_mode=None, visible=False, label=name, format="png")
        for name in ("image", "mask", "result")
    )
    gr.Button(visible=False).click(
        harmonize,
        [image, mask],
        result,
        api_name="harmonize",
        concurrency_id="render",
        concurrency_limit=None,
    )


def _drawing_tabs() -> tuple[gr.HTML, gr.HTML]:
    with gr.Tabs(elem_classes="drawings"):
        with gr.Tab("Curves"):
            curves = panel(NO_CURVES, elem_id="curves")
        with gr.Tab("Light"):
            light = panel(NO_LIGHT, elem_id="light")
    return curves, light


def _strength(label: str, elem_id: str) -> gr.Slider:
    return gr.Slider(0, 150, value=100, step=5, label=f"{label} strength, %", elem_id=elem_id, buttons=[])
