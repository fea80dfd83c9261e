"""What the events of the study page do, also when a browser sends nonsense."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest
from fastapi import Request

from demo.pages.study import SCREENS, Desk, completion_code
from study.config import decide
from study.session import enrol
from study.stimuli import build_study, register
from study.store import Store

GREY = np.full((20, 30, 3), 99, np.uint8)
GOOD = {"choice": "L", "uuid": "u1", "rt": 900, "input": "keyboard"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    store = Store.open(f"sqlite:///{tmp_path / 'votes.db'}")
    register(
        store,
        build_study(
            tmp_path / "study",
            slug="tiny",
            title="Tiny",
            question="Which?",
            items={"one": GREY, "two": GREY},
            methods={"a": lambda item: item, "b": lambda item: item + 1},
            votes_per_participant=2,
        ),
    )
    yield Desk(store, "key")
    store.close()


@pytest.fixture
def kept(desk: Desk) -> dict[str, str]:
    return {"tiny": enrol(desk.store, "tiny")}


def event(**data: Any) -> gr.EventData:
    return gr.EventData(None, data)


def screen(columns: list[Any]) -> str:
    """The one that is visible."""
    return next(name for name, column in zip(SCREENS, columns, strict=False) if column.visible)


def trial(desk: Desk, kept: dict[str, str]) -> dict[str, Any]:
    value: dict[str, Any] = desk.where(kept["tiny"])[5]
    return value


def test_a_vote_leads_to_the_next_pair_and_the_last_one_to_the_code(desk: Desk, kept: dict[str, str]) -> None:
    for number in (1, 2):
        shown = trial(desk, kept)
        assert shown["number"] == number
        answer = desk.on_vote("tiny", kept, event(**{**GOOD, "trial": shown["trial"], "uuid": f"u{number}"}))
    assert screen(answer) == "thanks"
    assert completion_code(kept["tiny"], "key") in answer[6]


@pytest.mark.parametrize(
    "forged",
    [
        {},
        {"trial": "another"},
        {"choice": "X"},
        {"choice": ["L"]},
        {"uuid": ""},
        {"uuid": None},
        {"trial": {"path": "x"}},
    ],
)
def test_nonsense_changes_nothing_and_shows_the_pair_again(
    desk: Desk, kept: dict[str, str], forged: dict[str, Any]
) -> None:
    before = trial(desk, kept)
    data = {**GOOD, "trial": before["trial"], **forged} if forged else {}
    answer = desk.on_vote("tiny", kept, event(**data))
    assert screen(answer) == "trial"
    assert answer[5]["trial"] == before["trial"]
    assert answer[5]["message"]
    assert desk.store.votes("tiny") == []


@pytest.mark.parametrize(
    "measured", [{"rt": -1}, {"rt": "fast"}, {"rt": 1e12}, {"input": "mind"}, {"rt": float("nan")}]
)
def test_a_measurement_that_makes_no_sense_does_not_cost_the_vote(
    desk: Desk, kept: dict[str, str], measured: dict[str, Any]
) -> None:
    data = {**GOOD, "trial": trial(desk, kept)["trial"], **measured}
    desk.on_vote("tiny", kept, event(**data))
    assert len(desk.store.votes("tiny")) == 1


@pytest.mark.parametrize("nonsense", [None, [], "x", {}, {"tiny": 3}, {"tiny": "forged"}])
def test_a_stranger_is_asked_for_consent(desk: Desk, nonsense: Any) -> None:
    assert screen(desk.on_vote("tiny", nonsense, event(**GOOD))) == "consent"


def test_starting_twice_gives_the_same_participant(desk: Desk) -> None:
    first = desk.on_start("tiny", {})[0]
    assert desk.on_start("tiny", first)[0] == first


def test_a_token_of_a_database_that_is_gone_is_replaced(desk: Desk) -> None:
    kept = desk.on_start("tiny", {"tiny": "old", "other": "kept"})[0]
    assert kept["tiny"] != "old"
    assert kept["other"] == "kept"


CONFIG = decide(["a", "b"], slug="asked", title="A <study>", question="?", seed=0, votes=1, ties=True)


def asked(desk: Desk, tmp_path: Path, **changes: Any) -> None:
    """Register a study with a configuration of its own."""
    parts = {name: getattr(CONFIG, name).model_copy(update=values) for name, values in changes.items()}
    config = CONFIG.model_copy(update=parts)
    build_study(
        tmp_path / "asked", slug="asked", title="A", question="?", items={"one": GREY}, config=config,
        methods={"a": lambda item: item, "b": lambda item: item + 1}, votes_per_participant=1,
    )  # fmt: skip
    register(desk.store, tmp_path / "asked")


def opened(desk: Desk, query: str) -> list[Any]:
    return desk.on_open({}, gr.Request(request=Request({"type": "http", "query_string": query.encode()})))


def test_participants_read_the_words_of_the_study_and_get_its_code(desk: Desk, tmp_path: Path) -> None:
    asked(
        desk,
        tmp_path,
        consent={"text": "First.\n\nSecond & last.", "contact": "lab@example.org"},
        viewing={"words": "Dim the light.", "minimum_width": 900, "minimum_exposure_ms": 700},
        participants={"completion_code": "C0DE"},
    )
    slug, came, consent, instructions, *_ = opened(desk, "study=asked")
    assert (slug, came.source) == ("asked", "open")
    for words in ("A &lt;study&gt;", "<p>First.</p>", "<p>Second &amp; last.</p>", "lab@example.org"):
        assert words in consent
    assert "Dim the light." in instructions and "at least 900 pixels" in instructions
    kept, *started = desk.on_start(slug, {}, came)
    assert started[5]["exposure"] == 700
    answer = desk.on_vote(slug, kept, event(**{**GOOD, "trial": started[5]["trial"]}))
    assert screen(answer) == "thanks" and "C0DE" in answer[6]


def test_who_is_sent_by_a_service_is_known_again_and_others_are_refused(desk: Desk, tmp_path: Path) -> None:
    asked(desk, tmp_path, participants={"source": "prolific"})
    slug, came, *_ = opened(desk, "study=asked&PROLIFIC_PID=p1&STUDY_ID=s1&SESSION_ID=v1")
    assert (came.source, came.person, came.study, came.visit) == ("prolific", "p1", "s1", "v1")
    first, again = (desk.on_start(slug, {}, came)[0]["asked"] for _ in range(2))
    assert first == again
    assert "link is not complete" in desk.on_start(slug, {}, opened(desk, "study=asked")[1])[-1]
    with closing(sqlite3.connect(tmp_path / "votes.db")) as database:
        assert "p1" not in str(database.execute("SELECT * FROM participant").fetchall())


def test_an_unknown_study_is_refused_kindly(desk: Desk) -> None:
    assert "not open" in desk.on_start("nowhere", {})[-1]


def test_the_last_answer_is_taken_back_once(desk: Desk, kept: dict[str, str]) -> None:
    first = trial(desk, kept)
    assert not first["can_undo"]
    second = desk.on_vote("tiny", kept, event(**{**GOOD, "trial": first["trial"]}))[5]
    assert second["can_undo"] and second["number"] == 2
    back = desk.on_undo("tiny", kept)[5]
    assert (back["trial"], back["number"]) == (first["trial"], 1)
    assert "last answer" in desk.on_undo("tiny", kept)[5]["message"]


def test_who_withdraws_is_told_so_and_stays_out(desk: Desk, kept: dict[str, str]) -> None:
    desk.on_vote("tiny", kept, event(**{**GOOD, "trial": trial(desk, kept)["trial"]}))
    answer = desk.on_withdraw("tiny", kept)
    assert screen(answer) == "ended" and "deleted" in answer[7]
    assert screen(desk.where(kept["tiny"])) == "ended"
    assert screen(desk.on_withdraw("tiny", {})) == "consent"


def test_who_does_not_agree_is_thanked_and_counted(desk: Desk) -> None:
    assert screen(desk.on_decline("tiny")) == "ended"
    assert screen(desk.on_decline("nowhere")) == "ended"
