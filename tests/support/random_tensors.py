"""Give seeded random generators for tensors."""

import torch


def rng(seed: int = 0) -> torch.Generator:
    """Return a CPU generator with a seed."""
    return torch.Generator().manual_seed(seed)
