"""All methods on one picture, side by side, each shown as soon as it is ready."""

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import gradio as gr

from demo.media import ViewCache, url_of
from demo.pages.frame import header, notice, panel
from demo.pages.picture_inputs import (
    example_inputs,
    example_strip,
    filled,
    picked_example,
    picture_inputs,
)
from demo.widgets import widget
from demo.workbench import Inputs, preview
from model import BadImage, Composite
from model.methods import Method

Frames = Iterator[list[Any]]
PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "concurrency_id": "render"}

HINT = """<p class="facts"><span>Open a picture to see it large; the arrow keys change the method.</span>
<span>Hold <kbd>O</kbd> to see the original everywhere.</span></p>"""


@dataclass(frozen=True)
class Card:
    """One method in the grid: waiting, done (url and time) or failed (error)."""

    title: str
    url: str = ""
    time: str = ""
    error: str = ""


def compare_page(views: ViewCache, methods: dict[str, Method], demo: gr.Blocks) -> None:
    """Build the page inside the current route."""
    header("compare", "Compare")
    with gr.Column(elem_classes="gallery"):
        with gr.Row(elem_classes="gallery-top"):
            strip = example_strip()
            own = gr.Button("Use your own picture", elem_id="own")
        with gr.Column(elem_classes=["rail", "own"]):
            inputs = picture_inputs(views)
            run = gr.Button("Compare all methods", variant="primary", elem_id="run")
            message = panel(elem_id="message")
        grid = widget("method_grid", elem_id="grid")
        panel(HINT)
    own.click(
        None, js="() => document.querySelector('.own').classList.toggle('open')", api_visibility="private"
    )

    def compare(chosen: Inputs) -> Frames:
        try:
            composite = chosen.read()
        except BadImage as error:
            yield [gr.skip(), notice(str(error))]
            return
        for value in compare_all(views, methods, composite):
            yield [value, ""]

    def compare_example(index: int) -> Frames:
        chosen = example_inputs(index)
        panel_values = [*filled(chosen, views), {"chosen": index}]
        for frame in compare(chosen):
            yield [*panel_values, *frame]
            # The panel is filled by the first frame; later ones only add to the grid.
            panel_values = [gr.skip()] * len(panel_values)

    def on_example(event: gr.EventData) -> Frames:
        yield from compare_example(picked_example(event) or 0)

    def on_open() -> Frames:
        yield from compare_example(0)

    shown = [*inputs.outputs, strip, grid, message]
    strip.picked(on_example, None, shown, trigger_mode="always_last", **PRIVATE)
    demo.load(on_open, None, shown, **PRIVATE)
    run.click(compare, inputs.chosen, [grid, message], **PRIVATE)


def compare_all(
    views: ViewCache, methods: dict[str, Method], composite: Composite
) -> Iterator[dict[str, Any]]:
    """Yield the value of the grid before the first method and after each one."""
    height, width = composite.matte.shape
    original = url_of(views.put(preview(composite.image, composite), ".jpg"))
    cards = [Card(method.title, error=method.reason or "") for method in methods.values()]
    yield _grid_value(cards, original, width / height)
    for index, method in enumerate(methods.values()):
        if method.available:
            cards[index] = _run(views, method, composite)
            yield _grid_value(cards, original, width / height)


def _run(views: ViewCache, method: Method, composite: Composite) -> Card:
    started = time.perf_counter()
    try:
        picture = method.run(composite)
    except BadImage as error:
        return Card(method.title, error=str(error))
    # One method that fails must not take the others with it.
    except (ValueError, RuntimeError, MemoryError):
        return Card(method.title, error="This method could not handle the picture.")
    seconds = time.perf_counter() - started
    url = url_of(views.put(preview(picture, composite), ".jpg"))
    return Card(method.title, url=url, time=f"{seconds:.2f} s")


def _grid_value(cards: list[Card], original: str, ratio: float) -> dict[str, Any]:
    return {"cards": [asdict(card) for card in cards], "original": original, "ratio": ratio}
