"""The grid of methods, frame by frame; one that fails, hangs or misbehaves does not take the rest with it."""

import asyncio
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import cv2
import gradio as gr
import numpy as np
import pytest
from starlette.requests import Request

from demo.api.organizer_access import OrganizerAccess
from demo.pages.compare import Comparer, Comparison
from demo.pages.uploads import example_inputs
from demo.pictures.method_runner import MethodRunner, outcome_of
from demo.pictures.study_draft import StudyDraft
from demo.pictures.view_cache import ViewCache
from demo.pictures.workbench import Inputs
from demo.renders.budget import Budget
from demo.renders.lane import Lane, LaneLimits
from demo.renders.service import Renders
from model import BadImage, Composite
from model.images.files import read_picture
from study.__main__ import main
from tests.support import lane_tasks
from tests.support.lane_methods import METHODS, set_up
from tests.support.loops import in_a_loop
from tests.support.picture_files import picture_files

LIMITS = LaneLimits(seconds=20, grace=0.1)
ACCESS = OrganizerAccess("k" * 32, "secret")


def asked(cookie: str) -> gr.Request:
    scope = {"type": "http", "query_string": b"", "headers": [(b"cookie", cookie.encode())]}
    return gr.Request(request=Request(scope))


@pytest.fixture
def composite() -> Composite:
    matte = np.zeros((32, 64), np.float32)
    matte[8:24, 8:56] = 1
    return Composite(np.full((32, 64, 3), 100, np.uint8), matte)


@pytest.fixture
def inputs(tmp_path: Path, composite: Composite) -> Inputs:
    cv2.imwrite(str(tmp_path / "cup.png"), composite.image)
    cv2.imwrite(str(tmp_path / "mask.png"), composite.matte * 255)
    return Inputs(str(tmp_path / "cup.png"), str(tmp_path / "mask.png"))


def run(folder: Path, use: Callable[[Comparer], Awaitable[Any]], limits: LaneLimits = LIMITS) -> Any:
    """Use the page's handlers with real processes, and end those."""
    views = ViewCache(folder / "views", "k")
    edit = Lane("edit", lane_tasks.setup, LIMITS)
    renders = Renders(edit, Lane("compare", partial(set_up, views), limits), Budget(100))

    async def started() -> Any:
        try:
            return await use(
                Comparer(views, METHODS, renders, StudyDraft(folder / "draft", ACCESS.signed_in))
            )
        finally:
            await renders.close()

    return in_a_loop(started())


async def all_of(frames: AsyncIterator[list[Any]]) -> list[list[Any]]:
    return [frame async for frame in frames]


def grids(frames: Iterable[list[Any]]) -> list[dict[str, Any]]:
    return [frame[1] for frame in frames if isinstance(frame[1], dict) and "cards" in frame[1]]


def compared(folder: Path, inputs: Inputs, names: list[str], limits: LaneLimits = LIMITS) -> list[list[Any]]:
    """All frames of one comparison."""
    found: list[list[Any]] = run(folder, lambda desk: all_of(desk.frames(inputs, names, "v")), limits)
    return found


def test_results_come_one_by_one(tmp_path: Path, inputs: Inputs) -> None:
    seen = grids(compared(tmp_path, inputs, ["same", "refuse", "darker"]))
    assert [sum(bool(card["url"]) for card in grid["cards"]) for grid in seen] == [0, 1, 1, 2]
    assert [[card["working"] for card in grid["cards"]].index(True) for grid in seen[:-1]] == [0, 1, 2]
    assert {grid["ratio"] for grid in seen} == {2.0}
    urls = [card["url"] for card in seen[-1]["cards"] if card["url"]] + [seen[-1]["original"]]
    views = ViewCache(tmp_path / "views", "k")
    assert all(views.find(url.removeprefix("/view/")) for url in urls)


def test_a_card_says_how_much_of_a_change_an_edit_explains(tmp_path: Path, inputs: Inputs) -> None:
    cv2.imwrite(inputs.composite, np.random.default_rng(0).integers(0, 256, (32, 64, 3), np.uint8))
    *_, last = grids(compared(tmp_path, inputs, ["same", "darker", "mixed", "parametric"]))
    same_fit, darker_fit, mixed_fit, edit_fit = (card["fit"] for card in last["cards"])
    assert (same_fit, edit_fit) == ("", "")
    shares = [int(fit.split("%")[0]) for fit in (darker_fit, mixed_fit)]
    assert shares[0] >= 98 and shares[1] < 70 and "levels left" in mixed_fit


def test_only_the_chosen_methods_run(tmp_path: Path, inputs: Inputs) -> None:
    *_, last = grids(compared(tmp_path, inputs, ["same", "darker"]))
    assert [card["title"] for card in last["cards"]] == ["Same", "Darker"]
    (frame,) = compared(tmp_path, inputs, [])
    assert "choose a method" in frame[2]


def test_a_method_that_fails_says_so(composite: Composite) -> None:
    names = ("same", "refuse", "break_down", "cut", "deepen", "darker")
    errors = [outcome_of(METHODS[name], composite, Event()).error for name in names]
    assert errors[:3] == ["", "64 columns are too many.", "This method could not handle the picture."]
    assert "64×8" in errors[3] and "64 bits" in errors[4] and errors[5] == ""


def errors_of(frames: list[list[Any]]) -> list[str]:
    return [card["error"] for card in grids(frames)[-1]["cards"]]


def test_a_method_that_hangs_or_dies_leaves_words_and_the_others_go_on(
    tmp_path: Path, inputs: Inputs
) -> None:
    limits = LaneLimits(seconds=1.5, grace=0.1)
    errors = errors_of(compared(tmp_path, inputs, ["hang", "same", "die", "darker"], limits))
    assert errors[0].startswith("Stopped after 1.5 seconds.") and "memory ran out" in errors[2]
    assert errors[1] == errors[3] == ""


def test_a_visitor_skips_the_method_at_work(tmp_path: Path, inputs: Inputs) -> None:
    async def use(desk: Comparer) -> list[list[Any]]:
        comparing = desk.frames(inputs, ["hang", "darker"], "v")
        frames = [await anext(comparing)]
        while not (desk.at_work and desk.renders.compare.state().busy):
            frames.append(await anext(comparing))
        desk.on_skip(gr.EventData(None, {"run": "another"}))
        desk.on_skip(gr.EventData(None, {"run": next(iter(desk.at_work))}))
        return frames + await all_of(comparing)

    assert errors_of(run(tmp_path, use)) == ["Skipped.", ""]


def test_a_visitor_who_leaves_ends_the_method_at_work(tmp_path: Path, inputs: Inputs) -> None:
    async def use(desk: Comparer) -> None:
        leaving = desk.frames(inputs, ["hang", "same"], "v")
        async for _ in leaving:
            if desk.at_work and desk.renders.compare.state().busy:
                break
        await leaving.aclose()  # type: ignore[attr-defined]  # what Gradio does
        assert errors_of(await all_of(desk.frames(inputs, ["darker"], "w"))) == [""]

    run(tmp_path, use)


def test_two_visitors_take_turns_method_by_method(tmp_path: Path, inputs: Inputs) -> None:
    order: list[str] = []

    async def use(desk: Comparer) -> None:
        async def compare(name: str) -> None:
            done = 0
            async for frame in desk.frames(inputs, ["slow", "same", "darker"], name):
                now = sum(bool(card["url"]) for grid in grids([frame]) for card in grid["cards"])
                order.extend([name] * (now - done if now > done else 0))
                done = max(done, now)

        await asyncio.gather(compare("a"), compare("b"))

    run(tmp_path, use)
    assert order in (list("ababab"), list("bababa"))


def test_who_waits_is_told_the_place_and_a_full_line_refuses_in_words(tmp_path: Path, inputs: Inputs) -> None:
    async def use(desk: Comparer) -> list[list[Any]]:
        lane = desk.renders.compare
        with lane.enter("a", lane_tasks.wait, 2.5):
            while not lane.state().busy:
                await asyncio.sleep(0.02)
            with lane.enter("b", lane_tasks.wait, 0):
                waiting = desk.frames(inputs, ["same"], "c")
                first = await anext(waiting)
                refused = await all_of(desk.frames(inputs, ["same"], "d"))
            return [first, *refused, *await all_of(waiting)]

    first, refused, *rest = run(tmp_path, use, LaneLimits(20, 5, waiting=2))
    assert "2 pictures are before yours." in first[2]
    assert "2 pictures are waiting already. Please try again" in refused[2]
    assert errors_of(rest) == [""]


def test_what_methods_made_of_an_example_is_kept_for_the_next_visitor(tmp_path: Path) -> None:
    async def use(desk: Comparer) -> tuple[list[list[Any]], list[list[Any]]]:
        first = await all_of(desk.frames(example_inputs(0), ["same"], "a"))
        with desk.renders.compare.enter("b", lane_tasks.wait, 60):  # nobody's turn comes now
            return first, await all_of(desk.frames(example_inputs(0), ["same"], "c"))

    first, second = run(tmp_path, use)
    assert grids(first)[-1]["cards"] == grids(second)[-1]["cards"]


def test_large_pictures_are_refused_where_the_limit_says_so(tmp_path: Path, inputs: Inputs) -> None:
    made = MethodRunner(METHODS, picture_files(tmp_path), 0.001, Event()).run(inputs, "same")
    assert "megapixels" in made.error


def last_comparison(frames: list[list[Any]]) -> Comparison:
    return [frame[0] for frame in frames if isinstance(frame[0], Comparison)][-1]


def test_all_results_are_in_the_zip_at_full_size(tmp_path: Path, inputs: Inputs) -> None:
    async def use(desk: Comparer) -> Path:
        with pytest.raises(BadImage, match="compare a picture first"):
            desk.zip(Comparison())
        return desk.zip(last_comparison(await all_of(desk.frames(inputs, ["same", "refuse", "darker"], "v"))))

    with zipfile.ZipFile(run(tmp_path, use)) as archive:
        assert archive.namelist() == ["cup/same.png", "cup/darker.png"]
        archive.extractall(tmp_path / "out")
    assert (read_picture(tmp_path / "out/cup/darker.png").pixels == 50).all()


def test_only_the_organizer_adds_to_the_draft(tmp_path: Path, inputs: Inputs) -> None:
    async def use(desk: Comparer) -> str:
        comparison = last_comparison(await all_of(desk.frames(inputs, ["same", "darker"], "v")))
        return await desk.on_draft(comparison, asked(""))

    assert "Only the organizer" in run(tmp_path, use)
    assert not (tmp_path / "draft").exists()


def test_a_study_is_built_from_the_draft(tmp_path: Path, inputs: Inputs) -> None:
    request = asked(ACCESS.new_cookie(secure=False))

    async def use(desk: Comparer) -> list[str]:
        comparison = last_comparison(await all_of(desk.frames(inputs, ["same", "darker"], "v")))
        for _ in range(2):
            assert "is in the draft study" in await desk.on_draft(comparison, request)
        return desk.drafts.command(desk.results(comparison)).split()[3:]

    command = run(tmp_path, use)
    database = f"sqlite:///{tmp_path / 'votes.db'}"
    assert main([*command, "--database", database]) == 0
    assert len(list((tmp_path / "draft/composite").iterdir())) == 2
