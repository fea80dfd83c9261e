"""Keep pictures made for the pages: write each once, find it by name, delete it when it is old."""

import hmac
import re
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

from model.images.files import write_atomic

NAME = re.compile(r"[0-9a-f]{32}\.[a-z0-9]{2,5}")


@dataclass(frozen=True)
class ViewCache:
    """Hold files in one folder under names that cannot be guessed: a keyed hash of the content, or random."""

    folder: Path
    key: str

    def put(self, data: bytes, suffix: str) -> str:
        """Write bytes to a file and return its name; the same bytes have the same name."""
        name = hmac.digest(self.key.encode(), data, "sha256").hex()[:32] + suffix
        path = self.folder / name
        if path.exists():
            path.touch()
        else:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_atomic(path, data)
        return name

    def new_path(self, suffix: str) -> Path:
        """Return the path of a new file for the caller to write."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return self.folder / (secrets.token_hex(16) + suffix)

    def find(self, name: str) -> Path:
        """Return the file of this name. Raises KeyError for unknown names and deleted files."""
        path = self.folder / name
        if not NAME.fullmatch(name) or not path.is_file():
            raise KeyError(name)
        return path

    def touch(self, name: str) -> bool:
        """Set the time of a file to now, so that it is kept longer; return False if it was deleted."""
        path = self.folder / name
        if path.is_file():
            path.touch()
        return path.is_file()

    def sweep(self, max_age: float) -> int:
        """Delete files that were not written or touched within `max_age` seconds; return how many."""
        limit = time.time() - max_age
        old = [path for path in self.folder.glob("*.*") if path.is_file() and path.stat().st_mtime < limit]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)


def url_of(name: str) -> str:
    """Return the address of a file of the cache."""
    return f"/view/{name}"
