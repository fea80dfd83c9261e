"""Networks that another one learns from: the mean of their answers takes the place of the truth.

Networks trained apart err apart, and their mean errs less; a single network can learn to give that mean
(Hinton, Vinyals and Dean 2015). What it learns from needs no truth, so the composites may be any.
"""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from model.edit.curves import identity_curves
from model.network.harmonizer import load_network
from model.network.network import HarmonizerNetwork, apply_curves
from model.training.feature_cache import look

CAUTION = 0.1  # share of "no change" in the answer: on genuine mismatches networks go a little too far


class Teachers:
    """Several networks, asked for their curves only."""

    def __init__(self, files: Sequence[Path], device: torch.device, caution: float = CAUTION) -> None:
        self.caution = caution
        self.networks: list[HarmonizerNetwork] = [load_network(file).to(device).eval() for file in files]
        for network in self.networks:
            network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    @torch.no_grad()
    def harmonized(self, composite: Tensor, matte: Tensor) -> Tensor:
        """B×3×H×W composites in 0-1 and B×1×H×W mattes → what the object should look like, B×3×H×W."""
        curves = torch.stack([n.curves(look(n, composite, matte)) for n in self.networks]).mean(0)
        untouched = torch.from_numpy(identity_curves(curves.shape[-1])).to(curves)
        return apply_curves(composite, (1 - self.caution) * curves + self.caution * untouched)
