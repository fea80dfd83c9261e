"""Methods on a folder of composites whose truth is known: composite/, mask/ and real/ with equal stems."""

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from model.evaluation.metrics import Scores, measure
from model.evaluation.score_table import Table, format_table, summary
from model.images.arrays import Matte, Pixels
from model.images.composite import MIN_SIDE, Composite
from model.images.composite_folder import BadFolder
from model.images.files import FORMATS, BadImage, read_picture
from model.images.resize import resize_area
from model.methods import Method

PUBLISHED = "published_peers.csv"
PUBLISHED_METRICS = ("MSE", "PSNR", "fMSE")


@dataclass(frozen=True)
class Item:
    """The three files of one picture."""

    stem: str
    composite: Path
    mask: Path
    real: Path


@dataclass(frozen=True, eq=False)
class Comparison:
    """What the methods made of one picture: all H×W×3 uint8, and the matte."""

    stem: str
    composite: Pixels
    results: Mapping[str, Pixels]
    real: Pixels
    matte: Matte


@dataclass(frozen=True)
class Evaluation:
    """Scores of our methods, and published ones of others, on the pictures of one folder.

    size: pictures were resized to size×size first; None = full resolution.
    published: on some of the pictures, at full resolution; empty where there is nothing to compare with.
    """

    scores: Table
    published: Table
    size: int | None

    def to_json(self) -> str:
        """Means, medians and every picture per method; published methods beside ours on the same pictures."""
        content: dict[str, object] = {
            "methods": {name: summary(images) for name, images in self.scores.items()},
            "size": self.size,
        }
        if self.published:
            content["published"] = {name: summary(images) for name, images in self.matched().items()}
        return json.dumps(content, indent=1)

    def matched(self) -> Table:
        """Published methods and ours, on the pictures that were published."""
        stems = next(iter(self.published.values()))
        ours = {
            f"{name} (here)": {stem: images[stem] for stem in stems} for name, images in self.scores.items()
        }
        return {**self.published, **ours}

    def to_text(self) -> str:
        """Tables for people."""
        count = len(next(iter(self.scores.values())))
        where = "at full resolution" if self.size is None else f"at {self.size}×{self.size}"
        parts = [f"Pictures: {count}, {where}", format_table(self.scores)]
        if self.published:
            matched = self.matched()
            count = len(next(iter(matched.values())))
            parts += [f"\nWith published results: {count}", format_table(matched)]
        return "\n".join(parts)


def list_items(folder: str | Path) -> list[Item]:
    """The pictures of a benchmark folder by stem. Raises BadFolder where files are missing."""
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
    return {path.stem: path for path in sorted(folder.iterdir()) if path.suffix.lower() in FORMATS}


def evaluate(
    folder: str | Path,
    methods: Sequence[Method],
    size: int | None = None,
    report: Callable[[str], None] = lambda _: None,
    show: Callable[[Comparison], None] = lambda _: None,
) -> Evaluation:
    """Run methods on every picture of a folder and measure them against the real photographs.

    size: resize everything to size×size first. `report` is told about progress, `show` is given the pictures.
    Raises BadFolder or BadImage.
    """
    if size is not None and size < MIN_SIDE:
        raise BadFolder(f"The size should be at least {MIN_SIDE}.")
    scores: dict[str, dict[str, Scores]] = {method.name: {} for method in methods}
    items = list_items(folder)
    for number, item in enumerate(items, 1):
        report(f"{number}/{len(items)} {item.stem}")
        composite, real = load_item(item, size)
        results = {method.name: _eight_bits(method.run(composite)) for method in methods}
        for name, result in results.items():
            scores[name][item.stem] = measure(result, real, composite.matte)
        show(Comparison(item.stem, _eight_bits(composite.image), results, real, composite.matte))
    published = (
        read_published(Path(folder) / PUBLISHED, {item.stem for item in items}) if size is None else {}
    )
    return Evaluation(scores, published, size)


def load_item(item: Item, size: int | None = None) -> tuple[Composite, Pixels]:
    """The composite at its own depth and the real photograph as uint8. Raises BadImage where sizes differ."""
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
    """Scores of other methods on those of the pictures that all of them have; empty without such a file.

    The columns are image, method, MSE, PSNR, fMSE. Raises BadFolder where they are not.
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
