"""What the curve heads are told: colours of the regions, and patches with what is in them."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

VIEW = 64  # side of the copy that statistics are taken from
LIGHT_POWER = 2.2
PATCHES = 8  # in each direction
STATISTICS = 3 * (3 * 17 + 15) + 1
EARLY_REGIONS, LATE_REGIONS = 3 * 2 * (24 + 40), 3 * 2 * (112 + 320)
COLOURS = 3 + 3 + 1
PATCH_NUMBERS = COLOURS + 112 + 320


@dataclass(frozen=True)
class Features:
    """Of each composite of a batch."""

    statistics: Tensor  # B×STATISTICS
    regions: Tensor  # B×(EARLY_REGIONS + LATE_REGIONS)
    patches: Tensor  # B×PATCHES²×PATCH_NUMBERS, row by row


def extract_features(image: Tensor, matte: Tensor, features: Sequence[Tensor]) -> Features:
    """B×3×256×256 and B×1×256×256 in 0-1, and the encoder's features at 1/4, 1/8, 1/16 and 1/32."""
    small, soft = pool_to_view(image), pool_to_view(matte)
    colours = patch_colours(image, matte)
    return Features(
        colour_statistics(small, soft), region_features(features, soft), patch_features(colours, features)
    )


def pool_to_view(image: Tensor) -> Tensor:
    """B×C×H×W → B×C×VIEW×VIEW."""
    return F.adaptive_avg_pool2d(image.float(), VIEW)


def soft_cdf(image: Tensor, weight: Tensor, bins: int = 17) -> Tensor:
    """Smooth cumulative histogram of each channel under a weight: B×3×H×W, B×1×H×W → B×(3·bins), 0-1."""
    total = weight.sum((2, 3)) + 1e-6
    steps = [(((i + 1.0) - image * (bins - 1)).clamp(0, 1) * weight).sum((2, 3)) / total for i in range(bins)]
    return torch.stack(steps, 2).flatten(1)


def colour_moments(image: Tensor, weight: Tensor) -> Tensor:
    """Mean, log of the mean light, and the signed root of the covariance under a weight: B×15."""
    total = weight.sum((2, 3)) + 1e-6
    mean = (image * weight).sum((2, 3)) / total
    light = (image**LIGHT_POWER * weight).sum((2, 3)) / total
    centred = (image - mean[:, :, None, None]).flatten(2)
    covariance = (centred * weight.flatten(2)) @ centred.transpose(1, 2) / total[:, :, None]
    spread = covariance.sign() * (covariance.abs() + 1e-8).sqrt()
    return torch.cat([mean, (light + 1e-3).log(), spread.flatten(1)], 1)


def region_weights(matte: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Object, surroundings, and the ring of surroundings next to the object; each B×1×H×W in 0-1."""
    near = F.max_pool2d(matte, 11, 1, 5)
    return matte, 1 - matte, (near - matte).clamp(min=0)


def colour_statistics(image: Tensor, matte: Tensor) -> Tensor:
    """What a colourist would measure: tones, light and colour spread of each region. B×STATISTICS."""
    parts = [measure(image, w) for w in region_weights(matte) for measure in (soft_cdf, colour_moments)]
    return torch.cat([*parts, matte.mean((2, 3)).sqrt()], 1)


def region_features(features: Sequence[Tensor], matte: Tensor) -> Tensor:
    """Mean and deviation of every feature in each region: list of B×C×h×w, B×1×VIEW×VIEW → B×6ΣC."""
    parts = []
    for feature in features:
        values = feature.float()
        for weight in region_weights(F.interpolate(matte, feature.shape[-2:], mode="area")):
            total = weight.sum((2, 3)) + 1e-3
            mean = (values * weight).sum((2, 3)) / total
            square = (values.square() * weight).sum((2, 3)) / total
            parts += [mean, (square - mean.square()).clamp(min=0).add(1e-4).sqrt()]
    return torch.cat(parts, 1)


def patch_colours(image: Tensor, matte: Tensor) -> Tensor:
    """Mean colour of object and of surroundings in each patch, and the object's share: B×COLOURS×8×8.

    What a patch holds nothing of is black.
    """
    image, matte = image.float(), matte.float()
    share = F.adaptive_avg_pool2d(matte, PATCHES)
    sums = [F.adaptive_avg_pool2d(image * weight, PATCHES) for weight in (matte, 1 - matte)]
    return torch.cat([sums[0] / (share + 1e-3), sums[1] / (1 - share + 1e-3), share], 1)


def patch_features(colours: Tensor, features: Sequence[Tensor]) -> Tensor:
    """Colours of each patch, and the features at 1/16 and 1/32 in it: B×PATCHES²×PATCH_NUMBERS."""
    seen = [F.adaptive_avg_pool2d(feature.float(), PATCHES) for feature in features[-2:]]
    return torch.cat([colours, *seen], 1).flatten(2).transpose(1, 2)
