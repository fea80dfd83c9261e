"""The database: SQLite by default, PostgreSQL from the same code. Everything happens in a transaction."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError

from study import answers
from study.config import StudyConfig
from study.migrations import upgrade
from study.records import BadStudy, Layout, Refused, Tally, Vote
from study.schema import Study
from study.transaction import Transaction

Clock = Callable[[], datetime]
BUSY_SECONDS = 5
BUSY = "The server is busy. Please try again in a moment."


def utc_now() -> datetime:
    """The default clock."""
    return datetime.now(timezone.utc)


class Store:
    """An engine with its schema. Safe to share between threads; other processes may use the same database."""

    def __init__(self, engine: Engine, clock: Clock = utc_now) -> None:
        self.engine = engine
        self.clock = clock
        self._layouts: dict[int, Layout] = {}
        self._configs: dict[int, StudyConfig | None] = {}
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
        store = cls(_make_engine(parsed), clock)
        try:
            upgrade(store.engine)
        except DBAPIError as error:
            store.close()
            reason = str(error.orig).strip().splitlines()[0]
            raise BadStudy(f"The database cannot be used: {reason}.") from None
        return store

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()

    def ping(self) -> bool:
        """Whether the database answers."""
        with self.reading() as tx:
            return bool(tx.connection.execute(text("SELECT 1")).scalar())

    @contextmanager
    def transaction(self, durable: bool = True) -> Iterator[Transaction]:
        """All of it or nothing of it; writers take turns. Durable once left without an error.

        What is not `durable` survives the death of this process, but perhaps not that of the machine, and
        keeps nobody waiting for the disk. Raises Refused where others kept SQLite busy for too long.
        """
        if self._turn is not None and not self._turn.acquire(timeout=BUSY_SECONDS):
            raise Refused(BUSY)
        try:
            with self.engine.execution_options(durable=durable).begin() as connection:
                yield Transaction(connection, self.clock())
        except OperationalError as error:
            if "database is locked" not in str(error.orig):
                raise
            raise Refused(BUSY) from None
        finally:
            if self._turn is not None:
                self._turn.release()

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """One state of the database, for questions only: waits for no writer and keeps none waiting."""
        with self.engine.connect() as connection:
            connection.execution_options(reads_only=True)
            yield Transaction(connection, self.clock())

    def config(self, study: int) -> StudyConfig | None:
        """Return the frozen configuration of a study by its id, None where it has none; read once."""
        if study not in self._configs:
            with self.reading() as tx:
                text = tx.config_text(study)
            self._configs[study] = StudyConfig.from_json(text) if text else None
        return self._configs[study]

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
            return answers.tally(tx.connection, tx.study(slug))

    def votes(self, slug: str) -> list[Vote]:
        """Every answer of the newest version of a study, oldest first. Raises BadStudy if there is none."""
        with self.reading() as tx:
            return answers.votes(tx.connection, tx.study(slug)["id"])


def _make_engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        if url.database in (None, "", ":memory:"):
            raise BadStudy("Votes need a file to be kept in, such as sqlite:///data/votes.db.")
        Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True)
    try:
        engine = create_engine(url, pool_size=8, max_overflow=40)
    except ModuleNotFoundError as error:
        raise BadStudy(f"This database needs the Python package {error.name}. Please install it.") from None
    if url.get_backend_name() == "sqlite":
        _set_up_sqlite(engine)
    else:
        _set_up_postgresql(engine)
    return engine


def _is_durable(connection: Connection) -> bool:
    return bool(connection.get_execution_options().get("durable", True))


def _set_up_postgresql(engine: Engine) -> None:
    @event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        if not _is_durable(connection):
            connection.exec_driver_sql("SET LOCAL synchronous_commit TO OFF")


def _set_up_sqlite(engine: Engine) -> None:
    """Readers do not wait for writers, a committed vote survives a crash, writers queue up."""

    @event.listens_for(engine, "connect")
    def _(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        for setting in (f"busy_timeout={BUSY_SECONDS * 1000}", "journal_mode=WAL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {setting}")

    @event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        # IMMEDIATE: two transactions that read and then write never find out at the end that they collide.
        reads_only = connection.get_execution_options().get("reads_only", False)
        connection.exec_driver_sql(f"PRAGMA synchronous={'FULL' if _is_durable(connection) else 'NORMAL'}")
        connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")
