"""Decide where an uploaded file belongs: composites, masks, results of methods, known pairs, references."""

from collections.abc import Iterable
from pathlib import PurePosixPath

from demo.workbench.batch_files import plain_path
from model.images.formats import READ
from model.images.pairs import role_of, without_mask_end

FOLDERS = {"picture": "composite", "mask": "mask", "background": "background"}
KNOWN = ("gold", "practice")  # pairs with a known answer
AREAS = ("results", *KNOWN, "reference", "inputs")
TABLES = ("methods.json", "prompts.csv")
SIDES = ("better", "worse", "reference")


def place_of(name: str) -> str | None:
    """Return the path of a file below the files of a build; None for one that no study uses.

    name: AREA/PATH as the page sends it, where AREA is "pictures" or one of AREAS. Pictures are paired as
    `pair_files` does, by a folder mask/ or the end _mask of the name; a folder in them that is named like an
    area belongs there.
    """
    area, _, inner = name.partition("/")
    path = PurePosixPath(area, plain_path(inner or area))
    if path.name in TABLES:
        return f"results/{path.name}" if path.name == TABLES[0] else path.name
    rest = path.parts[1:]
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in path.parts)
    if not rest or hidden or path.suffix.lower() not in READ:
        return None
    inner_area = next((n for n, part in enumerate(rest[:-1]) if part.lower() in AREAS), None)
    if area == "pictures" and inner_area is not None:
        return place_of("/".join([rest[inner_area].lower(), *rest[inner_area + 1 :]]))
    if area == "pictures":
        role, stem = role_of(PurePosixPath(*rest))
        name = without_mask_end(stem) if role == "mask" else stem
        return f"{FOLDERS[role]}/{PurePosixPath(name).name}{path.suffix.lower()}"
    if area == "results" and len(rest) > 1:
        return f"results/{rest[-2]}/{path.name}"
    if area in KNOWN and len(rest) > 1 and rest[-2].lower() in SIDES:
        return f"{area}/{rest[-2].lower()}/{path.name}"
    return f"{area}/{path.name}" if area in ("reference", "inputs") else None


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
    visible = [path for path in paths if not any(part.startswith((".", "__MACOSX")) for part in path.parts)]
    depth = 0
    meaning = {*AREAS, *FOLDERS.values(), "masks", "composites", "backgrounds", *SIDES}
    while visible and all(len(path.parts) > depth + 1 for path in visible):
        names = {path.parts[depth] for path in visible}
        inside = {len(path.parts) for path in visible}
        alone = area == "results" and min(inside) == depth + 2  # the folder of a method
        if len(names) > 1 or (next(iter(names)).lower() in meaning and next(iter(names)) != area) or alone:
            break
        depth += 1
    return depth
