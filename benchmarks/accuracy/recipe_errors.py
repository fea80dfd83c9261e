"""Measure the error of networks on each recipe of synthetic composites.

    python -m benchmarks.accuracy.recipe_errors VAL [WEIGHTS ...]

Composites of held-out photographs, the same in every run, are harmonized; default: with the weights of the
software. The table holds the mean of the root mean square error over the object, in levels.
"""

import sys
from pathlib import Path

import numpy as np
import torch

from benchmarks.accuracy.realism import Harmonize, harmonizing
from model.network.harmonizer import DEFAULT_WEIGHTS
from model.training.composites.dataset import Photographs, load_photographs
from model.training.composites.synthetic_composites import RECIPES, Recipe, compose_degraded
from model.training.losses import foreground_error

BATCH, BATCHES, SEED = 16, 6, 2023


def errors(recipe: Recipe, photographs: Photographs, networks: list[Harmonize]) -> list[float]:
    """Return mean errors: of the composites, and after each of the networks."""
    rng, rows = torch.Generator().manual_seed(SEED), []
    for _ in range(BATCHES):
        scenes = photographs.batch(BATCH, rng)
        composite, matte, target = compose_degraded(scenes.matte, *recipe(scenes, rng, 0.0), rng)
        results = [composite, *(network(composite, matte) for network in networks)]
        rows.append([float(255 * foreground_error(result, target, matte).mean()) for result in results])
    return [float(column) for column in np.mean(rows, 0)]


@torch.no_grad()
def main() -> None:
    """Print a table in Markdown."""
    files = [Path(word) for word in sys.argv[2:]] or [DEFAULT_WEIGHTS]
    photographs = load_photographs([Path(sys.argv[1])], torch.device("cpu"))
    networks = [harmonizing(file) for file in files]
    print("| recipe | untouched |", " | ".join(file.stem for file in files), "|")
    print("|---|" + "---:|" * (1 + len(files)))
    for _, recipe in RECIPES:
        row = errors(recipe, photographs, networks)
        print(
            f"| {recipe.__name__.replace('_', ' ')} |", " | ".join(f"{e:.1f}" for e in row), "|", flush=True
        )


if __name__ == "__main__":
    main()
