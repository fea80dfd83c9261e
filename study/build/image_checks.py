"""Check the pictures of a study of images, in which every method is precomputed and nothing has a mask."""

from collections.abc import Callable, Iterator
from pathlib import Path

from model import BadImage
from model.evaluation.precomputed import Finding
from model.images.files import read_picture
from study.build.contexts import check_contexts
from study.build.material import Material, chosen_items, image_files
from study.config.config import StudyConfig
from study.records import BadStudy

Files = dict[str, dict[str, list[Path]]]


def check_images(material: Material, config: StudyConfig, seen: Callable[[str], None]) -> Iterator[Finding]:
    """Report pictures that are missing, double, unreadable or of another size than those of other methods."""
    files = image_files(material, config)
    names = sorted({name for found in files.values() for name in found})
    if not names:
        yield _error("results", "there are no pictures: every method needs a folder with its results.")
        return
    try:
        chosen = chosen_items(config, names)
    except BadStudy as error:
        yield _error("results", str(error))
        return
    yield from check_contexts(material, config, chosen)
    for name in chosen:
        seen(name)
        yield from _check_item(files, name)


def _check_item(files: Files, name: str) -> Iterator[Finding]:
    """Report the faults of one picture of all methods. The size of the first method's picture counts."""
    wanted: tuple[int, int] | None = None
    for method, found in files.items():
        paths = found.get(name, [])
        if len(paths) != 1:
            fault = "the picture is missing." if not paths else "it is there in several formats. Keep one."
            yield _error(f"{method}/{name}", fault)
            continue
        try:
            size = read_picture(paths[0]).size
        except BadImage as error:
            yield _error(f"{method}/{paths[0].name}", str(error))
            continue
        wanted = wanted or size
        if size != wanted:
            sizes = f"{size[1]}×{size[0]} pixels, but another method's picture is {wanted[1]}×{wanted[0]}"
            yield _error(f"{method}/{paths[0].name}", f"it is {sizes}.")


def _error(file: str, message: str) -> Finding:
    return Finding("error", file, message)
