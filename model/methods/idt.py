"""The whole colour distribution of the background for the object (Pitié, Kokaram and Dahyot 2005, 2007)."""

import numpy as np

from model.images.arrays import Pixels
from model.images.composite import Composite
from model.methods.common.color import recolour_table
from model.methods.common.method import computed
from model.methods.common.statistics import Regions, Values, measure_regions

MAX_SIDE = 256
ROTATIONS = 12
BINS = 300
FLOOR = 1e-9  # so that the distribution rises everywhere
GRID = 33
SEED = 0
URL = "https://doi.org/10.1016/j.cviu.2006.11.011"


def idt(composite: Composite) -> Pixels:
    """Iterative distribution transfer, rendered as a 33³ table.

    Twelve times: rotate the colours (first not at all, then at random, from a fixed seed) and match each
    coordinate's histogram of 300 bins to the background's. A grid over all colours moves along; its
    displacement is smoothed by a box of 3³, which takes the place of the paper's repair of grain.
    """
    regions = measure_regions(composite, MAX_SIDE)
    if not regions.enough:
        return composite.image.copy()
    return recolour_table(composite, transfer_table(regions).clip(0, 255))


def transfer_table(regions: Regions) -> Values:
    """Where the levels 0-255 of a grid of red, green and blue go: 33×33×33×3."""
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
    """Orthogonal 3×3 matrices; their rows are the axes."""
    rng = np.random.default_rng(SEED)
    return [np.eye(3), *(np.linalg.qr(rng.normal(size=(3, 3)))[0] for _ in range(ROTATIONS - 1))]


def _match(values: tuple[Values, Values], weights: tuple[Values, Values]) -> tuple[Values, Values]:
    """Centres of bins, and by how much each of them moves so that one distribution becomes the other."""
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
    """Share of the weight below the middle of each bin; it rises everywhere."""
    shares = histogram / histogram.sum() + FLOOR
    middle: Values = (shares.cumsum() - shares / 2) / shares.sum()
    return middle


def _move(colours: Values, rotation: Values, matches: list[tuple[Values, Values]]) -> Values:
    """Move N×3 colours along each axis. Beyond the outermost bins, all move as those do."""
    steps = [np.interp(colours @ axis, *match) for axis, match in zip(rotation, matches, strict=True)]
    moved: Values = colours + np.stack(steps, axis=-1) @ rotation
    return moved


def _smooth(displacement: Values) -> Values:
    from scipy.ndimage import uniform_filter

    smooth: Values = uniform_filter(displacement, (3, 3, 3, 1), mode="nearest")
    return smooth


METHODS = (computed("idt", "Distribution transfer", idt, URL, optional=True),)
