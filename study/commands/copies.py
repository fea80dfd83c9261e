"""Copy the database elsewhere, restore it from there, and check a copy."""

import argparse
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from study.commands.command import Command, data_folder, database_url
from study.database.connections import sqlite_file
from study.durability.dumps import verify_dump
from study.durability.encryption import Cipher, EncryptedRemote, readable
from study.durability.local_database import Counts
from study.durability.one_off import back_up, restore_database, restore_from_dump
from study.durability.one_off import verify as check_copy
from study.durability.remote import Remote, RemoteFault
from study.durability.snapshots import Damaged
from study.records import BadStudy

T = TypeVar("T")
ENCRYPT = "encrypt for a public key of age or SSH, or a key of GnuPG"


def backup(args: argparse.Namespace) -> str:
    """Copy the database, and the pictures of its studies, to another place."""
    remote = _remote(args.to)
    if args.encrypt_to:
        remote = EncryptedRemote(remote.address, Cipher.to(args.encrypt_to))
    if args.keep is not None and args.keep < 1:
        raise BadStudy("--keep should be 1 or more.")
    url = database_url(args)
    counts = _with_faults(lambda: back_up(url, data_folder(), remote, args.keep))
    return f"Copied to {remote.address}: {counts.text}.\n"


def restore(args: argparse.Namespace) -> str:
    """Replace the database by a copy, and keep the one that was here; stop the servers before."""
    url, remote = database_url(args), _source(args)
    file = sqlite_file(url)
    if file is None:
        counts, before, missing = _with_faults(lambda: restore_from_dump(url, data_folder(), remote))
        lines = [f"Restored: {counts.text}.", f"What was here is now in {before.name}."]
        return _text(lines, missing)
    done, missing = _with_faults(lambda: restore_database(file, data_folder(), remote))
    lines = [f"Restored: {done.counts.text}."]
    lines += [f"The file that was here is now {done.aside.name}."] if done.aside else []
    lines += ["Some changes could not be read: votes that follow them are lost."] if done.gap else []
    return _text(lines, missing)


def verify(args: argparse.Namespace) -> str:
    """Restore a copy beside the database, count its votes, and compare them with those here."""
    url, remote = database_url(args), _source(args)
    file = sqlite_file(url)
    if file is None:
        dump = _with_faults(lambda: verify_dump(url, remote, data_folder()))
        _refuse_incomplete(dump.damaged)
        return _compared(dump.counts, dump.here, dump.only_here, dump.only_there)
    found = _with_faults(lambda: check_copy(remote, data_folder(), file))
    _refuse_incomplete(found.damaged, found.restored.gap)
    return _compared(found.restored.counts, found.here, found.only_here, found.only_there)


def _refuse_incomplete(damaged: Sequence[str], gap: bool = False) -> None:
    if gap or damaged:
        what = f"pictures of {', '.join(damaged)}" if damaged else "some changes"
        raise BadStudy(f"The copy is not complete: {what} cannot be read.")


def _compared(there: Counts, here: Counts | None, only_here: int, only_there: int) -> str:
    lines = [f"The copy can be restored: {there.text}."]
    if here is not None:
        same = here.votes_sha256 == there.votes_sha256
        differ = f"{only_here} votes are only here, {only_there} only in the copy."
        lines += [f"Here: {here.text}.", "All votes are the same." if same else differ]
    return _text(lines, ())


def _text(lines: list[str], missing: Sequence[str]) -> str:
    lines += [f"These pictures are not at the address: {', '.join(missing)}."] if missing else []
    return "\n".join(lines) + "\n"


def _source(args: argparse.Namespace) -> Remote:
    """Return the place of the copy, with the key to read it."""
    address = _remote(args.source).address
    return _with_faults(lambda: readable(address, args.identity or ""))


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
    parser.add_argument("--encrypt-to", metavar="KEY", help=ENCRYPT)
    keep = "delete all but the newest N copies of the database at the address"
    parser.add_argument("--keep", type=int, metavar="N", help=keep)


def _add_from(parser: argparse.ArgumentParser) -> None:
    where = "a folder or an address of fsspec; default: BACKUP_URL"
    parser.add_argument("--from", dest="source", metavar="URL", help=where)
    parser.add_argument("--identity", metavar="FILE", help="file with the key of a copy encrypted with age")


BACKUP = Command("backup", backup, _add_to, database=True)
RESTORE = Command("restore", restore, _add_from, database=True)
VERIFY = Command("verify", verify, _add_from, database=True)
