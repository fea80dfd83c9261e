"""Check that every change of a row is recorded in the transaction that makes it, by whichever program."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from study.collect.enrolment import enrol
from study.collect.participation import withdraw
from study.database import journal
from study.database.migrations import upgrade
from study.database.store import Store
from tests.support.study_world import open_store, shown, vote


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path)
    yield store
    store.close()


def changes(store: Store, after: int = 0) -> list[list[object]]:
    with store.reading() as tx:
        return [json.loads(change) for _, change in journal.changes_after(tx, after, 10_000)]


def head(store: Store) -> int:
    with store.reading() as tx:
        return journal.position(tx).head


def test_nothing_is_recorded_until_it_is_turned_on(store: Store) -> None:
    enrol(store, "small")
    assert changes(store) == []


def test_a_vote_is_recorded_with_all_its_columns(store: Store) -> None:
    token = enrol(store, "small")
    assert journal.turn_on(store)
    trial = shown(store, token)
    before = head(store)
    vote(store, token, trial, "T", "u1")
    with store.reading() as tx:
        names = journal.columns(tx)["vote"]
    (recorded,) = [change for change in changes(store, before) if change[0] == "vote"]
    assert isinstance(recorded[2], list)
    row = dict(zip(names, recorded[2], strict=True))
    assert (row["outcome"], row["client_uuid"], row["rt_ms"]) == ("T", "u1", 900)


def test_deleted_rows_are_recorded(store: Store) -> None:
    journal.turn_on(store)
    token = enrol(store, "small")
    vote(store, token, shown(store, token))
    before = head(store)
    withdraw(store, token)
    assert ["vote", 1, None] in changes(store, before)


def test_what_is_undone_is_not_recorded_and_leaves_no_gap(store: Store) -> None:
    journal.turn_on(store)
    before = head(store)
    with pytest.raises(RuntimeError), store.transaction() as tx:
        tx.add_event(1, None, "declined")
        raise RuntimeError
    with store.transaction() as tx:
        tx.add_event(1, None, "declined")
    assert head(store) == before + 1


def test_changes_of_other_programs_are_recorded(store: Store, tmp_path: Path) -> None:
    journal.turn_on(store)
    before = head(store)
    other = sqlite3.connect(tmp_path / "votes.db")
    other.execute("UPDATE study SET title = 'New'")
    other.commit()
    other.close()
    assert [change[0] for change in changes(store, before)] == ["study"]


def test_turning_on_twice_records_no_gap_and_turning_off_records_one(store: Store) -> None:
    assert journal.turn_on(store) and not journal.turn_on(store)
    before = head(store)
    journal.turn_off(store)
    enrol(store, "small")
    assert [change[0] for change in changes(store, before)] == [""]
    assert journal.turn_on(store)


BEFORE = (  # the tables of the version before the newest
    "DROP INDEX participant_status",
    "CREATE INDEX trial_next ON trial (participant_id, state, seq)",
    "CREATE INDEX participant_seen ON participant (study_id, status, last_seen_at)",
    "UPDATE alembic_version SET version_num = '0008'",
)


def test_a_migration_stops_the_record(store: Store) -> None:
    journal.turn_on(store)
    with store.transaction() as tx:
        for statement in BEFORE:
            tx.connection.exec_driver_sql(statement)
    upgrade(store.engine)
    assert journal.turn_on(store)


def test_numbers_are_not_used_again_after_rows_were_deleted(store: Store) -> None:
    journal.turn_on(store)
    enrol(store, "small")
    before = head(store)
    journal.delete_until(store, before)
    assert changes(store) == [] and head(store) == before
    enrol(store, "small")
    assert head(store) > before and len(changes(store)) == head(store) - before
