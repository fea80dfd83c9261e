"""Keep the features that the frozen parts of a network give for composites, and reuse them in many steps."""

from dataclasses import dataclass, fields
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor

from model.network.content import equalized_grey
from model.network.features import (
    Features,
    colour_statistics,
    extract_features,
    late_features,
    patch_colours,
    patch_features,
    pool_to_view,
    region_features,
)
from model.network.network import HarmonizerNetwork
from model.training import discriminator
from model.training.composites import color
from model.training.composites.color import to_bytes, to_floats

CAPACITY = 24_000  # composites of 60 to 90 KB each
PIXELS = 384  # object pixels of each composite


@dataclass(frozen=True)
class CurveFeatures:
    """Hold the inputs of the curve heads, and object pixels drawn in proportion to the matte."""

    statistics: Tensor  # B×STATISTICS, float32
    regions: Tensor  # B×(EARLY_REGIONS + LATE_REGIONS), float16
    patches: Tensor  # B×PATCHES²×PATCH_NUMBERS, float16
    composite: Tensor  # B×3×1×PIXELS, uint8
    target: Tensor  # B×3×1×PIXELS, uint8: the same pixels of the target


@dataclass(frozen=True)
class TrunkFeatures:
    """Hold the inputs of the trunk's later half, the other inputs of the curve heads, and object pixels."""

    early: Tensor  # B×40×H/8×W/8, bfloat16
    matte: Tensor  # B×1×VIEW×VIEW, uint8
    statistics: Tensor  # B×STATISTICS, float32
    regions: Tensor  # B×EARLY_REGIONS, float16
    colours: Tensor  # B×COLOURS×PATCHES×PATCHES, float16
    composite: Tensor  # B×3×1×PIXELS, uint8
    target: Tensor  # B×3×1×PIXELS, uint8


@dataclass(frozen=True)
class ObjectPixels:
    """Hold object pixels drawn in proportion to the matte."""

    composite: Tensor  # B×3×1×PIXELS, uint8
    target: Tensor  # B×3×1×PIXELS, uint8: the same pixels of the target


@dataclass(frozen=True)
class ShadingFeatures:
    """Hold small composites, and their edits, from which the inputs of the shading head are made."""

    composite: Tensor  # B×3×VIEW×VIEW, uint8
    matte: Tensor  # B×1×VIEW×VIEW, uint8
    curves: Tensor  # B×3×KNOTS, float32 in 0-1
    matrix: Tensor  # B×3×4, float32


@dataclass(frozen=True)
class CriticFeatures:
    """Hold the inputs of all heads for tones, pictures at the critic's size, and the critic's features."""

    statistics: Tensor  # B×STATISTICS, float32
    regions: Tensor  # B×(EARLY_REGIONS + LATE_REGIONS), float16
    patches: Tensor  # B×PATCHES²×PATCH_NUMBERS, float16
    content: Tensor  # B×PATCHES²×CONTENT, float16
    image: Tensor  # B×3×SIDE×SIDE, uint8
    matte: Tensor  # B×1×SIDE×SIDE, uint8
    target: Tensor  # B×3×SIDE×SIDE, uint8; the image itself where there is no other
    critic: Tensor  # B×CRITIC_NUMBERS, float32


T = TypeVar("T", CurveFeatures, TrunkFeatures, ShadingFeatures, CriticFeatures)


@torch.no_grad()
def curve_features(
    network: HarmonizerNetwork, composite: Tensor, matte: Tensor, target: Tensor, rng: torch.Generator
) -> CurveFeatures:
    """Compute the curve heads' inputs of a batch, and draw object pixels for their loss."""
    features = network_features(network, composite, matte)
    halves = features.regions.half(), features.patches.half()
    return CurveFeatures(features.statistics, *halves, *object_pixels(composite, matte, target, rng))


@torch.no_grad()
def trunk_features(
    network: HarmonizerNetwork, composite: Tensor, matte: Tensor, target: Tensor, rng: torch.Generator
) -> TrunkFeatures:
    """Compute the inputs of the later half of the trunk for a batch, and draw object pixels for the loss."""
    with half_precision(composite.device):
        early = network.encoder.early(composite.contiguous(memory_format=torch.channels_last))
    small_matte = pool_to_view(matte)
    return TrunkFeatures(
        early[-1].bfloat16(),
        to_bytes(small_matte),
        colour_statistics(pool_to_view(composite), small_matte),
        region_features(early, small_matte).half(),
        patch_colours(composite, matte).half(),
        *object_pixels(composite, matte, target, rng),
    )


@torch.no_grad()
def shading_features(network: HarmonizerNetwork, composite: Tensor, matte: Tensor) -> ShadingFeatures:
    """Compute the edits of a batch, and reduce its pictures to the size of the shading head's inputs."""
    tones = network_tones(network, composite, matte)
    return ShadingFeatures(to_bytes(pool_to_view(composite)), to_bytes(pool_to_view(matte)), *tones)


@torch.no_grad()
def stream_features(
    network: HarmonizerNetwork, image: Tensor, matte: Tensor, target: Tensor
) -> CriticFeatures:
    """Compute the inputs of heads and critic of a batch; the target is the image where there is no other."""
    features = network_features(network, image, matte)
    content = content_of(network, image, matte)
    small, small_matte, small_target = (
        to_bytes(discriminator.critic_input(x)) for x in (image, matte, target)
    )
    critic = discriminator.critic_features(network.encoder, to_floats(small), to_floats(small_matte))
    halves = features.regions.half(), features.patches.half(), content.half()
    return CriticFeatures(features.statistics, *halves, small, small_matte, small_target, critic)


def half_precision(device: torch.device) -> torch.autocast:
    """Return a context that computes in bfloat16, except on processors without AVX-512.

    There bfloat16 takes a hundred times as long as float32.
    """
    fast = device.type != "cpu" or torch.backends.cpu.get_cpu_capability().startswith("AVX512")
    return torch.autocast(device.type, torch.bfloat16, enabled=fast)


def network_features(network: HarmonizerNetwork, image: Tensor, matte: Tensor) -> Features:
    """Return the curve heads' inputs of B×3×256×256 and B×1×256×256, in half precision where it is fast."""
    with half_precision(image.device):
        features = network.encoder(image.contiguous(memory_format=torch.channels_last))
    return extract_features(image, matte, features)


def network_tones(network: HarmonizerNetwork, image: Tensor, matte: Tensor) -> tuple[Tensor, Tensor]:
    """Return the curves, B×3×KNOTS, and the matrix, B×3×4, of B×3×256×256 and B×1×256×256."""
    curves = network.curves(network_features(network, image, matte))
    content = content_of(network, image, matte)
    return network.tones(curves, content, pool_to_view(image), pool_to_view(matte))


def content_of(network: HarmonizerNetwork, image: Tensor, matte: Tensor) -> Tensor:
    """Return the content, B×PATCHES²×CONTENT, of B×3×256×256 and B×1×256×256 in 0-1."""
    return network.content.reduce(grey_features(network, image, matte))


def grey_features(network: HarmonizerNetwork, image: Tensor, matte: Tensor) -> Tensor:
    """Return the late features of the grey copies, B×PATCHES²×LATE_FEATURES."""
    grey = equalized_grey(image, matte).contiguous(memory_format=torch.channels_last)
    with half_precision(image.device):
        return late_features(network.encoder(grey))


def features_from_cache(network: HarmonizerNetwork, cached: TrunkFeatures) -> Features:
    """Return the curve heads' inputs, from cached features and the current later half of the trunk."""
    early = cached.early.float().contiguous(memory_format=torch.channels_last)
    with half_precision(early.device):
        features = network.encoder.late(early)
    late = region_features(features, to_floats(cached.matte))
    in_regions = torch.cat([cached.regions.float(), late], 1)
    return Features(cached.statistics, in_regions, patch_features(cached.colours.float(), features))


def object_pixels(
    composite: Tensor, matte: Tensor, target: Tensor, rng: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Draw the same pixels of composite and target in proportion to the matte: B×3×1×PIXELS each, uint8."""
    both = color.sample_region(torch.cat([composite, target], 1), matte, rng, PIXELS)
    pixels = to_bytes(both)[:, :, None]
    return pixels[:, :3], pixels[:, 3:]


class FeatureCache(Generic[T]):
    """Keep the features of the last composites, at most `capacity` of them, in main memory."""

    def __init__(self, seed: int, capacity: int = CAPACITY) -> None:
        self.capacity = capacity
        self.batches: list[T] = []
        self.rng = torch.Generator().manual_seed(seed)

    def add(self, batch: T) -> None:
        """Add the features of a batch, and remove the oldest batch when the cache is full."""
        self.batches.append(batch)
        if len(self.batches) * len(_tensors(batch)[0]) > self.capacity:
            del self.batches[0]

    def sample(self, count: int) -> T:
        """Draw the features of `count` composites, with replacement."""
        size = len(_tensors(self.batches[0])[0])
        chosen = torch.randint(0, len(self.batches) * size, (count,), generator=self.rng).tolist()
        rows = [tuple(part[i % size] for part in _tensors(self.batches[i // size])) for i in chosen]
        return type(self.batches[0])(*(torch.stack(parts) for parts in zip(*rows, strict=True)))


def _tensors(features: Any) -> tuple[Tensor, ...]:
    return tuple(getattr(features, field.name) for field in fields(features))
