"""Get the newest state of a database from an address: a snapshot, and all changes after it."""

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from study.durability.journal_files import JournalReader
from study.durability.local_database import Counts, LocalDatabase, counts_of, head_of
from study.durability.names import (
    JOURNAL,
    SNAPSHOTS,
    JournalName,
    SnapshotName,
    journal_names,
    snapshot_names,
)
from study.durability.remote import Remote
from study.durability.replay import Gap, apply_batch
from study.durability.snapshots import Damaged, check, fetch_snapshot
from study.records import BadStudy

Alive = Callable[[], None]

NOTHING = "There is no copy of a database at {address}."
UNUSABLE = "No copy of the database at {address} can be used: all are damaged."
OTHER = (
    "The database here and the one at {address} are different ones, and both have participants. "
    "Please set another BACKUP_URL, or move the database here to another folder."
)
DIVERGED = (
    "The database here and the one at {address} have different votes after the same beginning: two servers "
    "have collected them. `python -m study restore` takes the one at the address and keeps the other file."
)


@dataclass(frozen=True)
class Contents:
    """Hold the names of the files of a copy."""

    snapshots: list[SnapshotName]
    journal: list[JournalName]

    @property
    def generation(self) -> int:
        """Return the number of the latest server that wrote a file, 0 without files."""
        snapshots = [one.generation for one in self.snapshots]
        return max([0, *snapshots, *(one.generation for one in self.journal)])


@dataclass(frozen=True)
class Restored:
    """Describe a restored database.

    skipped: number of damaged snapshots. gap: there are later changes, but not all before them. aside: new
    name of the file that was here before.
    """

    position: int
    generation: int
    counts: Counts
    skipped: int
    gap: bool
    aside: Path | None = None


def contents(remote: Remote) -> Contents:
    """Return the names of the files of the copy at an address. Raises RemoteFault."""
    return Contents(snapshot_names(remote.names(SNAPSHOTS)), journal_names(remote.names(JOURNAL)))


def is_needed(local: LocalDatabase | None, remote: Remote, found: Contents, history: str) -> bool:
    """Return True where the database at the address is to replace the one here.

    history: that of the copy, "" where unknown. Raises BadStudy where both have what the other has not.
    """
    if not found.snapshots:
        return False
    if local is None:
        return True
    if history and local.history != history:
        if local.people == 0:
            return True
        raise BadStudy(OTHER.format(address=remote.address))
    reader = JournalReader(remote, found.journal, local.pushed, 0)
    theirs = []
    while batch := reader.batch():
        theirs += batch.changes
    length = min(len(theirs), len(local.own))
    newest = max(reader.position, found.snapshots[0].position)
    if theirs[:length] != local.own[:length] or (reader.position < newest and local.own):
        raise BadStudy(DIVERGED.format(address=remote.address))
    return newest > local.pushed + len(local.own)


def restore(remote: Remote, found: Contents, target: Path, alive: Alive = lambda: None) -> Restored:
    """Write the newest state at the address to the file `target`, completely or not at all.

    A file that is there keeps its content under another name. alive: called between the steps. Raises
    BadStudy where there is nothing to restore, RemoteFault.
    """
    if not found.snapshots:
        raise BadStudy(NOTHING.format(address=remote.address))
    partial = target.with_name(f"{target.name}.restoring")
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        for skipped, name in enumerate(found.snapshots):
            try:
                fetch_snapshot(remote, name, partial)
            except Damaged:
                continue
            done = _replayed(remote, found, name, partial, skipped, alive)
            _sync(partial)
            aside = set_aside(target)
            os.replace(partial, target)
            return replace(done, aside=aside)
    finally:
        partial.unlink(missing_ok=True)
    raise BadStudy(UNUSABLE.format(address=remote.address))


def set_aside(database: Path) -> Path | None:
    """Rename a database with its log files, so that another can take its place; return the new name."""
    if not database.exists():
        return None
    new = database.with_name(f"{database.name}.before-{time.strftime('%Y%m%dT%H%M%S')}")
    for end in ("", "-wal", "-shm"):
        file = database.with_name(database.name + end)
        if file.exists():
            os.replace(file, new.with_name(new.name + end))
    return new


def _replayed(
    remote: Remote, found: Contents, name: SnapshotName, database: Path, skipped: int, alive: Alive
) -> Restored:
    reader = JournalReader(remote, found.journal, name.position, name.generation)
    gap = False
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA synchronous=OFF")  # written to the disk once, at the end
        while not gap and (batch := reader.batch()):
            alive()
            try:
                apply_batch(connection, batch)
            except Gap:
                gap = True
        position, counts = head_of(connection), counts_of(connection)
    check(database)
    return Restored(position, reader.generation, counts, skipped, gap or reader.has_gap)


def _sync(file: Path) -> None:
    with file.open("rb+") as opened:
        os.fsync(opened.fileno())
