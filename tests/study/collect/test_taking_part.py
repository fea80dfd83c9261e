"""Test undo, withdrawal, returning, the status of a study, and trials that are no votes."""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text

from benchmarks import postgresql
from study.collect.door import decline
from study.collect.enrolment import Applicant, Recruited, enrol, expire
from study.collect.participation import resume, show_next_trial, undo, withdraw
from study.database.responses.load_responses import read_study
from study.database.store import Store
from study.records import Ended, Refused
from study.votes import NONE
from tests.support.stored_votes import stored_votes
from tests.support.study_world import add_rules, answer_all, open_store, person, shown, vote

START = datetime(2026, 1, 1, tzinfo=timezone.utc)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Open the small study with gold pairs, repeats and practice, in SQLite and in PostgreSQL."""
    folder = tmp_path_factory.mktemp("study")
    with postgresql.server() if request.param == "postgresql" else nullcontext() as url:
        opened = open_store(folder, url=url)
        add_rules(opened, gold=2, practice=1, repeats=2)
        yield opened
        opened.close()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Store]:
    """Open a small study for one test."""
    opened = open_store(tmp_path)
    yield opened
    opened.close()


def at(store: Store, **later: float) -> Store:
    """Open the same database some time after START."""
    return Store(store.engine, lambda: START + timedelta(**later))


def rows(store: Store, query: str) -> list[Any]:
    with store.reading() as tx:
        return [tuple(row) for row in tx.connection.execute(text(query))]


def newest(store: Store, columns: str) -> tuple[Any, ...]:
    """Return columns of the newest participant."""
    found: tuple[Any, ...] = rows(store, f"SELECT {columns} FROM participant ORDER BY id DESC LIMIT 1")[0]
    return found


def test_practice_gold_and_repeats_are_shown_but_are_no_votes(store: Store) -> None:
    before = read_study(store, "small").responses
    token, votes = enrol(store, "small"), len(stored_votes(store, "small"))
    seen = answer_all(store, token)
    assert [trial.practice for trial in seen] == [True] + [False] * 16
    assert seen[-1].number == seen[-1].total == 17
    after = read_study(store, "small").responses
    assert len(stored_votes(store, "small")) - votes == 12 == after.counted.sum() - before.counted.sum()
    assert len(after) - len(before) == 16


def test_gold_pairs_have_an_answer_and_repeats_their_first_trial(store: Store) -> None:
    answer_all(store, enrol(store, "small"))
    found = read_study(store, "small").responses
    gold, again = found.expected != NONE, found.repeat_of != NONE
    assert set(found.expected[gold]) <= {0, 1} and (found.left[gold] == NONE).all()
    first = found.repeat_of[again]
    assert (found.left[again] == found.right[first]).all() and (found.item[again] == found.item[first]).all()
    assert (found.participant[again] == found.participant[first]).all() and (
        np.flatnonzero(again) > first
    ).all()
    assert again.sum() == gold.sum() >= 2


def test_the_last_answer_can_be_taken_back_once_and_stays_in_the_history(store: Store) -> None:
    token = enrol(store, "small")
    for choice in "LR":
        vote(store, token, shown(store, token), choice)
    before, last = len(read_study(store, "small").responses), shown(store, token)
    assert last.can_undo
    undo(store, token)
    again = shown(store, token)
    assert again.number == last.number - 1 and not again.can_undo
    assert len(read_study(store, "small").responses) == before - 1
    with pytest.raises(Refused, match="Only the last"):
        undo(store, token)
    vote(store, token, again, "T")
    assert len(read_study(store, "small").responses) == before and shown(store, token).can_undo
    assert rows(store, "SELECT outcome FROM vote_history ORDER BY id DESC LIMIT 1") == [("R",)]


def test_a_taken_back_click_does_not_count_when_it_is_sent_again(store: Store) -> None:
    token = enrol(store, "small")
    trial = shown(store, token)
    vote(store, token, trial, "L", f"late {token}")
    undo(store, token)
    assert vote(store, token, trial, "L", f"late {token}") == "repeated"
    assert shown(store, token).trial_token == trial.trial_token
    assert vote(store, token, trial, "R") == "counted"


def test_there_is_nothing_to_take_back_before_the_first_and_after_the_last(store: Store) -> None:
    token = enrol(store, "small")
    assert not shown(store, token).can_undo
    with pytest.raises(Refused, match="Only the last"):
        undo(store, token)
    answer_all(store, token)
    with pytest.raises(Refused, match="complete"):
        undo(store, token)


def test_after_a_withdrawal_only_its_fact_is_stored(store: Store) -> None:
    before = len(read_study(store, "small").responses)
    named = person("w")
    token = enrol(store, "small", replace(named, recruited=Recruited("w", session="x"), device={"w": 1}))
    first = shown(store, token)
    vote(store, token, first)
    undo(store, token)
    answer_all(store, token)
    assert withdraw(store, token) == 17 and withdraw(store, token) == 0
    assert len(read_study(store, "small").responses) == before
    assert newest(store, "status, device_json, ext_session") == ("withdrawn", "{}", None)
    assert rows(store, "SELECT kind, payload_json FROM event ORDER BY id DESC LIMIT 1") == [
        ("withdrawn", '{"answers": 17}')
    ]
    who = "(SELECT max(id) FROM participant)"
    assert rows(store, f"SELECT count(*) FROM trial WHERE participant_id = {who}") == [(0,)]
    assert rows(store, f"SELECT count(*) FROM event WHERE participant_id = {who}") == [(1,)]
    for late in (show_next_trial, undo, resume):
        with pytest.raises(Ended, match="withdrew"):
            late(store, token)
    with pytest.raises(Ended, match="withdrew"):
        vote(store, token, first)
    assert enrol(store, "small", person("w")) == token


def test_only_hashes_of_tokens_and_recruitment_ids_are_stored(store: Store) -> None:
    names = ("person-7", "study-8", "visit-9")
    token = enrol(store, "small", Applicant("prolific", Recruited(*names), "claim-6", "s"))
    stored = repr(newest(store, "*"))
    assert not any(name in stored for name in (token, "claim-6", *names))
    assert newest(store, "ext_study IS NULL, ext_session IS NULL") in [(0, 0), (False, False)]


def test_returning_and_declining_are_stored(store: Store) -> None:
    token = enrol(store, "small")
    resume(store, token, returning=True)
    decline(store, "small")
    assert rows(store, "SELECT kind, participant_id IS NULL FROM event ORDER BY id DESC LIMIT 2") == [
        ("declined", True),
        ("resumed", False),
    ]


def test_a_participant_who_was_away_too_long_cannot_continue(small: Store) -> None:
    add_rules(small, resume_hours=2.0)
    token = enrol(at(small), "small")
    trial = shown(at(small, hours=1.9), token)
    vote(at(small, hours=3.8), token, trial)
    for late in (show_next_trial, undo, resume):
        with pytest.raises(Ended, match="more than 2 hours"):
            late(at(small, hours=6), token)
    assert expire(at(small, hours=5), "small") == 0
    assert expire(at(small, hours=6), "small") == 1
    assert newest(small, "status, block") == ("expired", 0)
    assert len(stored_votes(small, "small")) == 1


def test_the_next_participant_gets_the_block_of_a_withdrawn_or_expired_one(small: Store) -> None:
    add_rules(small, resume_hours=1.0)
    gone, away = enrol(at(small), "small"), enrol(at(small), "small")
    withdraw(at(small), gone)
    assert enrol(at(small, minutes=1), "small") and newest(small, "block") == (0,)
    assert enrol(at(small, hours=2), "small") and newest(small, "block") == (0,)
    assert enrol(at(small, hours=2), "small") and newest(small, "block") == (1,)
    assert away and rows(small, "SELECT count(*) FROM participant WHERE block IS NULL") == [(3,)]


def test_a_participant_who_completed_late_is_complete(small: Store) -> None:
    add_rules(small, resume_hours=1.0)
    token = enrol(at(small), "small")
    answer_all(at(small), token)
    assert show_next_trial(at(small, hours=30), token) is None


def test_a_study_takes_its_maximum_of_participants(small: Store) -> None:
    add_rules(small, max_participants=2)
    first = enrol(at(small), "small", person("1"))
    answer_all(at(small), first)
    enrol(at(small), "small")
    with pytest.raises(Refused, match="enough"):
        enrol(at(small, minutes=29), "small")
    assert enrol(at(small, minutes=29), "small", person("1")) == first
    assert enrol(at(small, minutes=31), "small")


@pytest.mark.parametrize(
    ("status", "words"), [("draft", "not open"), ("paused", "come back later"), ("closed", "is over")]
)
def test_only_an_active_study_is_open(small: Store, status: str, words: str) -> None:
    token = enrol(small, "small")
    trial = shown(small, token)
    add_rules(small, status=status)
    with pytest.raises(Refused, match=words):
        enrol(small, "small")
    assert vote(small, token, trial) == "counted"
    if status != "draft":
        with pytest.raises(Refused, match=status):
            show_next_trial(small, token)
