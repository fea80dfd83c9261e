"""Apply curves, a colour matrix and a shading map to tensors, and make curves of free numbers."""

import torch
from torch import Tensor
from torch.nn import functional as F

from model.network.features import LIGHT_POWER

KNOTS = 17
CURVE_NUMBERS = 3 * (KNOTS + 1)  # that three curves are made of
MAX_LOG_SLOPE = 3.0


def monotone_curves(raw: Tensor, log_light: Tensor) -> Tensor:
    """Map free numbers, B×3×KNOTS and B×3×1, to non-decreasing knot values in 0-1; zeros give the identity.

    log_light: a gain of exp(log_light) in linear light, as of exposure and white balance; a pure power
    approximates the sRGB curve. raw: a residual applied to its result, a black level and the logarithm of the
    slope of each segment.
    """
    position = torch.linspace(0, 1, KNOTS, device=raw.device)
    lit = position * (log_light.clamp(-4, 4) / LIGHT_POWER).exp()
    slopes = raw[..., 1:].clamp(-MAX_LOG_SLOPE, MAX_LOG_SLOPE).exp() / (KNOTS - 1)
    residual = 0.25 * raw[..., :1] + F.pad(slopes.cumsum(-1), (1, 0))
    below = (lit.clamp(0, 1) * (KNOTS - 1)).floor().clamp(max=KNOTS - 2)
    low = residual.gather(-1, below.long())
    high = residual.gather(-1, below.long() + 1)
    inside = low + (high - low) * (lit.clamp(0, 1) * (KNOTS - 1) - below)
    return inside.clamp(0, 1)


def apply_curves(image: Tensor, curves: Tensor) -> Tensor:
    """Apply piecewise-linear curves, B×3×N, knots from 0 to 1 inclusive, to B×3×H×W in 0-1.

    They are computed as a sum of clamped ramps: unlike a table look-up, the gradient needs no scatter-add.
    """
    segments = curves.shape[-1] - 1
    rise = curves.diff(dim=-1)[..., None, None]
    scaled = image * segments
    out = curves[..., 0, None, None] + rise[:, :, 0] * scaled.clamp(0, 1)
    for i in range(1, segments):
        out = out + rise[:, :, i] * (scaled - i).clamp(0, 1)
    return out


def apply_matrix(image: Tensor, matrix: Tensor) -> Tensor:
    """Mix the channels of B×3×H×W in 0-1: A·c + b, by B×3×4, A and then b. Not clamped.

    Sums of products keep float32 under autocast, and the identity exact.
    """
    weights = matrix[..., None, None]
    mixed = weights[:, :, 3]
    for channel in range(3):
        mixed = mixed + weights[:, :, channel] * image[:, channel : channel + 1]
    return mixed


def apply_tones(image: Tensor, curves: Tensor, matrix: Tensor) -> Tensor:
    """Apply curves, B×3×N, and then a colour matrix, B×3×4, to B×3×H×W in 0-1. Not clamped."""
    return apply_matrix(apply_curves(image, curves), matrix)


def apply_shading(image: Tensor, shading: Tensor) -> Tensor:
    """Multiply encoded values, B×3×H×W, by exp of the log-gain map, B×1×g×g; clamped to 0-1.

    The map is resized bilinearly with half-pixel centres.
    """
    gain = F.interpolate(shading, image.shape[-2:], mode="bilinear", align_corners=False).exp()
    return (image * gain).clamp(0, 1)
