"""Compare networks with the first of them, on genuine composites with ground truth.

    python -m benchmarks.accuracy.genuine DIR [DIR ...] --weights FILE ... [--photographs VAL] [--full-size]

Each DIR holds composite/, mask/ and real/. The table holds the mean PSNR in dB of each set and of the subsets
that file names identify; in brackets the gain over the first weights with its 95 % interval, by bootstrap
over the photographs (several composites may be made from one). Photographs of VAL, which need no correction,
are compared with themselves. Images have the network's input size or, with --full-size, that of the files.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy.caution import untouched
from benchmarks.arguments import add_folders, existing_folder, parser_of
from model.evaluation.evaluate import list_items, load_item
from model.evaluation.metrics import measure
from model.evaluation.score_table import interval
from model.images.arrays import Pixels
from model.images.composite import Composite
from model.network.harmonizer import DEFAULT_WEIGHTS, load_harmonizer
from model.network.network import INPUT_SIZE

KINDS = {
    "HAdobe5k": r"a\d+_\d+_\d+",
    "HCOCO": r"c\d+_.*",
    "HFlickr": r"f\d+_.*",
    "Hday2night": r"d\d+.*",
    "expert's object in a file": r"a\d+_.*light",
    "file's object in an expert's picture": r"a\d+_.*dark",
}

Known = Iterator[tuple[str, Composite, Pixels]]
"""Names, composites and ground truths."""
Sets = dict[str, dict[str, list[float]]]
"""Set → stem → PSNR of the composite, and after each of the networks."""


def of_folder(folder: Path, size: int | None) -> Known:
    """Yield the composites of a folder."""
    for item in list_items(folder):
        yield item.stem, *load_item(item, size)


def of_photographs(folder: Path) -> Known:
    """Yield photographs as composites that need no correction."""
    for number, (composite, real) in enumerate(untouched(folder)):
        yield str(number), composite, real


def scores(pictures: Known, weights: list[Path]) -> dict[str, list[float]]:
    """Return the PSNR of each composite, unchanged and harmonized with each of the weights."""
    harmonizers = [load_harmonizer(file) for file in weights]
    return {
        stem: [
            measure(result, real, known.matte)["PSNR"]
            for result in (known.image, *(harmonize(known).image for harmonize in harmonizers))
        ]
        for stem, known, real in pictures
    }


def with_kinds(sets: Sets) -> Sets:
    """Return the sets, each followed by the subsets that file names identify."""
    result: Sets = {}
    for name, images in sets.items():
        result[name] = images
        kinds = {
            f"{name}: {kind}": {stem: row for stem, row in images.items() if re.fullmatch(pattern, stem)}
            for kind, pattern in KINDS.items()
        }
        result |= {kind: some for kind, some in kinds.items() if some}
    return result


def by_photograph(images: dict[str, list[float]]) -> NDArray[np.float64]:
    """Return one row for each photograph: the mean over the composites made from it."""
    rows = defaultdict(list)
    for stem, row in images.items():
        rows[stem.split("_")[0]].append(row)
    return np.array([np.mean(group, 0) for group in rows.values()])


def cells(images: dict[str, list[float]]) -> Iterator[str]:
    """Yield the cells of one line of the table."""
    means = np.mean(list(images.values()), 0)
    rows = by_photograph(images)
    yield f"{means[0]:.2f}" if means[0] < 100 else "the same"
    yield f"{means[1]:.2f}"
    for column in range(2, len(means)):
        low, high = interval((rows[:, column] - rows[:, 1]).tolist())
        yield f"{means[column]:.2f} ({means[column] - means[1]:+.2f}; {low:+.2f} to {high:+.2f})"


def main() -> None:
    """Print a table in Markdown."""
    parser = parser_of(__doc__)
    add_folders(parser)
    parser.add_argument("--weights", nargs="+", type=Path, default=[DEFAULT_WEIGHTS], metavar="FILE")
    parser.add_argument("--photographs", type=existing_folder, metavar="VAL")
    parser.add_argument("--full-size", action="store_true")
    args = parser.parse_args()
    size = None if args.full_size else INPUT_SIZE
    sets = {folder.name: scores(of_folder(folder, size), args.weights) for folder in args.folders}
    sets = with_kinds(sets)
    if args.photographs:
        sets["untouched photographs"] = scores(of_photographs(args.photographs), args.weights)
    print("| set | pictures | untouched |", " | ".join(file.stem for file in args.weights), "|")
    print("|---|---:|---:|" + "---:|" * len(args.weights))
    for name, images in sets.items():
        print(f"| {name} | {len(images)} |", " | ".join(cells(images)), "|")


if __name__ == "__main__":
    main()
