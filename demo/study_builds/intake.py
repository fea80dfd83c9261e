"""Add files to a build: uploads, zip files, folders of this server, and pictures kept on the page Compare."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from demo.study_builds.places import place_of, places_in
from demo.workbench.faults import BenchFault
from demo.workbench.uploads import receive
from demo.workbench.zip_files import names_in, unpack

MEGABYTE = 1 << 20
MOST_FILES = 20_000
FREE_MEGABYTES = 500  # of the disk that uploads leave free: votes need it
NOT_USED = "{name} is not a picture that a study uses here. Please check its name and folder."
NOTHING_USED = "{name} has no pictures that a study uses."
DISK_FULL = "There is not enough space on the disk of this server. Please delete builds that are finished."
OUTSIDE = "This server reads studies only from the folders that its operator named in STUDY_FOLDERS."
NO_FOLDER = "There is no folder {name} on this server."
TOO_MANY = "A study can have {count} files at most."


@dataclass(frozen=True)
class Intake:
    """Add files below `files`, the folder of one build.

    limit: bytes of one upload. most: bytes of all files together.
    """

    files: Path
    limit: int
    most: int

    async def upload(self, name: str, stream: AsyncIterator[bytes]) -> list[str]:
        """Store an upload; return the places of what was in it. Raises BenchFault."""
        await asyncio.to_thread(self._check_space)
        if PurePosixPath(name).suffix.lower() == ".zip":
            archive = self.files / f".{os.urandom(8).hex()}.zip"
            try:
                await receive(stream, archive, self.limit)
                return await asyncio.to_thread(self._unpack, name, archive)
            finally:
                archive.unlink(missing_ok=True)
        place = place_of(name)
        if place is None:
            raise BenchFault(422, NOT_USED.format(name=PurePosixPath(name).name))
        path = self._prepared(place)
        await receive(stream, path, self.limit)
        return [place]

    def add_folder(self, folder: Path, allowed: Iterable[Path], area: str = "pictures") -> list[str]:
        """Link the pictures of a folder of this server; they are not copied. Raises BenchFault."""
        real = folder.resolve()
        if not any(real == one or one in real.parents for one in (each.resolve() for each in allowed)):
            raise BenchFault(403, OUTSIDE)
        if not real.is_dir():
            raise BenchFault(404, NO_FOLDER.format(name=folder.name))
        return self._take(real, area, link=True)

    def add_draft(self, draft: Path) -> list[str]:
        """Copy the pictures that were kept on the page Compare. Raises BenchFault."""
        return self._take(draft, "pictures", link=False)

    def remove(self, places: Iterable[str]) -> None:
        """Delete files and folders by their places; unknown ones are left out."""
        for place in places:
            path = self.files / place
            if (
                ".." in PurePosixPath(place).parts
                or path == self.files
                or not path.is_relative_to(self.files)
            ):
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)

    def _take(self, folder: Path, area: str, *, link: bool) -> list[str]:
        self._check_space()
        names = [path.relative_to(folder).as_posix() for path in _files_below(folder)]
        places = places_in(area, names)
        if not places:
            raise BenchFault(422, NOTHING_USED.format(name=folder.name))
        for name, place in places.items():
            path, source = self._prepared(place), folder / name
            path.unlink(missing_ok=True)
            if link:
                path.symlink_to(source)
            else:
                shutil.copyfile(source, path)
        return sorted(places.values())

    def _unpack(self, name: str, archive: Path) -> list[str]:
        area, shown = name.partition("/")[0], PurePosixPath(name).name
        places = places_in(area, names_in(archive, shown))
        if not places:
            raise BenchFault(422, NOTHING_USED.format(name=shown))

        def wanted(inner: str) -> BinaryIO | None:
            place = places.get(inner.replace("\\", "/"))
            return None if place is None else self._prepared(place).open("wb")

        unpack(archive, shown, wanted, max(0, self.most - self._used()))
        return sorted(places.values())

    def _prepared(self, place: str) -> Path:
        """Return the path of a place, in a folder that exists; a file there is replaced."""
        path = self.files / place
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_symlink():  # to a file of a folder of this server, which must not be written
            path.unlink()
        return path

    def _check_space(self) -> None:
        count = sum(len(files) for _, _, files in os.walk(self.files))
        if count >= MOST_FILES:
            raise BenchFault(413, TOO_MANY.format(count=MOST_FILES))
        if shutil.disk_usage(self.files).free < FREE_MEGABYTES * MEGABYTE or self._used() > self.most:
            raise BenchFault(507, DISK_FULL)

    def _used(self) -> int:
        return sum(map(_size, _files_below(self.files)))


def _size(path: Path) -> int:
    """Return the bytes of a file, 0 for one that is gone: uploads at the same time rename theirs."""
    try:
        return path.lstat().st_size
    except FileNotFoundError:
        return 0


def _files_below(folder: Path) -> list[Path]:
    """Return the regular files in a folder and below, without links that lead out of it."""
    found = [Path(place, name) for place, _, names in os.walk(folder) for name in names]
    return sorted(path for path in found if path.is_file() and not path.is_symlink())
