"""Open databases from several processes; readers are not blocked; unusable ones give a reason."""

import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from benchmarks import postgresql
from study.collect.enrolment import enrol
from study.collect.participation import show_next_trial
from study.database.store import Store
from study.records import BadStudy
from tests.support.stored_votes import stored_votes
from tests.support.study_world import open_store, picture_of

OPEN = "import sys; from study.database.store import Store; print(Store.open(sys.argv[1]).current_study())"


def open_in_processes(url: str, number: int = 4) -> set[str]:
    def run(_: int) -> str:
        ended = subprocess.run([sys.executable, "-c", OPEN, url], capture_output=True, text=True, check=False)
        return ended.stdout.strip() or ended.stderr

    with ThreadPoolExecutor(number) as pool:
        return set(pool.map(run, range(number)))


def test_several_processes_may_create_the_tables_at_once(tmp_path: Path) -> None:
    assert open_in_processes(f"sqlite:///{tmp_path / 'new' / 'votes.db'}") == {"None"}


def test_a_new_database_is_opened_while_another_process_writes_its_first_page(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "votes.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with ThreadPoolExecutor(1) as pool:
        opening = pool.submit(Store.open, f"sqlite:///{tmp_path / 'votes.db'}")
        time.sleep(0.3)
        other.execute("COMMIT")
        store = opening.result()
    other.close()
    assert store.current_study() is None
    store.close()


def test_several_processes_may_create_the_tables_of_postgresql_at_once() -> None:
    with postgresql.server() as url:
        assert open_in_processes(url) == {"None"}


def test_readers_do_not_wait_for_a_writer(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    trial = show_next_trial(store, enrol(store, "small"))
    assert trial is not None
    with store.transaction():
        assert store.current_study() == "small"
        assert store.summary("small").participants == 1 and stored_votes(store, "small") == []
        assert picture_of(store, trial.left_media).is_file()
    store.close()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nonsense", "not a database address"),
        ("mysql://localhost/x", "should start with"),
        ("sqlite://", "need a database file"),
        ("postgresql+psycopg://nobody@127.0.0.1:1/x", "cannot be used"),
        ("postgresql+pg8000://nobody@127.0.0.1:1/x", "package"),
    ],
)
def test_an_unusable_database_is_refused_with_a_sentence(url: str, message: str) -> None:
    with pytest.raises(BadStudy, match=message):
        Store.open(url)


def test_a_file_that_is_no_database_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a database, but mine" * 50)
    with pytest.raises(BadStudy, match="not a database"):
        Store.open(f"sqlite:///{tmp_path / 'notes.txt'}")
    assert (tmp_path / "notes.txt").read_text().startswith("not a database")


@pytest.mark.parametrize(("durable", "level"), [(True, 2), (False, 1)])
def test_only_durable_transactions_wait_for_the_disk(tmp_path: Path, durable: bool, level: int) -> None:
    store = open_store(tmp_path)
    with store.transaction(durable=durable) as tx:
        assert tx.connection.execute(text("PRAGMA synchronous")).scalar() == level
    store.close()
