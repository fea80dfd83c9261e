"""The first page: give a picture, see it harmonized, adjust it, take it home."""

import secrets
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from demo.drawings import curves_svg, light_html, light_map
from demo.examples import EXAMPLES
from demo.media import url_of
from demo.pages.frame import header, notice, panel
from demo.pages.picture_inputs import (
    example_inputs,
    example_strip,
    filled,
    picked_example,
    picture_inputs,
)
from demo.widgets import widget
from demo.workbench import EXPORTS, Inputs, Job, Strength, Workbench, small_composite
from model import BadImage, Edit

PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "concurrency_id": "render"}


def harmonize_page(bench: Workbench, demo: gr.Blocks) -> None:
    """Build the page inside the current route."""
    header("", "Harmonize")
    job = gr.State(None)
    with gr.Row(elem_classes="desk"):
        with gr.Column(elem_classes="desk-main"):
            stage = widget("stage", elem_id="stage")
            details = panel(elem_id="details")
            strip = example_strip()
        with gr.Column(elem_classes="rail"):
            inputs = picture_inputs(bench.views)
            run = gr.Button("Harmonize", variant="primary", elem_id="run")
            message = panel(elem_id="message")
            with gr.Column(elem_classes="strengths"):
                curves = _strength("Colour", "strength-curves")
                light = _strength("Light", "strength-light")
            with gr.Tabs(elem_classes="drawings"):
                with gr.Tab("Curves"):
                    curves_panel = panel(elem_id="curves")
                with gr.Tab("Light"):
                    light_panel = panel(elem_id="light")
            exports = widget("exports", elem_id="exports")

    shown = [job, stage, details, curves_panel, light_panel, exports, curves, light, message]
    strip.picked(_on_example(bench), None, [*inputs.outputs, strip, *shown], **PRIVATE)
    demo.load(_on_open(bench), None, [*inputs.outputs, strip, *shown], **PRIVATE)
    run.click(
        _on_harmonize(bench),
        inputs.chosen,
        shown,
        api_visibility="private",
        concurrency_id="render",
        concurrency_limit=2,
        show_progress="minimal",
        show_progress_on=run,
    )
    gr.on(
        [curves.input, light.input],
        _on_strength(bench),
        [job, curves, light],
        [stage, curves_panel, light_panel],
        trigger_mode="always_last",
        **PRIVATE,
    )
    exports.wanted(_on_export(bench), [job, curves, light], [exports, message], **PRIVATE)


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


def _strength(label: str, elem_id: str) -> gr.Slider:
    return gr.Slider(0, 150, value=100, step=5, label=label, elem_id=elem_id, buttons=[])


def _on_harmonize(bench: Workbench) -> Callable[[Inputs], list[Any]]:
    def on_harmonize(chosen: Inputs) -> list[Any]:
        try:
            return _shown(bench, bench.harmonize(chosen), _title(chosen))
        except BadImage as error:
            return [*[gr.skip()] * 8, notice(str(error))]

    return on_harmonize


def _on_example(bench: Workbench) -> Callable[[gr.EventData], list[Any]]:
    def on_example(event: gr.EventData) -> list[Any]:
        return _example(bench, picked_example(event) or 0)

    return on_example


def _on_open(bench: Workbench) -> Callable[[], list[Any]]:
    def on_open() -> list[Any]:
        return _example(bench, 0)

    return on_open


def _example(bench: Workbench, index: int) -> list[Any]:
    inputs = example_inputs(index)
    job = bench.harmonize_once(inputs)
    return [*filled(inputs, bench.views), {"chosen": index}, *_shown(bench, job, EXAMPLES[index].title)]


def _on_strength(bench: Workbench) -> Callable[[Job | None, float, float], list[Any]]:
    def on_strength(job: Job | None, curves: float, light: float) -> list[Any]:
        if job is None:
            return [gr.skip()] * 3
        strength = Strength.from_percent(curves, light)
        after = bench.adjust(job, strength)
        return [_stage_value(job, after, _title(job.inputs)), *_drawn(bench, job, strength)]

    return on_strength


def _on_export(bench: Workbench) -> Callable[[Job | None, float, float, gr.EventData], list[Any]]:
    def on_export(job: Job | None, curves: float, light: float, event: gr.EventData) -> list[Any]:
        kind = getattr(event, "kind", "")
        again = {"ready": job is not None, "ticket": secrets.token_hex(4)}
        if job is None or kind not in EXPORTS:
            return [again, notice("Please harmonize a picture first.")]
        try:
            name, title = bench.export(job, Strength.from_percent(curves, light), kind)
        except BadImage as error:
            return [again, notice(str(error))]
        return [{**again, "url": f"{url_of(name)}?as={title}", "name": title}, ""]

    return on_export


def _shown(bench: Workbench, job: Job, title: str) -> list[Any]:
    """Values for the stage, the drawings and the controls after a harmonization."""
    return [
        job,
        _stage_value(job, job.after, title),
        _details(job),
        *_drawn(bench, job, Strength()),
        {"ready": True},
        100,
        100,
        "",
    ]


def _stage_value(job: Job, after: str, title: str) -> dict[str, Any]:
    before, _, matte = job.views
    views = {"before": url_of(before), "after": url_of(after), "mask": url_of(matte)}
    return {**views, "width": job.width, "height": job.height, "title": title, "focus": job.focus}


def _drawn(bench: Workbench, job: Job, strength: Strength) -> list[str]:
    edit = strength.of(Edit.from_json(job.edit))
    small = small_composite(bench.views.find(job.before), bench.views.find(job.matte))
    light = bench.views.put(light_map(small, edit), ".jpg")
    return [curves_svg(edit), light_html(url_of(light), edit)]


def _details(job: Job) -> str:
    facts = [
        f"{job.width} × {job.height}",
        f"{job.bits} bit",
        f"{job.width * job.height / 1e6:.1f} MP in {job.seconds:.2f} s",
    ]
    if job.untouched:
        facts.append("outside the mask not one value changed")
    return '<p class="facts">' + "".join(f"<span>{escape(fact)}</span>" for fact in facts) + "</p>"


def _title(inputs: Inputs) -> str:
    return next(
        (e.title for e in EXAMPLES if str(e.composite) == inputs.composite),
        Path(inputs.background if inputs.pasted else inputs.composite).name,
    )
