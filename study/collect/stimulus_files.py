"""Find the file to send for a stimulus: checked by its hash, as long as the others of its item."""

import hashlib
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from study.atomic_files import write_file
from study.collect.png_padding import common_length, padded
from study.database.faults import from_os_error
from study.database.rows import StimulusRow
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


class StimulusFiles:
    """Find and prepare the files of stimuli. Safe to share between threads.

    Stimuli of an item that differ in length (studies of earlier releases) are copied with padding
    into `cache`; the others are sent from the folder of the study.
    """

    def __init__(self, store: Store, cache: Path) -> None:
        self._store = store
        self._cache = cache
        self._served: dict[int, ServedFile] = {}
        self._preparing = threading.Lock()

    def ready(self, stimulus: int) -> ServedFile | None:
        """Return the file of a stimulus that was prepared before and has not changed, else None.

        Takes microseconds, so that it can be called in an event loop.
        """
        found = self._served.get(stimulus)
        return found if found is not None and found.unchanged else None

    def prepare(self, stimulus: int) -> ServedFile:
        """Check and pad all stimuli of the item of this stimulus; return its file.

        Reads and may write megabytes: call it in a thread. Raises Unavailable where the file is missing, was
        changed after the build, or its copy cannot be written; KeyError for an unknown id.
        """
        with self._preparing:
            found = self.ready(stimulus)  # another thread may have prepared it
            if found is None:
                found = self._prepare_item(stimulus).get(stimulus)
        if found is None:
            raise Unavailable(DAMAGED, "damaged")
        return found

    def _prepare_item(self, stimulus: int) -> dict[int, ServedFile]:
        with self._store.reading() as tx:
            rows = tx.stimuli_beside(stimulus)
        if not rows:
            raise KeyError(stimulus)
        served = self._with_equal_length([(row, file) for row in rows if (file := _checked_file(row))])
        for row in rows:  # all at once: files of different lengths are never sent together
            self._served.pop(row.id, None)
        self._served.update(served)
        return served

    def _with_equal_length(self, files: list[tuple[StimulusRow, ServedFile]]) -> dict[int, ServedFile]:
        lengths = {file.stat.st_size for _, file in files}
        if len(lengths) < 2:
            return {row.id: file for row, file in files}
        length = common_length(lengths)
        try:
            copies = {row.id: self._copy(file.path, row.sha256, length) for row, file in files}
        except OSError as error:
            raise from_os_error(error) from None
        return {key: copy for key, copy in copies.items() if copy is not None}

    def _copy(self, path: Path, sha256: str, length: int) -> ServedFile | None:
        """Write the padded copy unless it exists; return None for other files than PNG, and changed ones."""
        data = path.read_bytes()
        try:
            content = padded(data, length)
        except ValueError:
            return None
        if hashlib.sha256(data).hexdigest() != sha256:
            return None
        copy = self._cache / f"{sha256[:32]}-{length}.png"
        if not copy.is_file() or copy.read_bytes() != content:
            self._cache.mkdir(parents=True, exist_ok=True)
            write_file(copy, content)
        return ServedFile(copy, copy.stat())


def check_stimuli(store: Store, slug: str) -> list[str]:
    """Return sentences about missing or changed pictures of the newest version of a study.

    Reads every file the first time, and changed ones after that. Raises BadStudy for an unknown slug,
    Unavailable without a database.
    """
    missing = missing_folder(store, slug)
    if missing:
        return [missing]
    with store.reading() as tx:
        rows = tx.stimuli_of(tx.study(slug).id)
    bad = [row.file for row in rows if _checked_file(row) is None]
    if not bad:
        return []
    number = f"{len(bad)} of {len(rows)} pictures"
    return [f"{number} of the study {slug} are missing or were changed, such as {bad[0]}."]


def missing_folder(store: Store, slug: str) -> str:
    """Return a sentence if the folder of a study is not on this machine, else "". Raises BadStudy."""
    with store.reading() as tx:
        folder = tx.study(slug).folder
    if Path(folder).is_dir():
        return ""
    return f"The pictures of the study {slug} are not on this machine: its folder is missing."


def _checked_file(row: StimulusRow) -> ServedFile | None:
    """Return the file of a stimulus if it is in its study's folder and has the hash of the build."""
    folder = Path(row.folder).resolve()
    path = (folder / row.file).resolve()
    if path.parent != folder:
        return None
    try:
        stat = path.stat()
        unchanged = _has_hash(path, row.sha256, _identity(stat))
    except OSError:
        return None
    return ServedFile(path, stat) if unchanged else None


def _identity(stat: os.stat_result) -> tuple[int, ...]:
    return stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns


@lru_cache(maxsize=200_000)
def _has_hash(path: Path, sha256: str, identity: Sequence[int]) -> bool:
    """Compare the hash once for each state of the file, given by `identity`."""
    del identity
    return hashlib.sha256(path.read_bytes()).hexdigest() == sha256
