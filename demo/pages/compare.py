"""Methods on one picture, side by side, each shown as soon as it is ready."""

import secrets
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from demo.comparison import Bench, Outcome, Skips
from demo.drafts import Drafts
from demo.media import ViewCache, url_of
from demo.pages.frame import good_news, header, notice, panel
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
from model.fitting import fit_edit
from model.image_io import write_picture
from model.methods import Method
from model.picture import Pixels

Frames = Iterator[list[Any]]
PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
STEPS = {**PRIVATE, "concurrency_id": "compare", "concurrency_limit": 3}

LEAD = (
    "<h1>Compare methods.</h1> <p>The same picture through each of them, at one size and one quality. "
    "Can you tell ours when the names are hidden?</p>"
)
HINT = """<p class="facts"><span>Pinch or Ctrl + wheel to zoom, drag to move: all pictures follow.</span>
<span>Click a picture to see it large.</span>
<span>Hold <kbd>O</kbd> to see the original everywhere.</span>
<span>Under a name: how much of a change curves and light explain, and the levels they leave.</span></p>"""
TOGGLE = """(name) => () => {
  const open = document.querySelector(`.gallery .${name}`).classList.toggle('open');
  document.querySelector(`#show-${name}`).setAttribute('aria-expanded', String(open));
}"""
COUNT = """(names) => { document.querySelector('#show-choose').textContent =
  names.length === 1 ? '1 method' : `${names.length} methods`; }"""


@dataclass(frozen=True)
class Card:
    """One method in the grid: waiting, at work, done (url, time, fit) or failed (error)."""

    name: str
    title: str
    url: str = ""
    time: str = ""
    fit: str = ""
    error: str = ""
    working: bool = False


@dataclass(frozen=True)
class Comparison:
    """What a visitor compares: the pictures given, and the full-size results (method → name in the cache)."""

    run: str = ""
    inputs: Inputs = Inputs()
    results: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Comparer:
    """What the page works with."""

    views: ViewCache
    methods: Mapping[str, Method]
    bench: Bench
    drafts: Drafts
    skips: Skips

    def compare(self, chosen: Inputs, names: list[str]) -> Frames:
        """Values for comparison, grid and message, after each method and now and then in between."""
        try:
            composite = chosen.read()
        except BadImage as error:
            yield [gr.skip(), gr.skip(), notice(str(error))]
            return
        methods = [method for name, method in self.methods.items() if name in names]
        if not methods:
            yield [gr.skip(), gr.skip(), notice("Please choose a method first.")]
            return
        comparison = Comparison(secrets.token_hex(8), chosen)
        skip = self.skips.begin(comparison.run)
        try:
            yield from self._frames(comparison, composite, methods, skip)
        finally:
            skip.set()
            self.skips.end(comparison.run)

    def _frames(
        self, comparison: Comparison, composite: Composite, methods: list[Method], skip: Any
    ) -> Frames:
        height, width = composite.matte.shape
        original = url_of(self.views.put(preview(composite.image, composite), ".jpg"))
        grid = {"original": original, "ratio": width / height, "run": comparison.run}
        cards = [Card(method.name, method.title) for method in methods]
        cards[0] = replace(cards[0], working=True)
        yield [comparison, _grid(grid, cards), ""]
        done = 0
        for outcome in self.bench.run_all(methods, composite, skip):
            if outcome is None:
                # Nothing new, but a visitor who left is noticed only here.
                yield [gr.skip(), gr.skip(), gr.skip()]
                continue
            comparison = self._kept(comparison, outcome, composite)
            cards[done] = self._card(outcome, composite)
            done += 1
            if done < len(cards):
                cards[done] = replace(cards[done], working=True)
            yield [comparison, _grid(grid, cards), ""]

    def _card(self, outcome: Outcome, composite: Composite) -> Card:
        card = Card(outcome.method.name, outcome.method.title)
        if outcome.picture is None:
            return replace(card, error=outcome.error)
        url = url_of(self.views.put(preview(outcome.picture, composite), ".jpg"))
        fit = _fit_text(outcome.method, composite, outcome.picture)
        return replace(card, url=url, time=f"{outcome.seconds:.2f} s", fit=fit)

    def _kept(self, comparison: Comparison, outcome: Outcome, composite: Composite) -> Comparison:
        """The comparison with the full-size result written beside the view."""
        if outcome.picture is None:
            return comparison
        path = self.views.new_path(".png")
        write_picture(path, outcome.picture, metadata=composite.metadata)
        return replace(comparison, results=(*comparison.results, (outcome.method.name, path.name)))

    def results(self, comparison: Comparison) -> dict[str, Path]:
        """Method → file, of those that are still there."""
        return {name: self.views.find(file) for name, file in comparison.results if self.views.touch(file)}

    def zip(self, comparison: Comparison) -> Path:
        """All full-size results in one file. Raises BadImage where there are none."""
        results = self.results(comparison)
        if not results:
            raise BadImage("Please compare a picture first.")
        path = self.views.new_path(".zip")
        partial = path.with_suffix(".tmp")
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as archive:  # PNG is compressed already
            for name, file in results.items():
                archive.write(file, f"{comparison.inputs.stem}/{name}.png")
        partial.replace(path)
        return path

    def on_zip(self, comparison: Comparison) -> list[Any]:
        try:
            path = self.zip(comparison)
        except BadImage as error:
            return [gr.skip(), notice(str(error))]
        title = f"{comparison.inputs.stem}-methods.zip"
        url = f"{url_of(path.name)}?download={title}"
        return [{"url": url, "name": title, "ticket": secrets.token_hex(4)}, ""]

    def on_draft(self, comparison: Comparison, request: gr.Request) -> str:
        if not self.drafts.open_to(request.headers):
            return notice("Only the organizer sets pictures aside. Please sign in on the organizer's page.")
        results = self.results(comparison)
        if len(results) < 2:
            return notice("A study needs the results of two methods or more.")
        try:
            name = self.drafts.add(comparison.inputs, results)
        except BadImage as error:
            return notice(str(error))
        return good_news(
            f"{name} is in the draft study. Add as many pictures as you like, then build it:",
            self.drafts.command(results),
        )

    def on_skip(self, event: gr.EventData) -> None:
        self.skips.skip(str(getattr(event, "run", "")))


def _fit_text(method: Method, composite: Composite, picture: Pixels) -> str:
    """How much of a change curves and light explain, and what they leave; "" where they are all of it."""
    if method.predict is not None or np.array_equal(picture, composite.image):
        return ""
    fit = fit_edit(composite.image, picture, composite.matte)
    return f"{fit.explained:.0%} curves and light, {fit.residual:.1f} levels left"


def compare_page(comparer: Comparer, demo: gr.Blocks) -> None:
    """Build the page inside the current route."""
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
            inputs = picture_inputs(comparer.views)
        with gr.Column(elem_classes=["rail", "choose"]):
            names = gr.CheckboxGroup(
                usable, value=usual, show_label=False, container=False, elem_id="methods"
            )
        message = panel(elem_id="message")
        grid = widget("method_grid", elem_id="grid")
        download = widget("download")
        panel(HINT)
    for name, button in (("own", own), ("choose", choose)):
        button.click(None, js=f"({TOGGLE})('{name}')", api_visibility="private")
    names.change(None, names, None, js=COUNT, api_visibility="private")
    for event in inputs.given:
        event.then(lambda: {"chosen": -1}, None, strip, **PRIVATE)

    def compare_example(index: int, names: list[str]) -> Frames:
        chosen = example_inputs(index)
        panel_values = [*filled(chosen, comparer.views), {"chosen": index}]
        for frame in comparer.compare(chosen, names):
            yield [*panel_values, *frame]
            # The panel is filled by the first frame; later ones only add to the grid.
            panel_values = [gr.skip()] * len(panel_values)

    def on_example(names: list[str], event: gr.EventData) -> Frames:
        yield from compare_example(picked_example(event) or 0, names)

    def on_open(names: list[str]) -> Frames:
        yield from compare_example(0, names)

    found = [comparison, grid, message]
    shown = [*inputs.outputs, strip, *found]
    opened = demo.load(on_open, names, shown, **STEPS)
    started = run.click(comparer.compare, [inputs.chosen, names], found, cancels=[opened], **STEPS)
    chosen = strip.picked(
        on_example, names, shown, trigger_mode="multiple", cancels=[opened, started], **STEPS
    )
    grid.stop(None, cancels=[opened, chosen, started], api_visibility="private")
    grid.skip(comparer.on_skip, None, None, concurrency_limit=None, **PRIVATE)
    grid.zip(comparer.on_zip, comparison, [download, message], **PRIVATE)
    grid.draft(comparer.on_draft, comparison, message, **PRIVATE)


def _grid(value: dict[str, Any], cards: list[Card]) -> dict[str, Any]:
    return {**value, "cards": [asdict(card) for card in cards]}
