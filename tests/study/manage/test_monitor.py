"""Compare the monitor with what a few people did in the small study."""

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import select, update

from study.collect.enrolment import enrol
from study.collect.participation import withdraw
from study.database.schema import Pair, Participant, Trial, VoteRow
from study.database.store import Store
from study.manage.monitor import Monitor, monitor
from tests.support.study_world import METHODS, add_rules, answer_all, open_store, person, shown, vote

NOW = datetime(2026, 5, 4, 12, 30, tzinfo=timezone.utc)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path)


def at(store: Store, moment: datetime) -> None:
    store.clock = lambda: moment


def watched(store: Store) -> Monitor:
    return monitor(store, "small", 1)


def test_an_empty_study_has_zeros(store: Store) -> None:
    seen = watched(store)
    assert (seen.votes, seen.fewest, seen.most, seen.times, seen.dropouts) == (0, 0, 0, None, [])
    assert seen.people == {"declined": 0} and seen.per_minute == [0] * 60 and seen.free is None
    assert seen.coverage == [[0] * 4] * 4 and seen.methods == list(METHODS)


def test_people_are_counted_by_state_and_places_are_free_again(store: Store) -> None:
    add_rules(store, max_participants=3)
    at(store, NOW - timedelta(hours=1))
    away = enrol(store, "small", person("a"))
    for _ in range(2):
        vote(store, away, shown(store, away))
    at(store, NOW)
    answer_all(store, enrol(store, "small", person("b")))
    withdraw(store, enrol(store, "small", person("c")))
    enrol(store, "small", person("d"))
    seen = watched(store)
    assert seen.people == {"away": 1, "complete": 1, "withdrawn": 1, "active": 1, "declined": 0}
    assert (seen.maximum, seen.free) == (3, 1)
    assert seen.dropouts == [0, 0, 1]  # one person stopped after two answers


def test_votes_are_counted_by_pair_and_minute(store: Store) -> None:
    token = enrol(store, "small", person("a"))
    for minutes in (90, 59, 2, 0, 0):
        at(store, NOW - timedelta(minutes=minutes))
        vote(store, token, shown(store, token))
    seen = watched(store)
    assert seen.votes == 5 and sum(map(sum, seen.coverage)) == 10 and seen.most <= 5
    assert seen.coverage == [list(row) for row in zip(*seen.coverage, strict=True)]
    assert [seen.per_minute[-1 - ago] for ago in (0, 2, 59)] == [2, 1, 1] and sum(seen.per_minute) == 4
    assert seen.times is not None and seen.times.tenth == seen.times.median == 900


def test_checks_count_wrong_gold_answers_and_different_repeats(store: Store) -> None:
    add_rules(store, gold=2, repeats=3)
    token = enrol(store, "small", person("a"))
    trials = answer_all(store, token, "L")
    assert len(trials) == 12 + 2 + 3
    seen = watched(store).checks
    with store.reading() as tx:
        gold = select(Trial.left_stim, Pair.expected_stim).join(Pair).where(Pair.kind == "gold")
        wrong = sum(left != expected for left, expected in tx.connection.execute(gold))
    # Repeats are shown on the other side, so that the left side is another answer each time.
    assert (seen.gold, seen.gold_wrong, seen.repeats, seen.repeats_different) == (2, wrong, 3, 3)


@pytest.mark.parametrize(
    "change", [{"phase": "pilot"}, {"phase": "rehearsal"}, {"status": "rejected"}], ids=str
)
def test_answers_that_are_not_scored_are_in_no_count(store: Store, change: dict[str, str]) -> None:
    answer_all(store, enrol(store, "small", person("a")))
    assert watched(store).votes == 12
    with store.transaction() as tx:
        tx.connection.execute(update(Participant).values(**change))
    seen = watched(store)
    assert (seen.votes, seen.times, sum(seen.per_minute), seen.most) == (0, None, 0, 0)


def test_times_of_a_study_are_found_behind_those_of_others(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("study.database.monitor_queries.LATEST", 2)
    for name in ("a", "b"):
        answer_all(store, enrol(store, "small", person(name)))
    with store.transaction() as tx:
        second = select(Participant.id).order_by(Participant.id.desc()).limit(1).scalar_subquery()
        tx.connection.execute(update(Participant).where(Participant.id == second).values(phase="pilot"))
        tx.connection.execute(update(VoteRow).where(VoteRow.id <= 12).values(rt_ms=500))
    times = watched(store).times
    assert times is not None and times.ninetieth == 500
