"""The second stream: a critic of real composites, which have no ground truth.

Both streams are in every step (Wang et al., CVPR 2023, draw one at random), and the critic sees the matte.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

SIDE = 64  # light and colour are coarse; at this size the seams of a paste are not to be seen
WARM_UP_STEPS = 50  # fresh batches over which the critic learns alone
ADVERSARIAL = 0.1  # weight of the critic's opinion
IDENTITY = 0.02  # weight of what is changed in untouched photographs; at 0.1 it made the network timid
CRITIC_RATE = 2e-4


class Discriminator(nn.Module):
    """Picture and matte → how real each part looks, spectrally normalised (Miyato et al. 2018)."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for inputs, outputs, stride in ((4, 1, 2), (1, 2, 2), (2, 4, 2), (4, 4, 1)):
            conv = nn.Conv2d(inputs if not layers else inputs * width, outputs * width, 3, stride, 1)
            layers += [spectral_norm(conv), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers, spectral_norm(nn.Conv2d(4 * width, 1, 3, 1, 1)))

    def forward(self, image: Tensor, matte: Tensor) -> Tensor:
        """B×3×H×W and B×1×H×W, 0-1 → B×1×8×8: above 0 where it looks real."""
        verdict: Tensor = self.layers(torch.cat([shrunk(image), shrunk(matte)], 1) * 2 - 1)
        return verdict


def shrunk(image: Tensor) -> Tensor:
    """The size at which the critic looks."""
    return F.adaptive_avg_pool2d(image, SIDE)


def mean_over(values: Tensor, weight: Tensor) -> Tensor:
    """Mean of B×1×h×w where B×1×H×W weighs, for each picture, then over the batch: a scalar."""
    height, width = values.shape[-2:]
    weight = F.adaptive_avg_pool2d(weight, (height, width))
    return ((values * weight).sum((1, 2, 3)) / (weight.sum((1, 2, 3)) + 1e-3)).mean()


def critic_loss(critic: nn.Module, real: tuple[Tensor, Tensor], fake: tuple[Tensor, Tensor]) -> Tensor:
    """Hinge loss on pictures with mattes: photographs are real, and composites outside their objects."""
    right, found = F.relu(1 - critic(*real)), critic(*fake)
    in_photographs = mean_over(right, real[1]) + mean_over(right, 1 - real[1])
    return in_photographs + mean_over(F.relu(1 + found), fake[1]) + mean_over(F.relu(1 - found), 1 - fake[1])


def realness(critic: nn.Module, image: Tensor, matte: Tensor) -> Tensor:
    """The critic's opinion of the objects: a scalar, the higher the more real."""
    return mean_over(critic(image, matte), matte)


def paste(target: Tensor, matte: Tensor) -> Tensor:
    """Each object where it stood, but in the next photograph of the batch: real composites without end."""
    behind = target.roll(1, 0)
    return behind + matte * (target - behind)
