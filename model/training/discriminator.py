"""Estimate the realism of composites without ground truth, for the second stream of training.

Every step uses both streams; Wang et al. (CVPR 2023) draw one at random. The critic also reads the matte.
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

SIDE = 128  # of the trunk's input for the critic; a quarter of the computation, sufficient for the contents
CRITIC_NUMBERS = STATISTICS + EARLY_REGIONS + LATE_REGIONS
WARM_UP_STEPS = 50  # batches on which the critic is trained alone
ADVERSARIAL = 0.1  # weight of the critic's output
IDENTITY = 0.05  # weight of the change of untouched photographs; at 0.1 the network corrected too little
CRITIC_RATE = 2e-4


class Discriminator(nn.Module):
    """Map features of object, background and the ring between them to the log-odds of a real photograph."""

    def __init__(self, width: int = 128) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.BatchNorm1d(CRITIC_NUMBERS), nn.Dropout(0.2), nn.Linear(CRITIC_NUMBERS, width),
            nn.LeakyReLU(0.2), nn.Dropout(0.2), nn.Linear(width, 1),
        )  # fmt: skip

    def forward(self, features: Tensor) -> Tensor:
        """Map B×CRITIC_NUMBERS to B log-odds, above 0 for photographs."""
        log_odds: Tensor = self.layers(features)[:, 0]
        return log_odds


def critic_features(encoder: Encoder, image: Tensor, matte: Tensor) -> Tensor:
    """Return colours and features of the regions, B×CRITIC_NUMBERS, of B×3×H×W and B×1×H×W in 0-1.

    A critic that learned its features from composites alone would need far more of them than there are.
    """
    small, small_matte = pool_to_view(image), pool_to_view(matte)
    return torch.cat([colour_statistics(small, small_matte), region_features(encoder(image), small_matte)], 1)


def critic_input(image: Tensor) -> Tensor:
    """Resize B×C×H×W to the critic's input size, B×C×SIDE×SIDE."""
    return F.adaptive_avg_pool2d(image, SIDE)


def critic_loss(critic: nn.Module, real: Tensor, fake: Tensor) -> Tensor:
    """Return the logistic loss on the features of photographs and of composites, with equal weights."""
    log_odds = critic(torch.cat([real, fake]))
    return F.softplus(-log_odds[: len(real)]).mean() + F.softplus(log_odds[len(real) :]).mean()


def realness(critic: nn.Module, features: Tensor) -> Tensor:
    """Return the mean log-probability, by the critic, that images are photographs: a scalar, at most 0."""
    return -F.softplus(-critic(features)).mean()


def paste_into_next(target: Tensor, matte: Tensor) -> Tensor:
    """Paste each object, at its place, into the next photograph of the batch: B×3×H×W in 0-1."""
    background = target.roll(1, 0)
    return background + matte * (target - background)
