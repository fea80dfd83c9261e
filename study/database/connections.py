"""Open connections to SQLite and PostgreSQL, and close those to a database file that was replaced."""

import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Any, Literal

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError

from study.records import BadStudy

BUSY_SECONDS = 5
# The last one: rows that INSERT OR REPLACE deletes are recorded by triggers like all others.
SETTINGS = (f"busy_timeout={BUSY_SECONDS * 1000}", "foreign_keys=ON", "recursive_triggers=ON")
# Seconds and milliseconds; without them, a host without a response delays every request by minutes.
POSTGRESQL_TIMEOUTS = {"connect_timeout": 5, "tcp_user_timeout": 10_000}

LEAST_FREE_BYTES = 65_536  # the shared memory file of SQLite alone takes half of them

Identity = tuple[int, int]  # device and inode


def make_engine(url: URL) -> Engine:
    """Return an engine for SQLite or PostgreSQL. Raises BadStudy where it cannot be used."""
    if url.get_backend_name() == "sqlite":
        return _sqlite(url)
    return _postgresql(url)


def postgresql_environment(url: str) -> dict[str, str]:
    """Return the variables with which programs of PostgreSQL reach a database, its password included."""
    parts = make_url(url)
    query = {name: str(value) for name, value in parts.query.items()}
    given = {
        "PGHOST": parts.host or query.get("host"),
        "PGPORT": str(parts.port) if parts.port else query.get("port"),
        "PGUSER": parts.username,
        "PGPASSWORD": parts.password,
        "PGDATABASE": parts.database,
        "PGSSLMODE": query.get("sslmode"),
    }
    return {name: str(value) for name, value in given.items() if value}


@contextmanager
def empty_database(url: str) -> Iterator[str]:
    """Yield the address of a new database beside another one of PostgreSQL, and delete it at the end.

    Raises BadStudy where the account may not create one.
    """
    name = f"harmonylab_{token_hex(6)}"
    engine = make_engine(make_url(url)).execution_options(isolation_level="AUTOCOMMIT")
    try:
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql(f"CREATE DATABASE {name}")
        except DBAPIError as error:
            fault = str(error.orig).strip().splitlines()[0]
            raise BadStudy(f"A second database cannot be made: {fault}.") from None
        try:
            yield make_url(url).set(database=name).render_as_string(hide_password=False)
        finally:
            with engine.connect() as connection:
                connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        engine.dispose()


def sqlite_file(url: str) -> Path | None:
    """Return the file of a database address, None for PostgreSQL. Raises BadStudy for another text."""
    try:
        return database_file(make_url(url))
    except ArgumentError:
        raise BadStudy(f"{url!r} is not a database address, such as sqlite:///data/votes.db.") from None


def database_file(url: URL) -> Path | None:
    """Return the file of a SQLite database; None for PostgreSQL, and for a SQLite URI."""
    if url.get_backend_name() != "sqlite" or str(url.database).startswith("file:"):
        return None
    return Path(str(url.database)).absolute()


def file_identity(path: Path) -> Identity | None:
    """Return the device and inode of a file, which change when it is replaced; None without a file."""
    try:
        stat = os.stat(path)
    except OSError:
        return None
    return stat.st_dev, stat.st_ino


def opened_file(connection: Connection) -> Identity | None:
    """Return the identity of the SQLite file that a connection was opened on."""
    identity: Identity | None = connection.info.get("identity")
    return identity


def state_of_disk(file: Path | None) -> Literal["full", "read_only"] | None:
    """Return the fault of the disk of an existing file, None without one; SQLite reports none of them."""
    if file is None or not file.exists():
        return None
    if not (os.access(file, os.W_OK) and os.access(file.parent, os.W_OK)):
        return "read_only"
    return "full" if shutil.disk_usage(file.parent).free < LEAST_FREE_BYTES else None


def _postgresql(url: URL) -> Engine:
    psycopg = url.get_driver_name().startswith("psycopg")
    timeouts = {name: time for name, time in POSTGRESQL_TIMEOUTS.items() if psycopg and name not in url.query}
    engine = _engine(url, connect_args=timeouts, pool_pre_ping=True)  # in case the server was restarted

    @event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        if not connection.get_execution_options().get("durable", True):
            connection.exec_driver_sql("SET LOCAL synchronous_commit TO OFF")

    return engine


def _sqlite(url: URL) -> Engine:
    """Return an engine where readers do not wait for writers, and a committed vote survives a crash."""
    if url.database in (None, "", ":memory:"):
        raise BadStudy("Votes need a database file, such as sqlite:///data/votes.db.")
    file = database_file(url)
    engine = _engine(url)
    if file is not None:
        _make_file(file)
        _use_only(engine, file)

    @event.listens_for(engine, "connect")
    def _(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # BEGIN is sent below
        for setting in SETTINGS:
            connection.execute(f"PRAGMA {setting}")
        _write_ahead(connection)

    @event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        # Sent to the driver directly: through SQLAlchemy, these statements take ten times as long.
        database: Any = connection.connection.dbapi_connection
        options = connection.get_execution_options()
        if options.get("reads_only", False):
            database.execute("BEGIN")
            return
        level = "FULL" if options.get("durable", True) else "NORMAL"
        if connection.info.get("synchronous") != level:
            database.execute(f"PRAGMA synchronous={level}")
            connection.info["synchronous"] = level
        # IMMEDIATE: of two transactions that read and then write, the second waits instead of failing late.
        database.execute("BEGIN IMMEDIATE")

    return engine


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch a database to a write-ahead log.

    Repeats it for BUSY_SECONDS: SQLite ignores its busy timeout here, so it fails where two processes open a
    new database at the same moment. Raises sqlite3.OperationalError after that.
    """
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
        time.sleep(0.01)


def _make_file(file: Path) -> None:
    """Make an empty file where there is none; connections never do, as this would hide a lost database."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            file.touch()
    except OSError as error:
        raise BadStudy(f"The database cannot be used: {error.strerror}.") from None


def _use_only(engine: Engine, file: Path) -> None:
    """Open existing files only, and close connections to a file that was deleted or replaced."""

    @event.listens_for(engine, "do_connect")
    def _(_dialect: Any, _record: Any, where: list[Any], options: dict[str, Any]) -> None:
        where[:] = [f"{file.as_uri()}?mode=rw"]
        options["uri"] = True

    @event.listens_for(engine, "connect")
    def _(_connection: Any, record: Any) -> None:
        record.info["identity"] = file_identity(file)

    @event.listens_for(engine, "checkout")
    def _(_connection: sqlite3.Connection, record: Any, _proxy: Any) -> None:
        if record.info.get("identity") != file_identity(file):
            raise DisconnectionError


def _engine(url: URL, **options: Any) -> Engine:
    try:
        return create_engine(url, pool_size=8, max_overflow=40, **options)
    except ModuleNotFoundError as error:
        raise BadStudy(f"This database needs the Python package {error.name}. Please install it.") from None
