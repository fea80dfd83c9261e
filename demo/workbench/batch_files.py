"""Keep the files of a batch in the folder of a session: pictures and masks as they were sent, and results."""

import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from demo.workbench.faults import BenchFault, unknown_file
from demo.workbench.sessions import FILE_ID, MOST_NAME, Session
from model.images.files import write_atomic
from model.images.formats import READ

MOST_BATCH_FILES = 4000
MOST_RESULT_BYTES = 2 << 30
RECORD, RESULT, STATE = ".batch", ".result", "batch.json"
TOO_MANY = "There are too many files for one batch. Please download what is finished, and start a new one."


@dataclass(frozen=True)
class BatchFile:
    """Describe a file of a batch. name: with the folders it came in, as "composite/a.jpg"."""

    id: str
    name: str
    path: Path

    @property
    def json(self) -> dict[str, str]:
        """Return what the browser gets."""
        return {"id": self.id, "name": self.name}


@dataclass(frozen=True)
class BatchFolder:
    """Hold the files of the batch of one session."""

    session: Session

    def new(self, name: str, result: bool = False) -> BatchFile:
        """Return a file that is not written yet. Raises BenchFault where there are too many."""
        if len(list(self.session.folder.glob(f"*{RECORD}"))) >= MOST_BATCH_FILES:
            raise BenchFault(413, TOO_MANY)
        if result and self._result_bytes() > MOST_RESULT_BYTES:
            raise BenchFault(413, TOO_MANY)
        number, suffix = secrets.token_hex(8), PurePosixPath(name).suffix.lower()
        kept = suffix if suffix in READ or suffix in (".zip", ".psd") else ""
        middle = RESULT if result else ""
        return BatchFile(number, plain_path(name), self.session.folder / f"{number}{middle}{kept}")

    def keep(self, file: BatchFile) -> BatchFile:
        """Record a file that was written."""
        content = {"name": file.name, "path": file.path.name}
        write_atomic(self.session.folder / f"{file.id}{RECORD}", json.dumps(content).encode("ascii"))
        return file

    def find(self, number: str) -> BatchFile:
        """Return a file by its id. Raises BenchFault."""
        if not FILE_ID.fullmatch(number):
            raise unknown_file()
        try:
            content = json.loads((self.session.folder / f"{number}{RECORD}").read_bytes())
        except FileNotFoundError:
            raise unknown_file() from None
        return BatchFile(number, content["name"], self.session.folder / content["path"])

    def state(self) -> str | None:
        """Return what the browser kept of the batch as JSON text, None where there is no batch."""
        try:
            return (self.session.folder / STATE).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def save(self, state: str) -> None:
        """Replace what is kept of the batch."""
        write_atomic(self.session.folder / STATE, state.encode("utf-8"))

    def drop(self, files: Sequence[BatchFile]) -> None:
        """Delete files."""
        for file in files:
            file.path.unlink(missing_ok=True)
            (self.session.folder / f"{file.id}{RECORD}").unlink(missing_ok=True)

    def clear(self) -> None:
        """Delete all files of the batch, and what is kept of it."""
        (self.session.folder / STATE).unlink(missing_ok=True)
        for record in self.session.folder.glob(f"*{RECORD}"):
            self.drop([self.find(record.stem)])

    def _result_bytes(self) -> int:
        return sum(path.stat().st_size for path in self.session.folder.glob(f"*{RESULT}.*"))


def plain_path(name: str) -> str:
    """Return a name with its folders, without control characters and parts that lead elsewhere."""
    parts = [part for part in re.split(r"[/\\]", name) if part not in ("", ".", "..")]
    plain = ["".join(sign for sign in part if sign.isprintable())[-MOST_NAME:] for part in parts[-4:]]
    return "/".join(filter(None, plain)) or "picture"
