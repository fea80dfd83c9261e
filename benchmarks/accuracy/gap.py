"""Compare the gain on each recipe of synthetic composites with the gain on genuine ones of the same kind.

    python -m benchmarks.accuracy.gap VAL DIR [DIR ...] --weights FILE ... [--experts TABLES.npz]

A recipe that a network solves on held-out photographs and not on the genuine composites that it imitates does
not make such composites. VAL holds images/ and masks/: the whole objects of held-out photographs, each once
for each seed, without noise or inaccurate masks. Each DIR holds composite/, mask/ and real/; file names state
the kind of a composite (`KINDS` in benchmarks/accuracy/genuine.py). All images have the network's input size.
The gain is that of the root mean square error over the object, in dB; with its 95 % interval, by bootstrap
over the photographs. Composites with an error below two levels do not count.
"""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import torch

from benchmarks.accuracy.ablate_shading import levels
from benchmarks.accuracy.errors import over_object
from benchmarks.accuracy.genuine import KINDS, by_photograph, of_folder
from benchmarks.arguments import add_photographs_and_folders, parser_of
from model.evaluation.score_table import interval
from model.images.arrays import Pixels
from model.images.composite import Composite
from model.network.harmonizer import DEFAULT_WEIGHTS, Harmonizer, load_harmonizer
from model.network.network import INPUT_SIZE
from model.training.composites.color import to_floats
from model.training.composites.dataset import Photographs, Scenes, load_photographs
from model.training.composites.nearest_neighbours import draw_similar
from model.training.composites.synthetic_composites import Recipe, chosen_recipes

SEEDS = (1, 2)
BATCH, LEAST = 16, 2.0  # composites; levels
CPU = torch.device("cpu")
IN_FILE, IN_PICTURE = "expert's object in a file", "file's object in an expert's picture"
IMITATED: dict[str, tuple[str, ...]] = {
    "any_mismatch": ("HAdobe5k", "HFlickr", "Hday2night"),
    "two_grades": (IN_FILE, IN_PICTURE),
    "graded_object": ("HAdobe5k", IN_FILE),
    "two_lights": ("Hday2night",),
    "similar_object": ("HCOCO", "HFlickr"),
    "file_and_expert": ("HAdobe5k", IN_FILE, IN_PICTURE),
}
"""Recipe → kinds of genuine composites that it imitates, all of `KINDS`."""
HEADS = (
    "recipe",
    "levels",
    "gain, dB",
    "genuine",
    "number",
    "levels",
    "gain, dB",
    "recipe above genuine, dB",
)

Known = Iterator[tuple[str, Composite, Pixels]]
"""Names, whose part before "_" is the photograph's, composites and ground truths."""
Errors = dict[str, list[float]]
"""Name → error over the object in levels: of the composite, and after each of the networks."""


def name_of(recipe: Recipe) -> str:
    """Return the name of a recipe's function."""
    return str((recipe.func if isinstance(recipe, partial) else recipe).__name__)


def composed(recipe: Recipe, photographs: Photographs) -> Known:
    """Yield a composite of each photograph and seed."""
    for seed in SEEDS:
        rng = torch.Generator().manual_seed(seed)
        for indices in torch.split(torch.arange(len(photographs)), BATCH):
            everything = photographs.images, photographs.mattes
            photo, matte = (to_floats(part[indices]) for part in everything)
            similar = draw_similar(photographs.neighbours[indices], photo, matte, photographs.colours, rng)
            other, other_matte = (to_floats(part[similar]) for part in everything)
            target, source = recipe(Scenes(photo, matte, other, other_matte), rng, 0.0)
            composite = target + matte * (source - target)
            for number, image, own, real in zip(
                indices.tolist(), levels(composite.clamp(0, 1)), matte[:, 0], levels(target), strict=True
            ):
                yield f"{number}_{seed}", Composite(image, own.numpy()), real


def errors_of(pictures: Known, harmonizers: list[Harmonizer]) -> Errors:
    """Return the errors of composites that need a change."""
    rows = {}
    for name, known, real in pictures:
        untouched = over_object(known.image, real, known.matte) ** 0.5
        if untouched >= LEAST:
            results = (harmonize(known).image for harmonize in harmonizers)
            rows[name] = [untouched, *(over_object(image, real, known.matte) ** 0.5 for image in results)]
    return rows


def of_kind(kind: str, genuine: Errors) -> Errors:
    """Return the composites whose names state this kind."""
    return {name: row for name, row in genuine.items() if re.fullmatch(KINDS[kind], name)}


def gain(rows: Errors, column: int) -> float:
    """Return the mean gain of a network in dB; its column is 1 for the first."""
    return float(np.mean([20 * np.log10(row[0] / max(row[column], 0.1)) for row in rows.values()]))


def gain_cells(rows: Errors, column: int) -> list[str]:
    """Return mean errors before and after a network, and the gain with its interval over photographs."""
    before, after = np.mean([(row[0], row[column]) for row in rows.values()], 0)
    gains = {name: [gain({name: row}, column)] for name, row in rows.items()}
    low, high = interval(by_photograph(gains)[:, 0].tolist())
    return [f"{before:.1f} → {after:.1f}", f"{gain(rows, column):+.1f} ({low:+.1f} to {high:+.1f})"]


def lines(recipe: str, own: Errors, genuine: Errors, column: int) -> Iterator[str]:
    """Yield a line of the table for each kind that a recipe imitates; one without it if there is none."""
    first = " | ".join((recipe.replace("_", " "), *gain_cells(own, column)))
    kinds = {kind: of_kind(kind, genuine) for kind in IMITATED.get(recipe, ())}
    found = {kind: rows for kind, rows in kinds.items() if rows}
    for kind, rows in found.items():
        gap = gain(own, column) - gain(rows, column)
        cells = (kind, str(len(rows)), *gain_cells(rows, column), f"{gap:+.1f}")
        yield f"| {first} | {' | '.join(cells)} |"
    if not found:
        yield f"| {first} | none |" + " |" * 4


@torch.no_grad()
def main() -> None:
    """Print a table in Markdown for each of the weights."""
    parser = parser_of(__doc__)
    add_photographs_and_folders(parser)
    parser.add_argument("--weights", nargs="+", type=Path, default=[DEFAULT_WEIGHTS], metavar="FILE")
    parser.add_argument("--experts", type=Path, metavar="TABLES.npz")
    args = parser.parse_args()
    harmonizers = [load_harmonizer(file) for file in args.weights]
    genuine: Errors = {}
    for folder in args.folders:
        genuine |= errors_of(of_folder(folder, INPUT_SIZE), harmonizers)
    photographs = load_photographs([args.photographs], CPU)
    recipes = chosen_recipes(args.experts, CPU)
    own = {name_of(recipe): errors_of(composed(recipe, photographs), harmonizers) for _, recipe in recipes}
    for column, file in enumerate(args.weights, 1):
        print(f"{file.stem}:\n\n|", " | ".join(HEADS), "|\n|---|---:|---:|---|" + "---:|" * 4)
        for recipe, rows in own.items():
            print("\n".join(lines(recipe, rows, genuine, column)))
        print(flush=True)


if __name__ == "__main__":
    main()
