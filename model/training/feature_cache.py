"""Memories of composites as the resting parts of a network see them, to learn from many times."""

from dataclasses import dataclass, fields
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor

from model.network.features import (
    Features,
    colour_statistics,
    extract_features,
    patch_colours,
    patch_features,
    pool_to_view,
    region_features,
)
from model.network.network import HarmonizerNetwork
from model.training import discriminator
from model.training.composites import color

CAPACITY = 24_000  # of 60 to 90 KB each
PIXELS = 384  # object pixels kept of each composite


@dataclass(frozen=True)
class ForCurves:
    """What the curve heads are told, and object pixels before and after, drawn in proportion to the matte."""

    statistics: Tensor  # B×STATISTICS, float32
    regions: Tensor  # B×(EARLY_REGIONS + LATE_REGIONS), float16
    patches: Tensor  # B×PATCHES²×PATCH_NUMBERS, float16
    composite: Tensor  # B×3×1×PIXELS, uint8
    target: Tensor  # the same pixels of the truth


@dataclass(frozen=True)
class ForTrunk:
    """What the later half of the trunk is told, and what else the curve heads are."""

    early: Tensor  # B×40×H/8×W/8, bfloat16
    matte: Tensor  # B×1×VIEW×VIEW, uint8
    statistics: Tensor  # B×STATISTICS, float32
    regions: Tensor  # B×EARLY_REGIONS, float16
    colours: Tensor  # B×COLOURS×PATCHES×PATCHES, float16
    composite: Tensor  # B×3×1×PIXELS, uint8
    target: Tensor


@dataclass(frozen=True)
class ForShading:
    """Inputs of the shading head; uint8."""

    toned: Tensor  # B×3×VIEW×VIEW, after the curves
    matte: Tensor  # B×1×VIEW×VIEW


@dataclass(frozen=True)
class ForCritic:
    """What the curve heads are told, the picture in the critic's size, and what it sees; it has no truth."""

    statistics: Tensor  # B×STATISTICS, float32
    regions: Tensor  # B×(EARLY_REGIONS + LATE_REGIONS), float16
    patches: Tensor  # B×PATCHES²×PATCH_NUMBERS, float16
    picture: Tensor  # B×3×SIDE×SIDE, uint8
    matte: Tensor  # B×1×SIDE×SIDE, uint8
    seen: Tensor  # B×SEEN, float32


T = TypeVar("T", ForCurves, ForTrunk, ForShading, ForCritic)


@torch.no_grad()
def for_curves(
    network: HarmonizerNetwork, composite: Tensor, matte: Tensor, target: Tensor, rng: torch.Generator
) -> ForCurves:
    """What the curve heads would be told about each composite of a batch, and what they will be judged by."""
    seen = look(network, composite, matte)
    halves = seen.regions.half(), seen.patches.half()
    return ForCurves(seen.statistics, *halves, *object_pixels(composite, matte, target, rng))


@torch.no_grad()
def for_trunk(
    network: HarmonizerNetwork, composite: Tensor, matte: Tensor, target: Tensor, rng: torch.Generator
) -> ForTrunk:
    """What the later half of the trunk would be told about each composite of a batch."""
    with half_precision(composite.device):
        early = network.encoder.early(composite.contiguous(memory_format=torch.channels_last))
    soft = pool_to_view(matte)
    return ForTrunk(
        early[-1].bfloat16(),
        in_bytes(soft),
        colour_statistics(pool_to_view(composite), soft),
        region_features(early, soft).half(),
        patch_colours(composite, matte).half(),
        *object_pixels(composite, matte, target, rng),
    )


@torch.no_grad()
def for_shading(network: HarmonizerNetwork, composite: Tensor, matte: Tensor) -> ForShading:
    """What the shading head would be told about each composite of a batch."""
    curves = network.curves(look(network, composite, matte))
    return ForShading(*(in_bytes(x) for x in network.toned(composite, matte, curves)))


@torch.no_grad()
def for_critic(network: HarmonizerNetwork, picture: Tensor, matte: Tensor) -> ForCritic:
    """What the curve heads and the critic would be told about each picture of a batch."""
    told = look(network, picture, matte)
    small, soft = (in_bytes(discriminator.reduced(x)) for x in (picture, matte))
    seen = discriminator.see(network.encoder, small.float() / 255, soft.float() / 255)
    return ForCritic(told.statistics, told.regions.half(), told.patches.half(), small, soft, seen)


def half_precision(device: torch.device) -> torch.autocast:
    """Computes in bfloat16 where that is quick; a processor without AVX-512 takes a hundred times as long."""
    quick = device.type != "cpu" or torch.backends.cpu.get_cpu_capability().startswith("AVX512")
    return torch.autocast(device.type, torch.bfloat16, enabled=quick)


def look(network: HarmonizerNetwork, picture: Tensor, matte: Tensor) -> Features:
    """What the curve heads are told, by a trunk that computes in half precision where it can."""
    with half_precision(picture.device):
        features = network.encoder(picture.contiguous(memory_format=torch.channels_last))
    return extract_features(picture, matte, features)


def recalled(network: HarmonizerNetwork, kept: ForTrunk) -> Features:
    """What the curve heads are told by the later half of the trunk as it is now."""
    early = kept.early.float().contiguous(memory_format=torch.channels_last)
    with half_precision(early.device):
        features = network.encoder.late(early)
    late = region_features(features, kept.matte.float() / 255)
    in_regions = torch.cat([kept.regions.float(), late], 1)
    return Features(kept.statistics, in_regions, patch_features(kept.colours.float(), features))


def object_pixels(
    composite: Tensor, matte: Tensor, target: Tensor, rng: torch.Generator
) -> tuple[Tensor, Tensor]:
    """The same pixels of both, drawn in proportion to the matte: B×3×1×PIXELS each, uint8."""
    both = color.sample_region(torch.cat([composite, target], 1), matte, rng, PIXELS)
    pixels = in_bytes(both)[:, :, None]
    return pixels[:, :3], pixels[:, 3:]


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
