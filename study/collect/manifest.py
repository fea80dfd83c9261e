"""Read the manifest of a study folder: `study.json`, the only file that names the method of each stimulus."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from study.config.config import StudyConfig
from study.records import BadStudy

MANIFEST = "study.json"
STIMULI = "stimuli"  # the folder of the pictures, beside the manifest
SETTINGS = ("slug", "title", "question", "seed", "votes_per_participant", "allow_ties")


def read_manifest(out_dir: str | Path) -> dict[str, Any]:
    """Return the manifest of a study folder, after a check that its pictures exist. Raises BadStudy."""
    path = Path(out_dir) / MANIFEST
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        items = [*manifest["items"], *manifest.get("gold", ())]
        files = [entry["file"] for item in items for entry in item["stimuli"].values()]
        complete = all(name in manifest for name in SETTINGS)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        complete = False
    if not complete:
        raise BadStudy(f"{Path(out_dir).name} is not a study folder: `python -m study build` makes one.")
    missing = [file for file in files if not (path.parent / STIMULI / file).is_file()]
    if missing:
        raise BadStudy(f"{len(missing)} pictures of the study are missing, such as {missing[0]}.")
    return manifest


def config_of(manifest: Mapping[str, Any]) -> StudyConfig | None:
    """Return the configuration in a manifest, None without one. Raises BadStudy where it was changed."""
    if not manifest.get("config"):
        return None
    try:
        config = StudyConfig.from_json(json.dumps(manifest["config"]))
    except ValueError:
        raise BadStudy("The configuration in study.json is not one that this software wrote.") from None
    if config.sha256 != manifest["config_sha256"]:
        raise BadStudy("The configuration in study.json was changed: build the study again.")
    return config
