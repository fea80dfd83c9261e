"""The second stream: a critic of real composites, which have no ground truth.

Both streams are in every step (Wang et al., CVPR 2023, draw one at random), and the critic sees the matte.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model.network.efficientnet import Encoder
from model.network.features import (
    EARLY_REGIONS,
    LATE_REGIONS,
    STATISTICS,
    colour_statistics,
    pool_to_view,
    region_features,
)

SIDE = 128  # at which the trunk looks for the critic: enough for what is where, four times as quick
SEEN = STATISTICS + EARLY_REGIONS + LATE_REGIONS
WARM_UP_STEPS = 50  # fresh batches over which the critic learns alone
ADVERSARIAL = 0.1  # weight of the critic's opinion
IDENTITY = 0.02  # weight of what is changed in untouched photographs; at 0.1 it made the network timid
CRITIC_RATE = 2e-4


class Discriminator(nn.Module):
    """What is seen of object, surroundings and the ring between them → how real the object looks in there."""

    def __init__(self, width: int = 128) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.BatchNorm1d(SEEN), nn.Dropout(0.2), nn.Linear(SEEN, width), nn.LeakyReLU(0.2),
            nn.Dropout(0.2), nn.Linear(width, 1),
        )  # fmt: skip

    def forward(self, seen: Tensor) -> Tensor:
        """B×SEEN → B log-odds: above 0 where it looks like a photograph."""
        verdict: Tensor = self.layers(seen)[:, 0]
        return verdict


def see(encoder: Encoder, image: Tensor, matte: Tensor) -> Tensor:
    """Colours and features of the regions, B×SEEN, of B×3×H×W and B×1×H×W in 0-1.

    A critic that learnt to see from composites alone would need far more of them than there are.
    """
    small, soft = pool_to_view(image), pool_to_view(matte)
    return torch.cat([colour_statistics(small, soft), region_features(encoder(image), soft)], 1)


def reduced(image: Tensor) -> Tensor:
    """The size at which the critic looks."""
    return F.adaptive_avg_pool2d(image, SIDE)


def critic_loss(critic: nn.Module, real: Tensor, fake: Tensor) -> Tensor:
    """Logistic loss on what is seen of photographs and of composites, which weigh the same."""
    found = critic(torch.cat([real, fake]))
    return F.softplus(-found[: len(real)]).mean() + F.softplus(found[len(real) :]).mean()


def realness(critic: nn.Module, seen: Tensor) -> Tensor:
    """The log of the critic's probability that these are photographs: a scalar, at most 0."""
    return -F.softplus(-critic(seen)).mean()


def paste(target: Tensor, matte: Tensor) -> Tensor:
    """Each object where it stood, but in the next photograph of the batch: real composites without end."""
    behind = target.roll(1, 0)
    return behind + matte * (target - behind)
