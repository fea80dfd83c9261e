"""Record every change of a row in the table `outbox`, in the transaction that makes it; SQLite only.

Triggers in the database record the changes, so that those of other processes, such as `python -m study`, are
there too. A change is JSON: [table, id, values of all columns], and [table, id, null] for a deleted row. The
same changes in the same order on an earlier copy of the database give this database (see
`study.durability.replay`).
"""

import json
from dataclasses import dataclass
from secrets import token_hex

from sqlalchemy import Connection

from study.database.store import Store
from study.database.transaction import Transaction

PREFIX = "journal_"
OWN = ("outbox", "outbox_position", "alembic_version", "tally", "tally_total")  # not copied
# In place of a change: changes before it were not recorded, only a full copy made after it has them.
BREAK = json.dumps(["", 0, None])


@dataclass(frozen=True)
class Position:
    """Hold the id of a database's history, the last recorded change, and the last one that was copied."""

    history: str
    head: int
    pushed: int


def turn_on(store: Store) -> bool:
    """Record all changes from now on; return True where changes before now may be missing in the outbox."""
    with store.transaction() as tx:
        connection = tx.connection
        wanted, found = _triggers(connection), _existing(connection)
        if connection.exec_driver_sql("SELECT 1 FROM outbox_position").first() is None:
            row = (token_hex(8),)
            connection.exec_driver_sql("INSERT INTO outbox_position (history, pushed) VALUES (?, 0)", row)
        if found == wanted:
            return False
        _replace(connection, found, wanted)
    return True


def turn_off(store: Store) -> None:
    """Record no changes any more; nothing happens where none are recorded, and with PostgreSQL."""
    if store.engine.dialect.name != "sqlite":
        return
    with store.reading() as tx:
        found = _existing(tx.connection)
    if found:
        with store.transaction() as tx:
            _replace(tx.connection, found, {})


def position(tx: Transaction) -> Position:
    """Return how far changes were recorded and copied; call it after `turn_on`."""
    row = tx.connection.exec_driver_sql("SELECT history, pushed FROM outbox_position").one()
    query = "SELECT seq FROM sqlite_sequence WHERE name = 'outbox'"
    return Position(row.history, tx.connection.exec_driver_sql(query).scalar() or 0, row.pushed)


def columns(tx: Transaction) -> dict[str, list[str]]:
    """Return the names of the columns of each table, in the order of the values of a change."""
    return _columns(tx.connection)


def schema_version(tx: Transaction) -> str:
    """Return the version of the tables."""
    return str(tx.connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar())


def changes_after(tx: Transaction, seq: int, limit: int) -> list[tuple[int, str]]:
    """Return the first `limit` recorded changes after number `seq`, as number and JSON."""
    query = "SELECT seq, change FROM outbox WHERE seq > ? ORDER BY seq LIMIT ?"
    return [(row.seq, row.change) for row in tx.connection.exec_driver_sql(query, (seq, limit))]


def mark_pushed(store: Store, seq: int) -> None:
    """Store that all changes up to this number were copied."""
    with store.transaction(durable=False) as tx:
        tx.connection.exec_driver_sql("UPDATE outbox_position SET pushed = ?", (seq,))


def delete_until(store: Store, seq: int) -> None:
    """Delete the recorded changes up to this number: a full copy has them."""
    with store.transaction(durable=False) as tx:
        tx.connection.exec_driver_sql("UPDATE outbox_position SET pushed = max(pushed, ?)", (seq,))
        tx.connection.exec_driver_sql("DELETE FROM outbox WHERE seq <= ?", (seq,))


def _existing(connection: Connection) -> dict[str, str]:
    query = f"SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE '{PREFIX}%'"
    return {row.name: row.sql for row in connection.exec_driver_sql(query)}


def _replace(connection: Connection, found: dict[str, str], wanted: dict[str, str]) -> None:
    """Replace the triggers, and record that changes may be missing."""
    for name in found:
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    for statement in wanted.values():
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql("INSERT INTO outbox (change) VALUES (?)", (BREAK,))


def _columns(connection: Connection) -> dict[str, list[str]]:
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    tables = [name for name in connection.exec_driver_sql(query).scalars() if name not in OWN]
    listed = "SELECT name FROM pragma_table_info(?) ORDER BY cid"
    return {table: list(connection.exec_driver_sql(listed, (table,)).scalars().all()) for table in tables}


def _triggers(connection: Connection) -> dict[str, str]:
    """Return the statement of each trigger by its name."""
    made = {}
    for table, names in _columns(connection).items():
        values = ", ".join(f'NEW."{name}"' for name in names)
        changed = f"json_array('{table}', NEW.id, json_array({values}))"
        deleted = f"json_array('{table}', OLD.id, NULL)"
        for event, change in (("insert", changed), ("update", changed), ("delete", deleted)):
            name = f"{PREFIX}{table}_{event}"
            made[name] = (
                f"CREATE TRIGGER {name} AFTER {event.upper()} ON {table} "
                f"BEGIN INSERT INTO outbox (change) VALUES ({change}); END"
            )
    return made
