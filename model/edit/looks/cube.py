"""Read .cube tables: those of one dimension exactly, those of three as the closest curves and colour matrix.

Layout: "Cube LUT Specification", version 1.0 (Adobe): keywords, then a line of red, green and blue for each
entry; in three dimensions red changes fastest.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.edit.color_transforms import MAX_TABLE
from model.edit.curves import evaluate_curves, identity_curves
from model.edit.edit import MAX_KNOTS, BadEdit, Edit
from model.edit.fit_colours import ColourFit
from model.edit.looks.curve_table import LEVELS, ImportedLook, look_of_table
from model.edit.matrix import apply_matrix
from model.edit.shading import identity_shading

SIZES = {"LUT_1D_SIZE": 1, "LUT_3D_SIZE": 3}
RANGES = ("LUT_1D_INPUT_RANGE", "LUT_3D_INPUT_RANGE")
SMALLEST, LARGEST = {1: 2, 3: 2}, {1: MAX_KNOTS, 3: MAX_TABLE}
COLOURFULNESS = 0.05  # standard deviation of red, green and blue of the usual colours of photographs
EXACT = 0.5  # levels; a smaller difference cannot be seen
MIXED_SIDE, MIXED_KNOTS, ROUNDS = 33, 33, 8  # of the fit with a colour matrix
SHIFTED = "The table also shifts colours against each other"
FAR = 0.1  # added to the weight of all colours there, so that colourful ones decide on saturation


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
    return _closest(cube)


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


def _closest(cube: _Cube) -> ImportedLook:
    """Return the edit that comes closest to a table of three dimensions, and how far it is from it.

    Colours near grey count more: for each input of a channel, the curve has the weighted mean of the
    channel's outputs, which is the weighted least-squares solution. Where that differs from the table, and a
    colour matrix halves the difference, the edit has one.
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
    places = (low + (high - low) * colours).clip(0, 1)
    left = _left(places, grid, weight, look.edit)
    if left < EXACT:
        return ImportedLook(look.edit, "The curves are those of the table." + look.about)
    mixed = _with_matrix(places, grid.clip(0, 1), weight + FAR)
    closer = _left(places, grid, weight, mixed)
    if closer > left / 2:
        return ImportedLook(
            look.edit, f"{SHIFTED}, which curves cannot: they come {_within(left)}.{look.about}"
        )
    if closer < EXACT:
        return ImportedLook(mixed, "The colours are those of the table.")
    return ImportedLook(mixed, f"{SHIFTED}: the colours come {_within(closer)}.")


def _within(levels: float) -> str:
    return f"within {levels:.1f} of 255 levels on average"


def _with_matrix(places: NDArray[Any], grid: NDArray[Any], weight: NDArray[Any]) -> Edit:
    """Return curves and a colour matrix, fitted in turn to MIXED_SIDE inputs a side of a table, or all."""
    side = len(grid)
    kept = np.unique(np.rint(np.linspace(0, side - 1, MIXED_SIDE)).astype(int))
    part = np.ix_(kept, kept, kept)
    x, y = places[part].reshape(-1, 3), grid[part].reshape(-1, 3)
    fit, curves = ColourFit(x, weight[part].ravel(), MIXED_KNOTS), identity_curves(MIXED_KNOTS)
    for _ in range(ROUNDS):
        matrix = fit.matrix(evaluate_curves(curves, x), y)
        curves = fit.curves(y, matrix).astype(np.float32)
    return Edit(curves, identity_shading(), matrix)


def _weighted_means(values: NDArray[Any], weight: NDArray[Any], axis: int) -> NDArray[Any]:
    """Return the mean of an n×n×n table at each input along an axis."""
    others = tuple(other for other in range(3) if other != axis)
    return np.asarray((values * weight).sum(axis=others) / weight.sum(axis=others))


def _left(places: NDArray[Any], grid: NDArray[Any], weight: NDArray[Any], edit: Edit) -> float:
    """Return by how many levels of 0-255 an edit differs from a table, weighted mean over its entries."""
    shown = apply_matrix(evaluate_curves(edit.curves, places), edit.matrix).clip(0, 1)
    left = 255 * np.abs(grid.clip(0, 1) - shown).mean(axis=-1)
    return float((left * weight).sum() / weight.sum())
