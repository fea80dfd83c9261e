"""The database: SQLite by default, PostgreSQL from the same code. Everything happens in a transaction."""

import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone

from sqlalchemy import Engine, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from study.collect.config import StudyConfig
from study.database import queries
from study.database.connections import (
    BUSY_SECONDS,
    database_file,
    file_identity,
    make_engine,
    opened_file,
    state_of_disk,
)
from study.database.faults import in_words, unavailable
from study.database.migrations import upgrade
from study.database.schema import Study
from study.database.transaction import Transaction
from study.records import BadStudy, Layout, Reason, Tally, Unavailable, Vote

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The default clock."""
    return datetime.now(timezone.utc)


@dataclass(frozen=True)
class Health:
    """State of the database: a sentence, why it does not take votes if so, and room on SQLite's disk."""

    words: str
    reason: Reason | None = None
    free_bytes: int | None = None


class Store:
    """An engine with its schema. Safe to share between threads; other processes may use the same database.

    Every method that asks the database raises Unavailable while it cannot answer, and works again afterwards.
    """

    def __init__(self, engine: Engine, clock: Clock = utc_now) -> None:
        self.engine = engine
        self.clock = clock
        self._layouts: dict[int, Layout] = {}
        self._configs: dict[int, StudyConfig | None] = {}
        self._file = database_file(engine.url)
        # An engine with options costs as much as a statement: made once, not for each transaction.
        self._hasty = engine.execution_options(durable=False)
        self._reader = engine.execution_options(reads_only=True)
        # SQLite has one writer. Those who wait here go on in turn; those who wait there try now and then.
        self._turn = threading.Lock() if engine.dialect.name == "sqlite" else None

    @classmethod
    def open(cls, url: str, clock: Clock = utc_now) -> "Store":
        """Connect and bring the tables up to date. Raises BadStudy for a database that cannot be used."""
        try:
            parsed = make_url(url)
        except ArgumentError:
            raise BadStudy(f"{url!r} is not a database address, such as sqlite:///data/votes.db.") from None
        if parsed.get_backend_name() not in ("sqlite", "postgresql"):
            raise BadStudy("The database address should start with sqlite:/// or postgresql+psycopg://.")
        store = cls(make_engine(parsed), clock)
        try:
            upgrade(store.engine)
        except (DBAPIError, sqlite3.Error) as error:
            store.close()
            cause = error.orig if isinstance(error, DBAPIError) else error
            raise BadStudy(f"The database cannot be used: {str(cause).strip().splitlines()[0]}.") from None
        return store

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()

    def ping(self) -> bool:
        """Whether the database answers."""
        with self.reading() as tx:
            return bool(tx.connection.execute(text("SELECT 1")).scalar())

    def health(self) -> Health:
        """Try to write, as a vote would, and say what came of it; leaves nothing, raises nothing."""
        try:
            with self.transaction(durable=False) as tx:
                tx.probe()
        except Unavailable as error:
            return Health(str(error), error.reason, self._free_bytes())
        return Health("The database takes votes.", None, self._free_bytes())

    def _free_bytes(self) -> int | None:
        try:
            return shutil.disk_usage(self._file.parent).free if self._file else None
        except OSError:
            return None

    @contextmanager
    def transaction(self, durable: bool = True) -> Iterator[Transaction]:
        """All of it or nothing of it; writers take turns. Durable once left without an error.

        What is not `durable` survives the death of this process, but perhaps not that of the machine, and
        keeps nobody waiting for the disk. Raises Unavailable, also where others keep SQLite busy too long.
        """
        if self._turn is not None and not self._turn.acquire(timeout=BUSY_SECONDS):
            raise unavailable("busy")
        try:
            engine = self.engine if durable else self._hasty
            with self._faults(), engine.begin() as connection:
                opened = opened_file(connection)
                yield Transaction(connection, self.clock())
        finally:
            if self._turn is not None:
                self._turn.release()
        # A file without a name takes writes until it is closed, and is gone then.
        if self._file is not None and file_identity(self._file) != opened:
            raise unavailable("gone")

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """One state of the database, for questions only: waits for no writer and keeps none waiting."""
        with self._faults(), self._reader.connect() as connection:
            yield Transaction(connection, self.clock())

    def config(self, study: int) -> StudyConfig | None:
        """Return the frozen configuration of a study by its id, None where it has none; read once."""
        if study not in self._configs:
            with self.reading() as tx:
                text = tx.config_text(study)
            self._configs[study] = StudyConfig.from_json(text) if text else None
        return self._configs[study]

    @contextmanager
    def _faults(self) -> Iterator[None]:
        """Raise Unavailable for faults of the database, and keep no connection that would keep the fault."""
        try:
            with in_words():
                yield
        except Unavailable as error:
            if error.reason in ("busy", "full"):
                raise
            self.engine.dispose()  # a file that was opened for reading only stays so
            raise unavailable(state_of_disk(self._file) or error.reason) from error

    def layout(self, tx: Transaction, study: int) -> Layout:
        """What the trials of a study are made of; read once, as it never changes."""
        if study not in self._layouts:
            self._layouts[study] = tx.layout(study)
        return self._layouts[study]

    def current_study(self) -> str | None:
        """Slug of the study that was registered last."""
        with self.reading() as tx:
            return tx.connection.execute(select(Study.slug).order_by(Study.id.desc()).limit(1)).scalar()

    def tally(self, slug: str) -> Tally:
        """Every count of the newest version of a study. Raises BadStudy for an unknown slug."""
        with self.reading() as tx:
            return queries.tally(tx.connection, tx.study(slug))

    def votes(self, slug: str) -> list[Vote]:
        """Every answer of the newest version of a study, oldest first. Raises BadStudy if there is none."""
        with self.reading() as tx:
            return queries.votes(tx.connection, tx.study(slug)["id"])
