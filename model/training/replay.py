"""Memories of composites as a frozen network describes them, to learn one head from many times."""

from dataclasses import dataclass, fields
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor

from model.network import HarmonizerNetwork
from model.training import colour
from model.training.discriminator import shrunk

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


@dataclass(frozen=True)
class ForCritic:
    """Inputs of the curve heads, and the picture as the critic sees it; no truth is known."""

    statistics: Tensor  # B×STATISTICS, float32
    features: Tensor  # B×FEATURES, float16
    picture: Tensor  # B×3×SIDE×SIDE, uint8
    matte: Tensor  # B×1×SIDE×SIDE, uint8


T = TypeVar("T", ForCurves, ForShading, ForCritic)


@torch.no_grad()
def describe(
    network: HarmonizerNetwork, composite: Tensor, matte: Tensor, target: Tensor, rng: torch.Generator
) -> ForCurves:
    """What the curve head would be told about each composite of a batch, and what it will be judged by."""
    statistics, features = look(network, composite, matte)
    both = colour.sample_region(torch.cat([composite, target], 1), matte, rng, PIXELS)
    pixels = in_bytes(both)[:, :, None]
    return ForCurves(statistics, features, pixels[:, :3], pixels[:, 3:])


@torch.no_grad()
def describe_light(network: HarmonizerNetwork, composite: Tensor, matte: Tensor) -> ForShading:
    """What the shading head would be told about each composite of a batch."""
    statistics, features = look(network, composite, matte)
    curves = network.curves(statistics, features.float())
    return ForShading(*(in_bytes(x) for x in network.toned(composite, matte, curves)))


@torch.no_grad()
def describe_picture(network: HarmonizerNetwork, picture: Tensor, matte: Tensor) -> ForCritic:
    """What the curve heads and the critic would be told about each picture of a batch."""
    seen = in_bytes(shrunk(picture)), in_bytes(shrunk(matte))
    return ForCritic(*look(network, picture, matte), *seen)


def look(network: HarmonizerNetwork, picture: Tensor, matte: Tensor) -> tuple[Tensor, Tensor]:
    """The two inputs of the curve heads: B×STATISTICS, and B×FEATURES in half precision."""
    with torch.autocast(picture.device.type, torch.bfloat16):
        seen = network.encoder(picture.contiguous(memory_format=torch.channels_last))
    statistics, features = network.describe(picture, matte, seen)
    return statistics, features.half()


def in_bytes(values: Tensor) -> Tensor:
    """0-1 → uint8."""
    return (255 * values).round().to(torch.uint8)


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
