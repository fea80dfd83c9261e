"""The database: SQLite by default, PostgreSQL from the same code. Everything happens in a transaction."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from study import answers
from study.records import BadStudy, Tally, Vote
from study.schema import Base, Study
from study.transaction import Transaction

Clock = Callable[[], datetime]
BUSY_SECONDS = 5


def utc_now() -> datetime:
    """The default clock."""
    return datetime.now(timezone.utc)


def timestamp(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds; sorts as text."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


class Store:
    """An engine with its schema. Safe to share between threads; other processes may use the same database."""

    def __init__(self, engine: Engine, clock: Clock = utc_now) -> None:
        self.engine = engine
        self.clock = clock

    @classmethod
    def open(cls, url: str, clock: Clock = utc_now) -> "Store":
        """Connect and create missing tables. Raises BadStudy for an address that cannot be used."""
        try:
            parsed = make_url(url)
        except ArgumentError:
            raise BadStudy(f"{url!r} is not a database address, such as sqlite:///data/votes.db.") from None
        if parsed.get_backend_name() not in ("sqlite", "postgresql"):
            raise BadStudy("The database address should start with sqlite:/// or postgresql+psycopg://.")
        if parsed.get_backend_name() == "sqlite" and parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(url, pool_size=8, max_overflow=40)
        if parsed.get_backend_name() == "sqlite":
            _make_durable(engine)
        store = cls(engine, clock)
        with store.engine.begin() as connection:
            Base.metadata.create_all(connection)
        return store

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()

    def ping(self) -> bool:
        """Whether the database answers."""
        with self.engine.connect() as connection:
            return bool(connection.execute(text("SELECT 1")).scalar())

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """All of it or nothing of it; writers take turns. Durable once left without an error."""
        with self.engine.begin() as connection:
            yield Transaction(connection, timestamp(self.clock()))

    def current_study(self) -> str | None:
        """Slug of the study that was registered last."""
        with self.engine.connect() as connection:
            return connection.execute(select(Study.slug).order_by(Study.id.desc()).limit(1)).scalar()

    def tally(self, slug: str) -> Tally:
        """Every count of the newest version of a study. Raises BadStudy for an unknown slug."""
        with self.transaction() as tx:
            return answers.tally(tx.connection, tx.study(slug))

    def votes(self, slug: str) -> list[Vote]:
        """Every answer of the newest version of a study, oldest first. Raises BadStudy if there is none."""
        with self.transaction() as tx:
            return answers.votes(tx.connection, tx.study(slug)["id"])


def _make_durable(engine: Engine) -> None:
    """SQLite: readers do not wait for writers, a committed vote survives a crash, writers queue up."""

    @event.listens_for(engine, "connect")
    def _(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        for setting in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {setting}")
        connection.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")

    @event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        # IMMEDIATE: two transactions that read and then write never find out at the end that they collide.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
