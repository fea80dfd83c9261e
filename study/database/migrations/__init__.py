"""Migrate databases of earlier versions to the current tables; new databases are made the same way."""

from pathlib import Path

from sqlalchemy import Connection, Engine, func, inspect, select, text

from study.records import BadStudy

HEAD = "0009"
BEFORE_MIGRATIONS = "0001"  # the version of databases in which none is stored
WAIT_SECONDS = 60  # for another process that makes the tables
SCHEMA_LOCK = 7_319_260  # key of an advisory lock; any number that other programs do not use


def upgrade(engine: Engine) -> None:
    """Update the tables, or make them; processes that start at the same time wait for each other.

    All changes are one transaction: after a failure nothing has changed. Raises BadStudy for a database of a
    later version of this program.
    """
    with engine.connect() as connection:
        connection.execution_options(reads_only=True)
        if _version(connection) == HEAD:
            return
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.detach()  # the settings below are for this connection only
            _send_pragma(connection, f"PRAGMA busy_timeout={1000 * WAIT_SECONDS}")
            # Tables are copied and replaced, which foreign keys would treat as deleted rows.
            _send_pragma(connection, "PRAGMA foreign_keys=OFF")
        with connection.begin():
            if engine.dialect.name == "postgresql":
                connection.execute(select(func.pg_advisory_xact_lock(SCHEMA_LOCK)))
            else:
                _drop_triggers(connection)
            _migrate(connection)
            if (
                engine.dialect.name == "sqlite"
                and connection.execute(text("PRAGMA foreign_key_check")).first()
            ):
                raise BadStudy("The database is damaged: rows refer to missing rows.")


def _send_pragma(connection: Connection, command: str) -> None:
    """Send a command outside any transaction; SQLite ignores these inside one."""
    database = connection.connection.dbapi_connection
    assert database is not None
    database.cursor().execute(command)


def _drop_triggers(connection: Connection) -> None:
    """Drop the triggers of `study.database.journal`, which name the columns of the old tables."""
    query = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'journal_%'"
    found = connection.scalars(text(query)).all()
    for name in found:
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return BEFORE_MIGRATIONS if inspect(connection).has_table("study") else None
    return str(connection.scalar(text("SELECT version_num FROM alembic_version")))


def _migrate(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    settings.attributes["connection"] = connection
    try:
        if _version(connection) == BEFORE_MIGRATIONS:
            command.stamp(settings, BEFORE_MIGRATIONS)
        command.upgrade(settings, "head")
    except CommandError:
        raise BadStudy("The database was made by a later version of this program. Please update.") from None
