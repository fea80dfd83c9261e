"""Test that counts kept up to date equal those of all votes, whatever happens to people and votes."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from study.collect.enrolment import enrol
from study.collect.participation import undo, withdraw
from study.collect.simulate import Preferences, Raters, simulate_raters
from study.config.config import StudyConfig
from study.config.tables import Exclusion
from study.counts.moments import Counts, Size, count, pack
from study.counts.update import bring_up_to_date
from study.database.counts.tables import Tally
from study.database.responses.load_responses import answers_of, read_study
from study.database.rows import StudyRow
from study.database.store import Store
from study.manage import people
from study.report.exclusions import apply_exclusions
from study.votes import Responses
from tests.support.empty_databases import empty_database
from tests.support.study_world import METHODS, answer_all, open_store, shown, small_config, vote


class Clock:
    """Represent a clock that advances by a minute whenever it is read."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=timezone.utc)

    def __call__(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with empty_database(request.param, tmp_path) as found:
        yield found


@pytest.fixture
def store(url: str, tmp_path: Path) -> Iterator[Store]:
    found = open_store(tmp_path, url)
    found.clock = Clock()
    yield found
    found.close()


def whole(store: Store) -> Counts:
    """Return the counts of all votes, read at once."""
    data = read_study(store, "small")
    exclude = StudyConfig.from_json(data.config_json).exclude if data.config_json else Exclusion()
    kept = apply_exclusions(data, exclude.limits, tuple(exclude.rules)).kept
    votes = data.responses.votes(kept)
    return count(votes.participant, pack(votes, len(data.methods)), Size(len(data.methods), len(data.items)))


def check(store: Store) -> Counts:
    """Bring the counts up to date, and compare them with those of all votes."""
    with store.reading() as tx:
        study = tx.study("small")
    found, wanted = bring_up_to_date(store, study), whole(store)
    for name in vars(wanted):
        assert (getattr(found, name) == getattr(wanted, name)).all(), name
    return found


def test_counts_follow_everything_that_happens(store: Store) -> None:
    assert not check(store).cells.any()
    tokens = [enrol(store, "small") for _ in range(5)]
    for token in tokens[:3]:
        answer_all(store, token, "L")
    assert check(store).voters == 3
    for _ in range(4):
        vote(store, tokens[3], shown(store, tokens[3]), "R")
    assert check(store).cells.sum() == 40
    undo(store, tokens[3])
    assert check(store).cells.sum() == 39
    vote(store, tokens[3], shown(store, tokens[3]), "T")
    withdraw(store, tokens[0])
    with store.reading() as tx:
        linked = tx.connection.scalars(select(Tally.participant_id)).all()
    assert linked.count(None) == 1
    assert check(store).cells.sum() == 28
    code = next(one.code for one in people.people(store, "small") if one.status == "complete")
    people.reject(store, "small", None, code, "test")
    assert check(store).cells.sum() == 16
    people.restore(store, "small", None, code, "test")
    assert check(store).cells.sum() == 28
    people.set_aside_pilot(store, "small", None, "test")
    assert not check(store).cells.any()
    people.delete_pilot(store, "small", None, "test")
    answer_all(store, enrol(store, "small"), "R")
    assert check(store).cells.sum() == 12


def test_only_people_with_a_request_are_read_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def read(connection: Connection, study: StudyRow, ids: Sequence[int]) -> tuple[Responses, list[int]]:
        asked.extend(ids)
        return answers_of(connection, study, ids)

    monkeypatch.setattr("study.counts.update.answers_of", read)
    tokens = [enrol(store, "small") for _ in range(3)]
    answer_all(store, tokens[0])
    vote(store, tokens[1], shown(store, tokens[1]))
    check(store)
    assert len(asked) == 3
    asked.clear()
    check(store)
    assert asked == []
    vote(store, tokens[1], shown(store, tokens[1]))
    check(store)
    assert len(asked) == 1


def test_votes_of_the_last_seconds_are_read_again(store: Store) -> None:
    """Two answers may have the same time, of which the counts have seen the first."""
    token = enrol(store, "small")
    now = store.clock()
    store.clock = lambda: now
    for _ in range(3):
        vote(store, token, shown(store, token))
        check(store)


def test_people_whom_rules_leave_out_are_left_out(tmp_path: Path) -> None:
    tables = small_config(gold=0, repeats=2).model_dump(mode="json")
    tables["exclude"] |= {"rules": ["repeats", "run"], "run": 9}
    store = open_store(tmp_path, config=StudyConfig.model_validate(tables))
    store.clock = Clock()
    simulate_raters(store, "small", Preferences(dict.fromkeys(METHODS, 0.0)), Raters(6, 14))
    for choice in "LTR":
        answer_all(store, enrol(store, "small"), choice)
    assert 0 < check(store).voters < 7
