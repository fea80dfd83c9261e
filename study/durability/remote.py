"""Read and write files at an address of fsspec: a folder, S3, a bucket or a dataset of Hugging Face."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

from study.atomic_files import write_file
from study.records import BadStudy

NOT_ON_HUB = "the bucket or dataset is missing, or the token in HF_TOKEN may not use it"
DATASETS = "hf://datasets/"


class RemoteFault(RuntimeError):
    """Report that the address cannot be reached, or does not work; a later attempt may succeed."""


class Remote:
    """Hold an address with the files below it, by names such as "journal/1.json".

    Not safe to share between threads. Every method raises RemoteFault where the address does not work.
    """

    def __init__(self, address: str) -> None:
        """Open the address; nothing is read yet. Raises BadStudy where no driver for it is installed."""
        self.address = address.rstrip("/")
        try:
            self._files, self._root = fsspec.core.url_to_fs(self.address, skip_instance_cache=True)
        except (ImportError, ValueError) as error:
            raise BadStudy(f"BACKUP_URL cannot be used: {error}") from None
        self._is_hub = self.address.startswith("hf://")
        if self._is_hub:
            from huggingface_hub.utils.tqdm import disable_progress_bars

            disable_progress_bars()

    @property
    def is_dataset(self) -> bool:
        """Return True for a dataset of the Hugging Face Hub, in which every change is a commit."""
        return self.address.startswith(DATASETS)

    def names(self, folder: str) -> list[str]:
        """Return the names of the files in a folder, without the folder; none where it is missing."""
        fresh = {"refresh": True} if self._is_hub else {}
        with _faults():
            if not self._is_hub:
                self._files.invalidate_cache()
            try:
                found = self._files.ls(f"{self._root}/{folder}", detail=False, **fresh)
            except FileNotFoundError:
                return []
        return sorted(str(path).rstrip("/").rpartition("/")[2] for path in found)

    def read(self, name: str) -> bytes | None:
        """Return the content of a file, None where it is missing."""
        path = f"{self._root}/{name}"
        with _faults():
            if self._is_hub:
                return _read_from_hub(self._files, path)
            try:
                content: bytes = self._files.cat_file(path)
            except FileNotFoundError:
                return None
        return content

    def write(self, name: str, content: bytes) -> None:
        """Write a file, and replace an earlier one."""
        path = f"{self._root}/{name}"
        with _faults():
            if isinstance(self._files, LocalFileSystem):
                Path(path).parent.mkdir(parents=True, exist_ok=True)
                write_file(Path(path), content)
                return
            self._files.pipe_file(path, content)

    def write_checked(self, name: str, content: bytes) -> None:
        """Write a file, and compare what is read from there."""
        Remote.write(self, name, content)
        if Remote.read(self, name) != content:
            raise RemoteFault("a copy was not stored as it was sent")

    def delete(self, names: Iterable[str]) -> None:
        """Delete files; missing ones are skipped."""
        listed = list(names)
        with _faults():
            if self.is_dataset and listed:
                _delete_in_one_commit(self._root, listed)
                return
            for name in listed:
                with suppress(FileNotFoundError):
                    self._files.rm_file(f"{self._root}/{name}")


def _read_from_hub(files: Any, path: str) -> bytes | None:
    """Read a file with one request; otherwise each would list its folder before."""
    from huggingface_hub.errors import EntryNotFoundError

    try:
        with files.open(path, "rb", block_size=0) as file:
            content: bytes = file.read()
    except EntryNotFoundError:
        return None
    except FileNotFoundError:
        raise RemoteFault(NOT_ON_HUB) from None
    return content


def _delete_in_one_commit(root: str, names: list[str]) -> None:
    from huggingface_hub import CommitOperationDelete, HfApi

    _, owner, name, *folder = root.split("/")
    prefix = "".join(f"{part}/" for part in folder)
    operations = [CommitOperationDelete(f"{prefix}{one}") for one in names]
    HfApi().create_commit(
        f"{owner}/{name}", operations, commit_message="Delete old files", repo_type="dataset"
    )


@contextmanager
def _faults() -> Iterator[None]:
    """Raise RemoteFault for every error: each driver has exceptions of its own."""
    try:
        yield
    except RemoteFault:
        raise
    except Exception as error:
        raise RemoteFault(_sentence(error)) from error


def _sentence(error: Any) -> str:
    """Return the first line of an error, which may be long, or the name of its kind."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
