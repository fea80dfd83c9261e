"""Find what is shown with both pictures of a pair: the unprocessed picture, a reference, a prompt."""

import csv
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from model import BadImage
from model.evaluation.precomputed import Finding
from model.images.composite_folder import plain_name
from model.images.files import read_picture
from model.images.formats import READ
from study.build.material import Material, Subject, pictures_by_name
from study.config.config import StudyConfig
from study.records import BadStudy

PROMPTS = "prompts.csv"
FOLDERS = {"composite": "inputs", "reference": "reference"}
BAD_TABLE = f"{PROMPTS} should have the columns name and prompt, with commas between them, in UTF-8."


def contexts_of(material: Material, config: StudyConfig) -> dict[str, Callable[[Subject], Any]]:
    """Return what maps an item to the picture of each role that there is: "composite" and "reference"."""
    files = {role: pictures_by_name(material.pictures / name) for role, name in FOLDERS.items()}
    found: dict[str, Callable[[Subject], Any]] = {
        role: _reader(paths) for role, paths in files.items() if paths
    }
    if config.stimuli.kind == "composites":
        found["composite"] = lambda subject: subject.of_composite.image
    return found


def prompts_of(material: Material) -> dict[str, str]:
    """Return the texts in prompts.csv by name of the item; empty where there is no file. Raises BadStudy."""
    path = material.pictures / PROMPTS
    if not path.is_file():
        return {}
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            rows = [(row.get("name"), row.get("prompt")) for row in reader]
    except (ValueError, csv.Error):
        raise BadStudy(BAD_TABLE) from None
    if not {"name", "prompt"} <= set(reader.fieldnames or ()):
        raise BadStudy(BAD_TABLE)
    return {plain_name(_stem(name)): text.strip() for name, text in rows if name and text}


def check_contexts(material: Material, config: StudyConfig, items: list[str]) -> Iterator[Finding]:
    """Report pictures for viewing.reference that are missing or unreadable, and a bad prompts.csv."""
    try:
        prompts = prompts_of(material)
    except BadStudy as error:
        yield Finding("error", PROMPTS, str(error))
    else:
        for name in prompts.keys() - set(items):
            yield Finding("warning", PROMPTS, f"no picture has the name {name}.")
    role = config.viewing.reference
    if role == "none" or (role == "composite" and config.stimuli.kind == "composites"):
        return
    folder = FOLDERS[role]
    files = pictures_by_name(material.pictures / folder)
    for name in items:
        if name not in files:
            yield Finding("error", f"{folder}/{name}", "the picture to show beside this pair is missing.")
            continue
        try:
            read_picture(files[name][0])
        except BadImage as error:
            yield Finding("error", f"{folder}/{files[name][0].name}", str(error))


def _reader(files: Mapping[str, list[Path]]) -> Callable[[Subject], Any]:
    return lambda subject: read_picture(files[subject.name][0]).pixels


def _stem(name: str) -> str:
    """Return a name without the suffix of a picture file."""
    return Path(name).stem if Path(name).suffix.lower() in READ else name
