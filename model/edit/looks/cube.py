"""Read .cube tables: curves of one dimension exactly, tables of three dimensions as the closest curves.

Layout: "Cube LUT Specification", version 1.0 (Adobe): keywords, then a line of red, green and blue for each
entry; in three dimensions red changes fastest.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.edit.color_transforms import MAX_TABLE
from model.edit.curves import evaluate_curves
from model.edit.edit import MAX_KNOTS, BadEdit
from model.edit.looks.curve_table import LEVELS, ImportedLook, look_of_table

SIZES = {"LUT_1D_SIZE": 1, "LUT_3D_SIZE": 3}
RANGES = ("LUT_1D_INPUT_RANGE", "LUT_3D_INPUT_RANGE")
SMALLEST, LARGEST = {1: 2, 3: 2}, {1: MAX_KNOTS, 3: MAX_TABLE}
COLOURFULNESS = 0.05  # standard deviation of red, green and blue of the usual colours of photographs
EXACT = 0.5  # levels; a smaller difference cannot be seen


@dataclass(frozen=True, eq=False)
class _Cube:
    """Hold a table: entries×3, its dimensions and side, and the inputs of its first and last entries."""

    entries: NDArray[np.float64]
    dimensions: int
    side: int
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def read_cube(data: bytes) -> ImportedLook:
    """Return the curves of a table. Raises BadEdit for a file that is not one."""
    cube = _parse(data)
    if cube.dimensions == 1:
        return _curves_of(cube)
    return _closest_curves(cube)


def _parse(data: bytes) -> _Cube:
    try:
        words, numbers = _read(data)
        ((keyword, size),) = ((name, int(words[name][0])) for name in SIZES if name in words)
        dimensions = SIZES[keyword]
        if not SMALLEST[dimensions] <= size <= LARGEST[dimensions]:
            raise ValueError
        entries = np.array(numbers, np.float64).reshape(-1, 3)
        low, high = _domain(words)
    except (ValueError, IndexError):
        raise BadEdit("This is not a .cube table with LUT_1D_SIZE or LUT_3D_SIZE.") from None
    if len(entries) != size**dimensions or not np.isfinite(entries).all() or not (low < high).all():
        raise BadEdit("This .cube table is damaged: its numbers do not fit its size.")
    return _Cube(entries, dimensions, size, low, high)


def _read(data: bytes) -> tuple[dict[str, list[str]], list[str]]:
    """Return the settings, keyword → its words, and the numbers of the table, without comments."""
    lines = [line.split("#")[0].strip() for line in data.decode("utf-8-sig", "replace").splitlines()]
    words = {line.split()[0]: line.split()[1:] for line in lines if line[:1].isalpha()}
    return words, " ".join(line for line in lines if line and not line[0].isalpha()).split()


def _domain(words: dict[str, list[str]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the inputs of the first and of the last entry, for red, green and blue. Raises ValueError."""
    low, high = words.get("DOMAIN_MIN", ["0"] * 3), words.get("DOMAIN_MAX", ["1"] * 3)
    for keyword in RANGES:
        if keyword in words:
            first, last = words[keyword]
            low, high = [first] * 3, [last] * 3
    bounds = np.array([low, high], np.float64)
    if bounds.shape != (2, 3) or not np.isfinite(bounds).all():
        raise ValueError
    return bounds[0], bounds[1]


def _curves_of(cube: _Cube) -> ImportedLook:
    """Return a table of one dimension; one whose inputs are not 0-1 is sampled anew."""
    table, about = cube.entries.T, "The curves are exactly those of the table."
    if (cube.low != 0).any() or (cube.high != 1).any():
        inputs = np.linspace(0, 1, max(LEVELS, cube.side))
        places = (np.linspace(cube.low[c], cube.high[c], cube.side) for c in range(3))
        table = np.stack([np.interp(inputs, place, table[c]) for c, place in enumerate(places)])
        about = "The curves are those of the table."
    return look_of_table(table, about)


def _closest_curves(cube: _Cube) -> ImportedLook:
    """Return the curves that come closest to a table of three dimensions, and how far they are from it.

    Colours near grey count more: for each input of a channel, the curve has the weighted mean of the
    channel's outputs, which is the weighted least-squares solution.
    """
    side = cube.side
    grid = cube.entries.reshape(side, side, side, 3)  # blue, green, red
    steps = np.linspace(0, 1, side)
    blue, green, red = np.meshgrid(steps, steps, steps, indexing="ij")
    colours = np.stack([red, green, blue], axis=-1)
    weight = np.exp(-0.5 * (colours.std(axis=-1) / COLOURFULNESS) ** 2)
    curves = np.stack(
        [_weighted_means(grid[..., c], weight, axis) for c, axis in zip(range(3), (2, 1, 0), strict=True)]
    )
    low, high = cube.low, cube.high
    inputs = np.linspace(0, 1, LEVELS if (low != 0).any() or (high != 1).any() else side)
    table = np.stack([np.interp(inputs, low[c] + (high[c] - low[c]) * steps, curves[c]) for c in range(3)])
    look = look_of_table(table, "")
    return ImportedLook(look.edit, _about(_left(cube, grid, colours, look), weight) + look.about)


def _weighted_means(values: NDArray[Any], weight: NDArray[Any], axis: int) -> NDArray[Any]:
    """Return the mean of an n×n×n table at each input along an axis."""
    others = tuple(other for other in range(3) if other != axis)
    return np.asarray((values * weight).sum(axis=others) / weight.sum(axis=others))


def _left(cube: _Cube, grid: NDArray[Any], colours: NDArray[Any], look: ImportedLook) -> NDArray[np.float64]:
    """Return by how many levels of 0-255 the table differs from the curves, mean over channels: n×n×n."""
    places = (cube.low + (cube.high - cube.low) * colours).clip(0, 1)
    shown = evaluate_curves(look.edit.curves, places)
    return np.asarray(255 * np.abs(grid.clip(0, 1) - shown).mean(axis=-1))


def _about(left: NDArray[np.float64], weight: NDArray[Any]) -> str:
    mean = float((left * weight).sum() / weight.sum())
    if mean < EXACT:
        return "The curves are those of the table."
    return (
        "The table also shifts colours against each other, which curves cannot: they come within "
        f"{mean:.1f} of 255 levels on average."
    )
