"""Pictures that other programs made: results/<method>/<image>.png, and methods.json that says where from.

    {"photoshop": {"title": "Photoshop Harmonize", "version": "27.1", "licence": "proprietary",
                   "url": "https://www.adobe.com", "settings": {"strength": 100},
                   "resolution_limit": 1024, "lift": true}}

All of it is optional. `lift` allows results that are smaller than the composite: their change is brought to
full size by a fit of curves and shading.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

from model.edit.fit import same_view, upscale_result
from model.images.arrays import Pixels
from model.images.composite import Composite
from model.images.composite_folder import plain_name
from model.images.files import FORMATS, read_picture
from model.methods import spellings
from model.methods.common.pasting import keep_background

ABOUT = "methods.json"
TEXTS = ("name", "title", "version", "licence", "url")
LOSSY = {"JPEG", "WEBP"}
LOSSY_LEVELS = 32  # what compression alone may change a pixel by

Level: TypeAlias = Literal["error", "warning"]


class BadResults(ValueError):
    """Results that cannot be used. The message is shown to people as it is."""


@dataclass(frozen=True)
class Source:
    """Where the results of a method come from, as its methods.json says.

    resolution_limit: pixels a side that it works at; None = any. lift: whether its results may be smaller
    than the composites.
    """

    name: str
    title: str
    version: str = ""
    licence: str = ""
    url: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    resolution_limit: int | None = None
    lift: bool = False


@dataclass(frozen=True)
class Finding:
    """What is to be said of a file. An error keeps it from being used, a warning does not."""

    level: Level
    file: str
    message: str

    def __str__(self) -> str:
        return f"{self.level}: {self.file}: {self.message}"


@dataclass(frozen=True, eq=False)
class Results:
    """One method's folder. files: its pictures by the name that they go by, see `plain_name`."""

    source: Source
    folder: Path
    files: Mapping[str, Path]

    def read(self, name: str, composite: Composite) -> Pixels:
        """The result for a composite of that name: H×W×3 of its dtype, equal to it where the matte is 0.

        Raises BadResults where there is none or its size is wrong, and BadImage for an unreadable file.
        """
        path = self.files.get(plain_name(name))
        if path is None:
            raise BadResults(f"{self.source.name} has no result for {name}.")
        pixels = read_picture(path).pixels
        problem = size_problem(self.source, pixels, composite)
        if problem:
            raise BadResults(f"{self.source.name}/{path.name}: {problem}")
        if pixels.shape != composite.image.shape:
            return upscale_result(composite, pixels)[0]
        return keep_background(composite, pixels, tolerance_of(path))[0]


def open_results(folder: str | Path, name: str) -> Results:
    """The results of one method: folder/name, and what folder/methods.json says of it. Raises BadResults."""
    folder = Path(folder)
    own = results_folder(folder, name)
    if own is None:
        raise BadResults(f"There is no folder {folder.name}/{name}.")
    described = read_sources(folder)
    entries = (described[spelling] for spelling in spellings(name) if spelling in described)
    source = replace(next(entries, Source(name, name)), name=name)
    paths = sorted(path for path in own.iterdir() if is_result(path))
    return Results(source, own, {plain_name(path.stem): path for path in paths})


def results_folder(folder: Path, name: str) -> Path | None:
    """Return the folder of a method's results, by any name of the method; None where there is none."""
    folders = (folder / spelling for spelling in spellings(name))
    return next((one for one in folders if one.is_dir()), None)


def is_result(path: Path) -> bool:
    """Whether a file counts as a picture; hidden ones, which systems leave behind, do not."""
    return path.is_file() and path.suffix.lower() in FORMATS and not path.name.startswith(".")


def read_sources(folder: Path) -> dict[str, Source]:
    """What methods.json says, by method: a table of tables, or a list of them with names. Raises BadResults.

    Empty without such a file.
    """
    path = folder / ABOUT
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise BadResults(f"{ABOUT} is not valid JSON: {error}") from None
    if isinstance(content, list) and all(isinstance(entry, dict) and "name" in entry for entry in content):
        content = {str(entry["name"]): entry for entry in content}
    if not isinstance(content, dict):
        raise BadResults(f'{ABOUT} should look like {{"method": {{"version": "1", "licence": "MIT"}}}}.')
    return {name: _source(name, entry) for name, entry in content.items()}


def _source(name: str, entry: Any) -> Source:
    known = {*TEXTS, "settings", "resolution_limit", "lift"}
    if not isinstance(entry, dict):
        raise BadResults(f"{ABOUT}: {name} should be a table of {', '.join(sorted(known))}.")
    unknown = sorted(entry.keys() - known)
    if unknown:
        raise BadResults(f"{ABOUT}: {name} has unknown fields: {', '.join(unknown)}.")
    limit = entry.get("resolution_limit")
    problems = {
        f"{', '.join(TEXTS)} should be text": not all(isinstance(entry.get(key, ""), str) for key in TEXTS),
        "settings should be a table": not isinstance(entry.get("settings", {}), dict),
        "resolution_limit should be a number of pixels above 0, or null": not (
            limit is None or (type(limit) is int and limit > 0)
        ),
        "lift should be true or false": not isinstance(entry.get("lift", False), bool),
    }
    for problem, wrong in problems.items():
        if wrong:
            raise BadResults(f"{ABOUT}: {name}: {problem}.")
    return Source(**{"title": name, **entry, "name": name})


def size_problem(source: Source, pixels: Pixels, composite: Composite) -> str | None:
    """What is wrong with the size of a result; None where it fits, or may be lifted."""
    (height, width), (full_height, full_width) = pixels.shape[:2], composite.matte.shape
    if (height, width) == (full_height, full_width):
        return None
    sizes = f"it is {width}×{height} pixels, but the composite is {full_width}×{full_height}."
    if height > full_height or width > full_width:
        return sizes
    if not source.lift:
        return f'{sizes} If the method makes no larger ones, write "lift": true for it into {ABOUT}.'
    if not same_view(pixels.shape, composite.matte.shape):
        return f"{sizes} It has another shape, so it cannot be brought to full size."
    return None


def tolerance_of(path: Path) -> float:
    """Return by how many levels of 0-255 the format of a file may change a pixel outside the mask."""
    return LOSSY_LEVELS if FORMATS[path.suffix.lower()] in LOSSY else 0.0
