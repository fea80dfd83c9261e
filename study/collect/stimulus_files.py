"""Find the file to send for a picture: checked by its hash, as long as the others of its item."""

import hashlib
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

from study.atomic_files import write_file
from study.collect.padding import common_length, padded
from study.database.faults import from_os_error
from study.database.rows import PictureRow
from study.database.store import Store
from study.records import Unavailable

DAMAGED = "A picture of this study is missing on the server, or not the one that was built."


@dataclass(frozen=True)
class ServedFile:
    """Hold the path and the state of a checked file.

    Responses must carry neither its name nor ETag nor Last-Modified: these may differ between methods.
    """

    path: Path
    stat: os.stat_result

    @property
    def unchanged(self) -> bool:
        """Return True while inode, size and time are those of the file that was checked."""
        try:
            now = os.stat(self.path)
        except OSError:
            return False
        return _identity(now) == _identity(self.stat)


@dataclass(frozen=True)
class CheckedFile(ServedFile):
    """Hold the SHA-256 of the file too."""

    sha256: str


@dataclass(frozen=True)
class Wanted:
    """Name a picture by its id: a stimulus, or a context; width: of a stored size, 0 for the largest."""

    id: int
    kind: Literal["stimulus", "context"] = "stimulus"
    width: int = 0


class StimulusFiles:
    """Find and prepare the files of pictures. Safe to share between threads.

    Stimuli of an item that differ in length (studies of earlier releases) are copied with padding
    into `cache`; the others are sent from the folder of the study.
    """

    def __init__(self, store: Store, cache: Path) -> None:
        self._store = store
        self._cache = cache
        self._served: dict[Wanted, ServedFile] = {}
        self._preparing = threading.Lock()

    def ready(self, wanted: Wanted) -> ServedFile | None:
        """Return the file of a picture that was prepared before and has not changed, else None.

        Takes microseconds, so that it can be called in an event loop.
        """
        found = self._served.get(wanted)
        return found if found is not None and found.unchanged else None

    def prepare(self, wanted: Wanted) -> ServedFile:
        """Check and pad all stimuli of the item of this one in this size; return its file.

        Reads and may write megabytes: call it in a thread. Raises Unavailable where the file is missing, was
        changed after the build, or its copy cannot be written; KeyError for an unknown id or width.
        """
        with self._preparing:
            found = self.ready(wanted)  # another thread may have prepared it
            if found is None:
                found = self._prepare_item(wanted).get(wanted)
        if found is None:
            raise Unavailable(DAMAGED, "damaged")
        return found

    def _prepare_item(self, wanted: Wanted) -> dict[Wanted, ServedFile]:
        with self._store.reading() as tx:
            of_kind = tx.stimuli_beside if wanted.kind == "stimulus" else tx.context
            rows = {replace(wanted, id=row.id): row for row in of_kind(wanted.id)}
        if wanted not in rows or _stored(wanted, rows[wanted]) is None:
            raise KeyError(wanted)
        checked = {key: _checked_file(row, _stored(key, row)) for key, row in rows.items()}
        served = self._with_equal_length({key: file for key, file in checked.items() if file})
        for key in rows:  # all at once: files of different lengths are never sent together
            self._served.pop(key, None)
        self._served.update(served)
        return served

    def _with_equal_length(self, files: dict[Wanted, CheckedFile]) -> dict[Wanted, ServedFile]:
        lengths = {file.stat.st_size for file in files.values()}
        if len(lengths) < 2:
            return dict(files)
        length = common_length(lengths)
        try:
            copies = {key: self._copy(file, length) for key, file in files.items()}
        except OSError as error:
            raise from_os_error(error) from None
        return {key: copy for key, copy in copies.items() if copy is not None}

    def _copy(self, file: CheckedFile, length: int) -> ServedFile | None:
        """Write the padded copy unless it exists; return None for other formats, and changed files."""
        data = file.path.read_bytes()
        try:
            content = padded(data, length)
        except ValueError:
            return None
        if hashlib.sha256(data).hexdigest() != file.sha256:
            return None
        copy = self._cache / f"{file.sha256[:32]}-{length}{file.path.suffix}"
        if not copy.is_file() or copy.read_bytes() != content:
            self._cache.mkdir(parents=True, exist_ok=True)
            write_file(copy, content)
        return ServedFile(copy, copy.stat())


def check_stimuli(store: Store, slug: str, version: int | None = None) -> list[str]:
    """Return sentences about missing or changed pictures of a version of a study.

    Reads every file the first time, and changed ones after that. Raises BadStudy like `Transaction.study`,
    Unavailable without a database.
    """
    missing = missing_folder(store, slug, version)
    if missing:
        return [missing]
    with store.reading() as tx:
        study = tx.study(slug, version).id
        rows = [*tx.stimuli_of(study), *tx.contexts_of(study)]
    files = [(row, file) for row in rows for file in row.files()]
    bad = [file[0] for row, file in files if _checked_file(row, file) is None]
    if not bad:
        return []
    number = f"{len(bad)} of {len(files)} pictures"
    return [f"{number} of the study {slug} are missing or were changed, such as {bad[0]}."]


def missing_folder(store: Store, slug: str, version: int | None = None) -> str:
    """Return a sentence if the folder of a study is not on this machine, else "". Raises BadStudy."""
    with store.reading() as tx:
        folder = tx.study(slug, version).folder
    if Path(folder).is_dir():
        return ""
    return f"The pictures of the study {slug} are not on this machine: its folder is missing."


def _stored(wanted: Wanted, row: PictureRow) -> tuple[str, str] | None:
    """Return the file of a size, None without it. A reference may have other sizes: then the largest."""
    return row.file_of(wanted.width) or (row.file_of(0) if wanted.kind == "context" else None)


def _checked_file(row: PictureRow, stored: tuple[str, str] | None) -> CheckedFile | None:
    """Return a file (name and SHA-256) if it is in its study's folder and has the hash of the build."""
    if stored is None:
        return None
    file, sha256 = stored
    folder = Path(row.folder).resolve()
    path = (folder / file).resolve()
    if path.parent != folder:
        return None
    try:
        stat = path.stat()
        unchanged = _has_hash(path, sha256, _identity(stat))
    except OSError:
        return None
    return CheckedFile(path, stat, sha256) if unchanged else None


def _identity(stat: os.stat_result) -> tuple[int, ...]:
    return stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns


@lru_cache(maxsize=200_000)
def _has_hash(path: Path, sha256: str, identity: Sequence[int]) -> bool:
    """Compare the hash once for each state of the file, given by `identity`."""
    del identity
    return hashlib.sha256(path.read_bytes()).hexdigest() == sha256
