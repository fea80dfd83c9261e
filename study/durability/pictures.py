"""Copy the folders of studies, which never change once they are built, and get missing ones back."""

import io
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from study.collect.manifest import MANIFEST, STIMULI, manifest_sha256
from study.database.store import Store
from study.durability.names import sha256
from study.durability.remote import Remote, RemoteFault

PART_BYTES = 32 * 2**20  # of one file at the address, about
RESTORED = "restored"  # folder below DATA_DIR/studies of studies that were built elsewhere

Alive = Callable[[], None]


@dataclass(frozen=True)
class StudyFolder:
    """Name a version of a study, and the folder of its pictures on this machine.

    sha256: of the manifest, which has the hash of every picture.
    """

    id: int
    name: str
    sha256: str
    stimuli: Path

    @property
    def is_here(self) -> bool:
        """Return True where the folder is on this machine, and not that of another build."""
        try:
            return self.stimuli.is_dir() and _sha256_of_manifest(self.stimuli.parent) == self.sha256
        except OSError:
            return False


def _sha256_of_manifest(folder: Path) -> str:
    """Return the hash of a manifest, which is read once: servers ask every few seconds. Raises OSError."""
    found = (folder / MANIFEST).stat()
    return _read_once(folder, (found.st_size, found.st_mtime_ns, found.st_ino))


@lru_cache(maxsize=10_000)
def _read_once(folder: Path, _state: tuple[int, int, int]) -> str:
    """Return the hash of a manifest; another state of the file, such as a new file in its place, is read."""
    return manifest_sha256(folder)


def study_folders(store: Store, data_dir: Path) -> list[StudyFolder]:
    """Return the folders of all versions of all studies. Raises Unavailable."""
    with store.reading() as tx:
        rows = tx.study_folders()
    return [
        StudyFolder(id_, f"{slug}-{version}", digest, data_dir / f) for id_, slug, version, digest, f in rows
    ]


def is_copied(remote: Remote, study: StudyFolder) -> bool:
    """Return True where the address has the folder. Raises RemoteFault."""
    return "index.json" in remote.names(f"studies/{study.sha256}")


def is_undamaged(remote: Remote, study: StudyFolder) -> bool:
    """Read all pictures of a study at the address; return True where all are there. Raises RemoteFault."""
    content = remote.read(_index(study))
    parts = json.loads(content)["parts"] if content else None
    return parts is not None and all(_part(remote, study, name) is not None for name in parts)


def push_folder(remote: Remote, study: StudyFolder, alive: Alive = lambda: None) -> None:
    """Copy a folder to the address. alive: called between the parts. Raises RemoteFault, OSError."""
    parts = []
    for number, content in enumerate(_parts(study.stimuli.parent)):
        name = f"{number:04d}-{sha256(content)}.tar"
        remote.write(f"studies/{study.sha256}/{name}", content)
        parts.append(name)
        alive()
    # Written last: a folder without it was copied in part.
    remote.write(_index(study), json.dumps({"name": study.name, "parts": parts}).encode())


def restore_folders(store: Store, remote: Remote, data_dir: Path, alive: Alive = lambda: None) -> list[str]:
    """Get the missing folders of all studies; return the names of those that the address does not have.

    A folder outside the data folder, or whose place another build has taken, is restored below
    `studies/restored`. Raises RemoteFault, OSError, Unavailable.
    """
    missing = []
    for study in study_folders(store, data_dir):
        if study.is_here:
            continue
        content = remote.read(_index(study))
        if content is None:
            missing.append(study.name)
            continue
        target = study.stimuli.parent
        if not target.is_relative_to(data_dir) or target.exists():  # a folder that is here is never replaced
            target = data_dir / "studies" / RESTORED / study.name
        _fetch(remote, study, json.loads(content)["parts"], target, alive)
        if target / STIMULI != study.stimuli:
            with store.transaction() as tx:
                tx.move_study(study.id, str(target / STIMULI))
    return missing


def _index(study: StudyFolder) -> str:
    return f"studies/{study.sha256}/index.json"


def _files(folder: Path) -> list[Path]:
    """Return the files of a study folder: its manifest, its pictures, and nothing else."""
    found = [folder / MANIFEST, *sorted((folder / STIMULI).rglob("*"))]
    return [path for path in found if path.is_file() and not path.is_symlink()]


def _parts(folder: Path) -> Iterator[bytes]:
    """Yield the files of a folder as archives of about PART_BYTES each."""
    waiting = _files(folder)
    while waiting:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            while waiting and buffer.tell() < PART_BYTES:
                path = waiting.pop(0)
                archive.add(path, path.relative_to(folder).as_posix())
        yield buffer.getvalue()


def _part(remote: Remote, study: StudyFolder, name: str) -> bytes | None:
    """Return an archive, None where it is missing or damaged: its name has its hash."""
    content = remote.read(f"studies/{study.sha256}/{name}")
    return content if content and sha256(content) == name.partition("-")[2].partition(".")[0] else None


def _fetch(remote: Remote, study: StudyFolder, parts: list[str], target: Path, alive: Alive) -> None:
    """Write a folder, completely or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=".restoring-", dir=target.parent))
    try:
        for name in parts:
            content = _part(remote, study, name)
            if content is None:
                raise RemoteFault(f"a part of the pictures of {study.name} is damaged")
            with tarfile.open(fileobj=io.BytesIO(content)) as archive:
                archive.extractall(partial, filter="data")
            alive()
        partial.chmod(0o755)
        if target.exists():
            shutil.rmtree(target)
        os.replace(partial, target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
