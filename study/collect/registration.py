"""Register study folders in the database."""

import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from study.collect.manifest import SETTINGS, STIMULI, config_of, manifest_sha256, read_manifest
from study.database.rows import NewContext, NewStudy, PictureFiles, StudyRow
from study.database.store import Store
from study.database.transaction import Transaction


def register(store: Store, out_dir: str | Path) -> StudyRow:
    """Add a study folder to the database as a draft, once; return its row. Raises BadStudy.

    The same folder again updates only the place of its pictures. Another manifest with the same slug is
    stored as the next version; votes of different versions are never mixed.
    """
    manifest, digest, folder = _read(out_dir)
    slug = manifest["slug"]
    with store.transaction() as tx:
        tx.lock_studies()
        version = tx.find_version(slug, digest)
        if version is None:
            version = _insert_study(tx, manifest, digest, folder)
        else:
            tx.move_study(version, folder)
        return tx.study_by_id(version)


def register_first(store: Store, out_dir: str | Path) -> bool:
    """Add a study folder to a database without studies: active, the default, with public results.

    Return False, and change nothing, where there is a study.
    For servers that start on one database at the same time: each has a folder, only one is registered.
    """
    manifest, digest, folder = _read(out_dir)
    with store.transaction() as tx:
        tx.lock_studies()
        if tx.has_studies():
            return False
        study = _insert_study(tx, manifest, digest, folder)
        tx.set_status(study, "active")
        tx.set_default(study)
        tx.open_results(study)
    return True


def follow_folder(store: Store, out_dir: str | Path) -> bool:
    """Store this folder as the place of the pictures of its study, if the stored place does not exist.

    Return False, and change nothing, where the stored place exists, or where the database has no version
    with this manifest. Needed after the data folder was moved.
    """
    manifest, digest, folder = _read(out_dir)
    with store.transaction() as tx:
        version = tx.find_version(manifest["slug"], digest)
        if version is None or Path(tx.folder_of(version)).is_dir():
            return False
        tx.move_study(version, folder)
    return True


def _read(out_dir: str | Path) -> tuple[dict[str, Any], str, str]:
    """Return a folder's manifest, the SHA-256 of it, and the path of the pictures. Raises BadStudy."""
    manifest = read_manifest(out_dir)
    return manifest, manifest_sha256(out_dir), str((Path(out_dir) / STIMULI).resolve())


def _insert_study(tx: Transaction, manifest: dict[str, Any], digest: str, folder: str) -> int:
    """Add a draft with its methods, items and pairs; return its id."""
    settings = {name: manifest[name] for name in SETTINGS}
    study = tx.add_study(NewStudy(sha256=digest, folder=folder, **settings, **_rules(manifest)))
    methods = {
        m["key"]: tx.add_method(study, m["key"], m["title"], m["is_anchor"]) for m in manifest["methods"]
    }
    for item in manifest["items"]:
        stimuli = {methods[key]: _files(entry) for key, entry in item["stimuli"].items()}
        size = item["width"], item["height"]
        added = tx.add_item(study, item["key"], size, stimuli, practice=item.get("practice", False))
        _add_contexts(tx, added, item)
    for item in manifest.get("gold", ()):
        _add_contexts(tx, tx.add_gold(study, *_known_pair(item)), item)
    for item in manifest.get("practice", ()):
        _add_contexts(tx, tx.add_practice(study, *_known_pair(item)), item)
    return study


def _known_pair(item: Mapping[str, Any]) -> tuple[str, tuple[int, int], PictureFiles, PictureFiles]:
    """Return the key, the size, and the better and the worse picture of a pair with a known answer."""
    better, worse = (_files(item["stimuli"][side]) for side in ("better", "worse"))
    return item["key"], (item["width"], item["height"]), better, worse


def _add_contexts(tx: Transaction, item: int, entry: Mapping[str, Any]) -> None:
    for role, given in entry.get("context", {}).items():
        files = vars(_files(given)) if "file" in given else {}
        tx.add_context(item, role, NewContext(text=given.get("text", ""), **files))


def _files(entry: Mapping[str, Any]) -> PictureFiles:
    """Return the entry of a picture in the manifest as columns of the table."""
    smaller = [[one["width"], one["height"], one["file"], one["sha256"]] for one in entry.get("smaller", ())]
    return PictureFiles(entry["file"], entry["sha256"], json.dumps(smaller) if smaller else "")


def _rules(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the configuration decides about trials and participants, as columns of the table."""
    config = config_of(manifest)
    if config is None:
        return {}
    return {
        "config_json": config.to_json(),
        "config_sha256": config.sha256,
        "allocation": config.allocation.rule,
        "pair_minimum": config.allocation.pair_minimum,
        "gold": config.trials.gold,
        "repeats": config.trials.repeats,
        "practice": config.trials.practice,
        "pictures": config.trials.pictures,
        "max_participants": config.participants.maximum,
        "resume_hours": config.participants.resume_hours,
        "results_access": config.results.access,
        "results_key": secrets.token_urlsafe(16) if config.results.access == "link" else "",
    }
