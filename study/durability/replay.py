"""Apply recorded changes to an earlier copy of their database, each exactly once."""

import sqlite3

from study.durability.journal_files import Batch, Change
from study.durability.local_database import head_of


class Gap(RuntimeError):
    """Report changes that were never recorded, or that belong to tables of another version."""


def apply_batch(connection: sqlite3.Connection, batch: Batch) -> None:
    """Apply the changes that the database does not have yet, in one transaction with their position.

    Raises Gap, and applies none of the batch, where changes before one of them are unknown.
    """
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys=OFF")  # checked when the whole history is there
    connection.execute("BEGIN IMMEDIATE")
    try:
        _apply(connection, batch)
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _apply(connection: sqlite3.Connection, batch: Batch) -> None:
    version = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
    new = [change for change in batch.changes if change.seq > (head := head_of(connection))]
    if not new:
        return
    if version != batch.schema or new[0].seq != head + 1 or any(not change.table for change in new):
        raise Gap
    triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        connection.execute(f"DROP TRIGGER {name}")
    for change in new:
        _apply_one(connection, change, batch.columns)
    for _, statement in triggers:
        connection.execute(statement)
    connection.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'outbox'", (new[-1].seq,))
    connection.execute("UPDATE outbox_position SET pushed = ?", (new[-1].seq,))


def _apply_one(connection: sqlite3.Connection, change: Change, columns: dict[str, list[str]]) -> None:
    """Write the row as it was after the change."""
    if change.values is None:
        connection.execute(f"DELETE FROM {change.table} WHERE id = ?", (change.row,))
        return
    names = [f'"{name}"' for name in columns[change.table]]
    places = ", ".join("?" for _ in names)
    update = ", ".join(f"{name} = excluded.{name}" for name in names)
    connection.execute(
        f"INSERT INTO {change.table} ({', '.join(names)}) VALUES ({places}) "
        f"ON CONFLICT (id) DO UPDATE SET {update}",
        change.values,
    )
