"""Read the manifest of a study folder: `study.json`, the only file that names the method of each stimulus."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from study.config.config import StudyConfig
from study.records import BadStudy

MANIFEST = "study.json"
STIMULI = "stimuli"  # the folder of the pictures, beside the manifest
SETTINGS = ("slug", "title", "question", "seed", "votes_per_participant", "allow_ties")


@dataclass(frozen=True)
class Picture:
    """Hold one stored size of a picture: of which item and what (the key of a method, or a role)."""

    item: str
    name: str
    file: str
    sha256: str
    size: tuple[int, int]  # width, height


def pictures_of(manifest: Mapping[str, Any]) -> Iterator[Picture]:
    """Yield all pictures of a study in all sizes: stimuli, known pairs, and what is beside."""
    for item in (*manifest["items"], *manifest.get("gold", ()), *manifest.get("practice", ())):
        context = {role: entry for role, entry in item.get("context", {}).items() if "file" in entry}
        for name, entry in (*item["stimuli"].items(), *context.items()):
            for one in (entry, *entry.get("smaller", ())):
                # Studies of earlier releases have the size of all stimuli at the item.
                size = one.get("width", item["width"]), one.get("height", item["height"])
                yield Picture(item["key"], name, one["file"], one["sha256"], size)


def read_manifest(out_dir: str | Path) -> dict[str, Any]:
    """Return the manifest of a study folder, after a check that its pictures exist. Raises BadStudy."""
    path = Path(out_dir) / MANIFEST
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        files = [picture.file for picture in pictures_of(manifest)]
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


def manifest_sha256(out_dir: str | Path) -> str:
    """Return the SHA-256 of the manifest of a study folder, hexadecimal."""
    return hashlib.sha256((Path(out_dir) / MANIFEST).read_bytes()).hexdigest()
