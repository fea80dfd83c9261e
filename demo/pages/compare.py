"""Methods on one picture, side by side, each shown as soon as it is ready."""

import secrets
import zipfile
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import gradio as gr

from demo.pages.layout import good_news, header, notice, panel
from demo.pages.uploads import (
    PictureInputs,
    example_inputs,
    example_strip,
    filled,
    picked_example,
    picture_inputs,
)
from demo.pages.waiting import UNQUEUED, WORDS, place_of, until_done, visitor
from demo.pictures.method_runner import MethodResult, OpenedComposite
from demo.pictures.study_draft import StudyDraft
from demo.pictures.view_cache import ViewCache, url_of
from demo.pictures.workbench import Inputs
from demo.renders import tasks
from demo.renders.lane import QueuedTask
from demo.renders.service import Renders
from demo.widgets import widget
from model import BadImage
from model.methods import Method

Frames = AsyncIterator[list[Any]]
PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
SKIPPED = "Skipped."

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
    """What the page works with.

    at_work: comparison → the task of the method that is at work for it. opened, made: the examples and what
    the methods made of them, for everybody opens those.
    """

    views: ViewCache
    methods: Mapping[str, Method]
    renders: Renders
    drafts: StudyDraft
    at_work: dict[str, QueuedTask] = field(default_factory=dict)
    opened: dict[Inputs, OpenedComposite] = field(default_factory=dict)
    made: dict[tuple[Inputs, str], MethodResult] = field(default_factory=dict)

    async def compare(self, chosen: Inputs, names: list[str], request: gr.Request) -> Frames:
        async for values in self.frames(chosen, names, visitor(request)):
            yield values

    async def frames(self, chosen: Inputs, names: list[str], who: str) -> Frames:
        """Yield values for comparison, grid and message, after each method and now and then in between."""
        methods = [method for name, method in self.methods.items() if name in names]
        if not methods:
            yield [gr.skip(), gr.skip(), notice("Please choose a method first.")]
            return
        opened = None
        try:
            async for news in self._opening(chosen, who):
                if isinstance(news, OpenedComposite):
                    opened = news
                else:
                    yield [gr.skip(), gr.skip(), news]
        except WORDS as error:
            yield [gr.skip(), gr.skip(), notice(str(error))]
            return
        assert opened is not None
        async for values in self._method_by_method(chosen, opened, methods, who):
            yield values

    async def _opening(self, chosen: Inputs, who: str) -> AsyncIterator[OpenedComposite | str]:
        """Yield the place in the line while there is one, and the opened pictures last. Raises WORDS."""
        opened = self._opened_before(chosen)
        if opened is None:
            with await self.renders.open_comparison(who, chosen) as ticket:
                async for _ in until_done(ticket):
                    yield place_of(ticket)
                opened = ticket.result()
        if opened.panel:
            self.opened[chosen] = opened
        yield opened

    def _opened_before(self, inputs: Inputs) -> OpenedComposite | None:
        opened = self.opened.get(inputs)
        return opened if opened and all(map(self.views.touch, opened.views)) else None

    async def _method_by_method(
        self, chosen: Inputs, opened: OpenedComposite, methods: list[Method], who: str
    ) -> Frames:
        comparison = Comparison(secrets.token_hex(8), chosen)
        original = url_of(opened.view)
        grid = {"original": original, "ratio": opened.width / opened.height, "run": comparison.run}
        cards = [Card(method.name, method.title) for method in methods]
        for done, method in enumerate(methods):
            made = self._made_before(comparison.inputs, method)
            if made is None:
                cards[done] = replace(cards[done], working=True)
                yield [comparison, _grid(grid, cards), ""]
                async for news in self._made(comparison, method, who):
                    if isinstance(news, MethodResult):
                        made = news
                        continue
                    # Mostly nothing new, but a visitor who left is noticed only here.
                    yield [gr.skip(), gr.skip(), news]
            assert made is not None
            cards[done] = _card(method, made)
            if made.file:
                comparison = replace(comparison, results=(*comparison.results, (method.name, made.file)))
        yield [comparison, _grid(grid, cards), ""]

    async def _made(
        self, comparison: Comparison, method: Method, who: str
    ) -> AsyncIterator[MethodResult | str]:
        """Yield words on the line while waiting, and at last what the method made."""
        try:
            with self.renders.run_method(who, comparison.inputs, method) as ticket:
                self.at_work[comparison.run] = ticket
                async for _ in until_done(ticket):
                    yield place_of(ticket)
                made: MethodResult = ticket.result()
        except WORDS as error:
            made = MethodResult(error=str(error))
        finally:
            self.at_work.pop(comparison.run, None)
        if made.file and comparison.inputs in self.opened:
            self.made[comparison.inputs, method.name] = made
        yield made

    def _made_before(self, inputs: Inputs, method: Method) -> MethodResult | None:
        """Return what the method made of an example before, while it is there."""
        made = self.made.get((inputs, method.name))
        return made if made and self.views.touch(made.view) and self.views.touch(made.file) else None

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

    async def on_draft(self, comparison: Comparison, request: gr.Request) -> str:
        if not self.drafts.open_to(request.headers):
            return notice("Only the organizer sets pictures aside. Please sign in on the organizer's page.")
        results = self.results(comparison)
        if len(results) < 2:
            return notice("A study needs the results of two methods or more.")
        try:
            with await self.renders.with_files(
                visitor(request),
                comparison.inputs.files,
                tasks.add_to_draft,
                self.drafts.folder,
                comparison.inputs,
                results,
            ) as ticket:
                await ticket.done()
                name = ticket.result()
        except WORDS as error:
            return notice(str(error))
        return good_news(
            f"{name} is in the draft study. Add as many pictures as you like, then build it:",
            self.drafts.command(results),
        )

    def on_skip(self, event: gr.EventData) -> None:
        ticket = self.at_work.get(str(getattr(event, "run", "")))
        if ticket is not None:
            ticket.skip(SKIPPED)


def _card(method: Method, made: MethodResult) -> Card:
    if made.error:
        return Card(method.name, method.title, error=made.error)
    return Card(method.name, method.title, url_of(made.view), made.time, made.fit)


@dataclass(frozen=True)
class Parts:
    """The components of the page that events use."""

    comparison: gr.State
    strip: gr.HTML
    run: gr.Button
    inputs: PictureInputs
    names: gr.CheckboxGroup
    message: gr.HTML
    grid: gr.HTML
    download: gr.HTML


def compare_page(comparer: Comparer, demo: gr.Blocks) -> None:
    """Build the page inside the current route."""
    _connect(_layout(comparer), comparer, demo)


def _layout(comparer: Comparer) -> Parts:
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
        message = panel(elem_id="message")
        grid = widget("method_grid", elem_id="grid")
        download = widget("download")
        panel(HINT)
    for name, button in (("own", own), ("choose", choose)):
        button.click(None, js=f"({TOGGLE})('{name}')", api_visibility="private")
    names.change(None, names, None, js=COUNT, api_visibility="private")
    for event in inputs.given:
        event.then(lambda: {"chosen": -1}, None, strip, **PRIVATE)
    return Parts(comparison, strip, run, inputs, names, message, grid, download)


def _connect(parts: Parts, comparer: Comparer, demo: gr.Blocks) -> None:
    async def compare_example(index: int, names: list[str], who: str) -> Frames:
        example, filling = example_inputs(index), True
        async for frame in comparer.frames(example, names, who):
            opened = comparer.opened.get(example)
            if filling and opened and opened.panel:
                # Later frames only add to the grid.
                filling = False
                yield [*filled(opened.panel), {"chosen": index}, *frame]
            else:
                yield [*[gr.skip()] * (len(parts.inputs.outputs) + 1), *frame]

    async def on_example(names: list[str], event: gr.EventData, request: gr.Request) -> Frames:
        async for frame in compare_example(picked_example(event) or 0, names, visitor(request)):
            yield frame

    async def on_open(names: list[str], request: gr.Request) -> Frames:
        async for frame in compare_example(0, names, visitor(request)):
            yield frame

    names, grid = parts.names, parts.grid
    found = [parts.comparison, grid, parts.message]
    shown = [*parts.inputs.outputs, parts.strip, *found]
    opened = demo.load(on_open, names, shown, **UNQUEUED)
    own = [parts.inputs.chosen, names]
    started = parts.run.click(comparer.compare, own, found, cancels=[opened], **UNQUEUED)
    chosen = parts.strip.picked(
        on_example, names, shown, trigger_mode="multiple", cancels=[opened, started], **UNQUEUED
    )
    for drop in parts.inputs.drops.values():
        drop.picked(None, cancels=[opened], api_visibility="private")
    grid.stop(None, cancels=[opened, chosen, started], api_visibility="private")
    grid.skip(comparer.on_skip, None, None, concurrency_limit=None, **PRIVATE)
    grid.zip(comparer.on_zip, parts.comparison, [parts.download, parts.message], **PRIVATE)
    grid.draft(comparer.on_draft, parts.comparison, parts.message, **UNQUEUED)


def _grid(value: dict[str, Any], cards: list[Card]) -> dict[str, Any]:
    return {**value, "cards": [asdict(card) for card in cards]}
