"""Check every file of a folder of precomputed results before it is used."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TypeAlias

import numpy as np
from PIL import Image

from model.edit.fit import upscale_result
from model.evaluation.precomputed import (
    ABOUT,
    Finding,
    Level,
    Results,
    is_result,
    open_results,
    read_sources,
    results_folder,
    size_problem,
    tolerance_of,
)
from model.images.arrays import Picture
from model.images.background import measure_background
from model.images.composite import Composite
from model.images.composite_folder import plain_name
from model.images.files import BadImage, read_picture
from model.images.icc import profile_name
from model.methods import spellings

MODES = {"CMYK": "CMYK", "P": "a palette picture", "L": "grey", "LA": "grey", "1": "black and white"}
EXPLAINED = 0.8  # of the change; a result that is brought to full size with less differs visibly

Fault: TypeAlias = tuple[Level, str]
"""Hold a level and a message."""


def check_results(
    folder: str | Path, methods: Sequence[str], composites: Mapping[str, Composite]
) -> list[Finding]:
    """Return the faults in the results of some methods for all composites, sorted by method and file.

    composites: by file name without suffix. Raises BadResults where a method has no folder or methods.json
    cannot be read.
    """
    folder = Path(folder)
    results = [open_results(folder, method) for method in methods]
    found = [*_check_sources(folder, results)]
    for result in results:
        found += _check_names(result, composites)
    for name, composite in composites.items():
        for result in results:
            path = result.files.get(plain_name(name))
            if path is not None:
                found += [
                    Finding(level, f"{result.source.name}/{path.name}", message)
                    for level, message in _check_picture(result, path, composite)
                ]
    return sorted(found, key=lambda finding: finding.file)


def _check_sources(folder: Path, results: Iterable[Results]) -> Iterator[Finding]:
    described = read_sources(folder)
    for result in results:
        name = result.source.name
        if described.keys().isdisjoint(spellings(name)):
            yield Finding("warning", ABOUT, f"it does not describe {name}: add its version, licence and url.")
        elif not result.source.licence:
            yield Finding("warning", ABOUT, f"it does not state the licence of the results of {name}.")
    for name in described:
        if results_folder(folder, name) is None:
            yield Finding("warning", ABOUT, f"it names {name}, but there is no folder {name}.")


def _check_names(results: Results, composites: Iterable[str]) -> Iterator[Finding]:
    """Report files that are missing, too many, or almost rightly named."""
    method = results.source.name
    wanted = {plain_name(name) for name in composites}
    present = _by_name(results.folder)
    missing = sorted(wanted - present.keys())
    for name, paths in present.items():
        if name not in wanted:
            message = f"no composite has this name.{_suggest(name, missing)}"
            yield Finding("warning", f"{method}/{paths[0].name}", message)
        if len(paths) > 1:
            names = " and ".join(path.name for path in paths)
            yield Finding("error", f"{method}/{paths[0].name}", f"{names} are both for {name}. Keep one.")
    for name in missing:
        yield Finding("error", f"{method}/{name}", "the result for this composite is missing.")
    for path in results.folder.iterdir():
        if not (is_result(path) or path.name.startswith(".")):
            yield Finding("warning", f"{method}/{path.name}", "it is not a picture, so it is not used.")


def _by_name(folder: Path) -> dict[str, list[Path]]:
    """Return pictures by normalized name; several for a name where a picture is saved in several formats."""
    found = defaultdict(list)
    for path in sorted(folder.iterdir()):
        if is_result(path):
            found[plain_name(path.stem)].append(path)
    return found


def _suggest(name: str, missing: Iterable[str]) -> str:
    """Return a sentence that names the missing result most like `name`; empty where none is similar."""
    plain = {one.casefold(): one for one in missing}
    near = get_close_matches(name.casefold(), plain, 1, 0.7)
    return f" Should it be {plain[near[0]]}?" if near else ""


def _check_picture(results: Results, path: Path, composite: Composite) -> Iterator[Fault]:
    """Report the faults of one result."""
    try:
        picture = read_picture(path)
        mode = _mode(path)
    except BadImage as error:
        yield "error", str(error)
        return
    if mode in MODES:
        yield "error", f"it is {MODES[mode]}. Please save it as RGB."
    if picture.alpha is not None:
        yield "error", "it has transparency. Please save it opaque."
    problem = size_problem(results.source, picture.pixels, composite)
    if problem:
        yield "error", problem
        return
    own, wanted = (_colour_space(icc) for icc in (picture.metadata.icc, composite.metadata.icc))
    if own != wanted:
        yield "warning", f"its colours are {own}, but will be shown as {wanted}, those of the composite."
    if picture.pixels.shape == composite.image.shape:
        yield from _check_full(picture, path, composite)
    else:
        yield from _check_reduced(picture, composite)


def _check_full(picture: Picture, path: Path, composite: Composite) -> Iterator[Fault]:
    change = measure_background(composite, picture.pixels, tolerance_of(path))
    if change.changed:
        pixels = "1 pixel" if change.changed == 1 else f"{change.changed:,} pixels"
        yield (
            "warning",
            f"it changes {pixels} outside the mask, by up to {change.largest:.0f} levels. They are set back.",
        )
    if picture.pixels.dtype == composite.image.dtype and np.array_equal(picture.pixels, composite.image):
        yield "warning", "it is the composite, unchanged."


def _check_reduced(picture: Picture, composite: Composite) -> Iterator[Fault]:
    fit = upscale_result(composite, picture.pixels)[1]
    if fit.explained < EXPLAINED:
        share = f"colour changes and shading explain {fit.explained:.0%} of its change"
        yield "warning", f"{share}, so at full size it looks different."


def _mode(path: Path) -> str:
    """Return the colour mode in which a file is stored, as Pillow names it."""
    with Image.open(path) as image:
        return image.mode


def _colour_space(icc: bytes | None) -> str:
    """Return the name of a colour profile; every variant of sRGB counts as sRGB."""
    name = profile_name(icc)
    return "sRGB" if "srgb" in name.casefold() else name
