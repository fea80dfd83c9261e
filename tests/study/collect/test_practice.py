"""Test practice pairs with a known answer: who is told what, and that nothing of them counts."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest

from study.collect.enrolment import enrol
from study.collect.manifest import read_manifest
from study.collect.participation import Answer, Step, cast_vote, undo
from study.collect.stimuli import KnownPairs, StudySources, build_study
from study.collect.validate import check_study
from study.database import pair_queries
from study.database.responses.load_responses import read_study
from study.database.store import Store
from study.manage.states import open_folder
from study.records import TrialView
from tests.support.study_world import METHODS, flat, practised_config, shown

GREY = np.full((40, 60, 3), 90, np.uint8)
PAIRS = {f"scene{n}": (GREY + n, GREY + 60 + n) for n in range(3)}  # the names of items


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    methods = {name: flat(40 * n) for n, name in enumerate(METHODS)}
    items = {f"scene{n}": GREY for n in range(3)}
    gold = KnownPairs({"gold": (GREY, GREY + 9)})
    sources = StudySources(items, methods, gold=gold, practice=KnownPairs(PAIRS))
    return build_study(tmp_path / "small", practised_config(votes=3, practice=2, gold=1), sources)


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{folder.parent / 'votes.db'}")
    open_folder(opened, folder, "test")
    yield opened
    opened.close()


def better_side(store: Store, trial: TrialView) -> str:
    """Return the better side of a practice pair, read from the database."""
    query = "SELECT left_stim = expected_stim FROM trial JOIN pair ON pair.id = pair_id WHERE token = ?"
    with closing(sqlite3.connect(str(store.engine.url.database))) as database:
        return "L" if database.execute(query, (trial.trial_token,)).fetchone()[0] else "R"


def cast(store: Store, token: str, trial: TrialView, choice: str, uuid: str = "") -> Step:
    return cast_vote(store, token, Answer(trial.trial_token, choice, uuid or str(uuid4())))


@pytest.mark.parametrize("choice", ["L", "R", "T"])
def test_the_better_side_comes_with_the_reply_to_practice_and_to_nothing_else(
    store: Store, choice: str
) -> None:
    token = enrol(store, "small")
    told, expected = [], []
    for _ in range(6):
        trial = shown(store, token)
        expected.append(better_side(store, trial) if trial.practice else None)
        told.append(cast(store, token, trial, choice).better)
    assert told == expected and told[2:] == [None] * 4
    assert sorted(str(side) for side in told[:2]) == ["L", "R"]  # sides are balanced


def test_the_same_click_is_told_the_same_again_also_after_undo(store: Store) -> None:
    token = enrol(store, "small")
    trial = shown(store, token)
    first, again = (cast(store, token, trial, "L", "the same click") for _ in range(2))
    assert (first.counted, again.counted) == (True, False)
    assert first.better == again.better == better_side(store, trial)
    undo(store, token)
    assert cast(store, token, trial, "R").better == first.better


def test_practice_is_in_no_count_and_no_score_and_no_check(store: Store) -> None:
    token = enrol(store, "small")
    for _ in range(2):
        cast(store, token, shown(store, token), "L")
    assert len(read_study(store, "small").responses) == 0
    with store.reading() as tx:
        study = tx.study("small").id
        layout = tx.layout(study)
        pairs = pair_queries.pairs_of(tx, study)
    assert (len(layout.items), len(layout.gold), len(layout.practice)) == (3, 1, 3)
    titles = [(pair.first, pair.second) for pair in pairs if pair.kind == "practice"]
    assert titles == [("better", "worse")] * 3


def test_the_pictures_of_a_practice_pair_are_equal_but_for_their_pixels(folder: Path) -> None:
    pairs = read_manifest(folder)["practice"]
    assert [pair["key"] for pair in pairs] == [f"practice/scene{n}" for n in range(3)]
    for pair in pairs:
        better, worse = (pair["stimuli"][side] for side in ("better", "worse"))
        for same in ("bytes", "width", "height"):
            assert better[same] == worse[same]
        stats = [(folder / "stimuli" / one["file"]).stat() for one in (better, worse)]
        assert stats[0].st_mtime == stats[1].st_mtime and stats[0].st_size == stats[1].st_size
    assert not [found for found in check_study(folder) if found.level == "error"]
    (folder / "stimuli" / pairs[0]["stimuli"]["worse"]["file"]).write_bytes(b"changed")
    assert [found for found in check_study(folder) if found.level == "error"]
