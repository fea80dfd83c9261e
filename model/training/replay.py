"""Memories of composites as a frozen network describes them, to learn one head from many times."""

from dataclasses import dataclass, fields
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor

from model.network import HarmonizerNetwork
from model.training import colour

CAPACITY = 60_000
PIXELS = 384  # object pixels kept of each composite


@dataclass(frozen=True)
class ForCurves:
    """Inputs of the curve head, and object pixels before and after, drawn in proportion to the matte."""

    statistics: Tensor  # B×STATISTICS, float32
    features: Tensor  # B×FEATURES, float16
    composite: Tensor  # B×3×1×PIXELS, uint8
    target: Tensor  # the same pixels of the truth


@dataclass(frozen=True)
class ForShading:
    """Inputs of the shading head; uint8."""

    toned: Tensor  # B×3×VIEW×VIEW, after the curves
    matte: Tensor  # B×1×VIEW×VIEW


T = TypeVar("T", ForCurves, ForShading)


@torch.no_grad()
def describe(
    network: HarmonizerNetwork, composite: Tensor, matte: Tensor, target: Tensor, rng: torch.Generator
) -> ForCurves:
    """What the curve head would be told about each composite of a batch, and what it will be judged by."""
    with torch.autocast(composite.device.type, torch.bfloat16):
        seen = network.encoder(composite)
    statistics, features = network.describe(composite, matte, seen)
    both = colour.sample_region(torch.cat([composite, target], 1), matte, rng, PIXELS)
    pixels = (both * 255).round().to(torch.uint8)[:, :, None]
    return ForCurves(statistics, features.half(), pixels[:, :3], pixels[:, 3:])


@torch.no_grad()
def describe_light(network: HarmonizerNetwork, composite: Tensor, matte: Tensor) -> ForShading:
    """What the shading head would be told about each composite of a batch."""
    with torch.autocast(composite.device.type, torch.bfloat16):
        seen = network.encoder(composite)
    curves = network.curves(*network.describe(composite, matte, seen))
    return ForShading(*((255 * x).round().to(torch.uint8) for x in network.toned(composite, matte, curves)))


class Memory(Generic[T]):
    """The last composites seen, at most `capacity` of them, in main memory."""

    def __init__(self, seed: int, capacity: int = CAPACITY) -> None:
        self.capacity = capacity
        self.kept: list[T] = []
        self.rng = torch.Generator().manual_seed(seed)

    def add(self, described: T) -> None:
        """Remember a batch; the oldest go when the memory is full."""
        self.kept.append(described)
        if len(self.kept) * len(_parts(described)[0]) > self.capacity:
            del self.kept[0]

    def sample(self, count: int) -> T:
        """A random draw with replacement."""
        size = len(_parts(self.kept[0])[0])
        chosen = torch.randint(0, len(self.kept) * size, (count,), generator=self.rng).tolist()
        rows = [tuple(part[i % size] for part in _parts(self.kept[i // size])) for i in chosen]
        return type(self.kept[0])(*(torch.stack(parts) for parts in zip(*rows, strict=True)))


def _parts(described: Any) -> tuple[Tensor, ...]:
    return tuple(getattr(described, field.name) for field in fields(described))
