"""The grid of methods, frame by frame."""

from pathlib import Path

import numpy as np
import pytest

from demo.media import ViewCache
from demo.pages.compare import compare_all
from model import BadImage, Composite
from model.methods import Method


@pytest.fixture
def composite() -> Composite:
    matte = np.zeros((32, 64), np.float32)
    matte[8:24, 8:56] = 1
    return Composite(np.full((32, 64, 3), 100, np.uint8), matte)


def refuse(composite: Composite) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    raise BadImage(f"{composite.matte.shape[1]} columns are too many.")


def break_down(composite: Composite) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    raise np.linalg.LinAlgError(f"singular matrix in /secret/place, {composite}")


METHODS = {
    "same": Method("same", "Same", 1, "x", lambda composite: composite.image),
    "refuses": Method("refuses", "Refuses", 1, "x", refuse),
    "breaks": Method("breaks", "Breaks", 1, "x", break_down),
    "absent": Method("absent", "Absent", 2, "x", refuse, reason="the weights are missing"),
    "darker": Method("darker", "Darker", 1, "x", lambda composite: composite.image // 2),
}


def test_results_come_one_by_one(tmp_path: Path, composite: Composite) -> None:
    frames = list(compare_all(ViewCache(tmp_path, "k"), METHODS, composite))
    done = [sum(bool(card["url"]) for card in frame["cards"]) for frame in frames]
    assert done == [0, 1, 1, 1, 2]
    assert {len(frame["cards"]) for frame in frames} == {len(METHODS)}
    assert {frame["ratio"] for frame in frames} == {2.0}


def test_a_method_that_fails_says_so_and_the_others_go_on(tmp_path: Path, composite: Composite) -> None:
    *_, last = compare_all(ViewCache(tmp_path, "k"), METHODS, composite)
    assert [card["error"] for card in last["cards"]] == [
        "",
        "64 columns are too many.",
        "This method could not handle the picture.",
        "the weights are missing",
        "",
    ]


def test_every_result_is_a_file_that_can_be_shown(tmp_path: Path, composite: Composite) -> None:
    views = ViewCache(tmp_path, "k")
    *_, last = compare_all(views, METHODS, composite)
    urls = [card["url"] for card in last["cards"] if card["url"]] + [last["original"]]
    assert all(views.find(url.removeprefix("/view/")) for url in urls)
