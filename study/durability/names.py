"""Name the files of a copy so that a name alone tells the place in the history and the hash of the content.

generation: number of the server that wrote the file; each server that takes over has the next one. A file
whose content has another SHA-256 than its name was written in part, or damaged: it counts as missing.
"""

import hashlib
import re
from dataclasses import dataclass

JOURNAL, SNAPSHOTS = "journal", "snapshots"
_JOURNAL = re.compile(r"(\d{6,})-(\d{12,})-(\d{12,})-([0-9a-f]{64})\.json\.gz")
_SNAPSHOT = re.compile(r"(\d{6,})-(\d{12,})-([0-9a-f]{64})\.db\.gz")


def sha256(content: bytes) -> str:
    """Return the SHA-256 of a content, 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True)
class JournalName:
    """Name a file with the changes `first` to `last`, both included."""

    generation: int
    first: int
    last: int
    digest: str

    @property
    def path(self) -> str:
        """Return the name of the file at the address."""
        return f"{JOURNAL}/{self.generation:06d}-{self.first:012d}-{self.last:012d}-{self.digest}.json.gz"


@dataclass(frozen=True)
class SnapshotName:
    """Name a copy of the database that has all changes up to `position`."""

    generation: int
    position: int
    digest: str

    @property
    def path(self) -> str:
        """Return the name of the file at the address."""
        return f"{SNAPSHOTS}/{self.generation:06d}-{self.position:012d}-{self.digest}.db.gz"


def journal_names(names: list[str]) -> list[JournalName]:
    """Return the names of journal files among names, in the order of their changes."""
    found = [match for name in names if (match := _JOURNAL.fullmatch(name))]
    made = [JournalName(int(m[1]), int(m[2]), int(m[3]), m[4]) for m in found]
    return sorted(made, key=lambda name: (name.first, name.last, name.generation))


def snapshot_names(names: list[str]) -> list[SnapshotName]:
    """Return the names of snapshots among names, the newest first."""
    found = [match for name in names if (match := _SNAPSHOT.fullmatch(name))]
    made = [SnapshotName(int(m[1]), int(m[2]), m[3]) for m in found]
    return sorted(made, key=lambda name: (name.generation, name.position), reverse=True)


def next_file(files: list[JournalName], position: int, generation: int) -> JournalName | None:
    """Return the file that has the change after `position`, None where it is missing.

    Of several, the one of the latest server is right: an earlier one may have written on after it was
    replaced. `generation`: no file of an earlier server follows.
    """
    fits = [one for one in files if one.first <= position + 1 <= one.last and one.generation >= generation]
    return max(fits, key=lambda one: (one.generation, one.last), default=None)
