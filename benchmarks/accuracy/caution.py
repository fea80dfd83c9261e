"""How much of small corrections to believe: `python -m benchmarks.accuracy.caution VAL DIR [DIR ...]`.

VAL holds images/ and masks/: photographs with nothing wrong, harmonized and compared with themselves. Each
DIR holds composite/, mask/ and real/. All at the network's input size; mean PSNR in dB for each value of
`TYPICAL_ERROR`.
"""

import sys
from pathlib import Path

import numpy as np

from benchmarks.accuracy.ablate_shading import levels
from benchmarks.accuracy.realism import given
from model.evaluation.evaluate import list_items, load_item
from model.evaluation.metrics import measure
from model.images.arrays import Pixels
from model.images.composite import Composite
from model.network import harmonizer
from model.network.network import INPUT_SIZE

DOUBTS = (0.0, 4.0, 5.0, 6.0, 8.0)

Known = list[tuple[Composite, Pixels]]
"""Composites and their truths."""


def untouched(folder: Path) -> Known:
    """Photographs that are their own truth."""
    images, mattes = given([folder])
    pairs = zip(levels(images), mattes[:, 0].numpy(), strict=True)
    return [(Composite(image, matte), image) for image, matte in pairs]


def main() -> None:
    """Print a table in Markdown."""
    photographs, *folders = map(Path, sys.argv[1:])
    sets = {f"untouched ({photographs.name})": untouched(photographs)}
    sets |= {folder.name: [load_item(item, INPUT_SIZE) for item in list_items(folder)] for folder in folders}
    print("| doubt, levels |", " | ".join(sets), "|")
    print("|---:|" + "---:|" * len(sets))
    harmonize, used = harmonizer.load_harmonizer(), harmonizer.TYPICAL_ERROR
    for doubt in DOUBTS:
        harmonizer.TYPICAL_ERROR = doubt
        means = [
            np.mean([measure(harmonize(known).image, real, known.matte)["PSNR"] for known, real in pictures])
            for pictures in sets.values()
        ]
        mark = " (used)" if doubt == used else ""
        print(f"| {doubt:g}{mark} |", " | ".join(f"{mean:.2f}" for mean in means), "|", flush=True)


if __name__ == "__main__":
    main()
