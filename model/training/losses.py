"""How far a rendered composite is from the truth, seen by the object."""

from torch import Tensor
from torch.nn import functional as F

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


def wanted_shading(toned: Tensor, target: Tensor, matte: Tensor, grid: int) -> tuple[Tensor, Tensor]:
    """The log-gain map that would bring the toned object nearest to the truth, and what each cell weighs.

    Least squares per cell with its neighbours, B×1×grid×grid: log Σ x·y / Σ x² over the object.
    """

    def gather(values: Tensor) -> Tensor:
        cells = F.adaptive_avg_pool2d(values.sum(1, keepdim=True) * matte, grid)
        return F.avg_pool2d(F.pad(cells, (1, 1, 1, 1), mode="replicate"), 3, 1)

    toned = toned.detach()
    energy = gather(toned.square())
    gain = ((gather(toned * target) + 1e-4) / (energy + 1e-4)).clamp(0.4, 2.5).log()
    return gain, F.adaptive_avg_pool2d(matte, grid) * energy.sqrt()


def shading_error(shading: Tensor, wanted: Tensor, weight: Tensor) -> Tensor:
    """Weighted mean squared error of the map's variation over the object: a scalar from three B×1×g×g.

    Its mean is left out: a wrong overall gain is for the curves to mend, and would drown the rest.
    """
    weight = weight / (weight.sum((2, 3), keepdim=True) + 1e-6)
    off = shading - wanted
    centred = off - (off * weight).sum((2, 3), keepdim=True)
    return (centred.square() * weight).sum((1, 2, 3)).mean()
