"""Dump a PostgreSQL database to an address with pg_dump, and restore it with pg_restore."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from study.database.connections import empty_database, postgresql_environment
from study.database.store import Store
from study.durability.local_database import UUIDS, Counts, counted
from study.durability.names import sha256
from study.durability.pictures import is_undamaged, study_folders
from study.durability.remote import Remote
from study.records import BadStudy

FOLDER = "dumps"
NAME = re.compile(r"(\d{8}T\d{6}Z)-([0-9a-f]{64})\.dump")
NO_COPY = "There is no copy of a PostgreSQL database at {address}, or all are damaged."
NOT_INSTALLED = "This needs the program {program}. Please install the client programs of PostgreSQL."
FAILED = "{program} does not work: {fault}."
IN_USE = "The database has {number} other connections. Please stop all servers first."
CONNECTIONS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@dataclass(frozen=True)
class DumpCheck:
    """Hold what a copy contains; fields as those of `one_off.Check`."""

    counts: Counts
    damaged: tuple[str, ...]
    here: Counts
    only_here: int
    only_there: int


def push_dump(store: Store, url: str, remote: Remote) -> Counts:
    """Dump a PostgreSQL database, open at `url`, without rights of accounts; return what it has.

    Raises BadStudy where pg_dump is missing or fails, RemoteFault, Unavailable.
    """
    counts = _counts(store)
    content = _dump(url)
    moment = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    remote.write_checked(f"{FOLDER}/{moment}-{sha256(content)}.dump", content)
    return counts


def delete_dumps(remote: Remote, keep: int) -> None:
    """Delete all but the newest `keep` dumps. Raises RemoteFault."""
    remote.delete(f"{FOLDER}/{name}" for name in _names(remote)[keep:])


def restore_dump(url: str, remote: Remote, data_dir: Path) -> tuple[Counts, Path]:
    """Replace the database by the newest undamaged dump; return what it has, and a dump of the one before.

    Raises BadStudy where the database is in use, without a dump, or where pg_restore fails: then nothing
    has changed. RemoteFault, OSError, Unavailable.
    """
    content = _newest(remote)
    with closing(Store.open(url)) as store, store.reading() as tx:
        others = tx.connection.exec_driver_sql(CONNECTIONS).scalar_one()
    if others:
        raise BadStudy(IN_USE.format(number=others))
    moment = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H%M%S")
    aside = data_dir / f"before-{moment}.dump"
    data_dir.mkdir(parents=True, exist_ok=True)
    aside.write_bytes(_dump(url))
    _restore(url, content)
    with closing(Store.open(url)) as store:
        return _counts(store), aside


def verify_dump(url: str, remote: Remote, data_dir: Path) -> DumpCheck:
    """Restore the newest dump into a database of its own, count, and compare it with the one at `url`.

    Raises BadStudy where that is impossible, RemoteFault, OSError, Unavailable.
    """
    content = _newest(remote)
    with empty_database(url) as copy:
        _restore(copy, content)
        with closing(Store.open(copy)) as store:
            there, theirs = _counts(store), _uuids(store)
            damaged = tuple(
                one.name for one in study_folders(store, data_dir) if not is_undamaged(remote, one)
            )
    with closing(Store.open(url)) as store:
        here, ours = _counts(store), _uuids(store)
    return DumpCheck(there, damaged, here, len(ours - theirs), len(theirs - ours))


def _names(remote: Remote) -> list[str]:
    """Return the names of the dumps, the newest first."""
    return sorted(filter(NAME.fullmatch, remote.names(FOLDER)), reverse=True)


def _newest(remote: Remote) -> bytes:
    """Return the newest dump whose content has its hash."""
    for name in _names(remote):
        content = remote.read(f"{FOLDER}/{name}")
        found = NAME.fullmatch(name)
        if content is not None and found is not None and sha256(content) == found[2]:
            return content
    raise BadStudy(NO_COPY.format(address=remote.address))


def _counts(store: Store) -> Counts:
    with store.reading() as tx:
        return counted(tx.connection.exec_driver_sql)


def _uuids(store: Store) -> set[str]:
    with store.reading() as tx:
        return set(tx.connection.exec_driver_sql(UUIDS).scalars())


def _dump(url: str) -> bytes:
    return _run(url, "pg_dump", "--format=custom", "--no-owner", "--no-privileges")


def _restore(url: str, content: bytes) -> None:
    """Replace all tables by those of a dump, in one transaction."""
    with tempfile.TemporaryDirectory() as folder:
        dump, script = Path(folder) / "dump", Path(folder) / "script.sql"
        dump.write_bytes(content)
        _run(url, "pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(dump))
        # The whole schema: the database may have tables that an earlier version of the program lacks.
        empty = ("--command=DROP SCHEMA public CASCADE", "--command=CREATE SCHEMA public")
        strict = ("--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1")
        _run(url, "psql", *strict, *empty, f"--file={script}")


def _run(url: str, program: str, *options: str) -> bytes:
    command: Sequence[str] = (program, *options)
    if shutil.which(program) is None:
        raise BadStudy(NOT_INSTALLED.format(program=program))
    done = subprocess.run(command, capture_output=True, env={**os.environ, **postgresql_environment(url)})
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise BadStudy(FAILED.format(program=program, fault=said[-1] if said else done.returncode))
    return done.stdout
