"""The grid of methods, frame by frame; one that fails, hangs or misbehaves does not take the rest with it."""

import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event, Timer
from typing import Any

import cv2
import gradio as gr
import numpy as np
import pytest
from starlette.requests import Request

from demo.comparison import MOST_AT_ONCE, Bench, Limits, Outcome, Skips
from demo.drafts import Drafts
from demo.media import ViewCache
from demo.organizer_access import OrganizerAccess
from demo.pages.compare import Comparer, Comparison
from demo.workbench import Inputs
from model import BadImage, Composite
from model.image_io import read_picture
from model.methods import Method, get_method
from model.picture import Pixels
from study.__main__ import main

LIMITS = Limits(seconds=5, megapixels=10)
ACCESS = OrganizerAccess("k" * 32, "secret")


def asked(cookie: str) -> gr.Request:
    scope = {"type": "http", "query_string": b"", "headers": [(b"cookie", cookie.encode())]}
    return gr.Request(request=Request(scope))


def refuse(composite: Composite) -> Pixels:
    raise BadImage(f"{composite.matte.shape[1]} columns are too many.")


def break_down(composite: Composite) -> Pixels:
    raise np.linalg.LinAlgError(f"singular matrix in /secret/place, {composite}")


def methods(*runs: Callable[[Composite], Pixels]) -> dict[str, Method]:
    return {f"m{i}": Method(f"m{i}", f"M {i}", 1, "x", run) for i, run in enumerate(runs)}


def same(composite: Composite) -> Pixels:
    return composite.image


def darker(composite: Composite) -> Pixels:
    return composite.image // 2


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


def comparer(folder: Path, methods: dict[str, Method], limits: Limits = LIMITS) -> Comparer:
    views = ViewCache(folder / "views", "k")
    return Comparer(views, methods, Bench(limits), Drafts(folder / "draft", ACCESS.signed_in), Skips())


def grids(frames: Iterator[list[Any]]) -> list[dict[str, Any]]:
    return [frame[1] for frame in frames if isinstance(frame[1], dict) and "cards" in frame[1]]


def outcomes(
    composite: Composite, chosen: dict[str, Method], limits: Limits = LIMITS, skip: Event | None = None
) -> list[Outcome]:
    found = Bench(limits).run_all(chosen.values(), composite, skip or Event())
    return [outcome for outcome in found if outcome is not None]


def test_results_come_one_by_one(tmp_path: Path, inputs: Inputs) -> None:
    desk = comparer(tmp_path, methods(same, refuse, darker))
    seen = grids(desk.compare(inputs, ["m0", "m1", "m2"]))
    assert [sum(bool(card["url"]) for card in grid["cards"]) for grid in seen] == [0, 1, 1, 2]
    assert [[card["working"] for card in grid["cards"]].index(True) for grid in seen[:-1]] == [0, 1, 2]
    assert {grid["ratio"] for grid in seen} == {2.0}
    urls = [card["url"] for card in seen[-1]["cards"] if card["url"]] + [seen[-1]["original"]]
    assert all(desk.views.find(url.removeprefix("/view/")) for url in urls)


def test_a_card_says_how_much_of_a_change_an_edit_explains(tmp_path: Path, inputs: Inputs) -> None:
    def mixed(composite: Composite) -> Pixels:
        return np.ascontiguousarray(composite.image[..., ::-1])  # no curve turns red into blue

    cv2.imwrite(inputs.composite, np.random.default_rng(0).integers(0, 256, (32, 64, 3), np.uint8))
    parametric = replace(get_method("mean_gain"), name="m3")
    chosen = methods(same, darker, mixed) | {"m3": parametric}
    *_, last = grids(comparer(tmp_path, chosen).compare(inputs, list(chosen)))
    same_fit, darker_fit, mixed_fit, edit_fit = (card["fit"] for card in last["cards"])
    assert (same_fit, edit_fit) == ("", "")
    shares = [int(fit.split("%")[0]) for fit in (darker_fit, mixed_fit)]
    assert shares[0] >= 98 and shares[1] < 70 and "levels left" in mixed_fit


def test_only_the_chosen_methods_run(tmp_path: Path, inputs: Inputs) -> None:
    desk = comparer(tmp_path, methods(same, break_down, darker))
    *_, last = grids(desk.compare(inputs, ["m0", "m2"]))
    assert [card["title"] for card in last["cards"]] == ["M 0", "M 2"]
    (frame,) = desk.compare(inputs, [])
    assert "choose a method" in frame[2]


def test_a_method_that_fails_says_so_and_the_others_go_on(composite: Composite) -> None:
    chosen = methods(same, refuse, break_down, lambda c: c.image[:8], lambda c: c.image * 2.0, darker)
    errors = [outcome.error for outcome in outcomes(composite, chosen)]
    assert errors[:3] == ["", "64 columns are too many.", "This method could not handle the picture."]
    assert "64×8" in errors[3] and "64 bits" in errors[4] and errors[5] == ""


def test_a_method_that_hangs_is_left_behind(composite: Composite) -> None:
    release = Event()

    def hang(composite: Composite) -> Pixels:
        release.wait(20)
        return composite.image

    first, second = outcomes(composite, methods(hang, darker), Limits(0.3, 10))
    release.set()
    assert first.error == "Stopped after 0.3 seconds." and second.picture is not None


def test_a_visitor_skips_the_method_at_work(composite: Composite) -> None:
    release, skips = Event(), Skips()
    skip = skips.begin("run")

    def hang(composite: Composite) -> Pixels:
        Timer(0.2, skips.skip, ["run"]).start()
        release.wait(20)
        return composite.image

    first, second = outcomes(composite, methods(hang, darker), skip=skip)
    release.set()
    assert first.error == "Skipped." and second.picture is not None
    skips.skip("another run")


def test_methods_left_behind_fill_the_bench_and_free_it_when_they_end(composite: Composite) -> None:
    release, bench = Event(), Bench(Limits(0.05, 10))
    hang = [Method("h", "H", 1, "x", lambda c: (release.wait(20), c.image)[1])] * MOST_AT_ONCE
    assert len([o for o in bench.run_all(hang, composite, Event()) if o]) == MOST_AT_ONCE
    quick = list(methods(same).values())
    (refused,) = [o for o in bench.run_all(quick, composite, Event()) if o]
    assert "busy" in refused.error
    release.set()
    time.sleep(0.5)
    (run,) = [o for o in bench.run_all(quick, composite, Event()) if o]
    assert run.picture is not None


def test_large_pictures_are_refused_where_the_limit_says_so(composite: Composite) -> None:
    (outcome,) = outcomes(composite, methods(same), Limits(5, 0.001))
    assert "megapixels" in outcome.error


def compared(desk: Comparer, inputs: Inputs) -> Comparison:
    found = [frame[0] for frame in desk.compare(inputs, list(desk.methods))]
    return [comparison for comparison in found if isinstance(comparison, Comparison)][-1]


def test_all_results_are_in_the_zip_at_full_size(tmp_path: Path, inputs: Inputs) -> None:
    desk = comparer(tmp_path, methods(same, refuse, darker))
    with zipfile.ZipFile(desk.zip(compared(desk, inputs))) as archive:
        assert archive.namelist() == ["cup/m0.png", "cup/m2.png"]
        archive.extractall(tmp_path / "out")
    assert (read_picture(tmp_path / "out/cup/m2.png").pixels == 50).all()
    with pytest.raises(BadImage, match="compare a picture first"):
        desk.zip(Comparison())


def test_only_the_organizer_adds_to_the_draft(tmp_path: Path, inputs: Inputs) -> None:
    desk = comparer(tmp_path, methods(same, darker))
    assert "Only the organizer" in desk.on_draft(compared(desk, inputs), asked(""))
    assert not (tmp_path / "draft").exists()


def test_a_study_is_built_from_the_draft(tmp_path: Path, inputs: Inputs) -> None:
    desk = comparer(tmp_path, methods(same, darker))
    comparison = compared(desk, inputs)
    for _ in range(2):
        assert "is in the draft study" in desk.on_draft(comparison, asked(ACCESS.cookie_of(secure=False)))
    command = desk.drafts.command(desk.results(comparison)).split()[3:]
    database = f"sqlite:///{tmp_path / 'votes.db'}"
    assert main([*command, "--database", database]) == 0
    assert len(list((tmp_path / "draft/composite").iterdir())) == 2
