"""Check a study folder before people take part: faults, and anything that reveals the method of a picture."""

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

from study.collect.design.balanced_design import REPEAT_AFTER, repeats_that_fit
from study.collect.manifest import MANIFEST, STIMULI, config_of, pictures_of, read_manifest
from study.collect.padding import PADDING, is_webp, length_without_padding, webp_chunks
from study.records import BadStudy

SIZE_RATIO = 2.0  # of file sizes between methods, on NEARLY_ALL items: a warning
NEARLY_ALL = 0.9  # share of the items
REFERENCES = {"composite", "reference"}  # roles of the picture that is shown beside both stimuli
OUTLINE = "outline"  # role of the picture that is shown over both
MISSING = (
    (REFERENCES, "this pair has no picture to compare with, as others have: add it to reference/."),
    ({OUTLINE}, "this pair has no outline, as others have: add its mask to mask/."),
)
WEBP_CHUNKS = {"VP8X", "VP8L", PADDING.decode()}  # lossless pixels, without any metadata
FEW_PAIRS = 2  # fewer pairs than so many times the votes of a participant: a warning


@dataclass(frozen=True)
class Finding:
    """Describe a fault (error) or a possible fault (warning): the file, and what to do."""

    level: Literal["error", "warning"]
    file: str
    message: str

    def __str__(self) -> str:
        return f"{self.level}: {self.file}: {self.message}"


def check_study(folder: str | Path) -> list[Finding]:
    """Return all findings, errors first. Raises BadStudy for a folder that is no study."""
    folder = Path(folder)
    manifest = read_manifest(folder)
    findings = [
        *_configuration(manifest), *_pictures(folder, manifest), *_contexts(manifest),
        *_unknown_files(folder, manifest), *_file_sizes(folder, manifest), *_design(manifest),
        *_missing_trials(manifest),
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
        message = "there is no configuration, so nothing can be preregistered: build with --config."
        yield Finding("warning", MANIFEST, message)
    elif not config.consent.contact:
        yield Finding("warning", MANIFEST, "participants get no address for questions: set consent.contact.")


def _pictures(folder: Path, manifest: Mapping[str, Any]) -> Iterator[Finding]:
    """Check each picture: bytes as built, size, format, no metadata, no method in its name, no duplicate."""
    names, methods = _names_of_methods(manifest), {method["key"] for method in manifest["methods"]}
    method_of: dict[tuple[str, str], str] = {}
    formats: dict[str, str] = {}
    for picture in pictures_of(manifest):
        file, data = picture.file, (folder / STIMULI / picture.file).read_bytes()
        if hashlib.sha256(data).hexdigest() != picture.sha256:
            yield Finding("error", file, "is not the picture that was built: build the study again.")
        yield from _one_picture(file, data, picture.size, "RGBA" if picture.name == OUTLINE else "RGB")
        kind = "WEBP" if is_webp(data) else "PNG"
        if formats.setdefault(picture.item, kind) != kind:
            yield Finding(
                "error", file, "has another format than others of the item, which reveals the method."
            )
        found = sorted(name for name in names if name in file.lower())
        if found:
            yield Finding("error", file, f"its name reveals the method ({found[0]}): build the study again.")
        if picture.name not in methods:
            continue
        other = method_of.setdefault((picture.item, picture.sha256), picture.name)
        if other != picture.name:
            yield Finding(
                "warning",
                file,
                f"{other} and {picture.name} made the same picture of {picture.item}: "
                "votes on them are guesses.",
            )


def _one_picture(file: str, data: bytes, size: tuple[int, int], wanted: str) -> Iterator[Finding]:
    try:
        with Image.open(BytesIO(data)) as image:
            image.load()
            kind, mode, found, more = image.format, image.mode, image.size, sorted(map(str, image.info))
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        yield Finding("error", file, "cannot be opened: build the study again.")
        return
    if kind == "WEBP":  # Pillow invents entries of animations for every file
        chunks = {chunk.decode("latin-1").strip() for chunk in webp_chunks(data)}
        kind, more = "lossy WebP" if "VP8" in chunks else kind, sorted(chunks - WEBP_CHUNKS - {"VP8"})
    if found != size:
        yield Finding("error", file, f"is {found[0]}×{found[1]}, others of the item are {size[0]}×{size[1]}.")
    if (kind, mode) not in (("PNG", wanted), ("WEBP", wanted)):
        yield Finding(
            "error",
            file,
            f"is {kind} {mode}; all should be lossless WebP or PNG in {wanted}, or the format reveals the "
            "method.",
        )
    if more:
        yield Finding("error", file, f"holds metadata ({', '.join(more)}), which may reveal the method.")


def _contexts(manifest: Mapping[str, Any]) -> Iterator[Finding]:
    """Find pairs with a known answer that people can tell from others: without a reference or an outline."""
    contexts = [item.get("context", {}).keys() for item in manifest["items"]]
    for pair in (*manifest.get("gold", ()), *manifest.get("practice", ())):
        for roles, message in MISSING:
            if any(roles & found for found in contexts) and not roles & pair.get("context", {}).keys():
                yield Finding("warning", pair["key"], message)


def _names_of_methods(manifest: Mapping[str, Any]) -> set[str]:
    names = (name.lower() for m in manifest["methods"] for name in (m["key"], m["title"]))
    return {name for name in names if len(name) > 2}


def _unknown_files(folder: Path, manifest: Mapping[str, Any]) -> Iterator[Finding]:
    known = {picture.file for picture in pictures_of(manifest)}
    for path in sorted((folder / STIMULI).iterdir()):
        if path.name not in known:
            yield Finding("warning", path.name, "does not belong to the study: remove it.")


def _file_sizes(folder: Path, manifest: Mapping[str, Any]) -> Iterator[Finding]:
    """Find methods whose files, before padding, are nearly always much larger or smaller than the others."""
    ratios_of = defaultdict(list)
    for item in manifest["items"]:
        paths = {m: folder / STIMULI / e["file"] for m, e in item["stimuli"].items()}
        bytes_of = {m: length_without_padding(path.read_bytes()) for m, path in paths.items()}
        for method, size in bytes_of.items():
            others = np.median([other for name, other in bytes_of.items() if name != method])
            ratios_of[method].append(size / max(float(others), 1))
    for method, ratios in ratios_of.items():
        far = np.log(np.array(ratios)) / np.log(SIZE_RATIO)
        if len(ratios) > 2 and max((far > 1).mean(), (far < -1).mean()) >= NEARLY_ALL:
            ratio = np.median(ratios)
            message = f"its pictures take {ratio:.1f} times the bytes of others: it may add noise or blur."
            yield Finding("warning", method, message)


def _design(manifest: Mapping[str, Any]) -> Iterator[Finding]:
    methods = len(manifest["methods"])
    items = sum(not item.get("practice") for item in manifest["items"])
    pictures = _trials(manifest).get("pictures", 2)
    sets, votes = math.comb(methods, pictures) * items, manifest["votes_per_participant"]
    if sets < FEW_PAIRS * votes:
        what = "pairs" if pictures == 2 else f"sets of {pictures} pictures"
        message = (
            f"each participant gets {votes} of only {sets} {what}: add composites, or ask for fewer votes."
        )
        yield Finding("warning", MANIFEST, message)
    if items < 2:
        yield Finding("warning", MANIFEST, "results on one composite do not apply to others: add some.")
    if not any(method["is_anchor"] for method in manifest["methods"]):
        yield Finding("warning", MANIFEST, "no method is the anchor: scores have no common zero.")


def _trials(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return the configured numbers of trials, empty without a configuration."""
    return dict(manifest["config"]["trials"]) if _configured(manifest) else {}


def _missing_trials(manifest: Mapping[str, Any]) -> Iterator[Finding]:
    """Find kinds of trials for which there are not enough pairs, or comparisons."""
    trials = _trials(manifest)
    votes = manifest["votes_per_participant"]
    pairs = math.comb(len(manifest["methods"]), trials.get("pictures", 2))
    practice = pairs * sum(item.get("practice", False) for item in manifest["items"])
    practice += len(manifest.get("practice", ()))
    available = {
        "votes": (votes, "there are no more pairs"),
        "repeats": (repeats_that_fit(votes), f"each follows its pair after {REPEAT_AFTER} trials or more"),
        "gold": (len(manifest.get("gold", ())), "there are no more pairs"),
        "practice": (practice, "there are no more pairs"),
    }
    for kind, (most, why) in available.items():
        if trials.get(kind, 0) > most:
            message = f"trials.{kind} is {trials[kind]}, but each participant gets {most}: {why}."
            yield Finding("warning", MANIFEST, message)
