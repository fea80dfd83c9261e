"""Measure the errors that training minimizes."""

from torch import Tensor

FLOOR = 2 / 255  # errors below two levels are not reduced; it also bounds the gradient of the root at zero
MINIMUM_AREA = 0.005  # least share of the image used as an object's area


def foreground_error(output: Tensor, target: Tensor, matte: Tensor | None = None) -> Tensor:
    """Return the root mean square error over the matte of each image, B: B×3×H×W in 0-1 against B×3×H×W.

    It is normalized by the object's own area, so small and large objects have equal weight. Without a matte,
    every pixel belongs to the object.
    """
    squared = (output - target).square()
    if matte is None:
        mean = squared.mean((1, 2, 3))
    else:
        mean = (squared * matte).mean((1, 2, 3)) / matte.mean((1, 2, 3)).clamp(min=MINIMUM_AREA)
    return (mean + FLOOR**2).sqrt() - FLOOR


def roughness(shading: Tensor) -> Tensor:
    """Return the mean squared difference between neighbours of the log-gain map, B×1×g×g: a scalar.

    The square has zero gradient at a flat map; the absolute difference would keep a flat map flat.
    """
    return shading.diff(dim=2).square().mean() + shading.diff(dim=3).square().mean()
