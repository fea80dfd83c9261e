"""How far a rendered composite is from the truth, seen by the object."""

from torch import Tensor

FLOOR = 2 / 255  # below two levels nothing is gained; also keeps the root's gradient finite at zero error
MINIMUM_AREA = 0.005  # share of the picture an object counts as at least


def foreground_error(output: Tensor, target: Tensor, matte: Tensor | None = None) -> Tensor:
    """Root mean square error over the matte of each picture, B: B×3×H×W in 0-1 against B×3×H×W.

    Normalised by the object's own area, so that small objects count as much as large ones. Without a matte
    every pixel is the object's.
    """
    squared = (output - target).square()
    if matte is None:
        mean = squared.mean((1, 2, 3))
    else:
        mean = (squared * matte).mean((1, 2, 3)) / matte.mean((1, 2, 3)).clamp(min=MINIMUM_AREA)
    return (mean + FLOOR**2).sqrt() - FLOOR


def roughness(shading: Tensor) -> Tensor:
    """Mean squared difference between neighbours of the log-gain map, B×1×g×g: a scalar.

    Squared: an absolute difference holds a flat map flat, as the first step away costs as much as the next.
    """
    return shading.diff(dim=2).square().mean() + shading.diff(dim=3).square().mean()
