"""Match the object's whole colour distribution to the background's (Pitié, Kokaram and Dahyot 2005, 2007)."""

import numpy as np

from model.images.arrays import Pixels
from model.images.composite import Composite
from model.methods.common.color import recolour_table
from model.methods.common.method import computed
from model.methods.common.statistics import Regions, Values, measure_regions

MAX_SIDE = 256
ROTATIONS = 12
BINS = 300
FLOOR = 1e-9  # makes the cumulative distribution strictly increasing
GRID = 33
SEED = 0
URL = "https://doi.org/10.1016/j.cviu.2006.11.011"


def idt(composite: Composite) -> Pixels:
    """Return the image after iterative distribution transfer, applied to the object as a 33³ table.

    Twelve times: rotate the colours (the first time not at all, then at random from a fixed seed) and match
    the histogram of each coordinate, 300 bins, to the background's. The same steps are applied to a grid of
    all colours. Its displacement is smoothed by a box of 3³, in place of the grain reduction of the paper.
    """
    regions = measure_regions(composite, MAX_SIDE)
    if not regions.enough:
        return composite.image.copy()
    return recolour_table(composite, transfer_table(regions).clip(0, 255))


def transfer_table(regions: Regions) -> Values:
    """Return the new levels of a grid of red, green and blue, 33×33×33×3, before clipping to 0-255."""
    steps = np.linspace(0, 255, GRID)
    grid = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    inside, outside = regions.foreground > 0, regions.background > 0
    colours, target = regions.colours[inside], regions.colours[outside]
    weights = regions.foreground[inside], regions.background[outside]
    table: Values = grid
    for rotation in _rotations():
        matches = [_match((colours @ axis, target @ axis), weights) for axis in rotation]
        colours, table = _move(colours, rotation, matches), _move(table, rotation, matches)
    displacement = (table - grid).reshape(GRID, GRID, GRID, 3)
    return grid.reshape(displacement.shape) + _smooth(displacement)


def _rotations() -> list[Values]:
    """Return orthogonal 3×3 matrices, whose rows are the axes."""
    rng = np.random.default_rng(SEED)
    return [np.eye(3), *(np.linalg.qr(rng.normal(size=(3, 3)))[0] for _ in range(ROTATIONS - 1))]


def _match(values: tuple[Values, Values], weights: tuple[Values, Values]) -> tuple[Values, Values]:
    """Return the centres of bins and the displacement of each that maps one distribution to the other."""
    low = min(float(side.min()) for side in values)
    high = max(low + 1, *(float(side.max()) for side in values))
    edges = np.linspace(low, high, BINS + 1)
    centres = (edges[1:] + edges[:-1]) / 2
    source, target = (
        _cumulative(np.histogram(side, edges, weights=weight)[0])
        for side, weight in zip(values, weights, strict=True)
    )
    return centres, np.interp(source, target, centres) - centres


def _cumulative(histogram: Values) -> Values:
    """Return the share of the weight below the middle of each bin; it is strictly increasing."""
    shares = histogram / histogram.sum() + FLOOR
    middle: Values = (shares.cumsum() - shares / 2) / shares.sum()
    return middle


def _move(colours: Values, rotation: Values, matches: list[tuple[Values, Values]]) -> Values:
    """Displace N×3 colours along each axis. Beyond the outermost bins, the displacement is theirs."""
    steps = [np.interp(colours @ axis, *match) for axis, match in zip(rotation, matches, strict=True)]
    moved: Values = colours + np.stack(steps, axis=-1) @ rotation
    return moved


def _smooth(displacement: Values) -> Values:
    from scipy.ndimage import uniform_filter

    smooth: Values = uniform_filter(displacement, (3, 3, 3, 1), mode="nearest")
    return smooth


METHODS = (computed("idt", "Distribution transfer", idt, URL, optional=True),)
