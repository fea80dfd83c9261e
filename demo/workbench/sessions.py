"""Keep the document and the files of each visitor under a secret token, until a day without use."""

import hashlib
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from demo.pictures.scenes.file_facts import FileFacts, FileKind
from demo.pictures.view_cache import url_of
from demo.workbench.faults import BenchFault, unknown_file, unknown_session
from model.images.files import write_atomic

KEEP = 24 * 3600
MOST_FILES = 2000
MOST_NAME = 120
TOKEN = re.compile(r"[0-9a-f]{64}")
FILE_ID = re.compile(r"[0-9a-f]{16}")
SUFFIX = re.compile(r"\.[a-z0-9]{1,5}")
DOCUMENT, USED = "document.json", "used"
PARTIAL = ".part"
HOUR = 3600
TOUCH_EVERY = 60  # seconds between two writes of the time of use


@dataclass(frozen=True)
class StoredFile:
    """Describe a file of a session: its path, the name that its owner gave it, and what is known of it.

    example: the title of the example that it is a part of, "" for a visitor's own file.
    """

    id: str
    path: Path
    name: str
    kind: FileKind
    facts: FileFacts
    example: str = ""

    @property
    def json(self) -> dict[str, Any]:
        """Return what the browser gets."""
        known = asdict(self.facts)
        more = {"example": self.example} if self.example else {}
        return {"id": self.id, "name": self.name, **known, "view": url_of(self.facts.view), **more}


@dataclass(frozen=True)
class NewFile:
    """Hold the id and the path of a file that is not written yet."""

    id: str
    path: Path


@dataclass(frozen=True)
class Session:
    """Hold the folder of one visitor."""

    folder: Path

    def document(self) -> str | None:
        """Return the saved document as JSON text, None where there is none."""
        try:
            return (self.folder / DOCUMENT).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def save(self, document: str) -> None:
        """Replace the saved document."""
        write_atomic(self.folder / DOCUMENT, document.encode("utf-8"))

    def new_file(self, name: str) -> NewFile:
        """Return the place of a file to be written. Raises BenchFault where there are too many."""
        if len(list(self.folder.glob("*.facts"))) >= MOST_FILES:
            raise BenchFault(413, "There are too many files. Please start with a new picture.")
        number = secrets.token_hex(8)
        suffix = Path(name).suffix.lower()
        return NewFile(number, self.folder / f"{number}{suffix if SUFFIX.fullmatch(suffix) else ''}")

    def keep(self, stored: StoredFile) -> StoredFile:
        """Record a file that was written to its place."""
        stored = replace(stored, name=plain_name(stored.name))
        content = asdict(stored) | {"path": stored.path.name}
        write_atomic(self.folder / f"{stored.id}.facts", json.dumps(content).encode("ascii"))
        return stored

    def drop(self, stored: StoredFile) -> None:
        """Delete a file."""
        stored.path.unlink(missing_ok=True)
        (self.folder / f"{stored.id}.facts").unlink(missing_ok=True)

    def find(self, number: str) -> StoredFile:
        """Return a file by its id. Raises BenchFault."""
        if not FILE_ID.fullmatch(number):
            raise unknown_file()
        try:
            content = json.loads((self.folder / f"{number}.facts").read_bytes())
        except FileNotFoundError:
            raise unknown_file() from None
        return self._stored(content)

    def files(self) -> dict[str, StoredFile]:
        """Return all files by their id."""
        found = [self._stored(json.loads(path.read_bytes())) for path in self.folder.glob("*.facts")]
        return {stored.id: stored for stored in found}

    def _stored(self, content: Mapping[str, Any]) -> StoredFile:
        path, facts = self.folder / content["path"], FileFacts(**content["facts"])
        return StoredFile(**{**content, "path": path, "facts": facts})


@dataclass(frozen=True)
class Sessions:
    """Hold the folders of all visitors, each under the SHA-256 of its token."""

    folder: Path

    def create(self) -> str:
        """Make a session and return its token, 64 hexadecimal digits, which is not stored."""
        token = secrets.token_hex(32)
        folder = self._folder(token)
        folder.mkdir(parents=True, mode=0o700)
        (folder / USED).touch()
        return token

    def open(self, token: str) -> Session:
        """Return the session of a token, and keep it for another day. Raises BenchFault."""
        folder = self._folder(token)
        try:
            idle = time.time() - (folder / USED).stat().st_mtime
        except OSError:
            raise unknown_session() from None
        if not TOKEN.fullmatch(token) or idle > KEEP:
            raise unknown_session()
        if idle > TOUCH_EVERY:
            os.utime(folder / USED)
        return Session(folder)

    def sweep(self, age: float = KEEP) -> int:
        """Delete sessions without use for `age` seconds and interrupted uploads; return how many sessions."""
        now, deleted = time.time(), 0
        for folder in self.folder.glob("*"):
            used = folder / USED
            # A session without files is one that a program asked for, or a visitor who left at once.
            allowed = age if any(folder.glob("*.facts")) else min(age, HOUR)
            if not used.exists() or now - used.stat().st_mtime > allowed:
                shutil.rmtree(folder, ignore_errors=True)
                deleted += 1
                continue
            for part in folder.glob(f"*{PARTIAL}"):
                if now - part.stat().st_mtime > HOUR:
                    part.unlink(missing_ok=True)
        return deleted

    def _folder(self, token: str) -> Path:
        return self.folder / hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def plain_name(name: str) -> str:
    """Return the last part of a name, without control characters, of at most MOST_NAME characters."""
    last = re.split(r"[/\\]", name)[-1]
    return "".join(sign for sign in last if sign.isprintable())[-MOST_NAME:] or "picture"
