"""Copy a database once, restore it, and check a copy: for commands, without a running server."""

import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from study.database.store import Store
from study.durability.copier import superfluous
from study.durability.dumps import delete_dumps, push_dump, restore_dump
from study.durability.lease import is_held
from study.durability.local_database import Counts, counts_of, uuids_of
from study.durability.pictures import (
    is_copied,
    is_undamaged,
    push_folder,
    restore_folders,
    study_folders,
)
from study.durability.remote import Remote
from study.durability.restore import Restored, contents, restore
from study.durability.snapshots import push_snapshot, take_snapshot
from study.records import BadStudy

IN_USE = "A server copies its votes to {address} all the time. Please use another address for this copy."


@dataclass(frozen=True)
class Check:
    """Hold what a copy contains. damaged: names of studies whose pictures are damaged or missing.

    here: counts of the database on this machine, None without one. only_here, only_there: numbers of votes
    that the other lacks.
    """

    restored: Restored
    damaged: tuple[str, ...]
    here: Counts | None = None
    only_here: int = 0
    only_there: int = 0


def back_up(url: str, data_dir: Path, remote: Remote, keep: int | None = None) -> Counts:
    """Copy a database and the pictures of its studies; return what the copy has.

    keep: how many copies of the database stay at the address, None for all; pictures stay.
    Raises BadStudy, RemoteFault, Damaged, OSError, Unavailable.
    """
    with closing(Store.open(url, home=data_dir)) as store:
        if store.file is None:
            counts = push_dump(store, url, remote)
        elif is_held(Remote(remote.address)):
            raise BadStudy(IN_USE.format(address=remote.address))
        else:
            counts = _push_snapshot(store.file, remote)
        _push_folders(store, data_dir, remote)
        if keep is not None and store.file is None:
            delete_dumps(remote, keep)
        elif keep is not None:
            remote.delete(superfluous(remote, keep))
    return counts


def _push_snapshot(file: Path, remote: Remote) -> Counts:
    name, content = take_snapshot(file, contents(remote).generation + 1)
    push_snapshot(remote, name, content)
    with closing(sqlite3.connect(file)) as connection:
        return counts_of(connection)


def _push_folders(store: Store, data_dir: Path, remote: Remote) -> None:
    for study in study_folders(store, data_dir):
        if study.is_here and not is_copied(remote, study):
            push_folder(remote, study)


def restore_from_dump(url: str, data_dir: Path, remote: Remote) -> tuple[Counts, Path, list[str]]:
    """Replace a PostgreSQL database by the newest dump, and get the pictures of its studies.

    Return what it has, a dump of the database before, and the names of studies whose pictures are not at the
    address. Raises as `restore_dump` does.
    """
    counts, aside = restore_dump(url, remote, data_dir)
    with closing(Store.open(url, home=data_dir)) as store:
        return counts, aside, restore_folders(store, remote, data_dir)


def restore_database(database: Path, data_dir: Path, remote: Remote) -> tuple[Restored, list[str]]:
    """Replace a database by the newest state of its copy, and get the pictures of its studies.

    Return what was restored, and the names of studies whose pictures are not at the address. Raises
    BadStudy, RemoteFault, OSError, Unavailable.
    """
    done = restore(remote, contents(remote), database)
    store = Store.open(f"sqlite:///{database}", home=data_dir)
    try:
        return done, restore_folders(store, remote, data_dir)
    finally:
        store.close()


def verify(remote: Remote, data_dir: Path, database: Path | None) -> Check:
    """Restore a copy into a temporary folder and count; compare it with the database here, if there is one.

    Raises BadStudy for a copy that cannot be restored, RemoteFault, OSError.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "copy.db"
        done = restore(remote, contents(remote), file)
        store = Store.open(f"sqlite:///{file}", home=data_dir)
        try:
            studies = study_folders(store, data_dir)
        finally:
            store.close()
        damaged = tuple(one.name for one in studies if not is_undamaged(remote, one))
        if database is None or not database.is_file():
            return Check(done, damaged)
        with closing(sqlite3.connect(file)) as there, closing(sqlite3.connect(database)) as here:
            ours, theirs = uuids_of(here), uuids_of(there)
            return Check(done, damaged, counts_of(here), len(ours - theirs), len(theirs - ours))
