"""Measure the contribution of the shading map beyond the curves.

    python -m benchmarks.accuracy.ablate_shading PHOTOGRAPHS [WEIGHTS ...]

Composites of held-out photographs, the same in every run, are harmonized with and without the map. Uneven
light is a smooth light field of zero mean log-gain over the object, since curves can correct the mean; strong
uneven light has twice the log-gain. The table holds the mean squared error over the object in levels² for
each kind of mismatch and each of the weights, and the change by the map with its 95 % interval, by bootstrap
over the composites, and for each seed.
"""

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from benchmarks.accuracy.errors import Errors, change_cell, errors_of, share
from benchmarks.arguments import photographs_and_weights
from model.images.arrays import Pixels
from model.images.composite import Composite
from model.network.harmonizer import Harmonizer, load_harmonizer
from model.training.composites.augment_color import local_light, under_uneven_light, uneven_light
from model.training.composites.body_light import body_light
from model.training.composites.dataset import Photographs, Scenes, load_photographs
from model.training.composites.synthetic_composites import mismatch, retouch_again

BATCH, BATCHES = 16, 4  # composites, and batches for each seed
SEEDS = (2023, 2024, 2025)

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


def of_bodies(scenes: Scenes, target: Tensor, rng: torch.Generator) -> Tensor:
    """Put objects under light from another direction than that of the scene, with zero mean log-gain."""
    return under_uneven_light(target, scenes.matte, body_light(target, scenes.matte, rng))


def overall(scenes: Scenes, target: Tensor, rng: torch.Generator) -> Tensor:
    """Apply retouches and colour transfers without local light."""
    return mismatch(scenes, target, rng, local_light_share=0.0)


KINDS: dict[str, Change] = {
    "uneven light": uneven(1.0),
    "strong uneven light": uneven(2.0),
    "retouch and strong uneven light": retouched_and(uneven(2.0)),
    "local light with its mean": local,
    "light of bodies": of_bodies,
    "global mismatch": overall,
}


def levels(pictures: Tensor) -> Pixels:
    """Convert B×3×H×W in 0-1 to B×H×W×3 uint8."""
    return np.ascontiguousarray((255 * pictures).round().to(torch.uint8).permute(0, 2, 3, 1).numpy())


def composites(photographs: Photographs, change: Change, seed: int) -> Iterator[tuple[Composite, Pixels]]:
    """Yield the composites of one seed, and their targets."""
    rng = torch.Generator().manual_seed(seed)
    for _ in range(BATCHES):
        scenes = photographs.batch(BATCH, rng)
        changed = scenes.photo + scenes.matte * (change(scenes, scenes.photo, rng) - scenes.photo)
        mattes = scenes.matte[:, 0].clamp(0, 1).numpy()
        for image, target, matte in zip(levels(changed), levels(scenes.photo), mattes, strict=True):
            yield Composite(image, matte), target


def measure(harmonizers: list[Harmonizer], photographs: Photographs, change: Change) -> list[Errors]:
    """Return for each network the errors, seeds × composites × 3, in the order of `errors_of`."""
    rows = [
        [
            [errors_of(harmonizer, *known) for harmonizer in harmonizers]
            for known in composites(photographs, change, seed)
        ]
        for seed in SEEDS
    ]
    return list(np.array(rows).transpose(2, 0, 1, 3))


def cells(errors: Errors) -> list[str]:
    """Return mean errors, and the change by the map: of all composites, and for each seed."""
    untouched, curves, both = errors.transpose(2, 0, 1)
    by_seed = (f"{100 * (share(*each)[0] - 1):+.1f}" for each in zip(both, curves, strict=True))
    means = [f"{part.mean():.1f}" for part in (untouched, curves, both)]
    return [*means, change_cell(both.ravel(), curves.ravel()), ", ".join(by_seed)]


def main() -> None:
    """Print a table in Markdown."""
    folder, files = photographs_and_weights(__doc__)
    harmonizers = [load_harmonizer(file) for file in files]
    photographs = load_photographs([folder], torch.device("cpu"))
    print("| fMSE | weights | untouched | curves | curves and shading | change | by seed, % |")
    print("|---|---|" + "---:|" * 5)
    for kind, change in KINDS.items():
        for file, errors in zip(files, measure(harmonizers, photographs, change), strict=True):
            print(f"| {kind} | {file.stem} |", " | ".join(cells(errors)), "|", flush=True)


if __name__ == "__main__":
    main()
