"""A memory of composites as the frozen trunk describes them, to learn the curve head from many times."""

from dataclasses import dataclass

import torch
from torch import Tensor

from model.network import HarmonizerNetwork
from model.training import colour

CAPACITY = 200_000
PIXELS = 384  # object pixels kept of each composite


@dataclass(frozen=True)
class Described:
    """Inputs of the curve head, and object pixels before and after, drawn in proportion to the matte."""

    statistics: Tensor  # B×STATISTICS, float32
    features: Tensor  # B×FEATURES, float16
    composite: Tensor  # B×3×1×PIXELS, uint8
    target: Tensor  # the same pixels of the truth

    def parts(self) -> tuple[Tensor, ...]:
        return self.statistics, self.features, self.composite, self.target


@torch.no_grad()
def describe(
    network: HarmonizerNetwork, composite: Tensor, matte: Tensor, target: Tensor, rng: torch.Generator
) -> Described:
    """What the curve head would be told about each composite of a batch, and what it will be judged by."""
    with torch.autocast(composite.device.type, torch.bfloat16):
        seen = network.encoder(composite)
    statistics, features = network.describe(composite, matte, seen)
    both = colour.sample_region(torch.cat([composite, target], 1), matte, rng, PIXELS)
    pixels = (both * 255).round().to(torch.uint8)[:, :, None]
    return Described(statistics, features.half(), pixels[:, :3], pixels[:, 3:])


class Memory:
    """The last composites seen, at most `capacity` of them, in main memory."""

    def __init__(self, seed: int, capacity: int = CAPACITY) -> None:
        self.capacity = capacity
        self.kept: list[Described] = []
        self.rng = torch.Generator().manual_seed(seed)

    def add(self, described: Described) -> None:
        """Remember a batch; the oldest go when the memory is full."""
        self.kept.append(described)
        if len(self.kept) * len(described.statistics) > self.capacity:
            del self.kept[0]

    def sample(self, count: int) -> Described:
        """A random draw with replacement."""
        size = len(self.kept[0].statistics)
        chosen = torch.randint(0, len(self.kept) * size, (count,), generator=self.rng).tolist()
        rows = [tuple(part[i % size] for part in self.kept[i // size].parts()) for i in chosen]
        return Described(*(torch.stack(parts) for parts in zip(*rows, strict=True)))
