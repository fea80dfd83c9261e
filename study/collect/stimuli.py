"""Build a study folder: `study.json`, and `stimuli/` with lossless pictures under random names."""

import hashlib
import json
import math
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from study.collect.manifest import MANIFEST, STIMULI
from study.collect.png_padding import common_length, padded
from study.config.config import StudyConfig
from study.records import BadStudy

# Two stimuli are shown side by side: browsers would scale down larger ones on a common screen, each in its
# own way.
MAX_SIDE = 1024
# One modification time (1980-01-01) for all stimuli: the real ones differ between methods.
SAME_TIME = 315_532_800

T = TypeVar("T")
Pixels = NDArray[Any]


@dataclass(frozen=True)
class StudySources(Generic[T]):
    """Hold the composites and methods that stimuli are rendered from.

    items: composites by name. methods: by key; each maps an item to H×W×3 RGB pixels, uint8 or uint16.
    titles: of methods, by key; the key where there is none. origins: facts about each method, such as its
    version and licence, which are kept in the manifest. gold: pairs of pictures with a known answer by name,
    the better picture first.
    """

    items: Mapping[str, T]
    methods: Mapping[str, Callable[[T], Pixels]]
    titles: Mapping[str, str] = field(default_factory=dict)
    origins: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    gold: Mapping[str, tuple[Pixels, Pixels]] = field(default_factory=dict)


def build_study(
    out_dir: str | Path, config: StudyConfig, sources: StudySources[T], *, freeze: bool = True
) -> Path:
    """Render each method of the configuration on each item once; return the folder.

    Stimuli are PNG files of at most MAX_SIDE pixels a side. All stimuli of an item have the same size by the
    same resampling, the same file length (`file_bytes` of the manifest, by a chunk that decoders skip), and
    no metadata. Votes for each participant are limited to the number of pairs: nobody gets a pair twice.
    freeze: store the configuration with its hash; without it, only names, seed and numbers of trials are
    kept. The folder appears when it is complete. Raises BadStudy.
    """
    out = Path(out_dir)
    _check(out, config, sources)
    methods = {key: sources.methods[key] for key in config.stimuli.methods}
    practice = set(config.stimuli.practice)
    pairs = math.comb(len(methods), 2) * len(set(sources.items) - practice)
    with _complete(out) as folder:
        manifest = {
            "format": 1,
            "slug": config.study.slug,
            "title": config.study.title,
            "question": config.study.question,
            "seed": config.study.seed,
            "votes_per_participant": min(config.trials.votes, pairs),
            "allow_ties": config.trials.ties,
            "config": config.model_dump(mode="json") if freeze else None,
            "config_sha256": config.sha256 if freeze else "",
            "methods": [_method(key, sources, config.stimuli.anchor) for key in methods],
            "items": [
                _render_item(folder, key, sources.items[key], methods) | {"practice": key in practice}
                for key in sources.items
            ],
            "gold": [_render_gold(folder, key, pair) for key, pair in sources.gold.items()],
        }
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    return out


def _check(out: Path, config: StudyConfig, sources: StudySources[T]) -> None:
    if out.is_file() or (out.is_dir() and any(out.iterdir())):
        raise BadStudy(f"{out.name} exists already. Please choose a new folder.")
    missing = [key for key in config.stimuli.methods if key not in sources.methods]
    if missing:
        raise BadStudy(f"There is no method called {missing[0]!r}, which stimuli.methods names.")
    if not set(sources.items) - set(config.stimuli.practice):
        raise BadStudy("There are no composites to build a study from.")


@contextmanager
def _complete(out: Path) -> Iterator[Path]:
    """Yield a folder to fill; rename it to `out` after success, remove it after an error."""
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f".{out.name}.{secrets.token_hex(4)}")
    try:
        (partial / STIMULI).mkdir(parents=True)
        yield partial
        os.rename(partial, out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _method(key: str, sources: StudySources[T], anchor: str) -> dict[str, Any]:
    """Return the entry of a method in the manifest."""
    return {
        "key": key,
        "title": sources.titles.get(key, key),
        "is_anchor": key == anchor,
        "source": dict(sources.origins.get(key, {})),
    }


def _render_item(
    folder: Path, key: str, item: T, methods: Mapping[str, Callable[[T], Pixels]]
) -> dict[str, Any]:
    """Write the stimuli of one item; return its entry in the manifest."""
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
    """Write both pictures of a gold pair; return its entry in the manifest."""
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
    """Write pictures as files of equal length, as lengths differ between methods; return the entry."""
    length = common_length([len(data) for data in pictures.values()])
    stimuli = {name: _write(folder, padded(data, length)) for name, data in pictures.items()}
    return {"key": key, "width": size[0], "height": size[1], "file_bytes": length, "stimuli": stimuli}


def _write(folder: Path, data: bytes) -> dict[str, str]:
    """Write one stimulus under a random name and with a fixed time; return its file name and SHA-256."""
    file = f"{secrets.token_hex(16)}.png"
    path = folder / STIMULI / file
    path.write_bytes(data)
    os.utime(path, (SAME_TIME, SAME_TIME))
    return {"file": file, "sha256": hashlib.sha256(data).hexdigest()}


def fit_screen(picture: Pixels) -> NDArray[np.uint8]:
    """Return a picture in 8 bits with at most MAX_SIDE pixels a side; H×W×3 in, h×w×3 out."""
    if picture.dtype == np.uint16:
        picture = np.rint(picture / 257)
    scale = MAX_SIDE / max(picture.shape[:2])
    if scale < 1:
        size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return picture.astype(np.uint8)
