"""Measure what the shading map adds to the curves.

    python -m benchmarks.accuracy.ablate_shading PHOTOGRAPHS [WEIGHTS]

Composites of held-out photographs, the same for every run, harmonized as the software does it, with the map
and without. Uneven light is a smooth light field whose mean over the object is taken out, since that is an
exposure, for curves to mend; strong is twice as much of it. For each kind, the mean squared error over the
object in levels².
"""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from model.edit.render import render
from model.images.arrays import Pixels
from model.images.composite import Composite
from model.network.harmonizer import Harmonizer, load_harmonizer
from model.training.composites.augment_color import local_light, uneven_light
from model.training.composites.dataset import Photographs, Scenes, load_photographs
from model.training.composites.synthetic_composites import mismatch, otherwise_retouched

BATCH, BATCHES, SEED = 16, 12, 2023

Change = Callable[[Scenes, Tensor, torch.Generator], Tensor]


def uneven(strength: float) -> Change:
    """Light that differs over the object, alone."""

    def change(scenes: Scenes, target: Tensor, rng: torch.Generator) -> Tensor:
        return uneven_light(target, scenes.matte, torch.full((len(target), 1, 1, 1), strength), rng)

    return change


def retouched_and(light: Change) -> Change:
    """A retouch, then light."""

    def change(scenes: Scenes, target: Tensor, rng: torch.Generator) -> Tensor:
        return light(scenes, otherwise_retouched(scenes, target, rng), rng)

    return change


def local(_scenes: Scenes, target: Tensor, rng: torch.Generator) -> Tensor:
    """The same with its mean."""
    return local_light(target, rng)


def overall(scenes: Scenes, target: Tensor, rng: torch.Generator) -> Tensor:
    """Retouches and colour transfers without local light."""
    return mismatch(scenes, target, rng, local_light_share=0.0)


KINDS: dict[str, Change] = {
    "uneven light": uneven(1.0),
    "strong uneven light": uneven(2.0),
    "retouch and strong uneven light": retouched_and(uneven(2.0)),
    "local light with its mean": local,
    "global mismatch": overall,
}


def levels(pictures: Tensor) -> Pixels:
    """B×3×H×W in 0-1 → B×H×W×3 uint8."""
    return np.ascontiguousarray((255 * pictures).round().to(torch.uint8).permute(0, 2, 3, 1).numpy())


def over_object(output: Pixels, target: Pixels, matte: NDArray[np.float32]) -> float:
    """Mean squared error over the object of one picture."""
    squared = ((output.astype(np.float64) - target) ** 2).mean(axis=2) * matte
    return float(squared.sum() / matte.sum())


def measure(harmonizer: Harmonizer, photographs: Photographs, change: Change) -> NDArray[np.float64]:
    """Mean over the composites: untouched, after curves, after curves and shading."""
    rng = torch.Generator().manual_seed(SEED)
    errors = []
    for _ in range(BATCHES):
        scenes = photographs.batch(BATCH, rng)
        changed = scenes.photo + scenes.matte * (change(scenes, scenes.photo, rng) - scenes.photo)
        for image, target, matte in zip(
            levels(changed), levels(scenes.photo), scenes.matte[:, 0].clamp(0, 1).numpy(), strict=True
        ):
            composite = Composite(image, matte)
            edit = harmonizer.predict(composite)
            outputs = image, render(composite, edit.blend(shading=0)), render(composite, edit)
            errors.append([over_object(output, target, matte) for output in outputs])
    return np.asarray(np.mean(errors, axis=0))


def main() -> None:
    folder, *weights = sys.argv[1:]
    harmonizer = load_harmonizer(weights[0] if weights else None)
    photographs = load_photographs([Path(folder)], torch.device("cpu"))
    print("| fMSE | untouched | curves | curves and shading | change |")
    print("|---|---:|---:|---:|---:|")
    for kind, change in KINDS.items():
        untouched, curves, both = measure(harmonizer, photographs, change)
        print(f"| {kind} | {untouched:.1f} | {curves:.1f} | {both:.1f} | {both / curves - 1:+.1%} |")


if __name__ == "__main__":
    main()
