"""Read a folder of composites: composite/, mask/ and optionally background/, with equal file names."""

import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path

from model.images.composite import Composite
from model.images.formats import READ


class BadFolder(ValueError):
    """Refuse a folder that cannot be used. The message is written for users."""


class CompositeFolder(Mapping[str, Composite]):
    """Map file names without suffix to composites; each access reads the files.

    Raises BadFolder where there are no composites, or one has no mask.
    """

    def __init__(self, folder: str | Path) -> None:
        folder = Path(folder)
        self._files = {part: _by_name(folder / part) for part in ("composite", "mask", "background")}
        self._names = sorted(self._files["composite"])
        if not self._names:
            raise BadFolder(f"{folder.name} has no pictures in composite/.")
        without = [name for name in self._names if name not in self._files["mask"]]
        if without:
            raise BadFolder(
                f"There is no mask for {without[0]}. Please put one into mask/ under the same name."
            )

    def __getitem__(self, name: str) -> Composite:
        composite, mask, background = (files.get(name) for files in self._files.values())
        if composite is None or mask is None:
            raise KeyError(name)
        return Composite.from_files(composite, mask, background)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _by_name(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        return {}
    return {plain_name(path.stem): path for path in sorted(folder.iterdir()) if path.suffix.lower() in READ}


def plain_name(name: str) -> str:
    """Return a name in Unicode form NFC: macOS stores an accent as a separate character."""
    return unicodedata.normalize("NFC", name)
