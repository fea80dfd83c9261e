"""Measure the error of networks on each recipe of synthetic composites.

    python -m benchmarks.accuracy.recipe_errors VAL [WEIGHTS ...]

Composites of photographs they have not seen, the same for every run, harmonized as the software does it;
without weights, by those that come with the software. Root mean square error over the object in levels, mean.
"""

import sys
from pathlib import Path

import numpy as np
import torch

from benchmarks.accuracy.realism import Retouch, harmonizing
from model.network.harmonizer import DEFAULT_WEIGHTS
from model.training.composites.dataset import Photographs, load_photographs
from model.training.composites.synthetic_composites import LESSONS, Lesson, spoilt
from model.training.losses import foreground_error

BATCH, BATCHES, SEED = 16, 6, 2023


def errors(lesson: Lesson, photographs: Photographs, networks: list[Retouch]) -> list[float]:
    """Untouched, and after each of the networks."""
    rng, rows = torch.Generator().manual_seed(SEED), []
    for _ in range(BATCHES):
        scenes = photographs.batch(BATCH, rng)
        composite, matte, target = spoilt(scenes.matte, *lesson(scenes, rng, 0.0), rng)
        results = [composite, *(network(composite, matte) for network in networks)]
        rows.append([float(255 * foreground_error(result, target, matte).mean()) for result in results])
    return [float(column) for column in np.mean(rows, 0)]


@torch.no_grad()
def main() -> None:
    files = [Path(word) for word in sys.argv[2:]] or [DEFAULT_WEIGHTS]
    photographs = load_photographs([Path(sys.argv[1])], torch.device("cpu"))
    networks = [harmonizing(file) for file in files]
    print("| lesson | untouched |", " | ".join(file.stem for file in files), "|")
    print("|---|" + "---:|" * (1 + len(files)))
    for _, lesson in LESSONS:
        found = errors(lesson, photographs, networks)
        print(
            f"| {lesson.__name__.replace('_', ' ')} |", " | ".join(f"{e:.1f}" for e in found), "|", flush=True
        )


if __name__ == "__main__":
    main()
