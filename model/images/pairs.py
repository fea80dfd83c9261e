"""Pair pictures with their masks by name: in folders composite/ and mask/, or as NAME and NAME_mask."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath

from model.images.formats import READ

FOLDERS = {
    "composite": "picture", "composites": "picture", "mask": "mask", "masks": "mask",
    "background": "background", "backgrounds": "background",
}  # fmt: skip
MASK_ENDS = ("_mask", "-mask", ".mask", " mask", "_matte", "-matte")
NO_PICTURE = "There is no picture for this mask."
ANOTHER = "Another file has this name already."


@dataclass(frozen=True)
class PicturePair:
    """Hold the files of a composite. name: without folder and suffix; folders above it are kept, as "a/b".

    mask: None where there is none, so that the picture needs transparency.
    """

    name: str
    picture: PurePath
    mask: PurePath | None = None
    background: PurePath | None = None

    @property
    def files(self) -> tuple[PurePath, ...]:
        """Return the files that there are, the picture first."""
        return tuple(path for path in (self.picture, self.mask, self.background) if path is not None)


@dataclass(frozen=True)
class Pairing:
    """Hold pairs in the order of their names, and the files that belong to none, with the reason."""

    pairs: tuple[PicturePair, ...]
    left_over: tuple[tuple[PurePath, str], ...]


def pair_files(paths: Iterable[PurePath]) -> Pairing:
    """Pair files by their names; other files than pictures, and hidden ones, are not considered."""
    found: dict[str, dict[str, PurePath]] = {"picture": {}, "mask": {}, "background": {}}
    left_over: list[tuple[PurePath, str]] = []
    masks = []
    for path in sorted(filter(_is_picture, paths)):
        role, name = role_of(path)
        if role == "mask":
            masks.append((path, name))
        elif name in found[role]:
            left_over.append((path, ANOTHER))
        else:
            found[role][name] = path
    for path, name in masks:
        if name not in found["picture"]:
            name = without_mask_end(name)
        if name not in found["picture"]:
            left_over.append((path, NO_PICTURE))
        elif name in found["mask"]:
            left_over.append((path, ANOTHER))
        else:
            found["mask"][name] = path
    pairs = tuple(
        PicturePair(name, path, found["mask"].get(name), found["background"].get(name))
        for name, path in sorted(found["picture"].items())
    )
    return Pairing(pairs, tuple(sorted(left_over)))


def _is_picture(path: PurePath) -> bool:
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in path.parts if part not in ("/", ".."))
    return path.suffix.lower() in READ and not hidden


def role_of(path: PurePath) -> tuple[str, str]:
    """Return what a file is, by its folder or by the end of its name, and the name of its pair."""
    role = FOLDERS.get(path.parent.name.lower())
    if role is not None:
        return role, _joined(path.parent.parent, path.stem)
    name = _joined(path.parent, path.stem)
    return ("mask" if without_mask_end(name) != name else "picture"), name


def _joined(folder: PurePath, stem: str) -> str:
    """Return folder and stem in Unicode form NFC: macOS stores an accent as a separate character."""
    return unicodedata.normalize("NFC", (folder / stem).as_posix())


def without_mask_end(name: str) -> str:
    """Return a name without an end such as _mask, which says that a file is a mask."""
    end = next((end for end in MASK_ENDS if name.lower().endswith(end)), "")
    return name.removesuffix(name[len(name) - len(end) :]) if end else name
