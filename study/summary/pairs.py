"""Describe the difference of every two methods of a ranked fit."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from study.statistics.multiple_comparisons import Comparisons, Errors


@dataclass(frozen=True)
class ComparedPair:
    """Represent the difference of two methods in log-worth: that of `a` less that of `b`.

    se: its standard error. low, high: its interval; the intervals of all pairs together hold with 95 %
    confidence, None where they would be infinite. p: p value of no difference, adjusted for all pairs (Holm).
    """

    a: str
    b: str
    difference: float
    se: float
    low: float | None
    high: float | None
    p: float


def compared_pairs(
    names: Sequence[str], errors: Errors, comparisons: Comparisons
) -> tuple[ComparedPair, ...]:
    """Return a record for every pair of methods, in the order of `names`."""
    return tuple(
        _compared_pair(names, errors, comparisons, a, b) for a, b in combinations(range(len(names)), 2)
    )


def _compared_pair(
    names: Sequence[str], errors: Errors, comparisons: Comparisons, a: int, b: int
) -> ComparedPair:
    difference, se = float(comparisons.differences[a, b]), float(errors.between[a, b])
    reach = comparisons.critical * se
    return ComparedPair(
        names[a],
        names[b],
        difference,
        se,
        low=difference - reach if math.isfinite(reach) else None,
        high=difference + reach if math.isfinite(reach) else None,
        p=float(comparisons.p[a, b]),
    )
