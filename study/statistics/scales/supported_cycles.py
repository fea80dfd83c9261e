"""Find cycles (A over B, B over C, C over A) of which every preference is significant, all pairs at once.

Majorities form cycles by chance. Here each pair is tested by its own votes, without the scores: the sum of
their net preference, less the part that the order effect explains, in standard errors. These allow any
dependence by participant and by picture: under equal preference the sum of each group has mean zero, so the
sum of their squares estimates the variance (a score test; as a sum divided by its own size it keeps its error
rate with few or unequal groups: Efron, JASA 64, 1969). All pairs together: Bonferroni.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from study.statistics.bradley_terry import Fit
from study.statistics.covariance import cross_groups, group_codes, vote_weights
from study.statistics.davidson import NET, outcome_probabilities
from study.statistics.multiple_comparisons import LEVEL
from study.votes import LEFT, RIGHT, Bools, Floats, Ints, Votes

LEAST_LEVEL = 1e-300  # where nothing can be significant, such as before the first planned analysis


@dataclass(frozen=True)
class SupportedCycle:
    """Hold three methods: the first is preferred to the second, it to the third, the third to the first.

    weakest: the smallest of the three preferences, in standard errors.
    """

    methods: tuple[int, int, int]
    weakest: float


@dataclass(frozen=True)
class SupportedCycles:
    """Hold the cycles, the best supported first. critical: a preference is significant beyond it.

    significant: number of pairs with a significant preference. pairs: number of pairs with votes.
    """

    cycles: tuple[SupportedCycle, ...]
    significant: int
    pairs: int
    critical: float


def supported_cycles(
    votes: Votes, result: Fit, methods: int, item: Ints | None = None, level: float = 1 - LEVEL
) -> SupportedCycles | None:
    """Return the supported cycles of the votes of a ranked fit; None without a ranking.

    item: the item of each vote, if known. level: at which the difference of a single pair of scores is
    significant, if it is smaller than Bonferroni's, as at a planned analysis before the end.
    """
    if result.status != "ok":
        return None
    distance, compared = preferences(votes, result, methods, item)
    pairs = int(np.triu(compared).sum())
    level = max(min(level, (1 - LEVEL) / max(pairs, 1)), LEAST_LEVEL)
    critical = -float(special.ndtri(level / 2))
    over = distance > critical
    found = [
        SupportedCycle((a, b, c), float(min(distance[a, b], distance[b, c], distance[c, a])))
        for a, b, c in _cycles(over)
    ]
    found.sort(key=lambda cycle: -cycle.weakest)
    return SupportedCycles(tuple(found), int(over.sum()), pairs, critical)


def preferences(votes: Votes, result: Fit, methods: int, item: Ints | None = None) -> tuple[Floats, Bools]:
    """Return the K×K preferences of the row over the column in standard errors, and the pairs with votes."""
    weight = vote_weights(votes, result.ties)
    low, high = np.minimum(votes.left, votes.right), np.maximum(votes.left, votes.right)
    net = (NET[votes.outcome] - _mean_of_equals(votes, result)) * np.where(votes.left < votes.right, 1, -1)
    pair = low.astype(np.int64) * methods + high
    size = methods * methods
    total = np.bincount(pair, weight * net, size)
    independent = np.bincount(pair, weight * net**2, size)
    variance = np.maximum.reduce([independent, *_by_groups(votes, item, pair, weight * net, size)])
    with np.errstate(invalid="ignore", divide="ignore"):
        upper = np.nan_to_num(total / np.sqrt(variance), nan=0.0).reshape(methods, methods)
    compared = (np.bincount(pair, weight, size) > 0).reshape(methods, methods)
    return np.asarray(upper - upper.T), np.asarray(compared | compared.T)


def _mean_of_equals(votes: Votes, result: Fit) -> Floats:
    """Return the expected net preference of each vote if its two methods were equal: the order effect."""
    order = np.array([0.0, result.order_effect or 0.0])
    expected = outcome_probabilities(order, np.zeros(2), result.log_nu)
    net = (expected[:, LEFT] - expected[:, RIGHT]) / 2
    ordered = np.ones(len(votes.left), np.int64) if votes.ordered is None else votes.ordered.astype(np.int64)
    return np.asarray(net[ordered])


def _by_groups(votes: Votes, item: Ints | None, pair: Ints, net: Floats, size: int) -> list[Floats]:
    """Return the variances of the sums of each pair by participant, by item, and by both together."""
    groups = [group for group in (votes.participant, item) if group is not None and len(np.unique(group)) > 1]
    found = [_squares(pair, group, net, size) for group in groups]
    if len(groups) < 2:
        return found
    by_both = _squares(pair, cross_groups(*groups), net, size)
    return [*found, found[0] + found[1] - by_both]


def _squares(pair: Ints, group: Ints, net: Floats, size: int) -> Floats:
    """Return for each pair the sum over groups of the squared sums of net preferences."""
    cells, code = group_codes(cross_groups(group, pair))
    sums = np.bincount(code, net, cells)
    of = np.zeros(cells, np.int64)
    of[code] = pair
    return np.asarray(np.bincount(of, sums**2, size))


def _cycles(over: Bools) -> list[tuple[int, int, int]]:
    """Return all (a, b, c) with a over b, b over c, c over a, where a is the smallest index."""
    found = []
    for a in range(len(over)):
        after = np.flatnonzero(over[a, a + 1 :]) + a + 1
        before = np.flatnonzero(over[a + 1 :, a]) + a + 1
        places = np.argwhere(over[np.ix_(after, before)])
        found += [(a, int(after[b]), int(before[c])) for b, c in places]
    return found
