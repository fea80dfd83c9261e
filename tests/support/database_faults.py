"""Create real faults of a SQLite database: full or read-only disks, lost files, another writer."""

import os
import resource
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from study.database.store import Store

Plant = Callable[[Store, Path], Callable[[], None]]
"""A function that causes a fault of the store on this disk, and returns the function that ends it."""


def no_room(store: Store, _disk: Path) -> Callable[[], None]:
    """Forbid the file to grow by a page, on every connection."""
    with closing(sqlite3.connect(str(store.engine.url.database))) as other:
        pages = other.execute("PRAGMA page_count").fetchone()[0]
    limit = [f"PRAGMA max_page_count={pages}"]

    @event.listens_for(store.engine, "checkout")
    def _(connection: Any, _record: Any, _proxy: Any) -> None:
        connection.execute(limit[0])

    return lambda: limit.insert(0, "PRAGMA max_page_count=1000000")


def no_writing(store: Store, _disk: Path) -> Callable[[], None]:
    """Refuse every statement that writes, on every connection."""
    limit = ["PRAGMA query_only=ON"]

    @event.listens_for(store.engine, "checkout")
    def _(connection: Any, _record: Any, _proxy: Any) -> None:
        connection.execute(limit[0])

    return lambda: limit.insert(0, "PRAGMA query_only=OFF")


def read_only_disk(_store: Store, disk: Path) -> Callable[[], None]:
    """Make the disk read-only, as systems do with a failing disk.

    For root, who may ignore permissions, by a mount. Skips the test where this account may not mount.
    """

    def unmount() -> None:
        subprocess.run(["umount", "-l", str(disk)], capture_output=True, check=False)

    def allow(mode: int) -> None:
        (disk / "votes.db").chmod(0o600 & mode)
        disk.chmod(0o700 & mode)

    if os.geteuid():
        allow(0o555)
        return lambda: allow(0o777)
    for options in (["--bind", str(disk), str(disk)], ["-o", "remount,ro,bind", str(disk)]):
        if subprocess.run(["mount", *options], capture_output=True, check=False).returncode:
            unmount()
            pytest.skip("this account may not mount")
    return unmount


def write_errors(_store: Store, disk: Path) -> Callable[[], None]:
    """Limit the length of all files of this process to that of the database, so that writes soon fail."""
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, ((disk / "votes.db").stat().st_size, usual[1]))
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, usual)


def no_file(_store: Store, disk: Path) -> Callable[[], None]:
    """Rename the file of the database."""
    os.rename(disk / "votes.db", disk / "elsewhere")
    return lambda: os.rename(disk / "elsewhere", disk / "votes.db")


def no_folder(_store: Store, disk: Path) -> Callable[[], None]:
    """Rename the folder of the database."""
    os.rename(disk, disk.with_name("elsewhere"))
    return lambda: os.rename(disk.with_name("elsewhere"), disk)


def another_file(_store: Store, disk: Path) -> Callable[[], None]:
    """Replace the file by an empty one, so that open connections hold a file without a name."""
    os.rename(disk / "votes.db", disk / "elsewhere")
    (disk / "votes.db").touch()
    return lambda: os.replace(disk / "elsewhere", disk / "votes.db")


def a_writer(store: Store, _disk: Path) -> Callable[[], None]:
    """Hold the lock for writing on another connection; others give up after 50 ms."""

    @event.listens_for(store.engine, "checkout")
    def _(connection: Any, _record: Any, _proxy: Any) -> None:
        connection.execute("PRAGMA busy_timeout=50")

    other = sqlite3.connect(str(store.engine.url.database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    return other.close
