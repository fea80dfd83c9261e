"""Measure the effect of the reduction of small corrections.

    python -m benchmarks.accuracy.caution VAL DIR [DIR ...]

VAL holds images/ and masks/: photographs that need no correction, harmonized and compared with themselves.
Each DIR holds composite/, mask/ and real/. All are resized to the network's input size. The table holds the
mean PSNR in dB for each value of `TYPICAL_ERROR`.
"""

from pathlib import Path

import numpy as np

from benchmarks.accuracy.ablate_shading import levels
from benchmarks.accuracy.realism import load_composites
from benchmarks.arguments import add_photographs_and_folders, parser_of
from model.evaluation.evaluate import list_items, load_item
from model.evaluation.metrics import measure
from model.images.arrays import Pixels
from model.images.composite import Composite
from model.network import harmonizer
from model.network.network import INPUT_SIZE

ERRORS = (0.0, 4.0, 5.0, 6.0, 8.0)

Known = list[tuple[Composite, Pixels]]
"""Composites and their ground truths."""


def untouched(folder: Path) -> Known:
    """Return photographs as composites with themselves as ground truth."""
    images, mattes = load_composites([folder])
    pairs = zip(levels(images), mattes[:, 0].numpy(), strict=True)
    return [(Composite(image, matte), image) for image, matte in pairs]


def main() -> None:
    """Print a table in Markdown."""
    parser = parser_of(__doc__)
    add_photographs_and_folders(parser)
    args = parser.parse_args()
    photographs, folders = args.photographs, args.folders
    sets = {f"untouched ({photographs.name})": untouched(photographs)}
    sets |= {folder.name: [load_item(item, INPUT_SIZE) for item in list_items(folder)] for folder in folders}
    print("| typical error, levels |", " | ".join(sets), "|")
    print("|---:|" + "---:|" * len(sets))
    harmonize, used = harmonizer.load_harmonizer(), harmonizer.TYPICAL_ERROR
    for error in ERRORS:
        harmonizer.TYPICAL_ERROR = error
        means = [
            np.mean([measure(harmonize(known).image, real, known.matte)["PSNR"] for known, real in pictures])
            for pictures in sets.values()
        ]
        mark = " (used)" if error == used else ""
        print(f"| {error:g}{mark} |", " | ".join(f"{mean:.2f}" for mean in means), "|", flush=True)


if __name__ == "__main__":
    main()
