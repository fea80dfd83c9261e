"""Keep builds of studies in folders, one each, so that a restart of the server loses nothing.

A build is ROOT/ID/ with build.json, files/ (what was uploaded) and kept/ (pictures that methods made).
"""

import json
import re
import secrets
import shutil
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Literal, TypeAlias

from study.atomic_files import write_file

RECORD = "build.json"
ID = re.compile(r"[0-9a-f]{16}")
State: TypeAlias = Literal["editing", "waiting", "running", "finished"]
Task: TypeAlias = Literal["check", "build"]


class UnknownBuild(KeyError):
    """Report an id that no build has."""


@dataclass(frozen=True)
class Build:
    """Hold what is known about a build.

    settings: tables of study.toml. findings: faults of files, each with level, file and message; None before
    a check. error: why the last task ended, for people. study: slug and version of the finished study.
    """

    id: str
    who: str
    created: str
    settings: dict[str, Any] = field(default_factory=dict)
    state: State = "editing"
    task: Task = "check"
    findings: list[dict[str, str]] | None = None
    error: str = ""
    study: dict[str, Any] | None = None


@dataclass(frozen=True)
class Builds:
    """Hold the folder of all builds."""

    root: Path

    def new(self, who: str) -> Build:
        """Add an empty build of an organizer."""
        now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        build = Build(secrets.token_hex(8), who, now)
        self.files(build.id).mkdir(parents=True)
        self.save(build)
        return build

    def all(self) -> list[Build]:
        """Return all builds, the newest first."""
        found = [self.get(path.parent.name) for path in self.root.glob(f"*/{RECORD}")]
        return sorted(found, key=lambda build: (build.created, build.id), reverse=True)

    def get(self, number: str) -> Build:
        """Return a build. Raises UnknownBuild."""
        try:
            return Build(**json.loads((self.folder(number) / RECORD).read_bytes()))
        except FileNotFoundError:
            raise UnknownBuild(number) from None

    def save(self, build: Build, **changes: Any) -> Build:
        """Store a build with these changes, completely or not at all, and return it."""
        changed = replace(build, **changes)
        text = json.dumps(asdict(changed), indent=1)
        write_file(self.folder(build.id) / RECORD, text.encode())
        return changed

    def delete(self, number: str) -> None:
        """Delete a build with its files; the study that it made stays. Raises UnknownBuild."""
        folder = self.folder(number)
        (folder / RECORD).unlink(missing_ok=True)
        shutil.rmtree(folder)

    def folder(self, number: str) -> Path:
        """Return the folder of a build. Raises UnknownBuild for a text that is no id."""
        if not ID.fullmatch(number):
            raise UnknownBuild(number)
        return self.root / number

    def files(self, number: str) -> Path:
        """Return the folder of the uploaded files of a build. Raises UnknownBuild."""
        return self.folder(number) / "files"

    def kept(self, number: str) -> Path:
        """Return the folder of the pictures that methods made. Raises UnknownBuild."""
        return self.folder(number) / "kept"
