"""Copy a whole SQLite database while it is in use, and check the copy."""

import gzip
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from study.durability.local_database import head_of
from study.durability.names import SnapshotName, sha256
from study.durability.remote import Remote

LEVEL = 4  # of gzip: higher ones take several times as long for a few percent


class Damaged(RuntimeError):
    """Report a database or a copy that cannot be used."""

    def __init__(self) -> None:
        super().__init__("the database is damaged")


def take_snapshot(database: Path, generation: int) -> tuple[SnapshotName, bytes]:
    """Return the name and the content of a checked copy of the database. Raises Damaged, OSError."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.db"
        position = _copy(database, copy)
        content = gzip.compress(copy.read_bytes(), LEVEL, mtime=0)
    return SnapshotName(generation, position, sha256(content)), content


def push_snapshot(remote: Remote, name: SnapshotName, content: bytes) -> None:
    """Write a snapshot to the address, and compare what is read from there. Raises RemoteFault."""
    remote.write_checked(name.path, content)


def fetch_snapshot(remote: Remote, name: SnapshotName, target: Path) -> None:
    """Write the database of a snapshot to `target`. Raises Damaged, RemoteFault, OSError."""
    content = remote.read(name.path)
    if content is None or sha256(content) != name.digest:
        raise Damaged
    target.write_bytes(gzip.decompress(content))
    check(target)
    with closing(sqlite3.connect(target)) as connection:
        if head_of(connection) != name.position:
            raise Damaged


def _copy(database: Path, copy: Path) -> int:
    """Copy the database as it is at one moment, without its outbox; return the last change in it."""
    with closing(sqlite3.connect(copy)) as target:
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=rw", uri=True)) as source:
            source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")  # one file alone
        target.execute("DELETE FROM outbox")
        position = head_of(target)
        target.execute("UPDATE outbox_position SET pushed = ?", (position,))
        target.commit()
        target.execute("VACUUM")
    check(copy)
    return position


def check(database: Path) -> None:
    """Raise Damaged where SQLite finds a fault in the file."""
    try:
        with closing(sqlite3.connect(database)) as connection:
            found = connection.execute("PRAGMA integrity_check").fetchone()[0]
            orphans = connection.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.DatabaseError:
        raise Damaged from None
    if found != "ok" or orphans is not None:
        raise Damaged
