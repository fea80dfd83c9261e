"""Predict the mask of an object from the features of a picture and from prompts: a box, clicks, or nothing.

The trunk of the harmonizer stays as it is; a small decoder reads its features at four sizes. Two transformer
layers relate all places of the picture to each other and to the prompts, and finer features are then added
level by level, as in feature pyramids (Lin et al. 2017).
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model.network.efficientnet import Encoder

SIDE = 320  # of the input
PROMPTS = 3  # maps: the box, or all where there is none; clicks on the object; clicks beside it
FEATURES = (24, 40, 112, 320)  # channels of the trunk at 1/4, 1/8, 1/16 and 1/32 of the size
LOWEST, COARSE, MIDDLE, FINE, EDGES = 64, 96, 48, 24, 16  # channels at 1/32 … 1/2 of the size
PLACES = (SIDE // 16) ** 2
HEADS, LAYERS, GROUPS = 4, 2, 8


def pool_prompts(prompts: Tensor, side: int) -> Tensor:
    """Reduce prompt maps, B×PROMPTS×H×H, to side×side: the mean of the box, the largest value of clicks."""
    box = F.adaptive_avg_pool2d(prompts[:, :1], side)
    return torch.cat([box, F.adaptive_max_pool2d(prompts[:, 1:], side)], 1)


class Refinement(nn.Module):
    """Add the output of two convolutions to their input."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(GROUPS, width)
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = x + self.second(F.relu(self.first(F.relu(self.norm(x)))))
        return out


class Level(nn.Module):
    """Add the features of a finer level, and the prompts at its size, to enlarged coarser ones."""

    def __init__(self, below: int, features: int, width: int) -> None:
        super().__init__()
        self.below = nn.Conv2d(below, width, 1)
        self.features = nn.Conv2d(features, width, 1)
        self.norm = nn.GroupNorm(GROUPS, width)
        self.prompts = nn.Conv2d(PROMPTS, width, 3, padding=1)

    def forward(self, below: Tensor, features: Tensor, prompts: Tensor) -> Tensor:
        """Return B×width×h×h. below: B×C×h/2×h/2. features: B×C'×h×h. prompts: B×PROMPTS×H×H."""
        wide = F.interpolate(self.below(below), scale_factor=2.0, mode="bilinear", align_corners=False)
        pooled = self.prompts(pool_prompts(prompts, features.shape[-1]))
        out: Tensor = self.norm(wide + self.features(features)) + pooled
        return out


class MaskDecoder(nn.Module):
    """Predict the logit of the mask at half the size of the picture."""

    def __init__(self) -> None:
        super().__init__()
        quarter, eighth, sixteenth, smallest = FEATURES
        self.lowest = nn.Conv2d(smallest, LOWEST, 1)
        self.coarse = Level(LOWEST, sixteenth, COARSE)
        self.position = nn.Parameter(torch.zeros(PLACES, COARSE))
        self.relate = nn.ModuleList(
            nn.TransformerEncoderLayer(
                COARSE, HEADS, 2 * COARSE, 0.0, F.relu, batch_first=True, norm_first=True
            )
            for _ in range(LAYERS)
        )
        self.blend = Refinement(COARSE)
        self.middle = Level(COARSE, eighth, MIDDLE)
        self.middle_blend = Refinement(MIDDLE)
        self.fine = Level(MIDDLE, quarter, FINE)
        self.fine_blend = Refinement(FINE)
        self.enlarge = nn.Conv2d(FINE, EDGES, 1)
        self.edges = nn.Conv2d(3, EDGES, 3, padding=1)
        self.out = nn.Conv2d(EDGES, 1, 3, padding=1)

    def forward(self, image: Tensor, features: list[Tensor], prompts: Tensor) -> Tensor:
        """Return logits, B×1×SIDE/2×SIDE/2.

        image: B×3×SIDE/2×SIDE/2 sRGB in 0-1. features: of the picture at SIDE×SIDE, of `Encoder`.
        prompts: B×PROMPTS×SIDE/2×SIDE/2 in 0-1.
        """
        quarter, eighth, sixteenth, smallest = features
        x = self.coarse(F.relu(self.lowest(smallest)), sixteenth, prompts)
        places = x.flatten(2).transpose(1, 2) + self.position
        for layer in self.relate:
            places = layer(places)
        x = self.blend(places.transpose(1, 2).unflatten(2, x.shape[-2:]))
        x = self.middle_blend(self.middle(x, eighth, prompts))
        x = self.fine_blend(self.fine(x, quarter, prompts))
        wide = F.interpolate(self.enlarge(x), scale_factor=2.0, mode="bilinear", align_corners=False)
        out: Tensor = self.out(F.relu(wide + self.edges(image - 0.5)))
        return out.float()


class MaskNetwork(nn.Module):
    """Predict a mask from a picture and prompts: the trunk, then the decoder."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = Encoder()
        self.decoder = MaskDecoder()

    def forward(self, image: Tensor, prompts: Tensor) -> Tensor:
        """Return logits, B×1×SIDE/2×SIDE/2. image: B×3×SIDE×SIDE sRGB in 0-1. prompts: see `MaskDecoder`."""
        out: Tensor = self.decoder(F.avg_pool2d(image, 2), self.encoder(image), prompts)
        return out
