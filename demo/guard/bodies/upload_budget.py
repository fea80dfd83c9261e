"""Keep uploads within their budget: bytes of each visitor, bytes in the folder, and how many at once."""

import os
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
LOOK_AGAIN = 10
# A form has a few lines around its file.
AROUND = 64 << 10


@dataclass(frozen=True)
class Kept:
    """A file in the folder."""

    changed: float
    size: int
    path: Path


@dataclass
class UploadBudget:
    """Hold what was promised to uploads that are under way, and what the folder had a moment ago."""

    folder: Path
    limits: UploadLimits
    hourly: Buckets = field(init=False)
    under_way: Counter[str] = field(default_factory=Counter)
    promised: int = 0
    seen: tuple[float, int] = (-LOOK_AGAIN, 0)

    def __post_init__(self) -> None:
        self.hourly = Buckets(Rate(self.limits.visitor, self.limits.visitor / HOUR))

    @contextmanager
    def reserved(self, visitor: str, size: int) -> Iterator[None]:
        """Promise room to an upload while it comes in. Raises Refusal."""
        self._check(visitor, size)
        self.under_way[visitor] += 1
        self.promised += size
        try:
            yield
        finally:
            self.promised -= size
            self.seen = (self.seen[0], self.seen[1] + size)
            self.under_way[visitor] -= 1
            if not self.under_way[visitor]:
                del self.under_way[visitor]

    def _check(self, visitor: str, size: int) -> None:
        if size > self.limits.file + AROUND:
            raise too_large(self.limits.file)
        if self.under_way[visitor] >= self.limits.at_once:
            raise Refusal(429, "uploads_at_once", "Please wait until the other uploads are done.", 5)
        if self._used() + size > self.limits.folder:
            words = "The server has no room for uploads now. Please try again in a few minutes."
            raise Refusal(503, "uploads_full", words, 300)
        wait = self.hourly.take(visitor, size)
        if wait:
            megabytes = self.limits.visitor // MEGABYTE
            words = f"You may upload {megabytes} MB an hour. Please go on in {wait / 60:.0f} minutes."
            raise Refusal(429, "upload_hour", words, int(wait) + 1)

    def _used(self) -> int:
        """Return the bytes in the folder and under way; when it is full, what is old makes room."""
        now = time.monotonic()
        if now - self.seen[0] > LOOK_AGAIN:
            found = sum(kept.size for kept in files_in(self.folder))
            if found + self.promised > 0.9 * self.limits.folder:
                found -= sweep(self.folder, HOUR)
            self.seen = (now, found)
        return self.seen[1] + self.promised


def files_in(folder: Path) -> Iterator[Kept]:
    """Yield the files of the upload folder and of the folders in it."""
    for entry in _entries(folder):
        if entry.is_file(follow_symlinks=False):
            yield from _kept(entry)
        elif entry.is_dir(follow_symlinks=False):
            for inner in _entries(Path(entry.path)):
                yield from _kept(inner)


def sweep(folder: Path, age: float) -> int:
    """Delete files that are older than this, and what broken uploads left an hour ago. Return the bytes."""
    freed, now = 0, time.time()
    for kept in list(files_in(folder)):
        left_behind = kept.path.parent == folder
        if now - kept.changed > (min(age, HOUR) if left_behind else age):
            kept.path.unlink(missing_ok=True)
            freed += kept.size
            _remove_if_empty(kept.path.parent, folder)
    return freed


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def _kept(entry: os.DirEntry[str]) -> Iterator[Kept]:
    try:
        found = entry.stat(follow_symlinks=False)
    except OSError:
        return
    yield Kept(found.st_mtime, found.st_size, Path(entry.path))


def _remove_if_empty(folder: Path, root: Path) -> None:
    if folder != root:
        try:
            folder.rmdir()
        except OSError:
            return
