"""Decide where an uploaded file belongs: composites, masks, results of methods, known pairs, references."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import PurePosixPath

from demo.workbench.batch_files import plain_path
from model.images.formats import READ
from model.images.pairs import role_of, without_mask_end

FOLDERS = {"picture": "composite", "mask": "mask", "background": "background"}
KNOWN = ("gold", "practice")  # pairs with a known answer
AREAS = ("results", *KNOWN, "reference", "inputs")
TABLES = {"methods.json": "results/methods.json", "prompts.csv": "prompts.csv"}
SIDES = ("better", "worse", "reference", "mask")
MEANINGS = frozenset((*AREAS, *FOLDERS.values(), "masks", "composites", "backgrounds", *SIDES))


def place_of(name: str) -> str | None:
    """Return the path of a file below the files of a build; None for one that no study uses.

    name: AREA/PATH as the page sends it, where AREA is "pictures" or one of AREAS. Pictures are paired as
    `pair_files` does, by a folder mask/ or the end _mask of the name; a folder in them that is named like an
    area belongs there.
    """
    area, _, inner = name.partition("/")
    path = PurePosixPath(plain_path(inner or area))
    if path.name in TABLES:
        return TABLES[path.name]
    if not path.parts or _is_hidden(path) or path.suffix.lower() not in READ:
        return None
    return PLACES[area](path) if area in PLACES else None


def _picture(path: PurePosixPath) -> str | None:
    inner = next((n for n, part in enumerate(path.parts[:-1]) if part.lower() in AREAS), None)
    if inner is not None:
        return PLACES[path.parts[inner].lower()](PurePosixPath(*path.parts[inner + 1 :]))
    role, stem = role_of(path)
    name = without_mask_end(stem) if role == "mask" else stem
    return f"{FOLDERS[role]}/{PurePosixPath(name).name}{path.suffix.lower()}"


def _result(path: PurePosixPath) -> str | None:
    return f"results/{path.parts[-2]}/{path.name}" if len(path.parts) > 1 else None


def _known(area: str, path: PurePosixPath) -> str | None:
    side = path.parent.name.lower()
    return f"{area}/{side}/{path.name}" if side in SIDES else None


# Area → the function that gives the place of a file in it.
PLACES: Mapping[str, Callable[[PurePosixPath], str | None]] = {
    "pictures": _picture,
    "results": _result,
    **{area: partial(_known, area) for area in KNOWN},
    "reference": lambda path: f"reference/{path.name}",
    "inputs": lambda path: f"inputs/{path.name}",
}


def places_in(area: str, names: Iterable[str]) -> dict[str, str]:
    """Return the places of the files of a zip or folder by their names in it.

    A folder around everything is ignored. In "pictures", folders that are named like an area belong there.
    """
    listed = [PurePosixPath(name.replace("\\", "/")) for name in names]
    depth = _common_folders(listed, area)
    found = {}
    for path in listed:
        inner = PurePosixPath(*path.parts[depth:])
        own = area == "pictures" and inner.parts[0] in AREAS and len(inner.parts) > 1
        place = place_of(inner.as_posix() if own else f"{area}/{inner.as_posix()}")
        if place is not None:
            found[path.as_posix()] = place
    return found


def _common_folders(paths: list[PurePosixPath], area: str) -> int:
    """Return how many folders are around all files and say nothing about what they are."""
    visible = [path.parts for path in paths if not _is_hidden(path)]
    fewest = min((len(parts) for parts in visible), default=0)
    kept = 2 if area == "results" else 1  # the name of a file, and in "results" the folder of a method
    depth = 0
    while depth + kept < fewest and _says_nothing({parts[depth] for parts in visible}, area):
        depth += 1
    return depth


def _says_nothing(folders: set[str], area: str) -> bool:
    """Return True for one folder whose name is that of the area, or means nothing."""
    first, *others = folders
    return not others and (first == area or first.lower() not in MEANINGS)


def _is_hidden(path: PurePosixPath) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in path.parts)
