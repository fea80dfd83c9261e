"""Measure the contribution of the shading map beyond the curves.

    python -m benchmarks.accuracy.ablate_shading PHOTOGRAPHS [WEIGHTS]

Composites of held-out photographs, the same in every run, are harmonized with and without the map. Uneven
light is a smooth light field of zero mean log-gain over the object, since curves can correct the mean; strong
uneven light has twice the log-gain. The table holds the mean squared error over the object in levels² for
each kind of mismatch.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchmarks.accuracy.errors import over_object
from model.edit.render import render
from model.images.arrays import Pixels
from model.images.composite import Composite
from model.network.harmonizer import Harmonizer, load_harmonizer
from model.training.composites.augment_color import local_light, uneven_light
from model.training.composites.dataset import Photographs, Scenes, load_photographs
from model.training.composites.synthetic_composites import mismatch, retouch_again

BATCH, BATCHES, SEED = 16, 12, 2023

Change = Callable[[Scenes, Tensor, torch.Generator], Tensor]


def uneven(strength: float) -> Change:
    """Return a mismatch of uneven light alone."""

    def change(scenes: Scenes, target: Tensor, rng: torch.Generator) -> Tensor:
        return uneven_light(target, scenes.matte, torch.full((len(target), 1, 1, 1), strength), rng)

    return change


def retouched_and(light: Change) -> Change:
    """Return a mismatch of a retouch followed by light."""

    def change(scenes: Scenes, target: Tensor, rng: torch.Generator) -> Tensor:
        return light(scenes, retouch_again(scenes, target, rng), rng)

    return change


def local(_scenes: Scenes, target: Tensor, rng: torch.Generator) -> Tensor:
    """Put images under local light, its mean included."""
    return local_light(target, rng)


def overall(scenes: Scenes, target: Tensor, rng: torch.Generator) -> Tensor:
    """Apply retouches and colour transfers without local light."""
    return mismatch(scenes, target, rng, local_light_share=0.0)


KINDS: dict[str, Change] = {
    "uneven light": uneven(1.0),
    "strong uneven light": uneven(2.0),
    "retouch and strong uneven light": retouched_and(uneven(2.0)),
    "local light with its mean": local,
    "global mismatch": overall,
}


def levels(pictures: Tensor) -> Pixels:
    """Convert B×3×H×W in 0-1 to B×H×W×3 uint8."""
    return np.ascontiguousarray((255 * pictures).round().to(torch.uint8).permute(0, 2, 3, 1).numpy())


def measure(harmonizer: Harmonizer, photographs: Photographs, change: Change) -> NDArray[np.float64]:
    """Return mean errors over the composites: unchanged, after curves, after curves and shading."""
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
    """Print a table in Markdown."""
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
