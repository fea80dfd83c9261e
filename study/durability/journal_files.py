"""Write recorded changes into files that are never changed afterwards, and read them."""

import gzip
import json
from dataclasses import dataclass
from typing import Any

from study.database import journal
from study.database.transaction import Transaction
from study.durability.names import JournalName, next_file, sha256
from study.durability.remote import Remote

LARGEST = 20_000  # changes in a file


@dataclass(frozen=True)
class Change:
    """Hold a change: the table, the id of the row, and its values, None for a deleted row.

    A table "" marks that changes before it were not recorded.
    """

    seq: int
    table: str
    row: int
    values: list[Any] | None


@dataclass(frozen=True)
class Batch:
    """Hold the changes of one file. columns: names by table, in the order of the values."""

    schema: str
    columns: dict[str, list[str]]
    changes: list[Change]


def encode(tx: Transaction, after: int, generation: int) -> tuple[JournalName, bytes] | None:
    """Return the name and the content of a file with the changes after a number; None without changes."""
    changes = journal.changes_after(tx, after, LARGEST)
    if not changes:
        return None
    lines = ",\n".join(f"[{seq},{change}]" for seq, change in changes)
    head = json.dumps({"schema": journal.schema_version(tx), "columns": journal.columns(tx)})
    text = f'{head[:-1]}, "changes": [\n{lines}]}}'
    content = gzip.compress(text.encode(), mtime=0)
    return JournalName(generation, changes[0][0], changes[-1][0], sha256(content)), content


def decode(content: bytes) -> Batch:
    """Return the changes of a file."""
    found = json.loads(gzip.decompress(content))
    changes = [Change(seq, *change) for seq, change in found["changes"]]
    return Batch(found["schema"], found["columns"], changes)


class JournalReader:
    """Read the files after a position one after another; damaged files count as missing."""

    def __init__(self, remote: Remote, files: list[JournalName], position: int, generation: int) -> None:
        self._remote = remote
        self._files = list(files)
        self.position = position
        self.generation = generation

    @property
    def has_gap(self) -> bool:
        """Return True where there are later changes than those that `batch` returned."""
        return any(one.last > self.position and one.generation >= self.generation for one in self._files)

    def batch(self) -> Batch | None:
        """Return the changes of the next file, without those before; None at the end or at a gap."""
        while name := next_file(self._files, self.position, self.generation):
            content = self._remote.read(name.path)
            if content is None or sha256(content) != name.digest:
                self._files.remove(name)
                continue
            batch = decode(content)
            later = [change for change in batch.changes if change.seq > self.position]
            self.position, self.generation = name.last, name.generation
            return Batch(batch.schema, batch.columns, later)
        return None
