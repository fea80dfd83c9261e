"""Draw random parameters for each image of a batch, from a given generator.

Shares of a batch are permuted indices of a known number, so that no number has to be read from the device.
"""

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor


def normal(shape: Sequence[int], deviation: float, rng: torch.Generator) -> Tensor:
    """Draw from the normal distribution with mean 0."""
    return torch.randn(tuple(shape), generator=rng, device=rng.device) * deviation


def uniform(shape: Sequence[int], low: float, high: float, rng: torch.Generator) -> Tensor:
    """Draw from the uniform distribution over low-high."""
    return torch.rand(tuple(shape), generator=rng, device=rng.device) * (high - low) + low


def split(count: int, parts: int, rng: torch.Generator) -> tuple[Tensor, ...]:
    """Return the indices 0 to count − 1 in random order, in parts of nearly equal number."""
    return torch.randperm(count, generator=rng, device=rng.device).tensor_split(parts)


def apply_to_some(
    image: Tensor, share: float, operation: Callable[[Tensor, torch.Generator], Tensor], rng: torch.Generator
) -> Tensor:
    """Apply an operation to each image of the batch with a probability of `share`; the rest stays unchanged.

    The operation is computed for `share` of the batch, rounded up, and the surplus is discarded at random.
    """
    computed = math.ceil(share * len(image))
    if computed == 0:
        return image
    chosen = torch.randperm(len(image), generator=rng, device=rng.device)[:computed]
    before = image[chosen]
    kept = uniform((computed,), 0, 1, rng) < share * len(image) / computed
    after = torch.where(kept.view(-1, *[1] * (image.ndim - 1)), operation(before, rng), before)
    return image.index_copy(0, chosen, after)
