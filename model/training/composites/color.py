"""Transform the colours of batches of images, B×3×H×W in 0-1, on any device, without gradients."""

from functools import lru_cache

import torch
from torch import Tensor

# Orthonormal axes (light, yellow-blue, red-green): the rotation of Reinhard et al. 2001, not its logarithm.
OPPONENT = torch.tensor(
    [[1 / 3**0.5] * 3, [1 / 6**0.5, 1 / 6**0.5, -2 / 6**0.5], [1 / 2**0.5, -1 / 2**0.5, 0.0]]
)
LUMA = (0.299, 0.587, 0.114)
SAMPLES = 1024  # pixels drawn from a region
ROOT_ROUNDS = 26  # suffice for a condition number of ten million
EIGENVALUE_FLOOR = (4 / 255) ** 2  # bounds the gain of a colour transfer on flat regions


@lru_cache
def opponent_axes(device: torch.device) -> Tensor:
    """Return OPPONENT on a device, to which it is copied once."""
    return OPPONENT.to(device)


def to_bytes(values: Tensor) -> Tensor:
    """Convert values in 0-1 to uint8."""
    return (255 * values).round().to(torch.uint8)


def to_floats(values: Tensor) -> Tensor:
    """Convert uint8 to values in 0-1."""
    return values.float() / 255


def to_linear(image: Tensor) -> Tensor:
    """Convert sRGB (IEC 61966-2-1) in 0-1 to linear light in 0-1."""
    return torch.where(image <= 0.04045, image / 12.92, ((image + 0.055) / 1.055).clamp(min=0) ** 2.4)


def to_srgb(light: Tensor) -> Tensor:
    """Convert linear light to sRGB (IEC 61966-2-1), clipped to 0-1."""
    light = light.clamp(0, 1)
    return torch.where(light <= 0.0031308, light * 12.92, 1.055 * light.clamp(min=1e-8) ** (1 / 2.4) - 0.055)


def luma(image: Tensor) -> Tensor:
    """Return Rec. 601 luma, B×1×H×W."""
    return LUMA[0] * image[:, :1] + LUMA[1] * image[:, 1:2] + LUMA[2] * image[:, 2:]


def look_up(image: Tensor, table: Tensor) -> Tensor:
    """Apply tables B×3×N, whose inputs are equally spaced from 0 to 1, with linear interpolation."""
    segments = table.shape[-1] - 1
    scaled = image.clamp(0, 1).flatten(2) * segments
    low = scaled.long().clamp(max=segments - 1)
    fraction = scaled - low
    out = torch.gather(table, 2, low) * (1 - fraction) + torch.gather(table, 2, low + 1) * fraction
    return out.view_as(image)


def multiply(image: Tensor, matrix: Tensor, offset: Tensor) -> Tensor:
    """Apply an affine map of colours, B×3×3 and B×3; the result is clipped to 0-1."""
    out = torch.baddbmm(offset[:, :, None], matrix, image.flatten(2))
    return out.clamp(0, 1).view_as(image)


def sample_region(image: Tensor, weight: Tensor, rng: torch.Generator, count: int = SAMPLES) -> Tensor:
    """Draw pixels of each image, with replacement, in proportion to B×1×H×W: B×C×H×W → B×C×count."""
    chosen = torch.multinomial(weight.flatten(1) + 1e-8, count, replacement=True, generator=rng)
    return torch.gather(image.flatten(2), 2, chosen[:, None].expand(-1, image.shape[1], -1))


def moments(samples: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean B×3 and covariance B×3×3, with a floor added to its diagonal, of B×3×N samples."""
    mean = samples.mean(2)
    centred = samples - mean[:, :, None]
    floor = EIGENVALUE_FLOOR * torch.eye(3, device=samples.device)
    return mean, centred @ centred.transpose(1, 2) / samples.shape[2] + floor


def spread_transfer(source: Tensor, reference: Tensor) -> tuple[Tensor, Tensor]:
    """Return the matrix B×3×3 and offset B×3 that match mean and deviation along the opponent axes.

    source, reference: B×3×N samples (Reinhard et al. 2001).
    """
    axes = opponent_axes(source.device)
    (mean_s, cov_s), (mean_r, cov_r) = moments(axes @ source), moments(axes @ reference)
    ratio = (cov_r.diagonal(dim1=1, dim2=2) / cov_s.diagonal(dim1=1, dim2=2)).sqrt().clamp(0.33, 3)
    matrix = axes.T @ (ratio[:, :, None] * axes)
    return matrix, ((mean_r - ratio * mean_s)[:, None] @ axes)[:, 0]


def square_roots(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """Return the square root and its inverse of symmetric positive definite matrices, B×3×3.

    By the coupled Newton iteration (Higham 2008, Functions of Matrices, 6.35), because a decomposition makes
    the host wait for the device.
    """
    scale = matrix.diagonal(dim1=1, dim2=2).sum(1)[:, None, None]
    identity = torch.eye(3, device=matrix.device, dtype=matrix.dtype)
    root, inverse = matrix / scale, identity.expand_as(matrix)
    for _ in range(ROOT_ROUNDS):
        step = 1.5 * identity - 0.5 * inverse @ root
        root, inverse = root @ step, step @ inverse
    return root * scale.sqrt(), inverse / scale.sqrt()


def covariance_transfer(source: Tensor, reference: Tensor) -> tuple[Tensor, Tensor]:
    """Return the matrix B×3×3 and offset B×3 of the linear Monge-Kantorovich map (Pitié and Kokaram 2007).

    source, reference: B×3×N samples.
    """
    (mean_s, cov_s), (mean_r, cov_r) = moments(source), moments(reference)
    root, inverse = square_roots(cov_s)
    matrix = inverse @ square_roots(root @ cov_r @ root)[0] @ inverse
    return matrix, mean_r - (matrix @ mean_s[:, :, None])[:, :, 0]


def histogram_table(source: Tensor, reference: Tensor, knots: int = 33) -> Tensor:
    """Return tables B×3×knots that match histograms per channel, from B×3×SAMPLES of both regions."""
    low, high = source.sort(2).values.contiguous(), reference.sort(2).values
    levels = torch.linspace(0, 1, knots, device=source.device).expand(*source.shape[:2], -1).contiguous()
    rank = (torch.searchsorted(low, levels) + torch.searchsorted(low, levels, right=True)) // 2
    table = torch.gather(high, 2, rank.clamp(max=SAMPLES - 1))
    # Beyond the range of the source, continue with slope 1 instead of a constant.
    first, last = low[:, :, :1], low[:, :, -1:]
    below, above = (levels - first).clamp(max=0), (levels - last).clamp(min=0)
    return (table + below + above).clamp(0, 1)
