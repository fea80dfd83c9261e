"""The first page: give a picture, see it harmonized, adjust it, take it home."""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from demo.drawings import curves_svg, light_html, light_map, no_curves_svg
from demo.examples import EXAMPLES
from demo.glance import Glance, glance
from demo.media import url_of
from demo.pages.frame import facts, header, notice, panel
from demo.pages.picture_inputs import (
    example_inputs,
    example_strip,
    filled,
    is_example,
    picked_example,
    picture_inputs,
)
from demo.widgets import widget
from demo.workbench import EXPORTS, Inputs, Job, Strength, Workbench, small_composite
from model import BadImage, Edit

PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "concurrency_id": "render"}

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

    bench: Workbench

    def on_open(self) -> list[Any]:
        return self.example(0)

    def on_example(self, event: gr.EventData) -> list[Any]:
        return self.example(picked_example(event) or 0)

    def example(self, index: int) -> list[Any]:
        inputs = example_inputs(index)
        job = self.bench.harmonize_once(inputs)
        return [*filled(inputs, self.bench.views), {"chosen": index}, *_shown(self.bench, job)]

    def on_given(self, chosen: Inputs) -> list[Any]:
        """Show a new picture as it is, before anything is done to it."""
        seen = glance(chosen, self.bench.views)
        if seen is None:
            return [
                *[gr.skip()] * 3,
                facts(f"Add {'a background' if chosen.pasted else 'a composite'} first."),
                *[gr.skip()] * 6,
            ]
        strip = gr.skip() if is_example(str(chosen.main)) else {"chosen": -1}
        shown = [_glance_value(chosen, seen), _given(chosen, seen), *NOTHING_DRAWN]
        return [strip, None, *shown, {}, 100, 100, notice(seen.problem)]

    def on_harmonize(self, chosen: Inputs) -> list[Any]:
        try:
            return _shown(self.bench, self.bench.harmonize(chosen))
        except BadImage as error:
            return [*[gr.skip()] * 8, notice(str(error))]

    def on_strength(self, job: Job | None, curves: float, light: float) -> list[Any]:
        if job is None:
            return [gr.skip()] * 4
        strength = Strength.from_percent(curves, light)
        try:
            after = self.bench.adjust(job, strength)
        except KeyError:
            return [*[gr.skip()] * 3, notice("This picture was here for a day. Please harmonize it again.")]
        value = {**_stage_value(job, after), "strength": [curves, light]}
        return [value, *_drawn(self.bench, job, strength), ""]

    def on_export(self, job: Job | None, curves: float, light: float, event: gr.EventData) -> list[Any]:
        kind = getattr(event, "kind", "")
        again = {"ready": job is not None, "ticket": secrets.token_hex(4)}
        if job is None or kind not in EXPORTS:
            return [again, notice("Please harmonize a picture first.")]
        try:
            name, title = self.bench.export(job, Strength.from_percent(curves, light), kind)
        except BadImage as error:
            return [again, notice(str(error))]
        return [{**again, "url": f"{url_of(name)}?download={title}", "name": title}, ""]


def harmonize_page(bench: Workbench, demo: gr.Blocks) -> None:
    """Build the page inside the current route."""
    desk = Desk(bench)
    header("", "Harmonize")
    panel(LEAD, elem_classes="lead")
    job = gr.State(None)
    with gr.Row(elem_classes="desk"):
        with gr.Column(elem_classes="desk-main"):
            stage = widget("stage", elem_id="stage")
            details = panel(facts("One moment…"), elem_id="details")
            strip = example_strip()
        with gr.Column(elem_classes="rail"):
            inputs = picture_inputs(bench.views)
            run = gr.Button("Harmonize", variant="primary", elem_id="run")
            message = panel(elem_id="message")
            with gr.Column(elem_classes="strengths"):
                curves = _strength("Colour", "strength-curves")
                light = _strength("Light", "strength-light")
            curves_panel, light_panel = _drawing_tabs()
            exports = widget("exports", elem_id="exports")

    shown = [job, stage, details, curves_panel, light_panel, exports, curves, light, message]
    seen = [event.then(desk.on_given, inputs.chosen, [strip, *shown], **PRIVATE) for event in inputs.given]
    # What comes late must not cover what was asked for last.
    run.click(None, js=BUSY, api_visibility="private")
    run.click(desk.on_harmonize, inputs.chosen, shown, cancels=seen, concurrency_limit=2, **PRIVATE).then(
        None, js=DONE, api_visibility="private"
    )
    strip.picked(desk.on_example, None, [*inputs.outputs, strip, *shown], cancels=seen, **PRIVATE)
    demo.load(desk.on_open, None, [*inputs.outputs, strip, *shown], **PRIVATE)
    gr.on(
        [curves.input, light.input],
        desk.on_strength,
        [job, curves, light],
        [stage, curves_panel, light_panel, message],
        trigger_mode="always_last",
        **PRIVATE,
    )
    exports.wanted(desk.on_export, [job, curves, light], [exports, message], **PRIVATE)


def harmonize_api(bench: Workbench) -> None:
    """The same for programs: `/harmonize` takes a picture and its mask and gives the full-size result."""

    def harmonize(image: str, mask: str) -> str:
        """Harmonize a picture with a pasted object; the mask is white where the object is."""
        try:
            job = bench.harmonize(Inputs(composite=image or "", mask=mask or ""))
        except BadImage as error:
            raise gr.Error(str(error), print_exception=False) from error
        return str(bench.views.find(bench.export(job, Strength(), "png")[0]))

    image, mask, result = (
        gr.Image(type="filepath", image_mode=None, visible=False, label=name, format="png")
        for name in ("image", "mask", "result")
    )
    gr.Button(visible=False).click(
        harmonize, [image, mask], result, api_name="harmonize", concurrency_id="render"
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


def _shown(bench: Workbench, job: Job) -> list[Any]:
    """Values for the stage, the drawings and the controls after a harmonization."""
    return [
        job,
        _stage_value(job, job.after),
        _details(job),
        *_drawn(bench, job, Strength()),
        {"ready": True},
        100,
        100,
        "",
    ]


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
        "edit": json.loads(job.edit) if job.live else None,
        "strength": [100, 100],
    }


def _glance_value(inputs: Inputs, seen: Glance) -> dict[str, Any]:
    return {
        "before": url_of(seen.before),
        "mask": url_of(seen.matte) if seen.matte else "",
        "width": seen.width,
        "height": seen.height,
        "title": _title(inputs),
        "focus": seen.focus,
    }


def _drawn(bench: Workbench, job: Job, strength: Strength) -> list[str]:
    edit = strength.of(Edit.from_json(job.edit))
    small = small_composite(bench.views.find(job.before), bench.views.find(job.matte))
    light = bench.views.put(light_map(small, edit), ".jpg")
    return [curves_svg(edit), light_html(url_of(light), edit)]


def _details(job: Job) -> str:
    return facts(
        f"{job.width} × {job.height}",
        job.about,
        f"{job.width * job.height / 1e6:.1f} MP in {job.seconds:.2f} s",
        f"{job.background:,} background pixels, {f'{job.changed:,}' if job.changed else 'none'} changed",
    )


def _given(inputs: Inputs, seen: Glance) -> str:
    """What is known of a picture that is not harmonized yet, and what to do next."""
    other = "Add the cut-out." if inputs.pasted else "Add its mask, or draw it."
    return facts(f"{seen.width} × {seen.height}", seen.about, "Ready to harmonize." if seen.matte else other)


def _title(inputs: Inputs) -> str:
    return next(
        (e.title for e in EXAMPLES if str(e.composite) == inputs.composite),
        Path(inputs.background if inputs.pasted else inputs.composite).name,
    )
