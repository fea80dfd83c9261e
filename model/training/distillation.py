"""Train on the mean output of other networks in place of the ground truth.

The errors of networks trained separately differ, so their mean has smaller errors; one network can be trained
to give that mean (Hinton, Vinyals and Dean 2015). No ground truth is needed, so any composites can be used.
"""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from model.edit.curves import identity_curves
from model.network.harmonizer import load_network
from model.network.network import HarmonizerNetwork
from model.network.render_torch import apply_tones
from model.training.feature_cache import network_tones

CAUTION = (
    0.1  # share of the identity in the targets: on genuine composites, networks correct slightly too much
)


class Teachers:
    """Give the mean output of several networks as training targets."""

    def __init__(self, files: Sequence[Path], device: torch.device, caution: float = CAUTION) -> None:
        self.caution = caution
        self.networks: list[HarmonizerNetwork] = [load_network(file).to(device).eval() for file in files]
        for network in self.networks:
            network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    @torch.no_grad()
    def targets(self, composite: Tensor, matte: Tensor) -> Tensor:
        """Return targets B×3×H×W for composites B×3×H×W and mattes B×1×H×W in 0-1; valid inside the matte."""
        outputs = [network_tones(network, composite, matte) for network in self.networks]
        curves, matrix = (torch.stack(parts).mean(0) for parts in zip(*outputs, strict=True))
        identity = torch.from_numpy(identity_curves(curves.shape[-1])).to(curves)
        unmixed = torch.eye(3, 4, device=matrix.device)
        cautious = curves.lerp(identity, self.caution), matrix.lerp(unmixed, self.caution)
        return apply_tones(composite, *cautious).clamp(0, 1)
