"""Unpack zip files of strangers within limits, and pack results.

Nothing in a zip is believed: names are never used as paths, sizes are counted while they are unpacked, and
the table of files is measured before it is read.
"""

import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO

from demo.workbench.faults import BenchFault

MOST_ENTRIES = 2000
MOST_TABLE = 1 << 20  # bytes that describe all entries
CHUNK = 1 << 20
END, ZIP64 = b"PK\5\6", b"PK\6\7"
END_BYTES, COMMENT = 22, 1 << 16
LINK, FILE_TYPE = 0o120000, 0o170000  # of a Unix mode
ENCRYPTED = 1  # of an entry's flags
# zipfile raises these for damaged files.
DAMAGES = (
    zipfile.BadZipFile, NotImplementedError, EOFError, ValueError, OverflowError, struct.error, zlib.error,
)  # fmt: skip

DAMAGED = "{name} is not a zip file that we can read. Please pack it again."
TOO_MANY = "{name} has more than {count} files. Please make several zip files of it."
TOO_LARGE = "{name} holds more than {size} MB when unpacked. Please make several zip files of it."
LOCKED = "{name} is protected by a password. Please pack it without one."
UNSAFE = "{name} has a file whose name leads out of the zip. Please pack it again."


class ZipLimit(BenchFault):
    """Refuse a zip; the message names it."""

    def __init__(self, text: str, name: str, **values: int) -> None:
        super().__init__(422, text.format(name=name, **values))


def unpack(path: Path, name: str, wanted: Callable[[str], BinaryIO | None], most_bytes: int) -> None:
    """Write the files of a zip.

    name: for messages. wanted: given the name of a file in the zip, returns a file to write it to, or None
    for one that is not needed. Raises ZipLimit.
    """
    _check_table(path, name)
    left = most_bytes
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in _checked_entries(archive, name):
                target = None if _is_link(entry) else wanted(entry.filename)
                left = _unpack_one(archive, entry, target, left) if target else left
                if left < 0:
                    raise ZipLimit(TOO_LARGE, name, size=most_bytes >> 20)
    except DAMAGES:
        raise ZipLimit(DAMAGED, name) from None


def names_in(path: Path, name: str) -> list[str]:
    """Return the names of the files in a zip. name: for messages. Raises ZipLimit."""
    _check_table(path, name)
    try:
        with zipfile.ZipFile(path) as archive:
            return [entry.filename for entry in _checked_entries(archive, name) if not _is_link(entry)]
    except DAMAGES:
        raise ZipLimit(DAMAGED, name) from None


def is_safe(name: str) -> bool:
    """Return True for the name of a file inside a zip that leads nowhere else."""
    plain = name.replace("\\", "/")
    parts = PurePosixPath(plain).parts
    return not (plain.startswith("/") or ".." in parts or "\0" in plain or ":" in plain[:2])


def pack(target: Path, files: Iterable[tuple[str, Path]]) -> None:
    """Write a zip of files under these names, without compression: pictures are compressed already."""
    partial = target.with_name(f".{target.name}.tmp")
    try:
        with zipfile.ZipFile(partial, "x", zipfile.ZIP_STORED) as archive:
            for name, path in files:
                archive.write(path, name)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _check_table(path: Path, name: str) -> None:
    """Check the size of the table of entries before zipfile reads it into memory. Raises ZipLimit."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - END_BYTES - COMMENT))
        tail = file.read()
    place = tail.rfind(END)
    if place < 0 or len(tail) < place + END_BYTES:
        raise ZipLimit(DAMAGED, name)
    entries, table = struct.unpack_from("<HI", tail, place + 10)
    # The longer form of the table, for files of 4 GB and more, could state any other size.
    if entries > MOST_ENTRIES or table > MOST_TABLE or tail[max(0, place - 20) : place].startswith(ZIP64):
        raise ZipLimit(TOO_MANY, name, count=MOST_ENTRIES)


def _checked_entries(archive: zipfile.ZipFile, name: str) -> list[zipfile.ZipInfo]:
    """Return the files of a zip. Raises ZipLimit where one has an unsafe name or cannot be read."""
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if not all(is_safe(entry.filename) for entry in entries):
        raise ZipLimit(UNSAFE, name)
    if any(entry.flag_bits & ENCRYPTED for entry in entries):
        raise ZipLimit(LOCKED, name)
    if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
        raise ZipLimit(DAMAGED, name)
    return entries


def _is_link(entry: zipfile.ZipInfo) -> bool:
    return (entry.external_attr >> 16) & FILE_TYPE == LINK


def _unpack_one(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: BinaryIO, left: int) -> int:
    """Write a file of a zip; return how many of the `left` bytes remain, less than 0 where it is longer."""
    with target, archive.open(entry) as source:
        return _copy(source, target, left)


def _copy(source: IO[bytes], target: BinaryIO, left: int) -> int:
    """Copy a stream; return how many of the `left` bytes remain, less than 0 where it is longer."""
    while left >= 0:
        piece = source.read(CHUNK)
        if not piece:
            break
        left -= len(piece)
        if left >= 0:
            target.write(piece)
    return left
