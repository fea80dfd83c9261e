"""Run methods on a visitor's composite one after the other, and keep their results."""

import secrets
import zipfile
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from demo.pages.layout import good_news, notice
from demo.pages.waiting import MESSAGE_ERRORS, line_position, until_done
from demo.pictures.inputs import Inputs
from demo.pictures.method_runner import MethodResult, OpenedComposite
from demo.pictures.study_draft import StudyDraft
from demo.pictures.view_cache import ViewCache, url_of
from demo.renders import tasks
from demo.renders.lane import QueuedTask
from demo.renders.service import Renders
from model import BadImage
from model.methods import Method

SKIPPED = "Skipped."


@dataclass(frozen=True)
class Card:
    """Describe one method in the grid: waiting, working, done (url, time, fit) or failed (error).

    url: the preview. full: the result at full size.
    """

    name: str
    title: str
    url: str = ""
    full: str = ""
    time: str = ""
    fit: str = ""
    error: str = ""
    working: bool = False


@dataclass(frozen=True)
class Comparison:
    """Hold the files that a visitor compares methods on, and the methods' full-size results.

    run: a random name of this comparison. results: pairs of a method and the name of its file in the cache.
    """

    run: str = ""
    inputs: Inputs = Inputs()
    results: tuple[tuple[str, str], ...] = ()

    def with_result(self, method: str, file: str) -> "Comparison":
        """Return this comparison with the file of one more method; the same where it has no file."""
        return replace(self, results=(*self.results, (method, file))) if file else self


@dataclass(frozen=True)
class Frame:
    """Hold the parts of the page that change: a message, a comparison and its grid; None: it stays."""

    message: str | None = None
    comparison: Comparison | None = None
    grid: dict[str, Any] | None = None


@dataclass(frozen=True)
class Asker:
    """Hold who asks for a comparison: the visitor, in whose line the tasks wait, and the open page."""

    visitor: str
    page: str


@dataclass(frozen=True)
class Comparer:
    """Compare methods for all visitors.

    working: run of a comparison → its task that is in a queue or at work. runs: open page → the run of its
    newest comparison. opened, results: the examples and the results of methods on them, kept because many
    visitors open them.
    """

    views: ViewCache
    methods: Mapping[str, Method]
    renders: Renders
    draft: StudyDraft
    working: dict[str, QueuedTask] = field(default_factory=dict)
    runs: dict[str, str] = field(default_factory=dict)
    opened: dict[Inputs, OpenedComposite] = field(default_factory=dict)
    results: dict[tuple[Inputs, str], MethodResult] = field(default_factory=dict)

    async def frames(self, chosen: Inputs, names: list[str], asker: Asker) -> AsyncIterator[Frame]:
        """Yield a frame before and after each method, and every few seconds in between.

        The earlier comparison of the same page ends. An error is a message in a frame.
        """
        comparison, last = Comparison(secrets.token_hex(8), chosen), Frame()
        self.end(asker.page)
        self.runs[asker.page] = comparison.run
        try:
            async with aclosing(self._frames(comparison, names, asker.visitor)) as frames:
                async for frame in frames:
                    newest = self.runs.get(asker.page)
                    if newest != comparison.run:
                        # Gradio sends the last frame twice, and it must not undo one of a newer comparison.
                        yield Frame() if newest else _stopped(last)
                        return
                    last = frame if frame.grid else last
                    yield frame
        finally:
            if self.runs.get(asker.page) == comparison.run:
                del self.runs[asker.page]

    def end(self, page: str) -> None:
        """End the comparison of a page, where one is running."""
        self.skip(self.runs.pop(page, ""))

    async def _frames(
        self, comparison: Comparison, names: list[str], who: str
    ) -> AsyncGenerator[Frame, None]:
        methods = [method for name, method in self.methods.items() if name in names]
        if not methods:
            yield Frame(notice("Please choose a method first."))
            return
        opened = self._opened_before(comparison.inputs)
        if opened is None:
            # The results of another picture must not stay while this one is read.
            waiting = [Card(method.name, method.title) for method in methods]
            yield Frame("", comparison, {"run": comparison.run, "cards": [asdict(card) for card in waiting]})
        try:
            async for update in self._open(comparison, who):
                if isinstance(update, OpenedComposite):
                    opened = update
                else:
                    yield Frame(update)
        except MESSAGE_ERRORS as error:
            yield Frame(notice(str(error)), Comparison(), {})
            return
        assert opened is not None
        async for frame in self._method_by_method(comparison, opened, methods, who):
            yield frame

    async def _open(self, comparison: Comparison, who: str) -> AsyncIterator[OpenedComposite | str]:
        """Yield the place in the line while there is one, and last the opened composite."""
        chosen = comparison.inputs
        opened = self._opened_before(chosen)
        if opened is None:
            try:
                with await self.renders.open_comparison(who, chosen) as queued:
                    self.working[comparison.run] = queued
                    async for _ in until_done(queued):
                        yield line_position(queued)
                    opened = queued.result()
            finally:
                self.working.pop(comparison.run, None)
        if opened.panel:
            self.opened[chosen] = opened
        yield opened

    def _opened_before(self, inputs: Inputs) -> OpenedComposite | None:
        opened = self.opened.get(inputs)
        return opened if opened and all(map(self.views.touch, opened.views)) else None

    async def _method_by_method(
        self, comparison: Comparison, opened: OpenedComposite, methods: list[Method], who: str
    ) -> AsyncIterator[Frame]:
        cards = [Card(method.name, method.title) for method in methods]
        for index, method in enumerate(methods):
            async for update in self._run(comparison, method, who):
                if isinstance(update, MethodResult):
                    cards[index] = _card(method, update)
                    comparison = comparison.with_result(method.name, update.file)
                elif cards[index].working:
                    # The text rarely changes, but only a yield notices a visitor who has left.
                    yield Frame(update)
                else:
                    cards[index] = replace(cards[index], working=True)
                    yield Frame(update, comparison, _grid(opened, comparison, cards))
        yield Frame("", comparison, _grid(opened, comparison, cards))

    async def _run(
        self, comparison: Comparison, method: Method, who: str
    ) -> AsyncIterator[MethodResult | str]:
        """Yield "" when the method starts, the place in the line while there is one, and last the result.

        Yield nothing but the result where it is kept from an earlier visitor.
        """
        kept = self._kept_result(comparison.inputs, method)
        if kept:
            yield kept
            return
        yield ""
        try:
            with self.renders.run_method(who, comparison.inputs, method) as queued:
                self.working[comparison.run] = queued
                async for _ in until_done(queued):
                    yield line_position(queued)
                result: MethodResult = queued.result()
        except MESSAGE_ERRORS as error:
            result = MethodResult(error=str(error))
        finally:
            self.working.pop(comparison.run, None)
        if result.file and comparison.inputs in self.opened:
            self.results[comparison.inputs, method.name] = result
        yield result

    def _kept_result(self, inputs: Inputs, method: Method) -> MethodResult | None:
        """Return the result of a method on an example, while its files are in the cache."""
        result = self.results.get((inputs, method.name))
        kept = result and self.views.touch(result.view) and self.views.touch(result.file)
        return result if kept else None

    def result_files(self, comparison: Comparison) -> dict[str, Path]:
        """Return method → full-size file, for the files that are still in the cache."""
        return {name: self.views.find(file) for name, file in comparison.results if self.views.touch(file)}

    def zip(self, comparison: Comparison) -> Path:
        """Write all full-size results into one ZIP file. Raises BadImage where there are none."""
        results = self.result_files(comparison)
        if not results:
            raise BadImage("Please compare a picture first.")
        path = self.views.new_path(".zip")
        partial = path.with_suffix(".tmp")
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as archive:  # PNG is compressed already
            for name, file in results.items():
                archive.write(file, f"{comparison.inputs.stem}/{name}.png")
        partial.replace(path)
        return path

    async def add_to_draft(self, comparison: Comparison, headers: Mapping[str, str], who: str) -> str:
        """Add a comparison to the draft study of the organizer, and return the message for the page."""
        if not self.draft.open_to(headers):
            return notice(
                "Only the organizer can add pictures to a study. Please sign in on the organizer's page."
            )
        results = self.result_files(comparison)
        if len(results) < 2:
            return notice("A study needs the results of two methods or more.")
        more = self.draft.folder, comparison.inputs, results
        try:
            with await self.renders.with_files(
                who, comparison.inputs.files, tasks.add_to_draft, *more
            ) as queued:
                await queued.done()
                name = queued.result()
        except MESSAGE_ERRORS as error:
            return notice(str(error))
        return good_news(
            f"{name} is in the draft study. Add as many pictures as you like, then make a study of them "
            "on the organizer's page, or with this command:",
            self.draft.command(results),
        )

    def skip(self, run: str) -> None:
        """End the task that is working for a comparison; the next method follows."""
        queued = self.working.get(run)
        if queued is not None:
            queued.skip(SKIPPED)


def _card(method: Method, result: MethodResult) -> Card:
    if result.error:
        return Card(method.name, method.title, error=result.error)
    return Card(method.name, method.title, url_of(result.view), url_of(result.file), result.time, result.fit)


def _stopped(last: Frame) -> Frame:
    """Return the last frame of a comparison that its visitor stopped."""
    return Frame("", grid={**(last.grid or {}), "stopped": True})


def _grid(opened: OpenedComposite, comparison: Comparison, cards: list[Card]) -> dict[str, Any]:
    unchanged = dict(comparison.results).get("composite")
    return {
        "original": url_of(opened.view),
        "full": url_of(unchanged) if unchanged else "",
        "ratio": opened.width / opened.height,
        "box": opened.box,
        "run": comparison.run,
        "cards": [asdict(card) for card in cards],
    }
