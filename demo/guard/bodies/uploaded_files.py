"""Check that a request names only uploaded files: regular files in the upload folder."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo.guard.bodies.json_body import bad

NOT_UPLOADED = "This names a file that was not uploaded. Please choose the picture again."
MAX_PATH = 4096


@dataclass(frozen=True)
class UploadFolder:
    """Hold the folder of Gradio's uploads: `path` as Gradio writes it, `real` without symbolic links."""

    path: Path
    real: Path

    @classmethod
    def at(cls, folder: Path) -> "UploadFolder":
        """Return the folder; make it where it is missing."""
        folder.mkdir(parents=True, exist_ok=True)
        return cls(folder, folder.resolve())

    def holds(self, text: object) -> bool:
        """Return True for the plain path of a regular file in the folder: no links, no `..`, no URL."""
        if not isinstance(text, str) or not text or len(text) > MAX_PATH:
            return False
        given = Path(text)
        # Compared as text: the paths that the server gives to a browser do not need to be resolved.
        if not given.is_absolute() or os.path.normpath(text) != text or self.path not in given.parents:
            return False
        real = self.real / given.relative_to(self.path)
        try:
            return real.resolve() == real and stat.S_ISREG(os.lstat(real).st_mode)
        except (OSError, ValueError):
            return False

    def check(self, value: Any) -> None:
        """Check all files that a value names, at any depth. Raises Refusal for one that was not uploaded."""
        pending = [value]
        while pending:
            part = pending.pop()
            if isinstance(part, list):
                pending.extend(part)
            elif isinstance(part, dict):
                self._check_file(part)
                pending.extend(part.values())

    def _check_file(self, part: dict[str, Any]) -> None:
        """Check every form in which Gradio and our handlers accept a file."""
        if "path" in part and part["path"] not in (None, "") and not self.holds(part["path"]):
            raise bad(NOT_UPLOADED)
        meta = part.get("meta")
        if isinstance(meta, dict) and "_type" in meta:
            if "path" not in part or not self.holds(part["path"]):
                raise bad(NOT_UPLOADED)
            if part.get("is_stream"):
                raise bad("Streams are not accepted.")
            self._check_address(part.get("url"), str(part["path"]))

    def _check_address(self, url: object, path: str) -> None:
        """Allow only the URL that the server gave to the browser with the file: no other is fetched."""
        if url is None or url == "":
            return
        if not isinstance(url, str) or not url.endswith(f"/gradio_api/file={path}"):
            raise bad(NOT_UPLOADED)
