"""Compute the inputs of the curve heads: colour statistics and image features of regions and of patches."""

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
LATE_FEATURES = 112 + 320
PATCH_NUMBERS = COLOURS + LATE_FEATURES


@dataclass(frozen=True)
class Features:
    """Hold the features of each composite of a batch."""

    statistics: Tensor  # B×STATISTICS
    regions: Tensor  # B×(EARLY_REGIONS + LATE_REGIONS)
    patches: Tensor  # B×PATCHES²×PATCH_NUMBERS, row by row


def extract_features(image: Tensor, matte: Tensor, features: Sequence[Tensor]) -> Features:
    """Compute all features of a batch.

    image: B×3×256×256 sRGB in 0-1. matte: B×1×256×256 in 0-1. features: the encoder's, at 1/4, 1/8, 1/16 and
    1/32 of the size.
    """
    small, soft = pool_to_view(image), pool_to_view(matte)
    colours = patch_colours(image, matte)
    return Features(
        colour_statistics(small, soft), region_features(features, soft), patch_features(colours, features)
    )


def pool_to_view(image: Tensor) -> Tensor:
    """Average B×C×H×W to B×C×VIEW×VIEW, float32."""
    return F.adaptive_avg_pool2d(image.float(), VIEW)


def soft_cdf(image: Tensor, weight: Tensor, bins: int = 17) -> Tensor:
    """Return the smooth cumulative histogram of each channel under a weight: B×(3·bins), 0-1.

    image: B×3×H×W in 0-1. weight: B×1×H×W.
    """
    total = weight.sum((2, 3)) + 1e-6
    steps = [(((i + 1.0) - image * (bins - 1)).clamp(0, 1) * weight).sum((2, 3)) / total for i in range(bins)]
    return torch.stack(steps, 2).flatten(1)


def colour_moments(image: Tensor, weight: Tensor) -> Tensor:
    """Return mean, log of the mean linear light, and signed root of the covariance under a weight: B×15."""
    total = weight.sum((2, 3)) + 1e-6
    mean = (image * weight).sum((2, 3)) / total
    light = (image**LIGHT_POWER * weight).sum((2, 3)) / total
    centred = (image - mean[:, :, None, None]).flatten(2)
    covariance = (centred * weight.flatten(2)) @ centred.transpose(1, 2) / total[:, :, None]
    spread = covariance.sign() * (covariance.abs() + 1e-8).sqrt()
    return torch.cat([mean, (light + 1e-3).log(), spread.flatten(1)], 1)


def region_weights(matte: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return the weights of object, background, and background near the object; each B×1×H×W in 0-1."""
    near = F.max_pool2d(matte, 11, 1, 5)
    return matte, 1 - matte, (near - matte).clamp(min=0)


def colour_statistics(image: Tensor, matte: Tensor) -> Tensor:
    """Return tones, light and colour covariance of each region, and the object's size: B×STATISTICS."""
    parts = [measure(image, w) for w in region_weights(matte) for measure in (soft_cdf, colour_moments)]
    return torch.cat([*parts, matte.mean((2, 3)).sqrt()], 1)


def region_features(features: Sequence[Tensor], matte: Tensor) -> Tensor:
    """Return mean and standard deviation of every feature in each region: B×6ΣC.

    features: each B×C×h×w. matte: B×1×VIEW×VIEW in 0-1.
    """
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
    """Return mean colours of object and background in each patch, and the object's share: B×COLOURS×8×8.

    A region that a patch does not contain has the colour black.
    """
    image, matte = image.float(), matte.float()
    share = F.adaptive_avg_pool2d(matte, PATCHES)
    sums = [F.adaptive_avg_pool2d(image * weight, PATCHES) for weight in (matte, 1 - matte)]
    return torch.cat([sums[0] / (share + 1e-3), sums[1] / (1 - share + 1e-3), share], 1)


def patch_features(colours: Tensor, features: Sequence[Tensor]) -> Tensor:
    """Return colours, and features at 1/16 and 1/32 of the size, of each patch: B×PATCHES²×PATCH_NUMBERS."""
    return torch.cat([colours, _late_maps(features)], 1).flatten(2).transpose(1, 2)


def late_features(features: Sequence[Tensor]) -> Tensor:
    """Return the trunk's features at 1/16 and 1/32 of the size in patches: B×PATCHES²×LATE_FEATURES."""
    return _late_maps(features).flatten(2).transpose(1, 2)


def _late_maps(features: Sequence[Tensor]) -> Tensor:
    """Return features at 1/16 and 1/32 of the size, averaged to patches: B×LATE_FEATURES×PATCHES×PATCHES."""
    return torch.cat([F.adaptive_avg_pool2d(feature.float(), PATCHES) for feature in features[-2:]], 1)
