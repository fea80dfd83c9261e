"""Measure methods on composites whose real photographs are known.

A folder holds composite/, mask/ and real/, with files of equal stems.
"""

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np

from model.bulk.memory import memory_of_files
from model.bulk.progress import Progress
from model.bulk.run import HERE, Engine, run_all
from model.bulk.tasks import Files, Task
from model.evaluation.metrics import Scores, measure
from model.evaluation.score_table import Table, format_table, summary
from model.images.arrays import Matte, Pixels
from model.images.composite import MIN_SIDE, Composite
from model.images.composite_folder import BadFolder
from model.images.files import BadImage, read_picture
from model.images.formats import READ
from model.images.resize import resize_area
from model.methods import Method

PUBLISHED = "published_peers.csv"
PUBLISHED_METRICS = ("MSE", "PSNR", "fMSE")


@dataclass(frozen=True)
class Item:
    """Hold the paths of composite, mask and real photograph of one picture."""

    stem: str
    composite: Path
    mask: Path
    real: Path

    @property
    def files(self) -> Files:
        """Return the files by what they are, the composite first."""
        return {"composite": self.composite, "mask": self.mask, "real": self.real}


@dataclass(frozen=True, eq=False)
class Comparison:
    """Hold the results of all methods for one picture: H×W×3 uint8 each, and the matte, H×W in 0-1."""

    stem: str
    composite: Pixels
    results: Mapping[str, Pixels]
    real: Pixels
    matte: Matte


Draw: TypeAlias = Callable[[Comparison], Pixels]
"""Draw a row of a contact sheet; a function of a module, as processes exchange its name."""


@dataclass(frozen=True, eq=False)
class Measured:
    """Hold the scores of the methods on one picture, in their order, and what was drawn of it."""

    scores: Sequence[Scores]
    row: Pixels | None


@dataclass(frozen=True)
class Evaluation:
    """Hold the scores of methods on the pictures of one folder, beside published scores of other methods.

    size: pictures were resized to size×size first; None = full resolution.
    rows: what was drawn of each picture.
    published: on some of the pictures, at full resolution; empty where there is nothing to compare with.
    """

    scores: Table
    published: Table
    size: int | None
    rows: Mapping[str, Pixels] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return means, medians and scores of every picture per method, as JSON.

        Published methods stand beside the measured ones, on the same pictures.
        """
        content: dict[str, object] = {
            "methods": {name: summary(images) for name, images in self.scores.items()},
            "size": self.size,
        }
        if self.published:
            content["published"] = {name: summary(images) for name, images in self.matched().items()}
        return json.dumps(content, indent=1)

    def matched(self) -> Table:
        """Return published and measured scores on the pictures that have published ones."""
        stems = next(iter(self.published.values()))
        measured = {
            f"{name} (here)": {stem: images[stem] for stem in stems} for name, images in self.scores.items()
        }
        return {**self.published, **measured}

    def to_text(self) -> str:
        """Return the scores as text tables."""
        count = len(next(iter(self.scores.values())))
        where = "at full resolution" if self.size is None else f"at {self.size}×{self.size}"
        parts = [f"Pictures: {count}, {where}", format_table(self.scores)]
        if self.published:
            matched = self.matched()
            count = len(next(iter(matched.values())))
            parts += [f"\nWith published results: {count}", format_table(matched)]
        return "\n".join(parts)


def list_items(folder: str | Path) -> list[Item]:
    """List the pictures of a benchmark folder by stem. Raises BadFolder where files are missing."""
    folder = Path(folder)
    files = {kind: _pictures(folder / kind) for kind in ("composite", "mask", "real")}
    stems = sorted(files["composite"])
    if not stems:
        raise BadFolder(f"There are no pictures in {folder.name}/composite.")
    for kind in ("mask", "real"):
        missing = [stem for stem in stems if stem not in files[kind]]
        if missing:
            raise BadFolder(f"{folder.name}/{kind} has no picture for {missing[0]} ({len(missing)} missing).")
    return [Item(stem, *(files[kind][stem] for kind in ("composite", "mask", "real"))) for stem in stems]


def _pictures(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        raise BadFolder(f"There is no folder {folder.parent.name}/{folder.name}. It should hold pictures.")
    return {path.stem: path for path in sorted(folder.iterdir()) if path.suffix.lower() in READ}


def evaluate(
    folder: str | Path,
    methods: Sequence[Method],
    size: int | None = None,
    report: Callable[[str], None] = lambda _: None,
    draw: Draw | None = None,
    engine: Engine = HERE,
) -> Evaluation:
    """Run methods on every picture of a folder, and compare the results with the real photographs.

    size: resize everything to size×size first. report: called with a line of progress for each picture.
    draw: makes a row of the contact sheet. Raises BadFolder, BadImage or BadEngine.
    """
    if size is not None and size < MIN_SIDE:
        raise BadFolder(f"The size should be at least {MIN_SIDE}.")
    items = list_items(folder)
    work, progress = partial(measure_item, tuple(methods), size, draw), Progress(len(items))
    copies = max((method.copies for method in methods), default=1.0)
    tasks = [
        Task(item.stem, item.files, memory=memory_of_files(item.files.values(), copies)) for item in items
    ]
    measured: dict[str, Measured] = {}
    for done in run_all(tasks, work, engine, one_each=any(method.tier == 3 for method in methods)):
        if done.result is None:
            raise BadImage(done.fault)
        measured[done.task.item] = done.result
        report(progress.line(done.task.item))
    stems = [item.stem for item in items]  # the order in which pictures are finished changes nothing
    scores = {
        method.name: {stem: measured[stem].scores[number] for stem in stems}
        for number, method in enumerate(methods)
    }
    published = read_published(Path(folder) / PUBLISHED, set(stems)) if size is None else {}
    rows = {stem: row for stem in stems if (row := measured[stem].row) is not None}
    return Evaluation(scores, published, size, rows)


def measure_item(
    methods: Sequence[Method], size: int | None, draw: Draw | None, stem: str, files: Files, _out: Path | None
) -> Measured:
    """Run methods on one picture, and compare the results with the real photograph. Raises BadImage."""
    composite, real = load_item(Item(stem, files["composite"], files["mask"], files["real"]), size)
    results = {method.name: _eight_bits(method.run(composite)) for method in methods}
    scores = [measure(result, real, composite.matte) for result in results.values()]
    row = None
    if draw is not None:
        row = draw(Comparison(stem, _eight_bits(composite.image), results, real, composite.matte))
    return Measured(scores, row)


def load_item(item: Item, size: int | None = None) -> tuple[Composite, Pixels]:
    """Read the composite at its own depth and the real photograph as H×W×3 uint8.

    size: resize all to size×size. Raises BadImage where sizes differ.
    """
    composite = Composite.from_files(item.composite, item.mask)
    real = _eight_bits(read_picture(item.real).pixels)
    if real.shape != composite.image.shape:
        raise BadImage(f"The real photograph {item.real.name} has another size than its composite.")
    if size is None:
        return composite, real
    image, matte, real = (
        resize_area(array, (size, size)) for array in (composite.image, composite.matte, real)
    )
    return Composite(image, matte.astype(np.float32, copy=False).clip(0, 1)), real


def _eight_bits(pixels: Pixels) -> Pixels:
    return pixels if pixels.dtype == np.uint8 else cv2.convertScaleAbs(pixels, alpha=1 / 257)


def read_published(path: Path, stems: set[str]) -> Table:
    """Read published scores of other methods; empty where there is no such file.

    Only the pictures among `stems` that all methods have are returned. The columns are image, method, MSE,
    PSNR, fMSE; raises BadFolder for any others.
    """
    if not path.is_file():
        return {}
    table: dict[str, dict[str, Scores]] = {}
    try:
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                scores = {metric: float(row[metric]) for metric in PUBLISHED_METRICS}
                table.setdefault(row["method"], {})[row["image"]] = scores
    except (KeyError, ValueError, TypeError):
        raise BadFolder(f"{path.name} should have the columns image, method, MSE, PSNR and fMSE.") from None
    common = stems.intersection(*table.values())
    return {name: {stem: images[stem] for stem in sorted(common)} for name, images in table.items() if common}
