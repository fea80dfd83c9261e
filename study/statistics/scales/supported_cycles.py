"""Find cycles (A over B, B over C, C over A) of which every preference is significant, all pairs at once.

Majorities form cycles by chance. Here each pair is tested by its own votes, without the scores: the sum of
their net preferences, less the part that the order effect explains, is compared with the sums of groups of
votes, by participant, by picture, and by both (Cameron, Gelbach and Miller, J. Bus. Econ. Stat. 29, 2011).
Under equal preference the sums of G groups have mean zero, and T = sum / root of the sum of their squares
gives Student's t on G - 1 degrees of freedom: T·root of (G - 1) / (G - T²), also for other symmetric
distributions (Efron, JASA 64, 1969). p is never below that of G groups of one sign, 2^(1 - G). The largest p
of these tests and of one for independent votes counts. All pairs together: Bonferroni.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from study.statistics.bradley_terry import Fit
from study.statistics.covariance import cross_groups, group_codes, vote_weights
from study.statistics.davidson import NET, outcome_probabilities
from study.statistics.multiple_comparisons import LEVEL
from study.votes import LEFT, RIGHT, Bools, Floats, Ints, Votes


@dataclass(frozen=True)
class SupportedCycle:
    """Hold three methods: the first is preferred to the second, it to the third, the third to the first.

    p: the largest p value of the three preferences, not adjusted for the number of pairs.
    """

    methods: tuple[int, int, int]
    p: float


@dataclass(frozen=True)
class SupportedCycles:
    """Hold the cycles, the best supported first. level: a preference is significant with a p value below.

    significant: number of pairs with a significant preference. pairs: number of pairs with votes.
    """

    cycles: tuple[SupportedCycle, ...]
    significant: int
    pairs: int
    level: float


@dataclass(frozen=True, eq=False)
class Preferences:
    """Hold K×K numbers of pairs. net: net preference of the row over the column. p: two-sided p value, 1
    without votes. compared: the pair has votes.
    """

    net: Floats
    p: Floats
    compared: Bools


def supported_cycles(
    votes: Votes, result: Fit, methods: int, item: Ints | None = None, level: float = 1 - LEVEL
) -> SupportedCycles | None:
    """Return the supported cycles of the votes of a ranked fit; None without a ranking.

    item: the item of each vote, if known. level: at which the difference of a single pair of scores is
    significant, if it is smaller than Bonferroni's, as at a planned analysis before the end.
    """
    if result.status != "ok":
        return None
    found = preferences(votes, result, methods, item)
    pairs = int(np.triu(found.compared).sum())
    level = min(level, (1 - LEVEL) / max(pairs, 1))
    over = (found.net > 0) & (found.p < level)
    cycles = [
        SupportedCycle((a, b, c), float(max(found.p[a, b], found.p[b, c], found.p[c, a])))
        for a, b, c in _cycles(over)
    ]
    cycles.sort(key=lambda cycle: cycle.p)
    return SupportedCycles(tuple(cycles), int(over.sum()), pairs, level)


def preferences(votes: Votes, result: Fit, methods: int, item: Ints | None = None) -> Preferences:
    """Return the preference on each pair by its own votes."""
    weight = vote_weights(votes, result.ties)
    low, high = np.minimum(votes.left, votes.right), np.maximum(votes.left, votes.right)
    net = (NET[votes.outcome] - _mean_of_equals(votes, result)) * np.where(votes.left < votes.right, 1, -1)
    pair = low.astype(np.int64) * methods + high
    size = methods * methods
    total, alone = (np.bincount(pair, weight * part, size).astype(float) for part in (net, net**2))
    tests = [_Groups(alone, np.full(size, np.inf))]
    tests += _by_groups(votes, item, pair, weight * net, size)
    p = np.max([one.p(total) for one in tests], axis=0).reshape(methods, methods)
    upper = total.reshape(methods, methods)
    compared = (np.bincount(pair, weight, size) > 0).reshape(methods, methods)
    return Preferences(upper - upper.T, np.minimum(p, p.T), compared | compared.T)


@dataclass(frozen=True, eq=False)
class _Groups:
    """Hold, for each pair, the sum of the squared sums of its groups of votes, and the number of groups."""

    squares: Floats
    number: Floats

    def p(self, total: Floats) -> Floats:
        """Return two-sided p values of the sums over all groups; 1 without any."""
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = np.nan_to_num(total**2 / self.squares, nan=0.0, posinf=0.0)
            t = np.sqrt(ratio * (1 - 1 / self.number) / np.maximum(1 - ratio / self.number, 0))
        degrees = np.maximum(self.number - 1, 1)
        tail = np.where(np.isinf(degrees), special.ndtr(-t), special.stdtr(np.minimum(degrees, 1e6), -t))
        return np.asarray(np.where(self.squares > 0, np.clip(2 * tail, 2 ** (1 - self.number), 1), 1.0))


def _mean_of_equals(votes: Votes, result: Fit) -> Floats:
    """Return the expected net preference of each vote if its two methods were equal: the order effect."""
    order = np.array([0.0, result.order_effect or 0.0])
    expected = outcome_probabilities(order, np.zeros(2), result.log_nu)
    net = (expected[:, LEFT] - expected[:, RIGHT]) / 2
    ordered = np.ones(len(votes.left), np.int64) if votes.ordered is None else votes.ordered.astype(np.int64)
    return np.asarray(net[ordered])


def _by_groups(votes: Votes, item: Ints | None, pair: Ints, net: Floats, size: int) -> list[_Groups]:
    """Return the squares of the sums of each pair by participant, by item, and by both together."""
    groups = [group for group in (votes.participant, item) if group is not None and len(np.unique(group)) > 1]
    found = [_squares(pair, group, net, size) for group in groups]
    if len(groups) < 2:
        return found
    one, other = found
    squares = one.squares + other.squares - _squares(pair, cross_groups(*groups), net, size).squares
    fewer = np.minimum(one.number, other.number)
    larger = np.maximum(squares, np.maximum(one.squares, other.squares))
    return [*found, _Groups(larger, fewer)]


def _squares(pair: Ints, group: Ints, net: Floats, size: int) -> _Groups:
    """Return for each pair the sum over groups of the squared sums of net preferences."""
    cells, code = group_codes(cross_groups(group, pair))
    sums = np.bincount(code, net, cells)
    of = np.zeros(cells, np.int64)
    of[code] = pair
    number = np.bincount(of, minlength=size).astype(float)
    return _Groups(np.bincount(of, sums**2, size).astype(float), number)


def _cycles(over: Bools) -> list[tuple[int, int, int]]:
    """Return all (a, b, c) with a over b, b over c, c over a, where a is the smallest index."""
    found = []
    for a in range(len(over)):
        after = np.flatnonzero(over[a, a + 1 :]) + a + 1
        before = np.flatnonzero(over[a + 1 :, a]) + a + 1
        places = np.argwhere(over[np.ix_(after, before)])
        found += [(a, int(after[b]), int(before[c])) for b, c in places]
    return found
