"""Open SQLite (the default) or PostgreSQL with the same code, and run every access in a transaction."""

import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from study.database import queries
from study.database.connections import (
    BUSY_SECONDS,
    database_file,
    file_identity,
    make_engine,
    opened_file,
    state_of_disk,
)
from study.database.faults import as_unavailable, unavailable
from study.database.migrations import upgrade
from study.database.transaction import Transaction
from study.records import BadStudy, Layout, Reason, StudySummary, Unavailable

Clock = Callable[[], datetime]
DATA = Path("data")  # the data folder, unless another is given


def utc_now() -> datetime:
    """Return the current time in UTC; the default clock."""
    return datetime.now(timezone.utc)


@dataclass(frozen=True)
class Health:
    """Describe if the database takes votes: a sentence, and the reason where it does not.

    free_bytes: free space on the disk of an SQLite file, None for PostgreSQL.
    """

    message: str
    reason: Reason | None = None
    free_bytes: int | None = None


class Store:
    """Hold a connection pool to a database whose tables are up to date.

    Safe to share between threads; other processes may use the same database. Every method with a query
    raises Unavailable while the database does not work, and works again afterwards.
    """

    def __init__(self, engine: Engine, clock: Clock = utc_now, home: Path = DATA) -> None:
        self.engine = engine
        self.clock = clock
        self.home = home.resolve()
        self._layouts: dict[int, Layout] = {}
        self._file = database_file(engine.url)
        # Engines with options are made once: making one takes as long as a statement.
        self._not_durable = engine.execution_options(durable=False)
        self._reader = engine.execution_options(reads_only=True)
        # SQLite has one writer. This lock passes it on at once and in order; SQLite itself lets waiting
        # threads try again from time to time.
        self._writer = threading.Lock() if engine.dialect.name == "sqlite" else None
        self._stopped = False

    @classmethod
    def open(cls, url: str, clock: Clock = utc_now, home: Path = DATA) -> "Store":
        """Connect and bring the tables up to date. Raises BadStudy for a database that cannot be used.

        home: the data folder; places of pictures in it are stored relative to it, so that it can be moved.
        """
        try:
            parsed = make_url(url)
        except ArgumentError:
            raise BadStudy(f"{url!r} is not a database address, such as sqlite:///data/votes.db.") from None
        if parsed.get_backend_name() not in ("sqlite", "postgresql"):
            raise BadStudy("The database address should start with sqlite:/// or postgresql+psycopg://.")
        store = cls(make_engine(parsed), clock, home)
        try:
            upgrade(store.engine)
        except (DBAPIError, sqlite3.Error) as error:
            store.close()
            cause = error.orig if isinstance(error, DBAPIError) else error
            raise BadStudy(f"The database cannot be used: {str(cause).strip().splitlines()[0]}.") from None
        return store

    @property
    def file(self) -> Path | None:
        """Return the file of a SQLite database, None for PostgreSQL."""
        return self._file

    def stop_writing(self) -> None:
        """Let the transaction in progress end, and refuse all later ones that may write."""
        with self._writer or nullcontext():
            self._stopped = True

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def test_writing(self) -> Health:
        """Write as a vote would, without any change to the content, and describe the result; never raise."""
        try:
            with self.transaction(durable=False) as tx:
                tx.test_write()
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
        """Open a transaction that may write: all changes are stored at its end, or none after an error.

        durable: wait until the changes are on the disk. Without it they survive the end of this process, but
        not always that of the machine. Raises Unavailable, also where other writers keep SQLite busy for more
        than BUSY_SECONDS, or after `stop_writing`.
        """
        if self._writer is not None and not self._writer.acquire(timeout=BUSY_SECONDS):
            raise unavailable("busy")
        try:
            if self._stopped:
                raise unavailable("gone")
            engine = self.engine if durable else self._not_durable
            with self._faults(), engine.begin() as connection:
                opened = opened_file(connection)
                yield Transaction(connection, self.clock(), self.home)
        finally:
            if self._writer is not None:
                self._writer.release()
        # A deleted file takes writes as long as it is open, and loses them when it is closed.
        if self._file is not None and file_identity(self._file) != opened:
            raise unavailable("gone")

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Open a transaction that only reads one state of the database; writers and readers do not wait."""
        with self._faults(), self._reader.connect() as connection:
            yield Transaction(connection, self.clock(), self.home)

    @contextmanager
    def _faults(self) -> Iterator[None]:
        """Raise Unavailable for faults of the database, and close the connections that may keep the fault."""
        try:
            with as_unavailable():
                yield
        except Unavailable as error:
            if error.reason in ("busy", "full"):
                raise
            self.engine.dispose()  # a connection that was opened for reading only stays read-only
            raise unavailable(state_of_disk(self._file) or error.reason) from error

    def layout(self, tx: Transaction, study: int) -> Layout:
        """Return the ids that trials of a study are made of; read once, as they never change."""
        if study not in self._layouts:
            self._layouts[study] = tx.layout(study)
        return self._layouts[study]

    def current_study(self) -> str | None:
        """Return the slug of the study of a bare address: the default, else the only active one, or None."""
        with self.reading() as tx:
            return queries.current_slug(tx.connection)

    def running_versions(self) -> list[tuple[str, int]]:
        """Return slug and version of all studies that are active or paused: people may take part in them."""
        with self.reading() as tx:
            return queries.running_versions(tx.connection)

    def has_studies(self) -> bool:
        """Return True where the database has a study, also a draft."""
        with self.reading() as tx:
            return tx.has_studies()

    def summary(self, slug: str, version: int | None = None) -> StudySummary:
        """Return a version of a study with its participants. Raises BadStudy like `Transaction.study`."""
        with self.reading() as tx:
            return queries.summary(tx.connection, tx.study(slug, version))
