"""Fit curves and a colour matrix to colours before and after a change, by weighted least squares."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.edit.matrix import MAX_NUMBER, Matrix

SMOOTHNESS = 0.04  # weight of a curve's squared second differences
RIDGE = 1e-4  # weight of a curve's squared distance from the straight line
MATRIX_RIDGE = 1e-4  # weight of a matrix's squared distance from no change

Values = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Knots:
    """Hold for the values of one channel the knot below, and the share of the knot above."""

    below: NDArray[np.int64]
    share: Values
    count: int

    @classmethod
    def of(cls, values: Values, count: int) -> "Knots":
        """Return the knots of values in 0-1, when 0 and 1 are the first and the last of `count`."""
        place = values * (count - 1)
        below = np.minimum(place.astype(int), count - 2)
        return cls(below, place - below, count)

    def both(self) -> tuple[tuple[NDArray[np.int64], Values], ...]:
        """Return the knot on each side of every value, and its share."""
        return (self.below, 1 - self.share), (self.below + 1, self.share)

    def sums(self, values: Values) -> Values:
        """Return the sum of shares times values for each knot."""
        return np.asarray(sum(np.bincount(knot, share * values, self.count) for knot, share in self.both()))

    def products(self, other: "Knots", weight: Values) -> Values:
        """Return the weighted sum of products of shares for each knot of this and of another channel."""
        size = self.count * other.count
        found = sum(
            np.bincount(row * other.count + column, weight * share * part, size)
            for row, share in self.both()
            for column, part in other.both()
        )
        return np.asarray(found).reshape(self.count, other.count)


class ColourFit:
    """Fit to one set of colours before a change: x, n×3 in 0-1, with a weight of each, n."""

    def __init__(self, x: Values, weight: Values, count: int) -> None:
        """Prepare curves of `count` knots."""
        self._weight, self._count = weight, count
        self._knots = [Knots.of(x[:, c], count) for c in range(3)]
        self._products = np.empty((3, count, 3, count))
        for c in range(3):
            for d in range(c + 1):
                found = self._knots[c].products(self._knots[d], weight)
                self._products[c, :, d], self._products[d, :, c] = found, found.T

    def curves(self, y: Values, matrix: Matrix) -> Values:
        """Return three non-decreasing curves, 3×count, that lead x to y, n×3, before a colour matrix."""
        count, mixing = self._count, matrix[:, :3].astype(np.float64)
        pulled = (y - matrix[:, 3]) @ mixing * self._weight[:, None]
        right = np.stack([self._knots[c].sums(pulled[:, c]) for c in range(3)])
        normal = self._products * (mixing.T @ mixing)[:, None, :, None]
        bend = np.diff(np.eye(count), 2, axis=0)
        penalty = SMOOTHNESS * bend.T @ bend + RIDGE * np.eye(count)
        for c in range(3):
            scale = max(np.trace(self._products[c, :, c]) / count, 1e-9)
            normal[c, :, c] += scale * penalty
            right[c] += scale * RIDGE * np.linspace(0, 1, count)
        values = np.linalg.solve(normal.reshape(3 * count, 3 * count), right.ravel()).reshape(3, count)
        return np.asarray(np.maximum.accumulate(values.clip(0, 1), axis=1))

    def matrix(self, toned: Values, y: Values) -> Matrix:
        """Return the colour matrix, float32 3×4, that leads colours after the curves to y; both are n×3."""
        inputs = np.column_stack([toned, np.ones(len(toned))])
        weighted = inputs * self._weight[:, None]
        ridge = MATRIX_RIDGE * self._weight.sum() * np.eye(4)
        solved = np.linalg.solve(weighted.T @ inputs + ridge, weighted.T @ y + ridge[:, :3])
        return np.asarray(solved.T.clip(-MAX_NUMBER, MAX_NUMBER), np.float32)
