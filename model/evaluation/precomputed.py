"""Read results that other programs made: METHOD/IMAGE.png in a folder, and methods.json about the methods.

An example of methods.json:

    {"photoshop": {"title": "Photoshop Harmonize", "version": "27.1", "licence": "proprietary",
                   "url": "https://www.adobe.com", "settings": {"strength": 100},
                   "resolution_limit": 1024, "lift": true}}

All of it is optional. `lift` allows results that are smaller than the composite: an edit fitted to
such a result are applied to the composite at full size.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from model.edit.fit import same_view, upscale_result
from model.images.arrays import Pixels
from model.images.composite import Composite
from model.images.composite_folder import plain_name
from model.images.files import read_picture
from model.images.formats import READ
from model.methods import spellings
from model.methods.common.pasting import keep_background

ABOUT = "methods.json"
LOSSY = {"JPEG", "WEBP", "HEIF", "AVIF", "GIF"}
LOSSY_LEVELS = 32  # by which lossy compression alone may change a pixel
EXPECTED_TEXT = "name, title, version, licence, url should be text"
EXPECTED = {
    "settings": "settings should be a table",
    "resolution_limit": "resolution_limit should be a number of pixels above 0, or null",
    "lift": "lift should be true or false",
}

Level: TypeAlias = Literal["error", "warning"]


class BadResults(ValueError):
    """Refuse results that cannot be used. The message is written for users."""


class Source(BaseModel):
    """Describe the method that made some results, with the fields of its entry in methods.json.

    resolution_limit: the pixels a side at which the method works; None = any. lift: True if its results may
    be smaller than the composites.
    """

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    name: str
    title: str
    version: str = ""
    licence: str = ""
    url: str = ""
    settings: dict[str, Any] = {}
    resolution_limit: int | None = Field(default=None, gt=0)
    lift: bool = False


@dataclass(frozen=True)
class Finding:
    """Report a fault of a file. A file with an error is not used, one with a warning is."""

    level: Level
    file: str
    message: str

    def __str__(self) -> str:
        return f"{self.level}: {self.file}: {self.message}"


@dataclass(frozen=True, eq=False)
class Results:
    """Hold the folder of one method. files: its pictures by normalized name, see `plain_name`."""

    source: Source
    folder: Path
    files: Mapping[str, Path]

    def read(self, name: str, composite: Composite) -> Pixels:
        """Return the result for a composite of that name: H×W×3 of its dtype, unchanged where the matte is 0.

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
    """Find the results of one method in folder/name, with its entry in folder/methods.json.

    Raises BadResults where there is no such folder or methods.json cannot be used.
    """
    folder = Path(folder)
    own = results_folder(folder, name)
    if own is None:
        raise BadResults(f"There is no folder {folder.name}/{name}.")
    described = read_sources(folder)
    entries = (described[spelling] for spelling in spellings(name) if spelling in described)
    source = next(entries, Source(name=name, title=name)).model_copy(update={"name": name})
    paths = sorted(path for path in own.iterdir() if is_result(path))
    return Results(source, own, {plain_name(path.stem): path for path in paths})


def results_folder(folder: Path, name: str) -> Path | None:
    """Return the folder of a method's results, by any name of the method; None where there is none."""
    folders = (folder / spelling for spelling in spellings(name))
    return next((one for one in folders if one.is_dir()), None)


def is_result(path: Path) -> bool:
    """Return True for a picture; hidden files, which some systems create, do not count."""
    return path.is_file() and path.suffix.lower() in READ and not path.name.startswith(".")


def read_sources(folder: Path) -> dict[str, Source]:
    """Return the entries of methods.json by method; empty where there is no such file.

    The file holds a table of tables, or a list of tables with names. Raises BadResults for any other content.
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
    if not isinstance(entry, dict):
        fields = ", ".join(sorted(Source.model_fields))
        raise BadResults(f"{ABOUT}: {name} should be a table of {fields}.")
    try:
        return Source.model_validate({"title": name, **entry, "name": name})
    except ValidationError as error:
        raise BadResults(f"{ABOUT}: {name}{_describe(error)}.") from None


def _describe(error: ValidationError) -> str:
    """Return the first fault that pydantic found, in words that follow the name of the method."""
    faults = error.errors()
    unknown = sorted(str(fault["loc"][0]) for fault in faults if fault["type"] == "extra_forbidden")
    if unknown:
        return f" has unknown fields: {', '.join(unknown)}"
    return f": {EXPECTED.get(str(faults[0]['loc'][0]), EXPECTED_TEXT)}"


def size_problem(source: Source, pixels: Pixels, composite: Composite) -> str | None:
    """Return the fault in the size of a result; None where it fits, or is smaller and may be."""
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
    return LOSSY_LEVELS if READ[path.suffix.lower()] in LOSSY else 0.0
