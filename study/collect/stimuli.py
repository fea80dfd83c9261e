"""Pictures → blind, lossless stimuli on disk, and from there into the database.

A study folder holds `study.json`, which alone knows what is what, and `stimuli/` with files of random names.
"""

import hashlib
import json
import math
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from study.collect.config import StudyConfig
from study.collect.png_padding import common_length, padded
from study.database.store import Store
from study.database.transaction import Transaction
from study.records import BadStudy

MANIFEST = "study.json"
SETTINGS = ("slug", "title", "question", "seed", "votes_per_participant", "allow_ties")
MAX_SIDE = (
    1024  # two stand side by side: on a common screen more would be shrunk by the browser, each its own way
)
SAME_TIME = 315_532_800  # of all stimuli, 1980-01-01: methods run one after the other
SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")

T = TypeVar("T")
Pixels = NDArray[Any]


def build_study(
    out_dir: str | Path,
    *,
    slug: str,
    title: str,
    question: str,
    items: Mapping[str, T],
    methods: Mapping[str, Callable[[T], Pixels]],
    titles: Mapping[str, str] | None = None,
    sources: Mapping[str, Mapping[str, Any]] | None = None,
    anchor: str = "composite",
    seed: int = 0,
    votes_per_participant: int = 20,
    allow_ties: bool = True,
    config: StudyConfig | None = None,
    gold: Mapping[str, tuple[Pixels, Pixels]] | None = None,
) -> Path:
    """Render every method on every item once, as PNG of at most MAX_SIDE pixels; returns the folder.

    Nobody sees a pair twice: `votes_per_participant` ends where the pairs of all items do.
    sources: what is known of each method, such as version and licence; kept in the manifest.
    config: the rest of what was decided; what it shares with the other arguments should be equal to them.
    gold: pairs with a known answer, the better picture first.
    A method maps an item to H×W×3 RGB, uint8 or uint16. All stimuli of an item get the same size by the same
    resampling, are files of the same length (`file_bytes` of the manifest) by a chunk that decoders skip, and
    carry no metadata. The folder appears when it is whole. Raises BadStudy.
    """
    out = Path(out_dir)
    practice = set(config.stimuli.practice) if config else set()
    main = len(set(items) - practice)
    _check(out, slug, main, methods)
    if votes_per_participant < 1:
        raise BadStudy("Each participant should see at least one pair.")
    with _whole(out) as folder:
        manifest = {
            "format": 1,
            "slug": slug,
            "title": title,
            "question": question,
            "seed": seed,
            "votes_per_participant": min(votes_per_participant, math.comb(len(methods), 2) * main),
            "allow_ties": allow_ties,
            **_frozen(config),
            "methods": [_method(key, titles or {}, sources or {}, anchor) for key in methods],
            "items": [
                _render_item(folder, key, items[key], methods) | {"practice": key in practice}
                for key in items
            ],
            "gold": [_render_gold(folder, key, pair) for key, pair in (gold or {}).items()],
        }
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    return out


def _check(out: Path, slug: str, items: int, methods: Mapping[str, Any]) -> None:
    if not SLUG.fullmatch(slug):
        raise BadStudy(f"{slug!r} cannot name a study: use small letters, digits and hyphens.")
    if out.is_file() or (out.is_dir() and any(out.iterdir())):
        raise BadStudy(f"{out.name} is there already. Please choose a new folder.")
    if len(methods) < 2:
        raise BadStudy("A study compares at least two methods.")
    if not items:
        raise BadStudy("There are no composites to build a study from.")


@contextmanager
def _whole(out: Path) -> Iterator[Path]:
    """A study folder to fill: it takes its place once that went well, and is gone otherwise."""
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f".{out.name}.{secrets.token_hex(4)}")
    try:
        (partial / "stimuli").mkdir(parents=True)
        yield partial
        os.rename(partial, out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _frozen(config: StudyConfig | None) -> dict[str, Any]:
    """The configuration and its hash, as the manifest has them."""
    if config is None:
        return {"config": None, "config_sha256": ""}
    return {"config": config.model_dump(mode="json"), "config_sha256": config.sha256}


def _method(
    key: str, titles: Mapping[str, str], sources: Mapping[str, Mapping[str, Any]], anchor: str
) -> dict[str, Any]:
    """The entry of a method in the manifest."""
    return {
        "key": key,
        "title": titles.get(key, key),
        "is_anchor": key == anchor,
        "source": dict(sources.get(key, {})),
    }


def _render_item(
    folder: Path, key: str, item: T, methods: Mapping[str, Callable[[T], Pixels]]
) -> dict[str, Any]:
    """Write the stimuli of one item; its entry of the manifest."""
    pictures: dict[str, bytes] = {}
    size: tuple[int, int] | None = None
    for method, run in methods.items():
        picture = fit_screen(run(item))
        height, width = picture.shape[:2]
        if size not in (None, (width, height)):
            raise BadStudy(f"{method} changed the size of {key}: every method has to keep it.")
        size = (width, height)
        pictures[method] = _encode(picture)
    assert size is not None
    return _write_item(folder, key, size, pictures)


def _render_gold(folder: Path, key: str, pair: tuple[Pixels, Pixels]) -> dict[str, Any]:
    """Write both sides of a gold pair; its entry of the manifest."""
    better, worse = (fit_screen(picture) for picture in pair)
    if better.shape != worse.shape:
        raise BadStudy(f"The two pictures of the gold pair {key} should have one size.")
    height, width = better.shape[:2]
    return _write_item(folder, key, (width, height), {"better": _encode(better), "worse": _encode(worse)})


def _encode(picture: NDArray[np.uint8]) -> bytes:
    return cv2.imencode(".png", picture[:, :, ::-1])[1].tobytes()


def _write_item(
    folder: Path, key: str, size: tuple[int, int], pictures: Mapping[str, bytes]
) -> dict[str, Any]:
    """Write pictures as files of one length, which would tell who made them; the entry of the manifest."""
    length = common_length([len(data) for data in pictures.values()])
    stimuli = {name: _write(folder, padded(data, length)) for name, data in pictures.items()}
    return {"key": key, "width": size[0], "height": size[1], "file_bytes": length, "stimuli": stimuli}


def _write(folder: Path, data: bytes) -> dict[str, str]:
    """Write one stimulus under a name, and of a time, that tell nothing: file and SHA-256."""
    file = f"{secrets.token_hex(16)}.png"
    path = folder / "stimuli" / file
    path.write_bytes(data)
    os.utime(path, (SAME_TIME, SAME_TIME))
    return {"file": file, "sha256": hashlib.sha256(data).hexdigest()}


def fit_screen(picture: Pixels) -> NDArray[np.uint8]:
    """8 bits and at most MAX_SIDE pixels a side; H×W×3 in, h×w×3 out."""
    if picture.dtype == np.uint16:
        picture = np.rint(picture / 257)
    scale = MAX_SIDE / max(picture.shape[:2])
    if scale < 1:
        size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return picture.astype(np.uint8)


def read_manifest(out_dir: str | Path) -> dict[str, Any]:
    """The manifest of a study folder, checked against the files. Raises BadStudy."""
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
    missing = [file for file in files if not (path.parent / "stimuli" / file).is_file()]
    if missing:
        raise BadStudy(f"{len(missing)} pictures of the study are missing, such as {missing[0]}.")
    return manifest


def register(store: Store, out_dir: str | Path) -> str:
    """Put a study folder into the database, once; returns its slug. Raises BadStudy.

    The same folder again changes nothing but where the pictures are; another manifest of the same slug
    becomes the next version, and votes of different versions are never mixed.
    """
    manifest, digest, folder = _read(out_dir)
    slug: str = manifest["slug"]
    with store.transaction() as tx:
        tx.lock_studies()
        version = tx.find_version(slug, digest)
        if version is None:
            _insert_study(tx, manifest, digest, folder)
        else:
            tx.move_study(version, folder)
    return slug


def register_first(store: Store, out_dir: str | Path) -> bool:
    """Put a study folder into a database without any study; False, and no change, where there is one.

    For servers that start on one database at once: each has a folder, and only one becomes the study.
    """
    manifest, digest, folder = _read(out_dir)
    with store.transaction() as tx:
        tx.lock_studies()
        if tx.has_studies():
            return False
        _insert_study(tx, manifest, digest, folder)
    return True


def follow_folder(store: Store, out_dir: str | Path) -> bool:
    """Use this folder for the study that was registered from it, if that one's own is not on this machine.

    False, and no change, where the study's folder is there, or this one is of another version. A data folder
    that was moved is found again so.
    """
    manifest, digest, folder = _read(out_dir)
    with store.transaction() as tx:
        version = tx.find_version(manifest["slug"], digest)
        if version is None or Path(tx.folder_of(version)).is_dir():
            return False
        tx.move_study(version, folder)
    return True


def _read(out_dir: str | Path) -> tuple[dict[str, Any], str, str]:
    """Return the manifest of a study folder, its SHA-256, and where the stimuli are. Raises BadStudy."""
    manifest = read_manifest(out_dir)
    digest = hashlib.sha256((Path(out_dir) / MANIFEST).read_bytes()).hexdigest()
    return manifest, digest, str((Path(out_dir) / "stimuli").resolve())


def _insert_study(tx: Transaction, manifest: dict[str, Any], digest: str, folder: str) -> None:
    settings = {name: manifest[name] for name in SETTINGS}
    study = tx.add_study(sha256=digest, folder=folder, **settings, **_rules(manifest))
    methods = {
        m["key"]: tx.add_method(study, m["key"], m["title"], m["is_anchor"]) for m in manifest["methods"]
    }
    for item in manifest["items"]:
        stimuli = {methods[key]: (entry["file"], entry["sha256"]) for key, entry in item["stimuli"].items()}
        size = item["width"], item["height"]
        tx.add_item(study, item["key"], size, stimuli, practice=item.get("practice", False))
    for item in manifest.get("gold", ()):
        better, worse = (
            (item["stimuli"][s]["file"], item["stimuli"][s]["sha256"]) for s in ("better", "worse")
        )
        tx.add_gold(study, item["key"], (item["width"], item["height"]), better, worse)


def config_of(manifest: Mapping[str, Any]) -> StudyConfig | None:
    """The configuration in a manifest, where there is one. Raises BadStudy where it was changed."""
    if not manifest.get("config"):
        return None
    try:
        config = StudyConfig.from_json(json.dumps(manifest["config"]))
    except ValueError:
        raise BadStudy("The configuration in study.json is not one that this software wrote.") from None
    if config.sha256 != manifest["config_sha256"]:
        raise BadStudy("The configuration in study.json was changed: build the study again.")
    return config


def _rules(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """What the configuration says of trials and participants, as columns of the table."""
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
        "max_participants": config.participants.maximum,
        "resume_hours": config.participants.resume_hours,
    }
