"""Test the grid of methods frame by frame: a method that fails or hangs does not end the others."""

import asyncio
import re
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import cv2
import numpy as np
import pytest

from demo.organizer.access import Organizer, OrganizerAccess
from demo.pages.comparisons import Asker, Comparer, Comparison, Frame
from demo.pages.uploads import example_inputs
from demo.pictures.inputs import Inputs
from demo.pictures.method_runner import MethodRunner, outcome_of
from demo.pictures.study_draft import StudyDraft
from demo.pictures.view_cache import ViewCache
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
ACCESS = OrganizerAccess({"organizer": "k" * 32}, "secret")


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


async def all_of(frames: AsyncIterator[Frame]) -> list[Frame]:
    return [frame async for frame in frames]


def asker(visitor: str) -> Asker:
    """Return a visitor with one open page."""
    return Asker(visitor, f"page {visitor}")


def grids(frames: Iterable[Frame]) -> list[dict[str, Any]]:
    """Return the grids of all frames in which the picture was read."""
    return [frame.grid for frame in frames if frame.grid and "original" in frame.grid]


def compared(folder: Path, inputs: Inputs, names: list[str], limits: LaneLimits = LIMITS) -> list[Frame]:
    """All frames of one comparison."""
    found: list[Frame] = run(
        folder, lambda comparer: all_of(comparer.frames(inputs, names, asker("v"))), limits
    )
    return found


def test_results_come_one_by_one(tmp_path: Path, inputs: Inputs) -> None:
    seen = grids(compared(tmp_path, inputs, ["same", "refuse", "darker"]))
    assert [sum(bool(card["url"]) for card in grid["cards"]) for grid in seen] == [0, 1, 1, 2]
    assert [[card["working"] for card in grid["cards"]].index(True) for grid in seen[:-1]] == [0, 1, 2]
    assert {grid["ratio"] for grid in seen} == {2.0}
    assert {grid["box"] for grid in seen} == {(8 / 64, 8 / 32, 56 / 64, 24 / 32)}
    urls = [card["url"] for card in seen[-1]["cards"] if card["url"]] + [seen[-1]["original"]]
    views = ViewCache(tmp_path / "views", "k")
    assert all(views.find(url.removeprefix("/view/")) for url in urls)


def test_a_card_states_how_much_of_a_change_an_edit_explains(tmp_path: Path, inputs: Inputs) -> None:
    cv2.imwrite(inputs.composite, np.random.default_rng(0).integers(0, 256, (32, 64, 3), np.uint8))
    *_, last = grids(compared(tmp_path, inputs, ["same", "darker", "mirrored", "parametric"]))
    same_fit, darker_fit, mirrored_fit, edit_fit = (card["fit"] for card in last["cards"])
    assert (same_fit, edit_fit) == ("", "")
    shares = [int(re.findall(r"(\d+)%", fit)[0]) for fit in (darker_fit, mirrored_fit)]
    assert shares[0] >= 98 and shares[1] < 70 and "of 255 steps" in mirrored_fit


def test_only_the_chosen_methods_run(tmp_path: Path, inputs: Inputs) -> None:
    *_, last = grids(compared(tmp_path, inputs, ["same", "darker"]))
    assert [card["title"] for card in last["cards"]] == ["Same", "Darker"]
    (frame,) = compared(tmp_path, inputs, [])
    assert "choose a method" in str(frame.message)


def test_a_method_that_fails_has_an_error(composite: Composite) -> None:
    names = ("same", "refuse", "break_down", "cut", "deepen", "darker")
    errors = [outcome_of(METHODS[name], composite, Event()).error for name in names]
    assert errors[:3] == ["", "64 columns are too many.", "This method could not handle the picture."]
    assert "64×8" in errors[3] and "64 bits" in errors[4] and errors[5] == ""


def errors_of(frames: list[Frame]) -> list[str]:
    return [card["error"] for card in grids(frames)[-1]["cards"]]


def test_a_method_that_hangs_or_dies_has_an_error_and_the_others_run(tmp_path: Path, inputs: Inputs) -> None:
    limits = LaneLimits(seconds=1.5, grace=0.1)
    errors = errors_of(compared(tmp_path, inputs, ["hang", "same", "die", "darker"], limits))
    assert errors[0].startswith("Stopped after 1.5 seconds.") and "memory ran out" in errors[2]
    assert errors[1] == errors[3] == ""


def test_a_visitor_skips_the_method_at_work(tmp_path: Path, inputs: Inputs) -> None:
    async def use(comparer: Comparer) -> list[Frame]:
        comparing = comparer.frames(inputs, ["hang", "darker"], asker("v"))
        frames = [await anext(comparing)]
        while not (comparer.working and comparer.renders.compare.state().busy):
            frames.append(await anext(comparing))
        comparer.skip("another")
        comparer.skip(next(iter(comparer.working)))
        return frames + await all_of(comparing)

    assert errors_of(run(tmp_path, use)) == ["Skipped.", ""]


def test_a_visitor_who_leaves_ends_the_method_at_work(tmp_path: Path, inputs: Inputs) -> None:
    async def use(comparer: Comparer) -> None:
        leaving = comparer.frames(inputs, ["hang", "same"], asker("v"))
        async for _ in leaving:
            if comparer.working and comparer.renders.compare.state().busy:
                break
        await leaving.aclose()  # type: ignore[attr-defined]  # what Gradio does
        assert errors_of(await all_of(comparer.frames(inputs, ["darker"], asker("w")))) == [""]

    run(tmp_path, use)


def test_a_new_comparison_of_a_page_ends_the_one_before(tmp_path: Path, inputs: Inputs) -> None:
    async def use(comparer: Comparer) -> tuple[list[Frame], list[Frame], list[Frame]]:
        page = asker("v")
        first = comparer.frames(inputs, ["hang", "same"], page)
        while not (comparer.working and comparer.renders.compare.state().busy and comparer.runs):
            await anext(first)
        other = asyncio.create_task(all_of(comparer.frames(inputs, ["slow"], asker("w"))))
        second, old = await asyncio.gather(all_of(comparer.frames(inputs, ["darker"], page)), all_of(first))
        assert comparer.runs.keys() <= {"page w"} and comparer.working.keys() <= set(comparer.runs.values())
        return old, second, await other

    old, second, other = run(tmp_path, use)
    assert old == [Frame()]
    assert errors_of(second) == errors_of(other) == [""]


def test_a_stopped_comparison_says_so_and_keeps_its_results(tmp_path: Path, inputs: Inputs) -> None:
    async def use(comparer: Comparer) -> list[Frame]:
        comparing = comparer.frames(inputs, ["slow", "hang", "darker"], asker("v"))
        frames = [await anext(comparing)]
        while not (len(grids(frames)) == 2 and comparer.renders.compare.state().busy):
            frames.append(await anext(comparing))
        comparer.end(asker("v").page)
        return frames + await all_of(comparing)

    frames = run(tmp_path, use)
    assert frames[-1].grid and frames[-1].grid["stopped"]
    assert [bool(card["url"]) for card in frames[-1].grid["cards"]] == [True, False, False]
    assert [name for name, _ in last_comparison(frames).results] == ["slow"]


def test_the_results_of_another_picture_do_not_stay(tmp_path: Path, inputs: Inputs) -> None:
    first, *_ = compared(tmp_path, inputs, ["same"])
    assert first.grid and first.comparison
    assert [(card["url"], card["working"]) for card in first.grid["cards"]] == [("", False)]
    (tmp_path / "cup.png").write_bytes(b"no picture")
    *_, refused = compared(tmp_path, inputs, ["same"])
    assert "cup.png" in str(refused.message)
    assert (refused.comparison, refused.grid) == (Comparison(), {})


def test_two_visitors_take_turns_method_by_method(tmp_path: Path, inputs: Inputs) -> None:
    order: list[str] = []

    async def use(comparer: Comparer) -> None:
        async def compare(name: str) -> None:
            done = 0
            async for frame in comparer.frames(inputs, ["slow", "same", "darker"], asker(name)):
                now = sum(bool(card["url"]) for grid in grids([frame]) for card in grid["cards"])
                order.extend([name] * (now - done if now > done else 0))
                done = max(done, now)

        await asyncio.gather(compare("a"), compare("b"))

    run(tmp_path, use)
    assert order in (list("ababab"), list("bababa"))


def test_a_waiting_visitor_reads_the_place_and_a_full_line_refuses(tmp_path: Path, inputs: Inputs) -> None:
    async def use(comparer: Comparer) -> list[Frame]:
        lane = comparer.renders.compare
        with lane.enter("a", lane_tasks.wait, 2.5):
            while not lane.state().busy:
                await asyncio.sleep(0.02)
            with lane.enter("b", lane_tasks.wait, 0):
                waiting = comparer.frames(inputs, ["same"], asker("c"))
                _, first = await anext(waiting), await anext(waiting)
                refused = await all_of(comparer.frames(inputs, ["same"], asker("d")))
            return [first, refused[-1], *await all_of(waiting)]

    first, refused, *rest = run(tmp_path, use, LaneLimits(20, 5, waiting=2))
    assert "2 pictures are before yours." in str(first.message)
    assert "2 pictures are waiting already. Please try again" in str(refused.message)
    assert errors_of(rest) == [""]


def test_what_methods_made_of_an_example_is_kept_for_the_next_visitor(tmp_path: Path) -> None:
    async def use(comparer: Comparer) -> tuple[list[Frame], list[Frame]]:
        first = await all_of(comparer.frames(example_inputs(0), ["same"], asker("a")))
        with comparer.renders.compare.enter("b", lane_tasks.wait, 60):  # nobody's turn comes now
            return first, await all_of(comparer.frames(example_inputs(0), ["same"], asker("c")))

    first, second = run(tmp_path, use)
    assert grids(first)[-1]["cards"] == grids(second)[-1]["cards"]


def test_large_pictures_are_refused_where_the_limit_says_so(tmp_path: Path, inputs: Inputs) -> None:
    made = MethodRunner(METHODS, picture_files(tmp_path), 0.001, Event()).run(inputs, "same")
    assert "megapixels" in made.error


def last_comparison(frames: list[Frame]) -> Comparison:
    """Return the comparison of the last frame that has one."""
    return [frame.comparison for frame in frames if frame.comparison][-1]


def test_all_results_are_in_the_zip_at_full_size(tmp_path: Path, inputs: Inputs) -> None:
    async def use(comparer: Comparer) -> Path:
        with pytest.raises(BadImage, match="compare a picture first"):
            comparer.zip(Comparison())
        return comparer.zip(
            last_comparison(await all_of(comparer.frames(inputs, ["same", "refuse", "darker"], asker("v"))))
        )

    with zipfile.ZipFile(run(tmp_path, use)) as archive:
        assert archive.namelist() == ["cup/same.png", "cup/darker.png"]
        archive.extractall(tmp_path / "out")
    assert (read_picture(tmp_path / "out/cup/darker.png").pixels == 50).all()


def test_only_the_organizer_adds_to_the_draft(tmp_path: Path, inputs: Inputs) -> None:
    async def use(comparer: Comparer) -> str:
        comparison = last_comparison(await all_of(comparer.frames(inputs, ["same", "darker"], asker("v"))))
        return await comparer.add_to_draft(comparison, {}, "v")

    assert "Only the organizer" in run(tmp_path, use)
    assert not (tmp_path / "draft").exists()


def test_a_study_is_built_from_the_draft(tmp_path: Path, inputs: Inputs) -> None:
    signed_in = {"cookie": ACCESS.new_cookie(Organizer("organizer"), False)}

    async def use(comparer: Comparer) -> list[str]:
        comparison = last_comparison(await all_of(comparer.frames(inputs, ["same", "darker"], asker("v"))))
        for _ in range(2):
            assert "is in the draft study" in await comparer.add_to_draft(comparison, signed_in, "v")
        return comparer.draft.command(comparer.result_files(comparison)).split()[3:]

    command = run(tmp_path, use)
    database = f"sqlite:///{tmp_path / 'votes.db'}"
    assert main([*command, "--database", database]) == 0
    assert len(list((tmp_path / "draft/composite").iterdir())) == 2
