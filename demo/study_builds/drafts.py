"""Turn the settings of a build into the configuration of a study, and say what is wrong with them."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from study.build.material import Material, pictures_by_name
from study.config.config import StudyConfig
from study.config.faults import faults_of

TABLES = frozenset(StudyConfig.model_fields)


@dataclass(frozen=True)
class Problem:
    """Describe a fault of the settings. place: table and key, such as "trials.votes"."""

    place: str
    message: str


def config_of(settings: dict[str, Any], files: Path) -> StudyConfig | list[Problem]:
    """Return the configuration, else what is wrong. Pairs with a known answer are used where there are files.

    Where people practise and no pictures are named or given for it, the last ones are used for practice only.
    """
    tables = {name: value for name, value in settings.items() if name in TABLES}
    try:
        return StudyConfig.from_json(json.dumps({**tables, "stimuli": _stimuli(tables, files)}))
    except ValidationError as error:
        return [Problem(place, message) for place, message in faults_of(StudyConfig, error)]


def _stimuli(tables: dict[str, Any], files: Path) -> dict[str, Any]:
    """Return the table "stimuli" with what the files and the other tables decide."""
    given = dict(tables.get("stimuli") or {})
    methods = given.get("methods") or []
    filled: dict[str, Any] = {"methods": methods, **given}
    if methods and given.get("anchor", "composite") not in methods:
        filled["anchor"] = "composite" if "composite" in methods else methods[0]
    if (files / "gold").is_dir():
        filled["gold"] = "gold"
    if (files / "practice").is_dir():
        filled["practice_pairs"] = "practice"
    practice = (tables.get("trials") or {}).get("practice")
    named = filled.get("practice") or filled.get("practice_pairs")
    if isinstance(practice, int) and practice > 0 and not named:
        filled["practice"] = _last_items(files, {**filled, "methods": methods}, practice)
    return filled


def _last_items(files: Path, stimuli: dict[str, Any], pairs: int) -> list[str]:
    """Return the names of the last pictures that together have so many pairs, all but one at most."""
    methods = stimuli["methods"]
    images = stimuli.get("kind") == "images"
    folder = files / "results" / str(methods[0]) if images and methods else files / "composite"
    names = sorted(pictures_by_name(folder))
    needed = math.ceil(pairs / max(1, math.comb(len(methods), 2)))
    return names[max(1, len(names) - needed) :]


def material_of(files: Path) -> Material:
    """Return the folders of the files of a build."""
    folders = (files / name for name in ("results", "gold", "practice"))
    results, gold, practice = (folder if folder.is_dir() else None for folder in folders)
    return Material(files, results, gold, practice)
