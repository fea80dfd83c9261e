"""Pictures made for the pages: written once, read by name, swept when old."""

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
    """Files in one folder under names nobody can guess: a keyed hash of what is in them, or chance."""

    folder: Path
    key: str

    def put(self, data: bytes, suffix: str) -> str:
        """Keep these bytes and return their name; the same bytes have the same name."""
        name = hmac.digest(self.key.encode(), data, "sha256").hex()[:32] + suffix
        path = self.folder / name
        if path.exists():
            path.touch()
        else:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_atomic(path, data)
        return name

    def new_path(self, suffix: str) -> Path:
        """A path for a file that the caller writes."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return self.folder / (secrets.token_hex(16) + suffix)

    def find(self, name: str) -> Path:
        """The file of this name. Raises KeyError for names that we did not give and files that are gone."""
        path = self.folder / name
        if not NAME.fullmatch(name) or not path.is_file():
            raise KeyError(name)
        return path

    def touch(self, name: str) -> bool:
        """Keep a file a while longer; False when it is gone."""
        path = self.folder / name
        if path.is_file():
            path.touch()
        return path.is_file()

    def sweep(self, max_age: float) -> int:
        """Delete files not written or asked for again within `max_age` seconds; return how many."""
        limit = time.time() - max_age
        old = [path for path in self.folder.glob("*.*") if path.is_file() and path.stat().st_mtime < limit]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)


def url_of(name: str) -> str:
    """Where the browser finds a file of the cache."""
    return f"/view/{name}"
