"""Vote with a full or read-only disk or a lost database: a message, a code, and no lost vote.

The faults are real: SQLite and the operating system cause them. Afterwards the same process works again.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text

from benchmarks import postgresql
from study.collect.enrolment import enrol
from study.collect.participation import Answer, cast_vote, show_next_trial
from study.database.faults import MESSAGES, from_os_error, reason_of
from study.database.store import Health, Store
from study.records import Reason, Unavailable
from tests.support.database_faults import (
    Plant,
    a_writer,
    another_file,
    no_file,
    no_folder,
    no_room,
    no_writing,
    read_only_disk,
    write_errors,
)
from tests.support.study_world import open_store, shown, vote

MANY = 2000  # votes, more than any of the faults below lets through
TAKES_VOTES = "The database takes votes."


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    (tmp_path / "disk").mkdir()
    store = open_store(tmp_path / "disk")
    yield store
    store.close()


def vote_on(store: Store, uuids: list[str], times: int = MANY) -> None:
    """Vote as several participants, and keep the acknowledged ids."""
    token = enrol(store, "small")
    for _ in range(times):
        trial = show_next_trial(store, token)
        if trial is None:
            token = enrol(store, "small")
            trial = shown(store, token)
        uuid = str(uuid4())
        cast_vote(store, token, Answer(trial.trial_token, "L", uuid))
        uuids.append(uuid)


def assert_reported(reason: Reason, run: Callable[[], object]) -> None:
    """Check the exception: its reason, and a message without paths and names of the database."""
    with pytest.raises(Unavailable) as caught:
        run()
    assert (caught.value.reason, str(caught.value)) == (reason, MESSAGES[reason])


def assert_survived(store: Store, uuids: list[str]) -> None:
    """Check that the same process continues, and that every acknowledged vote is stored once."""
    assert store.test_writing().message == TAKES_VOTES
    vote_on(store, uuids, times=15)
    with store.reading() as tx:
        stored = list(tx.connection.scalars(text("SELECT client_uuid FROM vote")))
    assert sorted(stored) == sorted(uuids)


@pytest.mark.parametrize(
    ("plant", "reason"),
    [
        (no_room, "full"),
        (no_writing, "read_only"),
        (read_only_disk, "read_only"),
        (write_errors, "damaged"),
        (no_file, "gone"),
        (no_folder, "gone"),
        (another_file, "gone"),
        (a_writer, "busy"),
    ],
)
def test_a_fault_is_reported_and_passes(store: Store, tmp_path: Path, plant: Plant, reason: Reason) -> None:
    acknowledged: list[str] = []
    vote_on(store, acknowledged, times=30)
    store.close()  # the pool; its connections would go on as they were
    repair = plant(store, tmp_path / "disk")
    try:
        assert_reported(reason, lambda: vote_on(store, acknowledged))
        # A little may still fit where much did not.
        health = next(health for _ in range(100) if (health := store.test_writing()).reason)
    finally:
        repair()
    assert (health.reason, health.message) == (reason, MESSAGES[reason])
    assert_survived(store, acknowledged)


def test_a_deleted_file_takes_no_votes_and_is_not_made_again(store: Store, tmp_path: Path) -> None:
    """Open connections would write into the deleted file."""
    token = enrol(store, "small")
    trial = shown(store, token)
    shutil.rmtree(tmp_path / "disk")
    assert_reported("gone", lambda: vote(store, token, trial))
    assert_reported("gone", store.current_study)
    assert store.test_writing() == Health(MESSAGES["gone"], "gone", None)
    (tmp_path / "disk").mkdir()
    assert_reported("gone", lambda: vote(store, token, trial))
    assert list((tmp_path / "disk").iterdir()) == []


def test_a_file_that_goes_during_a_vote_acknowledges_nothing(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "disk" / "votes.db"

    def lose_it() -> None:
        with store.transaction() as tx:
            tx.test_write()
            os.rename(file, tmp_path / "elsewhere")

    assert_reported("gone", lose_it)
    os.rename(tmp_path / "elsewhere", file)
    assert_survived(store, [])


def test_a_file_for_reading_only(store: Store, tmp_path: Path) -> None:
    """SQLite opens files on a read-only disk like this one."""
    token = enrol(store, "small")
    reader = Store.open(f"sqlite:///file:{tmp_path / 'disk' / 'votes.db'}?mode=ro&uri=true")
    assert_reported("read_only", lambda: show_next_trial(reader, token))
    assert reader.test_writing().reason == "read_only"
    assert reader.summary("small").participants == 1
    reader.close()


def test_free_bytes_of_the_disk_are_measured(store: Store, tmp_path: Path) -> None:
    free = store.test_writing().free_bytes
    assert free is not None and abs(free - shutil.disk_usage(tmp_path).free) < 2**30


def test_writing_for_a_test_changes_nothing(store: Store) -> None:
    def dump() -> str:
        with closing(sqlite3.connect(str(store.engine.url.database))) as connection:
            return "\n".join(connection.iterdump())

    before = dump()
    assert store.test_writing().reason is None
    assert dump() == before


def test_postgresql_may_stop_and_start(tmp_path: Path) -> None:
    acknowledged: list[str] = []
    with postgresql.cluster() as cluster:
        store = open_store(tmp_path, cluster.url)
        vote_on(store, acknowledged, times=30)
        cluster.stop()
        for run in (
            lambda: vote_on(store, acknowledged),
            store.current_study,
            lambda: store.summary("small"),
        ):
            assert_reported("gone", run)
        assert store.test_writing() == Health(MESSAGES["gone"], "gone", None)
        cluster.start()
        assert_survived(store, acknowledged)
        with _read_only(cluster.url):
            assert_reported("read_only", lambda: vote_on(store, acknowledged))
            assert store.test_writing().reason == "read_only"
            assert store.summary("small").participants > 0
        assert_survived(store, acknowledged)
        store.close()


@contextmanager
def _read_only(url: str) -> Iterator[None]:
    """Make the server read-only, like a replica."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")

    def say(*commands: str) -> None:
        with engine.connect() as connection:
            for command in (*commands, "SELECT pg_reload_conf()", "SELECT pg_sleep(0.3)"):
                connection.execute(text(command))

    say("ALTER SYSTEM SET default_transaction_read_only = on")
    yield
    say("ALTER SYSTEM RESET default_transaction_read_only")
    engine.dispose()


def test_wrong_statements_are_no_faults_of_the_database(store: Store) -> None:
    with pytest.raises(Exception, match="syntax error"), store.reading() as tx:
        tx.connection.execute(text("SELEKT"))
    assert reason_of(sqlite3.IntegrityError("UNIQUE constraint failed: vote.trial_id")) is None
    assert reason_of(ValueError("database is locked")) is None


@pytest.mark.parametrize(
    ("number", "reason"), [(28, "full"), (30, "read_only"), (13, "read_only"), (5, "damaged")]
)
def test_errors_of_files_have_the_same_messages(number: int, reason: Reason) -> None:
    found = from_os_error(OSError(number, "?", "/secret/place"))
    assert (found.reason, str(found)) == (reason, MESSAGES[reason])
