"""Find regions of photographs in batches on their device, as `kmeans_regions` does on the cores of the host.

On a processor this takes seven times as long. The regions are of the same kind, not the same.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from model.training.composites import color

SMALLEST, LARGEST = 0.03, 0.5  # share of the image
SAMPLES = 1500  # pixels for the k-means iteration
LIGHTNESS, CHROMA, POSITION = 0.7, 1.5, 0.5  # weights of Lab levels and of pixel coordinates
SIDE = 128  # half the input size, which takes a quarter of the time
FEWEST, MOST = 4, 8  # clusters of an image
ROUNDS = 10
LEVELS = 30.0  # deviation of the smoothing that keeps edges
CHUNK = 64
JUMPS = 4  # between checks for the end of the search for connected parts

# XYZ of linear sRGB, each axis divided by the white point D65 (IEC 61966-2-1, CIE 15).
XYZ = ((0.4339, 0.3762, 0.1899), (0.2126, 0.7152, 0.0722), (0.0178, 0.1095, 0.8727))


def find_on_device(images: Tensor, seed: int = 0) -> Tensor:
    """Return the region of each pixel of N×3×H×W uint8: N×H×W uint8 from 1; 0: none of suitable size."""
    rng = torch.Generator(images.device).manual_seed(seed)
    return torch.cat([_regions(chunk, rng) for chunk in torch.split(images, CHUNK)])


def _regions(images: Tensor, rng: torch.Generator) -> Tensor:
    """Return connected parts of four to eight k-means clusters of colour and position."""
    small = F.interpolate(color.to_floats(images), (SIDE, SIDE), mode="area")
    axis = POSITION * torch.arange(SIDE, device=images.device, dtype=torch.float32)
    place = torch.stack(torch.meshgrid(axis, axis, indexing="ij")).expand(len(images), -1, -1, -1)
    points = torch.cat([smoothed(lab_levels(small)), place], 1).flatten(2).transpose(1, 2)
    clusters = nearest(points, k_means(points, rng)).view(-1, 1, SIDE, SIDE).float()
    windows = F.unfold(F.pad(clusters, (1, 1, 1, 1), mode="replicate"), 3)
    parts = connected_parts(windows.median(1).values.view(-1, SIDE, SIDE).long())
    return F.interpolate(numbered(parts)[:, None], images.shape[-2:], mode="nearest")[:, 0]


def lab_levels(image: Tensor) -> Tensor:
    """Return weighted CIE Lab, B×3×H×W in 0-255 for lightness, of sRGB in 0-1."""
    xyz = torch.einsum("kc,bchw->bkhw", torch.tensor(XYZ, device=image.device), color.to_linear(image))
    x, y, z = torch.where(xyz > 0.008856, xyz.clamp(min=1e-6) ** (1 / 3), 7.787 * xyz + 16 / 116).unbind(1)
    lightness = LIGHTNESS * 255 / 100 * (116 * y - 16)
    return torch.stack([lightness, CHROMA * 500 * (x - y), CHROMA * 200 * (y - z)], 1)


def smoothed(lab: Tensor) -> Tensor:
    """Average neighbours of similar colour: a bilateral filter of 3×3 pixels (Tomasi and Manduchi 1998)."""
    height, width = lab.shape[-2:]
    padded = F.pad(lab, (1, 1, 1, 1), mode="replicate")
    total, weights = torch.zeros_like(lab), torch.zeros_like(lab[:, :1])
    for y in range(3):
        for x in range(3):
            other = padded[:, :, y : y + height, x : x + width]
            weight = torch.exp(-(other - lab).square().sum(1, keepdim=True) / (2 * LEVELS**2))
            total, weights = total + weight * other, weights + weight
    return total / weights


def k_means(points: Tensor, rng: torch.Generator) -> Tensor:
    """Return cluster centres, B×MOST×5, of B×N×5 points; those beyond an image's number lie at infinity.

    The first centres are drawn apart from each other (Arthur and Vassilvitskii 2007).
    """
    count, device = len(points), points.device
    drawn = torch.randint(0, points.shape[1], (count, SAMPLES), generator=rng, device=device)
    sample = points.gather(1, drawn[:, :, None].expand(-1, -1, points.shape[2]))
    centres = [sample[:, 0]]
    distance = torch.full(sample.shape[:2], torch.inf, device=device)
    for _ in range(MOST - 1):
        distance = torch.minimum(distance, (sample - centres[-1][:, None]).square().sum(2))
        next_one = torch.multinomial(distance + 1e-6, 1, generator=rng)
        centres.append(sample.gather(1, next_one[:, :, None].expand(-1, -1, sample.shape[2]))[:, 0])
    number = torch.randint(FEWEST, MOST + 1, (count, 1), generator=rng, device=device)
    unused = (torch.arange(MOST, device=device) >= number)[:, :, None]
    found = torch.stack(centres, 1).masked_fill(unused, 1e6)
    for _ in range(ROUNDS):
        member = F.one_hot(nearest(sample, found), MOST).float()
        size = member.sum(1)[:, :, None]
        found = torch.where(size > 0, (member.transpose(1, 2) @ sample) / size.clamp(min=1), found)
    return found


def nearest(points: Tensor, centres: Tensor) -> Tensor:
    """Return the index of the nearest centre of each point, B×N: B×N×5 and B×K×5."""
    squares = centres.square().sum(2)[:, None]
    return torch.baddbmm(squares, points, centres.transpose(1, 2), alpha=-2).argmin(2)


def connected_parts(clusters: Tensor) -> Tensor:
    """Return a label of the connected part of each pixel, B×H·W: the index of one of its pixels.

    clusters: B×H×W. Neighbours in four directions take the larger label, and then each label is replaced by
    that of its pixel, so the number of rounds grows with the logarithm of a part's length.
    """
    height, width = clusters.shape[1:]
    labels = torch.arange(height * width, device=clusters.device).expand(len(clusters), -1)
    down, right = clusters[:, 1:] == clusters[:, :-1], clusters[:, :, 1:] == clusters[:, :, :-1]
    while True:
        before = labels
        for _ in range(JUMPS):
            grid = labels.reshape(-1, height, width).clone()
            for same, one, other in (
                (down, grid[:, :-1], grid[:, 1:]),
                (right, grid[:, :, :-1], grid[:, :, 1:]),
            ):
                larger = torch.where(same, torch.maximum(one, other), 0)
                one.copy_(torch.maximum(one, larger))
                other.copy_(torch.maximum(other, larger))
            labels = grid.flatten(1)
            labels = labels.gather(1, labels)
        if torch.equal(before, labels):
            return labels


def numbered(parts: Tensor) -> Tensor:
    """Number the parts of suitable size from 1, B×SIDE×SIDE uint8; others are 0. parts: B×SIDE² labels."""
    area = torch.zeros_like(parts).scatter_add_(1, parts, torch.ones_like(parts)) / parts.shape[1]
    suitable = (area > SMALLEST) & (area < LARGEST)
    numbers = (suitable.cumsum(1) * suitable).gather(1, parts)
    return numbers.to(torch.uint8).view(-1, SIDE, SIDE)
