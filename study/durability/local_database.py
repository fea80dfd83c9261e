"""Read a SQLite file directly: before the program that uses it has started, or a copy of it."""

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from study.durability.journal_files import Change
from study.records import BadStudy

DAMAGED = (
    "The database {file} is damaged ({error}). Please move it to another folder; at the next start, the copy "
    "at BACKUP_URL takes its place."
)


UUIDS = "SELECT client_uuid FROM vote"
Rows = Callable[[str], Iterable[Sequence[Any]]]


@dataclass(frozen=True)
class Counts:
    """Count the content of a database; `votes_sha256` is that of all votes, in order."""

    studies: int
    people: int
    votes: int
    votes_sha256: str

    @property
    def text(self) -> str:
        """Return the counts for people."""
        return f"studies {self.studies}, people {self.people}, votes {self.votes}"


@dataclass(frozen=True)
class LocalDatabase:
    """Hold how far a database is; `own`: its changes that were not copied.

    history is "" for a database whose changes were never recorded.
    """

    history: str
    people: int
    pushed: int
    own: list[Change]


def inspect(database: Path) -> LocalDatabase | None:
    """Return how far a database is, None without one. Raises BadStudy for a damaged one."""
    if not database.is_file() or database.stat().st_size == 0:
        return None
    try:
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=rw", uri=True)) as connection:
            return _inspect(connection)
    except sqlite3.DatabaseError as error:
        raise BadStudy(DAMAGED.format(file=database, error=error)) from None


def head_of(connection: sqlite3.Connection) -> int:
    """Return the number of the last recorded change."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'").fetchone()
    return int(row[0]) if row else 0


def counts_of(connection: sqlite3.Connection) -> Counts:
    """Count studies, people and votes, and compute the hash of all votes."""
    return counted(lambda query: connection.execute(query))


def counted(rows: Rows) -> Counts:
    """Count what a database has; rows: run a query."""
    digest = hashlib.sha256()
    votes = 0
    columns = "client_uuid, trial_id, outcome, rt_ms, input, server_at"
    for row in rows(f"SELECT {columns} FROM vote ORDER BY client_uuid"):
        digest.update(json.dumps(list(row)).encode())
        votes += 1
    studies, people = (
        next(iter(rows(f"SELECT count(*) FROM {table}")))[0] for table in ("study", "participant")
    )
    return Counts(studies, people, votes, digest.hexdigest())


def uuids_of(connection: sqlite3.Connection) -> set[str]:
    """Return the ids that browsers gave to the votes."""
    return {row[0] for row in connection.execute(UUIDS)}


def tables_of(connection: sqlite3.Connection) -> set[str]:
    """Return the names of all tables."""
    return {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def _inspect(connection: sqlite3.Connection) -> LocalDatabase | None:
    tables = tables_of(connection)
    if "participant" not in tables:
        return None
    people = connection.execute("SELECT count(*) FROM participant").fetchone()[0]
    row = None
    if "outbox_position" in tables:
        row = connection.execute("SELECT history, pushed FROM outbox_position").fetchone()
    if row is None:
        return LocalDatabase("", people, 0, [])
    history, pushed = row
    found = connection.execute("SELECT seq, change FROM outbox WHERE seq > ? ORDER BY seq", (pushed,))
    return LocalDatabase(history, people, pushed, [Change(seq, *json.loads(text)) for seq, text in found])
