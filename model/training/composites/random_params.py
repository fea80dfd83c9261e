"""Draw random parameters for each image of a batch, from a given generator."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor


def normal(shape: Sequence[int], deviation: float, rng: torch.Generator) -> Tensor:
    """Draw from the normal distribution with mean 0."""
    return torch.randn(tuple(shape), generator=rng, device=rng.device) * deviation


def uniform(shape: Sequence[int], low: float, high: float, rng: torch.Generator) -> Tensor:
    """Draw from the uniform distribution over low-high."""
    return torch.rand(tuple(shape), generator=rng, device=rng.device) * (high - low) + low


def apply_to_some(
    image: Tensor, share: float, operation: Callable[[Tensor, torch.Generator], Tensor], rng: torch.Generator
) -> Tensor:
    """Apply an operation to a random share of the batch; the rest stays unchanged."""
    chosen = (uniform((len(image),), 0, 1, rng) < share).nonzero()[:, 0]
    if len(chosen) == 0:
        return image
    return image.index_copy(0, chosen, operation(image[chosen], rng))
