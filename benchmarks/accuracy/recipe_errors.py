"""Measure the error of networks on each recipe of synthetic composites.

    python -m benchmarks.accuracy.recipe_errors VAL [WEIGHTS ...]

Composites of held-out photographs, the same in every run, are harmonized; default: with the weights of the
software. The table holds the mean of the root mean square error over the object, in levels, with its 95 %
interval, by bootstrap over the composites.
"""

import torch
from torch import Tensor

from benchmarks.accuracy.realism import Harmonize, harmonizing
from benchmarks.arguments import photographs_and_weights
from model.evaluation.score_table import interval
from model.training.composites.dataset import Photographs, load_photographs
from model.training.composites.synthetic_composites import RECIPES, Recipe, compose_degraded
from model.training.losses import foreground_error

BATCH, BATCHES = 16, 3  # composites, and batches for each seed
SEEDS = (2023, 2024, 2025)


def errors(recipe: Recipe, photographs: Photographs, networks: list[Harmonize]) -> Tensor:
    """Return the errors of each composite, and after each of the networks: (1 + networks) × composites."""
    columns = []
    for seed in SEEDS:
        rng = torch.Generator().manual_seed(seed)
        for _ in range(BATCHES):
            scenes = photographs.batch(BATCH, rng)
            composite, matte, target = compose_degraded(scenes.matte, *recipe(scenes, rng, 0.0), rng)
            results = [composite, *(network(composite, matte) for network in networks)]
            each = [255 * foreground_error(result, target, matte) for result in results]
            columns.append(torch.stack(each))
    return torch.cat(columns, 1)


def cell(values: list[float]) -> str:
    """Return the mean and its interval as text."""
    low, high = interval(values)
    return f"{sum(values) / len(values):.1f} ({low:.1f} to {high:.1f})"


@torch.no_grad()
def main() -> None:
    """Print a table in Markdown."""
    folder, files = photographs_and_weights(__doc__)
    photographs = load_photographs([folder], torch.device("cpu"))
    networks = [harmonizing(file) for file in files]
    print("| recipe | untouched |", " | ".join(file.stem for file in files), "|")
    print("|---|" + "---:|" * (1 + len(files)))
    for _, recipe in RECIPES:
        rows = errors(recipe, photographs, networks).tolist()
        print(f"| {recipe.__name__.replace('_', ' ')} |", " | ".join(map(cell, rows)), "|", flush=True)


if __name__ == "__main__":
    main()
