"""Limit uploads: bytes of each visitor in an hour, bytes in the folders, and uploads at the same time."""

import os
import stat
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from demo.guard.bodies.body import too_large
from demo.guard.rules.policy import MEGABYTE, Rate, UploadLimits
from demo.guard.rules.rates import Buckets
from demo.guard.rules.refusals import Refusal

HOUR = 3600
DAY = 24 * HOUR
# Seconds between two measurements of the folder.
MEASURE_EVERY = 10
# Bytes of the form around its file.
FORM_OVERHEAD = 64 << 10


@dataclass(frozen=True)
class StoredFile:
    """Hold the time of change (Unix seconds), the bytes and the path of a file in the folder."""

    changed: float
    size: int
    path: Path


@dataclass
class UploadBudget:
    """Hold the bytes that are reserved for uploads under way, and the last measured size of the folders.

    measured: monotonic time in seconds, and the bytes at that time.
    """

    folders: tuple[Path, ...]
    limits: UploadLimits
    hourly: Buckets = field(init=False)
    under_way: Counter[str] = field(default_factory=Counter)
    reserved_bytes: int = 0
    measured: tuple[float, int] = (-MEASURE_EVERY, 0)

    def __post_init__(self) -> None:
        self.hourly = Buckets(Rate(self.limits.visitor, self.limits.visitor / HOUR))

    @contextmanager
    def reserved(self, visitor: str, size: int) -> Iterator[None]:
        """Reserve `size` bytes for an upload while it is received. Raises Refusal."""
        self._check(visitor, size)
        self.under_way[visitor] += 1
        self.reserved_bytes += size
        try:
            yield
        finally:
            self.reserved_bytes -= size
            self.measured = (self.measured[0], self.measured[1] + size)
            self.under_way[visitor] -= 1
            if not self.under_way[visitor]:
                del self.under_way[visitor]

    def _check(self, visitor: str, size: int) -> None:
        if size > self.limits.file + FORM_OVERHEAD:
            raise too_large(self.limits.file)
        if self.under_way[visitor] >= self.limits.at_once:
            raise Refusal(429, "uploads_at_once", "Please wait until your other uploads have finished.", 5)
        if self._used() + size > self.limits.folder:
            text = "The server has no space for uploads now. Please try again in a few minutes."
            raise Refusal(503, "uploads_full", text, 300)
        wait = self.hourly.take(visitor, size)
        if wait:
            megabytes = self.limits.visitor // MEGABYTE
            text = f"You may upload {megabytes} MB in an hour. Please continue in {wait / 60:.0f} minutes."
            raise Refusal(429, "upload_hour", text, int(wait) + 1)

    def _used(self) -> int:
        """Return the bytes in the folders and reserved; above 90 % of the limit, delete older files first."""
        now = time.monotonic()
        if now - self.measured[0] > MEASURE_EVERY:
            stored = sum(file.size for folder in self.folders for file in files_in(folder))
            if stored + self.reserved_bytes > 0.9 * self.limits.folder:
                stored -= sum(delete_old_files(folder, HOUR) for folder in self.folders)
            self.measured = (now, stored)
        return self.measured[1] + self.reserved_bytes


def files_in(folder: Path) -> Iterator[StoredFile]:
    """Yield the regular files of the upload folder and of the folders in it."""
    for entry in _entries(folder):
        inside = _entries(Path(entry.path)) if entry.is_dir(follow_symlinks=False) else [entry]
        for file in inside:
            yield from _stored(file)


def delete_old_files(folder: Path, age: float) -> int:
    """Delete the folders in which no file changed for `age` seconds; return the freed bytes.

    Files of interrupted uploads, directly in the folder, are deleted after an hour at the latest.
    """
    freed, now = 0, time.time()
    groups: dict[Path, list[StoredFile]] = {}
    for file in files_in(folder):
        groups.setdefault(file.path if file.path.parent == folder else file.path.parent, []).append(file)
    for group, files in groups.items():
        interrupted = group == files[0].path
        if now - max(file.changed for file in files) > (min(age, HOUR) if interrupted else age):
            for file in files:
                file.path.unlink(missing_ok=True)
                freed += file.size
            _remove_if_empty(files[0].path.parent, folder)
    return freed


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def _stored(entry: os.DirEntry[str]) -> Iterator[StoredFile]:
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return
    if stat.S_ISREG(status.st_mode):
        yield StoredFile(status.st_mtime, status.st_size, Path(entry.path))


def _remove_if_empty(folder: Path, root: Path) -> None:
    if folder != root:
        try:
            folder.rmdir()
        except OSError:
            return
