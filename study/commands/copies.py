"""Copy the database elsewhere, restore it from there, and check a copy."""

import argparse
import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from study.commands.command import Command, data_folder, database_url, store_of
from study.database.connections import sqlite_file
from study.durability.one_off import back_up, restore_database
from study.durability.one_off import verify as check_copy
from study.durability.remote import Remote, RemoteFault
from study.durability.snapshots import Damaged
from study.records import BadStudy

T = TypeVar("T")
POSTGRESQL = "This needs a SQLite database: PostgreSQL has backups of its own, such as pg_dump."


def backup(args: argparse.Namespace) -> str:
    """Copy the database, and the pictures of its studies, to another place."""
    remote = _remote(args.to)
    with closing(store_of(args)) as store:
        counts = _with_faults(lambda: back_up(store, data_folder(), remote))
    if counts is None:
        return f"Pictures are in {remote.address}. PostgreSQL has backups of its own, such as pg_dump.\n"
    return f"Copied to {remote.address}: {counts.text}.\n"


def restore(args: argparse.Namespace) -> str:
    """Replace the database by a copy; stop the server before. The old file is kept beside it."""
    file, remote = sqlite_file(database_url(args)), _remote(args.source)
    if file is None:
        raise BadStudy(POSTGRESQL)
    done, missing = _with_faults(lambda: restore_database(file, data_folder(), remote))
    lines = [f"Restored: {done.counts.text}."]
    lines += [f"The file that was here is now {done.aside.name}."] if done.aside else []
    lines += ["Some changes could not be read: votes that follow them are lost."] if done.gap else []
    lines += [f"These pictures are not at the address: {', '.join(missing)}."] if missing else []
    return "\n".join(lines) + "\n"


def verify(args: argparse.Namespace) -> str:
    """Restore a copy into a temporary folder, count its votes, and compare them with the database here."""
    file, remote = sqlite_file(database_url(args)), _remote(args.source)
    found = _with_faults(lambda: check_copy(remote, data_folder(), file))
    if found.restored.gap or found.damaged:
        what = f"pictures of {', '.join(found.damaged)}" if found.damaged else "some changes"
        raise BadStudy(f"The copy is not complete: {what} cannot be read.")
    lines = [f"The copy can be restored: {found.restored.counts.text}."]
    if found.here is not None:
        same = found.here.votes_sha256 == found.restored.counts.votes_sha256
        differ = f"{found.only_here} votes are only here, {found.only_there} only in the copy."
        lines += [f"Here: {found.here.text}.", "All votes are the same." if same else differ]
    return "\n".join(lines) + "\n"


def _remote(given: str | None) -> Remote:
    address = given or os.environ.get("BACKUP_URL", "")
    if not address:
        raise BadStudy("Please name the place of the copy, or set BACKUP_URL.")
    return Remote(address if "://" in address else Path(address).resolve().as_uri())


def _with_faults(run: Callable[[], T]) -> T:
    try:
        return run()
    except (RemoteFault, Damaged) as error:
        raise BadStudy(f"The copy does not work: {error}.") from None


def _add_to(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--to", metavar="URL", help="a folder or an address of fsspec; default: BACKUP_URL")


def _add_from(parser: argparse.ArgumentParser) -> None:
    where = "a folder or an address of fsspec; default: BACKUP_URL"
    parser.add_argument("--from", dest="source", metavar="URL", help=where)


BACKUP = Command("backup", backup, _add_to, database=True)
RESTORE = Command("restore", restore, _add_from, database=True)
VERIFY = Command("verify", verify, _add_from, database=True)
