"""What the shading map adds to the curves: `python -m benchmarks.ablate_shading PHOTOGRAPHS [WEIGHTS]`.

Composites of held-out photographs, the same for every run: some under local light alone, some under local
light and a retouch, some with a global mismatch alone. For each, the mean squared error over the object.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from model.harmonizer import DEFAULT_WEIGHTS, load_network
from model.network import apply_curves, apply_shading
from model.training.dataset import Photographs, Scenes, load_photographs
from model.training.perturb import local_light, mismatch, otherwise_retouched

BATCH, BATCHES, SEED = 16, 12, 2023
LEVELS = 255**2

Change = Callable[[Scenes, Tensor, torch.Generator], Tensor]


def lit(_scenes: Scenes, target: Tensor, rng: torch.Generator) -> Tensor:
    """Local light alone."""
    return local_light(target, rng)


def lit_and_retouched(scenes: Scenes, target: Tensor, rng: torch.Generator) -> Tensor:
    """A retouch, then local light."""
    return local_light(otherwise_retouched(scenes, target, rng), rng)


def globally(scenes: Scenes, target: Tensor, rng: torch.Generator) -> Tensor:
    """Retouches and colour transfers without local light."""
    return mismatch(scenes, target, rng, local_light_share=0.0)


KINDS: dict[str, Change] = {
    "local light": lit,
    "retouch and local light": lit_and_retouched,
    "global": globally,
}


def over_object(output: Tensor, target: Tensor, matte: Tensor) -> Tensor:
    """Mean squared error over the object of each picture, in levels²."""
    squared = (output - target).square().mean(1, keepdim=True) * matte
    return LEVELS * squared.sum((1, 2, 3)) / matte.sum((1, 2, 3))


@torch.inference_mode()
def measure(network: torch.nn.Module, photographs: Photographs, change: Change) -> dict[str, float]:
    """Mean over the composites: untouched, after curves, after curves and shading."""
    rng = torch.Generator().manual_seed(SEED)
    errors: dict[str, list[Tensor]] = {"composite": [], "curves": [], "curves and shading": []}
    for _ in range(BATCHES):
        scenes = photographs.batch(BATCH, rng)
        target, matte = scenes.photo, scenes.matte
        composite = target + matte * (change(scenes, target, rng) - target)
        curves, shading = network(composite, matte)
        toned = apply_curves(composite, curves)
        for name, output in zip(errors, (composite, toned, apply_shading(toned, shading)), strict=True):
            errors[name].append(over_object(output, target, matte))
    return {name: float(torch.cat(values).mean()) for name, values in errors.items()}


def main() -> None:
    folder, *weights = sys.argv[1:]
    network = load_network(Path(weights[0]) if weights else DEFAULT_WEIGHTS).eval()
    photographs = load_photographs([Path(folder)], torch.device("cpu"))
    print(f"{'fMSE':26}{'composite':>12}{'curves':>12}{'+ shading':>12}{'change':>9}")
    for kind, change in KINDS.items():
        found = measure(network, photographs, change)
        gain = found["curves and shading"] / found["curves"] - 1
        print(f"{kind:26}" + "".join(f"{value:12.1f}" for value in found.values()) + f"{gain:9.1%}")


if __name__ == "__main__":
    main()
