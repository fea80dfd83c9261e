"""Measure the best possible edits: fits to the real photographs, by knots, colour matrix and shading map.

    python -m benchmarks.accuracy.ablate_family DIR [DIR ...]

Each DIR holds composite/, mask/ and real/. Pictures have at most SIDE pixels a side; the PSNR is that of
`model.evaluation.metrics`.
"""

from pathlib import Path

import numpy as np

from benchmarks.arguments import folders_of
from model.edit.fit import GRID, KNOTS, fit_edit
from model.edit.render import render, warm_up
from model.evaluation.evaluate import list_items, load_item
from model.evaluation.metrics import measure
from model.images.arrays import Pixels
from model.images.composite import Composite
from model.images.resize import resize_area

SIDE = 1024
CHOICES = [(knots, 1, False) for knots in (2, 3, 5, 9, 17, 33)]
CHOICES += [(KNOTS, grid, False) for grid in (4, 8, 16, 32, 64)]
CHOICES += [(2, 1, True), (KNOTS, 1, True), (KNOTS, 16, True), (KNOTS, GRID, True)]


def pairs(folders: list[Path]) -> list[tuple[Composite, Pixels]]:
    """Return composites and their real photographs, at most SIDE pixels a side."""
    found = []
    for item in (item for folder in folders for item in list_items(folder)):
        composite, real = load_item(item)
        small = composite.resize_to_fit(SIDE)
        found.append((small, resize_area(real, small.matte.shape)))
    return found


def main() -> None:
    """Print a table in Markdown."""
    known = pairs(folders_of(__doc__))
    warm_up()
    untouched = [measure(composite.image, real, composite.matte)["PSNR"] for composite, real in known]
    print("| knots | colour matrix | cells | PSNR, dB |", "|---:|---|---:|---:|", sep="\n")
    print(f"| none | no | none | {np.mean(untouched):.2f} |")
    for knots, grid, mixing in CHOICES:
        found = []
        for composite, real in known:
            edit = fit_edit(composite.image, real, composite.matte, knots, grid, mixing).edit
            found.append(measure(render(composite, edit), real, composite.matte)["PSNR"])
        cells = f"{grid}×{grid}" if grid > 1 else "none"
        default = " (used)" if (knots, grid, mixing) == (KNOTS, GRID, True) else ""
        print(
            f"| {knots} | {'yes' if mixing else 'no'} | {cells}{default} | {np.mean(found):.2f} |", flush=True
        )


if __name__ == "__main__":
    main()
