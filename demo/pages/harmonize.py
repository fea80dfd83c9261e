"""The first page: give a picture, see it harmonized, adjust it, take it home."""

import json
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr

from demo.examples import EXAMPLES
from demo.pages.layout import facts, header, notice, panel
from demo.pages.uploads import (
    example_inputs,
    example_strip,
    filled,
    picked_example,
    picture_inputs,
)
from demo.pages.waiting import UNQUEUED, WORDS, place_of, until_done, visitor
from demo.pictures.edit_drawings import no_curves_svg
from demo.pictures.picture_panel import Panel, is_example
from demo.pictures.upload_preview import UploadPreview
from demo.pictures.view_cache import ViewCache, url_of
from demo.pictures.workbench import EXPORTS, Inputs, Job, Strength
from demo.renders import tasks
from demo.renders.service import Renders
from demo.renders.tasks import StrengthView
from demo.widgets import widget

Frames = AsyncIterator[list[Any]]

LEAD = (
    "<h1>Make a pasted object belong.</h1> <p>Its colours and its light are matched to the photograph; "
    "everything else stays as it was, at full size.</p>"
)
BUSY = "() => { document.querySelector('.stage').dataset.busy = 'yes'; }"
DONE = "() => { document.querySelector('.stage').dataset.busy = 'no'; }"
NOTHING_DRAWN = [no_curves_svg(), '<p class="light-none">Where the object gets brighter or darker.</p>']


@dataclass(frozen=True)
class Desk:
    """What the events of the page do."""

    renders: Renders
    views: ViewCache
    kept: dict[int, tuple[Panel, StrengthView]] = field(default_factory=dict)

    async def warm_up(self) -> None:
        """Harmonize what the page opens with, so that the first visitor does not wait."""
        async for _ in self.example(0, ""):
            pass

    async def on_open(self, request: gr.Request) -> Frames:
        async for values in self.example(0, visitor(request)):
            yield values

    async def on_example(self, event: gr.EventData, request: gr.Request) -> Frames:
        async for values in self.example(picked_example(event) or 0, visitor(request)):
            yield values

    async def example(self, index: int, who: str) -> Frames:
        """Show an example; everybody opens them, so each is harmonized once, and waited for only then."""
        try:
            if not self._is_kept(index):
                opening = self.renders.with_inputs(who, tasks.open_example, example_inputs(index))
                with await opening as ticket:
                    async for _ in until_done(ticket):
                        yield [*[gr.skip()] * 16, place_of(ticket)]
                    self.kept[index] = ticket.result()
        except WORDS as error:
            yield [*[gr.skip()] * 16, notice(str(error))]
            return
        filling, shown = self.kept[index]
        yield [*filled(filling), {"chosen": index}, *_shown(shown)]

    def _is_kept(self, index: int) -> bool:
        if index not in self.kept:
            return False
        filling, shown = self.kept[index]
        return all(self.views.touch(name) for name in (*filling.views, *shown.views))

    async def on_given(self, chosen: Inputs, request: gr.Request) -> Frames:
        """Show a new picture as it is, before anything is done to it."""
        try:
            looking = self.renders.with_files(visitor(request), chosen.files, tasks.preview_upload, chosen)
            with await looking as ticket:
                async for _ in until_done(ticket):
                    yield [*[gr.skip()] * 9, place_of(ticket)]
                yield _given(chosen, ticket.result())
        except WORDS as error:
            yield [*[gr.skip()] * 9, notice(str(error))]

    async def on_harmonize(self, chosen: Inputs, request: gr.Request) -> Frames:
        try:
            with await self.renders.with_inputs(visitor(request), tasks.harmonize, chosen) as ticket:
                async for _ in until_done(ticket):
                    yield [*[gr.skip()] * 8, place_of(ticket)]
                yield _shown(ticket.result())
        except WORDS as error:
            yield [*[gr.skip()] * 8, notice(str(error))]

    async def on_strength(
        self, job: Job | None, curves: float, light: float, request: gr.Request
    ) -> list[Any]:
        if job is None:
            return [gr.skip()] * 4
        strength = Strength.from_percent(curves, light)
        try:
            with self.renders.with_views(visitor(request), tasks.adjust, job, strength) as ticket:
                await ticket.done()
                shown: StrengthView = ticket.result()
        except KeyError:
            return [*[gr.skip()] * 3, notice("This picture was here for a day. Please harmonize it again.")]
        except WORDS as error:
            return [*[gr.skip()] * 3, notice(str(error))]
        value = {**_stage_value(job, shown.after), "strength": [curves, light]}
        return [value, shown.curves, shown.light, ""]

    async def on_export(
        self, job: Job | None, curves: float, light: float, event: gr.EventData, request: gr.Request
    ) -> Frames:
        kind = getattr(event, "kind", "")
        again = {"ready": job is not None, "ticket": secrets.token_hex(4)}
        if job is None or kind not in EXPORTS:
            yield [again, notice("Please harmonize a picture first.")]
            return
        more = Strength.from_percent(curves, light), kind
        try:
            with await self.renders.with_files(
                visitor(request), job.inputs.files, tasks.export, job, *more
            ) as ticket:
                async for _ in until_done(ticket):
                    yield [gr.skip(), place_of(ticket)]
                name, title = ticket.result()
        except WORDS as error:
            yield [again, notice(str(error))]
            return
        yield [{**again, "url": f"{url_of(name)}?download={title}", "name": title}, ""]


def harmonize_page(desk: Desk, demo: gr.Blocks) -> None:
    """Build the page inside the current route."""
    header("", "Harmonize")
    panel(LEAD, elem_classes="lead")
    job = gr.State(None)
    with gr.Row(elem_classes="desk"):
        with gr.Column(elem_classes="desk-main"):
            stage = widget("stage", elem_id="stage")
            details = panel(facts("One moment…"), elem_id="details")
            strip = example_strip()
        with gr.Column(elem_classes="rail"):
            inputs = picture_inputs(desk.renders)
            run = gr.Button("Harmonize", variant="primary", elem_id="run")
            message = panel(elem_id="message")
            with gr.Column(elem_classes="strengths"):
                curves = _strength("Colour", "strength-curves")
                light = _strength("Light", "strength-light")
            curves_panel, light_panel = _drawing_tabs()
            exports = widget("exports", elem_id="exports")

    shown = [job, stage, details, curves_panel, light_panel, exports, curves, light, message]
    seen = [event.then(desk.on_given, inputs.chosen, [strip, *shown], **UNQUEUED) for event in inputs.given]
    # What comes late must not cover what was asked for last.
    run.click(None, js=BUSY, api_visibility="private")
    run.click(desk.on_harmonize, inputs.chosen, shown, cancels=seen, **UNQUEUED).then(
        None, js=DONE, api_visibility="private"
    )
    strip.picked(desk.on_example, None, [*inputs.outputs, strip, *shown], cancels=seen, **UNQUEUED)
    opened = demo.load(desk.on_open, None, [*inputs.outputs, strip, *shown], **UNQUEUED)
    for drop in inputs.drops.values():  # a first example that takes long must not replace an own picture
        drop.picked(None, cancels=[opened], api_visibility="private")
    gr.on(
        [curves.input, light.input],
        desk.on_strength,
        [job, curves, light],
        [stage, curves_panel, light_panel, message],
        trigger_mode="always_last",
        **UNQUEUED,
    )
    exports.wanted(desk.on_export, [job, curves, light], [exports, message], **UNQUEUED)


def harmonize_api(renders: Renders) -> None:
    """The same for programs: `/harmonize` takes a picture and its mask and gives the full-size result."""

    async def harmonize(image: str, mask: str, request: gr.Request) -> str:
        """Harmonize a picture with a pasted object; the mask is white where the object is."""
        inputs = Inputs(composite=image or "", mask=mask or "")
        try:
            with await renders.with_inputs(visitor(request), tasks.harmonize_to_file, inputs) as ticket:
                await ticket.done()
                return str(ticket.result())
        except WORDS as error:
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
            curves = panel(NOTHING_DRAWN[0], elem_id="curves")
        with gr.Tab("Light"):
            light = panel(NOTHING_DRAWN[1], elem_id="light")
    return curves, light


def _strength(label: str, elem_id: str) -> gr.Slider:
    return gr.Slider(0, 150, value=100, step=5, label=f"{label} strength, %", elem_id=elem_id, buttons=[])


def _shown(shown: StrengthView) -> list[Any]:
    """Values for the stage, the drawings and the controls after a harmonization."""
    job = shown.job
    return [
        job,
        _stage_value(job, job.after),
        _details(job),
        shown.curves,
        shown.light,
        {"ready": True},
        100,
        100,
        "",
    ]


def _given(chosen: Inputs, seen: UploadPreview | None) -> list[Any]:
    """Values for the strip, the stage and the rest before anything is harmonized."""
    if seen is None:
        first = facts(f"Add {'a background' if chosen.pasted else 'a composite'} first.")
        return [*[gr.skip()] * 3, first, *[gr.skip()] * 6]
    strip = gr.skip() if is_example(str(chosen.main)) else {"chosen": -1}
    shown = [_preview_value(chosen, seen), _preview_facts(chosen, seen), *NOTHING_DRAWN]
    return [strip, None, *shown, {}, 100, 100, notice(seen.problem)]


def _stage_value(job: Job, after: str) -> dict[str, Any]:
    """The pictures, and the edit itself: with it the browser follows a strength while it is being moved."""
    before, _, matte = job.views
    return {
        "before": url_of(before),
        "after": url_of(after),
        "mask": url_of(matte),
        "width": job.width,
        "height": job.height,
        "title": _title(job.inputs),
        "focus": job.focus,
        "edit": json.loads(job.edit.to_json()) if job.live else None,
        "strength": [100, 100],
    }


def _preview_value(inputs: Inputs, seen: UploadPreview) -> dict[str, Any]:
    return {
        "before": url_of(seen.before),
        "mask": url_of(seen.matte) if seen.matte else "",
        "width": seen.width,
        "height": seen.height,
        "title": _title(inputs),
        "focus": seen.focus,
    }


def _details(job: Job) -> str:
    return facts(
        f"{job.width} × {job.height}",
        job.about,
        f"{job.width * job.height / 1e6:.1f} MP in {job.seconds:.2f} s",
        f"{job.background:,} background pixels, {f'{job.changed:,}' if job.changed else 'none'} changed",
    )


def _preview_facts(inputs: Inputs, seen: UploadPreview) -> str:
    """What is known of a picture that is not harmonized yet, and what to do next."""
    other = "Add the cut-out." if inputs.pasted else "Add its mask, or draw it."
    return facts(f"{seen.width} × {seen.height}", seen.about, "Ready to harmonize." if seen.matte else other)


def _title(inputs: Inputs) -> str:
    return next(
        (e.title for e in EXAMPLES if str(e.composite) == inputs.composite),
        Path(inputs.background if inputs.pasted else inputs.composite).name,
    )
