"""Compare the changes that synthetic composites need with those that genuine ones need.

    python -m benchmarks.accuracy.needed_changes VAL DIR [DIR ...] [--experts TABLES.npz]

A recipe should give composites that differ from their targets as genuine ones do. VAL holds images/ and
masks/: the whole objects of held-out photographs, each once for each seed. Each DIR holds composite/, mask/
and real/; file names state the kind of a composite (`KINDS` in benchmarks/accuracy/genuine.py). All images
have the network's input size. The table holds, over the object, the median error in levels; mean and standard
deviation of the exposure in stops that the target has more than the composite, and of the logarithms of
contrast (of lightness) and chroma; and the median cast, the distance between both mean colours in the a*b*
plane of CIELAB. Composites with an error below two levels do not count.
"""

from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.accuracy.errors import over_object
from benchmarks.accuracy.gap import CPU, LEAST, Known, composed, name_of, of_kind
from benchmarks.accuracy.genuine import KINDS, of_folder
from benchmarks.accuracy.photographs import to_light
from benchmarks.arguments import add_photographs_and_folders, parser_of
from model.images.arrays import Matte, Pixels
from model.network.network import INPUT_SIZE
from model.training.composites.color import LUMA
from model.training.composites.dataset import load_photographs
from model.training.composites.synthetic_composites import chosen_recipes

# Added to linear light, deviation of L*, and chroma, against division by zero.
DARK, FLAT, GREY = 1e-3, 1.0, 2.0
HEADS = ("composites", "number", "error, levels", "stops", "log contrast", "log chroma", "cast")

Measured = NDArray[np.float64]


def needed(image: Pixels, target: Pixels, matte: Matte) -> list[float]:
    """Return error, stops, log contrast, log chroma and cast of a composite, H×W×3 uint8, and its target."""
    before, after = (_appearance(pixels, matte) for pixels in (image, target))
    stops, contrast, chroma = after[:3] - before[:3]
    cast = float(np.hypot(*(after[3:] - before[3:])))
    return [over_object(image, target, matte) ** 0.5, float(stops), float(contrast), float(chroma), cast]


def _appearance(pixels: Pixels, matte: Matte) -> Measured:
    """Return stops of light, log contrast, log chroma, and mean a* and b* of an object."""

    def mean(values: Measured) -> float:
        return float((values * matte).sum() / matte.sum())

    encoded = pixels.astype(np.float32) / 255
    lab = cv2.cvtColor(encoded, cv2.COLOR_RGB2LAB).astype(np.float64)
    light = mean(to_light(encoded.astype(np.float64)) @ np.array(LUMA))
    spread = np.sqrt(mean((lab[..., 0] - mean(lab[..., 0])) ** 2))
    chroma = mean(np.hypot(lab[..., 1], lab[..., 2]))
    logs = (np.log2(light + DARK), np.log(spread + FLAT), np.log(chroma + GREY))
    return np.array([*logs, mean(lab[..., 1]), mean(lab[..., 2])])


def of_composites(pictures: Known) -> dict[str, list[float]]:
    """Return the changes that composites need, by their names."""
    rows = {name: needed(known.image, real, known.matte) for name, known, real in pictures}
    return {name: row for name, row in rows.items() if row[0] >= LEAST}


def line(name: str, rows: Iterable[list[float]]) -> str:
    """Return a line of the table."""
    table = np.array(list(rows))
    error, *_, cast = np.median(table, 0)
    means, deviations = table.mean(0), table.std(0)
    spreads = (f"{means[column]:+.2f} ({deviations[column]:.2f})" for column in (1, 2, 3))
    return f"| {name} | {len(table)} | {error:.0f} | {' | '.join(spreads)} | {cast:.0f} |"


@torch.no_grad()
def main() -> None:
    """Print a table in Markdown: genuine composites by kind, then recipes."""
    parser = parser_of(__doc__)
    add_photographs_and_folders(parser)
    parser.add_argument("--experts", type=Path, metavar="TABLES.npz")
    args = parser.parse_args()
    genuine: dict[str, list[float]] = {}
    for folder in args.folders:
        genuine |= of_composites(of_folder(folder, INPUT_SIZE))
    print("|", " | ".join(HEADS), "|\n|---|" + "---:|" * (len(HEADS) - 1))
    for kind in KINDS:
        rows = of_kind(kind, genuine)
        if rows:
            print(line(kind, rows.values()))
    photographs = load_photographs([args.photographs], CPU)
    for _, recipe in chosen_recipes(args.experts, CPU):
        found = of_composites(composed(recipe, photographs))
        print(line(name_of(recipe).replace("_", " "), found.values()), flush=True)


if __name__ == "__main__":
    main()
