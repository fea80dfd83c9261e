"""Is a study ready for people? Everything that could break it, or tell which method made a picture."""

import hashlib
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import numpy as np
from PIL import Image, UnidentifiedImageError

from study.collect.balanced_design import REPEAT_AFTER, repeats_that_fit
from study.collect.manifest import MANIFEST, STIMULI, config_of, read_manifest
from study.collect.png_padding import length_without_padding
from study.records import BadStudy

TELLING_RATIO = 2.0  # of file sizes between methods on nearly all items
NEARLY_ALL = 0.9
FEW_PAIRS = 2  # times what one participant sees


@dataclass(frozen=True)
class Finding:
    """Something wrong (error) or doubtful (warning), with the file and what to do."""

    level: Literal["error", "warning"]
    file: str
    words: str

    def __str__(self) -> str:
        return f"{self.level}: {self.file}: {self.words}"


def check_study(folder: str | Path) -> list[Finding]:
    """All findings, errors first. Raises BadStudy where there is no study to look at."""
    folder = Path(folder)
    manifest = read_manifest(folder)
    findings = [
        *_configuration(manifest), *_pictures(folder, manifest), *_strangers(folder, manifest),
        *_telling_sizes(folder, manifest), *_design(manifest), *_fewer_than_asked(manifest),
    ]  # fmt: skip
    return sorted(findings, key=lambda finding: finding.level)


def _configured(manifest: Mapping[str, Any]) -> bool:
    try:
        return config_of(manifest) is not None
    except BadStudy:
        return False


def _configuration(manifest: Mapping[str, Any]) -> Iterator[Finding]:
    try:
        config = config_of(manifest)
    except BadStudy as error:
        yield Finding("error", MANIFEST, str(error))
        return
    if config is None:
        words = "there is no configuration, so nothing is fixed beforehand: build with --config."
        yield Finding("warning", MANIFEST, words)
    elif not config.consent.contact:
        yield Finding("warning", MANIFEST, "participants are told nobody whom they can ask: consent.contact.")


def _entries(manifest: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], str, Mapping[str, str]]]:
    for item in (*manifest["items"], *manifest.get("gold", ())):
        for method, entry in item["stimuli"].items():
            yield item, method, entry


def _pictures(folder: Path, manifest: Mapping[str, Any]) -> Iterator[Finding]:
    """Of each picture: the bytes that were built, its size, its kind, nothing beside pixels, no names."""
    words = _names_of_methods(manifest)
    seen: dict[tuple[str, str], str] = {}
    for item, method, entry in _entries(manifest):
        file, data = entry["file"], (folder / STIMULI / entry["file"]).read_bytes()
        if hashlib.sha256(data).hexdigest() != entry["sha256"]:
            yield Finding("error", file, "is not the picture that was built: build the study again.")
        yield from _one_picture(file, data, (item["width"], item["height"]))
        told = sorted(word for word in words if word in file.lower())
        if told:
            yield Finding("error", file, f"its name tells the method ({told[0]}): build the study again.")
        twin = seen.setdefault((item["key"], entry["sha256"]), method)
        if twin != method:
            same = (
                f"{twin} and {method} made the same picture of {item['key']}: every vote on them is a guess."
            )
            yield Finding("warning", file, same)


def _one_picture(file: str, data: bytes, size: tuple[int, int]) -> Iterator[Finding]:
    try:
        with Image.open(BytesIO(data)) as image:
            image.load()
            kind, mode, found, more = image.format, image.mode, image.size, sorted(map(str, image.info))
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        yield Finding("error", file, "cannot be opened: build the study again.")
        return
    if found != size:
        yield Finding("error", file, f"is {found[0]}×{found[1]}, others of the item are {size[0]}×{size[1]}.")
    if (kind, mode) != ("PNG", "RGB"):
        yield Finding(
            "error", file, f"is {kind} {mode}; all should be PNG RGB, or the kind tells the method."
        )
    if more:
        yield Finding(
            "error", file, f"holds more than pixels ({', '.join(more)}), which may tell the method."
        )


def _names_of_methods(manifest: Mapping[str, Any]) -> set[str]:
    names = (name.lower() for m in manifest["methods"] for name in (m["key"], m["title"]))
    return {name for name in names if len(name) > 2}


def _strangers(folder: Path, manifest: Mapping[str, Any]) -> Iterator[Finding]:
    known = {entry["file"] for _, _, entry in _entries(manifest)}
    for path in sorted((folder / STIMULI).iterdir()):
        if path.name not in known:
            yield Finding("warning", path.name, "does not belong to the study: remove it.")


def _telling_sizes(folder: Path, manifest: Mapping[str, Any]) -> Iterator[Finding]:
    """Files of one method that were, before padding, nearly always much larger or smaller than the others."""
    sizes = defaultdict(list)
    for item in manifest["items"]:
        paths = {m: folder / STIMULI / e["file"] for m, e in item["stimuli"].items()}
        bytes_of = {m: length_without_padding(path.read_bytes()) for m, path in paths.items()}
        for method, size in bytes_of.items():
            others = np.median([other for name, other in bytes_of.items() if name != method])
            sizes[method].append(size / max(float(others), 1))
    for method, ratios in sizes.items():
        far = np.log(np.array(ratios)) / np.log(TELLING_RATIO)
        if len(ratios) > 2 and max((far > 1).mean(), (far < -1).mean()) >= NEARLY_ALL:
            ratio = np.median(ratios)
            words = f"its pictures take {ratio:.1f} times the bytes of others: it may add noise or blur."
            yield Finding("warning", method, words)


def _design(manifest: Mapping[str, Any]) -> Iterator[Finding]:
    methods = len(manifest["methods"])
    items = sum(not item.get("practice") for item in manifest["items"])
    pairs, votes = methods * (methods - 1) // 2 * items, manifest["votes_per_participant"]
    if pairs < FEW_PAIRS * votes:
        words = (
            f"each participant sees {votes} of only {pairs} pairs: add composites, or ask for fewer votes."
        )
        yield Finding("warning", MANIFEST, words)
    if items < 2:
        yield Finding("warning", MANIFEST, "one composite says nothing of others: add some.")
    if not any(method["is_anchor"] for method in manifest["methods"]):
        yield Finding("warning", MANIFEST, "no method is the anchor: scores have no common zero.")


def _fewer_than_asked(manifest: Mapping[str, Any]) -> Iterator[Finding]:
    """Trials of each kind for which there are not enough pictures, or no room."""
    trials = manifest["config"]["trials"] if _configured(manifest) else {}
    votes, pairs = manifest["votes_per_participant"], math.comb(len(manifest["methods"]), 2)
    practice = pairs * sum(item.get("practice", False) for item in manifest["items"])
    there = {
        "votes": (votes, "there are no more pairs"),
        "repeats": (repeats_that_fit(votes), f"each comes {REPEAT_AFTER} trials or more after its pair"),
        "gold": (len(manifest.get("gold", ())), "there are no more pairs"),
        "practice": (practice, "there are no more pairs"),
    }
    for kind, (most, why) in there.items():
        if trials.get(kind, 0) > most:
            words = f"trials.{kind} is {trials[kind]}, but each participant gets {most}: {why}."
            yield Finding("warning", MANIFEST, words)
