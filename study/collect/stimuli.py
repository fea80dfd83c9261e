"""Build a study folder: `study.json`, and `stimuli/` with lossless pictures under random names."""

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from study.collect.design.balanced_design import Design
from study.collect.manifest import MANIFEST, STIMULI
from study.collect.outlines import outline
from study.collect.padding import common_length, padded
from study.collect.picture_sizes import (
    FULL_SIDE,
    MAX_SIDE,
    Pixels,
    Size,
    lossless_webp,
    scaled,
    stored_sizes,
)
from study.config.config import StudyConfig
from study.config.page_texts import registered_question
from study.records import BadStudy

# One modification time (1980-01-01) for all stimuli: the real ones differ between methods.
SAME_TIME = 315_532_800

T = TypeVar("T")
Mask: TypeAlias = NDArray[np.float32]


Keep: TypeAlias = Callable[[bytes], dict[str, Any]]
"""Keep the content of a file, and return its entry: name, SHA-256 and length."""


@dataclass(frozen=True)
class KnownPairs:
    """Hold pairs of pictures with a known answer by name, the better picture first.

    contexts: pictures that are shown beside both, by name of the pair. masks: of the object, by name as well.
    """

    pairs: Mapping[str, tuple[Pixels, Pixels]] = field(default_factory=dict)
    contexts: Mapping[str, Pixels] = field(default_factory=dict)
    masks: Mapping[str, Mask] = field(default_factory=dict)


@dataclass(frozen=True)
class StudySources(Generic[T]):
    """Hold the composites and methods that stimuli are rendered from.

    items: composites by name. methods: by key; each maps an item to H×W×3 RGB pixels, uint8 or uint16.
    titles: of methods, by key; the key where there is none. origins: facts about each method, such as its
    version and licence, which are kept in the manifest. gold: pairs that show who does not look. practice:
    pairs for practice whose answer is shown afterwards. contexts: what can be shown beside both stimuli, by
    its role ("composite" or "reference"); each maps an item to pixels. mask: maps an item to the mask of its
    object, H×W in 0-1. prompts: the text of an edit, by name of the item.
    """

    items: Mapping[str, T]
    methods: Mapping[str, Callable[[T], Pixels]]
    titles: Mapping[str, str] = field(default_factory=dict)
    origins: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    gold: KnownPairs = KnownPairs()
    practice: KnownPairs = KnownPairs()
    contexts: Mapping[str, Callable[[T], Pixels]] = field(default_factory=dict)
    mask: Callable[[T], Mask] | None = None
    prompts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Rendered:
    """Hold an item without its files: its entry, with the number of each content instead of a file name."""

    entry: dict[str, Any]
    contents: list[bytes]


def build_study(
    out_dir: str | Path,
    config: StudyConfig,
    sources: StudySources[T],
    *,
    freeze: bool = True,
    rendered: Iterable[Rendered] | None = None,
) -> Path:
    """Render each method of the configuration on each item once; return the folder.

    Stimuli are lossless WebP files of at most MAX_SIDE pixels a side, FULL_SIDE where the study asks for full
    resolution, in several sizes. All stimuli of an item have the same sizes by the same resampling, in each
    size the same file length (by a chunk that decoders skip), and no metadata. Votes for each participant are
    limited to the number of pairs: nobody gets a pair twice.
    freeze: store the configuration with its hash; without it, only names, seed and numbers of trials are
    kept. rendered: all items in any order, made elsewhere by `render_item`; None = they are made here.
    The folder appears when it is complete. Raises BadStudy.
    """
    out = Path(out_dir)
    _check(out, config, sources)
    methods = {key: sources.methods[key] for key in config.stimuli.methods}
    practice = set(config.stimuli.practice)
    trials = Design(
        len(methods),
        len(set(sources.items) - practice),
        count=1,
        seed=config.study.seed,
        pictures=config.trials.pictures,
    )
    clash = not set(sources.gold.pairs).isdisjoint(sources.items)
    with _complete(out) as folder:
        keep = partial(_write, folder)
        found = (render_item(key, config, sources) for key in sources.items) if rendered is None else rendered
        entries = {one.entry["key"]: _written(one.entry, one.contents, keep) for one in found}
        manifest = {
            "format": 1,
            "slug": config.study.slug,
            "title": config.study.title,
            "question": registered_question(config),
            "seed": config.study.seed,
            "votes_per_participant": min(config.trials.votes, trials.cells),
            "allow_ties": config.trials.ties,
            "config": config.model_dump(mode="json") if freeze else None,
            "config_sha256": config.sha256 if freeze else "",
            "methods": [_method(key, sources, config.stimuli.anchor) for key in methods],
            "items": [entries[key] | {"practice": key in practice} for key in sources.items],
            "gold": _known_pairs(keep, sources.gold, config, "gold/" if clash else ""),
            "practice": _known_pairs(keep, sources.practice, config, "practice/"),
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
    reference = config.viewing.reference
    if reference != "none" and reference not in sources.contexts:
        raise BadStudy(f'viewing.reference is "{reference}", but there are no such pictures.')
    if config.viewing.outline and sources.mask is None:
        raise BadStudy("viewing.outline is true, but there are no masks.")


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


def render_item(key: str, config: StudyConfig, sources: StudySources[T]) -> Rendered:
    """Render the stimuli of one item, and what is shown beside them. Raises BadStudy."""
    contents: list[bytes] = []

    def keep(data: bytes) -> dict[str, Any]:
        contents.append(data)
        return _entry(str(len(contents) - 1), data)

    return Rendered(_render_item(keep, key, config, sources), contents)


def _written(value: Any, contents: list[bytes], keep: Keep) -> Any:
    """Return an entry with the names of its files, which are written now."""
    if isinstance(value, list):
        return [_written(one, contents, keep) for one in value]
    if not isinstance(value, dict):
        return value
    entry = {name: _written(one, contents, keep) for name, one in value.items()}
    if isinstance(value.get("file"), str):
        entry |= keep(contents[int(value["file"])])
    return entry


def _render_item(keep: Keep, key: str, config: StudyConfig, sources: StudySources[T]) -> dict[str, Any]:
    """Keep the stimuli of one item, and what is shown beside them; return its entry in the manifest."""
    item = sources.items[key]
    pictures = {method: sources.methods[method](item) for method in config.stimuli.methods}
    first = next(iter(pictures.values()))
    for method, picture in pictures.items():
        if picture.shape != first.shape:
            raise BadStudy(f"{method} changed the size of {key}: every method has to keep it.")
    entry = _write_item(keep, key, pictures, _largest(config))
    role, context = config.viewing.reference, {}
    if role in sources.contexts:
        context = _write_context(keep, role, sources.contexts[role](item), config)
    if config.viewing.outline and sources.mask is not None:
        context |= _write_outline(keep, sources.mask(item), _sizes(first, _largest(config)))
    if key in sources.prompts:
        context["prompt"] = {"text": sources.prompts[key]}
    return entry | {"context": context}


def _known_pairs(
    keep: Keep, known: KnownPairs, config: StudyConfig, prefix: str = ""
) -> list[dict[str, Any]]:
    """Write pairs with a known answer, and what is shown beside them; return their entries in the manifest.

    prefix: of their keys, so that a pair may have the name of an item.
    """
    return [_known_pair(keep, name, known, config) | {"key": prefix + name} for name in known.pairs]


def _known_pair(keep: Keep, name: str, known: KnownPairs, config: StudyConfig) -> dict[str, Any]:
    better, worse = known.pairs[name]
    if better.shape != worse.shape:
        raise BadStudy(f"The two pictures of the pair {name} should have one size.")
    entry = _write_item(keep, name, {"better": better, "worse": worse}, _largest(config))
    role, context = config.viewing.reference, {}
    if role != "none" and name in known.contexts:
        context = _write_context(keep, role, known.contexts[name], config)
    if config.viewing.outline and name in known.masks:
        context |= _write_outline(keep, known.masks[name], _sizes(better, _largest(config)))
    return entry | {"context": context} if context else entry


def _write_context(keep: Keep, role: str, picture: Pixels, config: StudyConfig) -> dict[str, Any]:
    """Write a picture that is shown beside both stimuli; return its entry by its role."""
    return _write_pictures(keep, {role: picture}, _sizes(picture, _largest(config)))


def _write_outline(keep: Keep, mask: Mask, sizes: tuple[Size, ...]) -> dict[str, Any]:
    """Write the outline of a mask, drawn anew in each size; return its entry by its role."""
    first, *smaller = (
        {"width": size[0], "height": size[1]} | keep(lossless_webp(outline(mask, size))) for size in sizes
    )
    return {"outline": first | {"smaller": smaller}}


def _largest(config: StudyConfig) -> int:
    return FULL_SIDE if config.viewing.full_resolution else MAX_SIDE


def _sizes(picture: Pixels, largest: int) -> tuple[Size, ...]:
    return stored_sizes(picture.shape[1], picture.shape[0], largest)


def _write_item(keep: Keep, key: str, pictures: Mapping[str, Pixels], largest: int) -> dict[str, Any]:
    """Write pictures of one size; return the entry of their item, with the largest size that is stored."""
    sizes = _sizes(next(iter(pictures.values())), largest)
    width, height = sizes[0]
    return {"key": key, "width": width, "height": height, "stimuli": _write_pictures(keep, pictures, sizes)}


def _write_pictures(
    keep: Keep, pictures: Mapping[str, Pixels], sizes: tuple[Size, ...]
) -> dict[str, dict[str, Any]]:
    """Write pictures in all sizes; return the entry of each: its largest size, and the `smaller` ones."""
    written = [_write_size(keep, pictures, size) for size in sizes]
    return {name: written[0][name] | {"smaller": [one[name] for one in written[1:]]} for name in pictures}


def _write_size(keep: Keep, pictures: Mapping[str, Pixels], size: Size) -> dict[str, dict[str, Any]]:
    """Write pictures as files of equal length, as lengths differ between methods; return their entries."""
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        encoded = list(threads.map(lambda picture: lossless_webp(scaled(picture, size)), pictures.values()))
    length = common_length([len(data) for data in encoded])
    entries = (keep(padded(data, length)) for data in encoded)
    place = {"width": size[0], "height": size[1]}
    return {name: place | entry for name, entry in zip(pictures, entries, strict=True)}


def _write(folder: Path, data: bytes) -> dict[str, Any]:
    """Write one picture under a random name and with a fixed time; return its entry."""
    file = f"{secrets.token_hex(16)}.webp"
    path = folder / STIMULI / file
    path.write_bytes(data)
    os.utime(path, (SAME_TIME, SAME_TIME))
    return _entry(file, data)


def _entry(file: str, data: bytes) -> dict[str, Any]:
    return {"file": file, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
