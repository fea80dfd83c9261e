"""Which pairs to show next where votes may be spent unevenly: those that tell most about all differences.

Optional; blocks of `balanced_design` are the rule. A pair's worth is how much one more vote on it lowers the
summed variance of all differences between methods (A-optimality, Silvey 1980). Votes on pairs of about equal
methods tell most, so votes move from clear cases to close ones. A fifth of the comparisons stays uniform, and
every pair first gets a minimum.
"""

from collections import Counter
from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray

from study.collect.balanced_design import Design
from study.collect.config import UNIFORM_SHARE
from study.records import PlannedTrial
from study.statistics.bradley_terry import fit
from study.votes import LEFT, RIGHT, TIE, Floats

SUPPOSED = 0.5  # wins of either side supposed on every pair: keeps early scores finite


@dataclass(frozen=True, eq=False)
class Standing:
    """What is known when somebody comes.

    planned: K×K×I, how often methods stood left and right on an item, for those who completed or are expected
    to. counts: K×K×3, answers by methods left and right, as in `study.statistics.bradley_terry`.
    """

    planned: NDArray[np.int64]
    counts: Floats


def adaptive_comparisons(design: Design, block: int, standing: Standing, minimum: int) -> list[PlannedTrial]:
    """The comparisons of methods for one participant; the same each time for the same standing.

    While pairs have less than `minimum` comparisons, those with fewest come first. Of the rest a share of
    UNIFORM_SHARE are pairs drawn blindly, and the others those with the largest gain, each counted as if it
    were answered before the next is chosen. Items are those that the pair had least; sides even out.
    """
    rng = Random(f"{design.seed} {block} adaptive")
    planned = standing.planned + standing.planned.transpose(1, 0, 2)
    weight = vote_information(standing.counts)
    together = planned.sum(axis=2)
    votes = together + 2 * SUPPOSED
    variance: Floats = np.linalg.pinv(_laplacian(weight * votes), hermitian=True).astype(np.float64)
    left = standing.planned.sum(axis=2)
    seen: Counter[int] = Counter()
    used = np.zeros(planned.shape, bool)
    trials = []
    for _ in range(design.count):
        open_pairs = np.triu(~used.all(axis=2), 1)
        a, b = _choose(together, open_pairs, gains(variance, weight), minimum, rng)
        item = _item(planned[a, b], used[a, b], seen, rng)
        one, other = _sides(left, a, b, rng)
        trials.append(PlannedTrial(one, other, item))
        used[a, b, item] = True
        seen[item] += 1
        left[one, other] += 1
        for row, column in ((a, b), (b, a)):
            planned[row, column, item] += 1
            together[row, column] += 1
        variance = after_vote(variance, float(weight[a, b]), a, b)
    return trials


def vote_information(counts: Floats) -> Floats:
    """K×K Fisher information of one vote on the difference of two log-worths, from counts K×K×3.

    The variance over outcomes of half of (left won) − (right won), with one share of ties for all pairs; the
    scores take ties as half a win and suppose a few wins, so that they exist from the first vote on.
    """
    methods = len(counts)
    supposed = np.zeros_like(counts)
    supposed[..., [LEFT, RIGHT]] = SUPPOSED / 2
    supposed[np.arange(methods), np.arange(methods)] = 0
    worths = fit(counts + supposed, [""] * methods, ties="half").log_worths
    assert worths is not None  # every pair has wins of both sides
    decided = 1 - counts[..., TIE].sum() / max(float(counts.sum()), 1.0)
    lead = np.tanh((worths[:, None] - worths[None]) / 2)
    return np.asarray(decided * (1 - decided * lead**2) / 4)


def gains(variance: Floats, weight: Floats) -> Floats:
    """K×K: how much a vote on each pair lowers the summed variance of all differences.

    w·u'VQVu / (1 + w·u'Vu) with u = e_i − e_j and Q = K·I − 11' (rank-one update of the inverse).
    """
    methods = len(variance)
    spread = methods * variance @ variance - np.outer(variance.sum(axis=1), variance.sum(axis=0))
    return np.asarray(weight * _between(spread) / (1 + weight * _between(variance)))


def after_vote(variance: Floats, weight: float, a: int, b: int) -> Floats:
    """The covariance once a vote on a pair is added (Sherman and Morrison 1950)."""
    moved = variance[:, a] - variance[:, b]
    return np.asarray(variance - weight * np.outer(moved, moved) / (1 + weight * (moved[a] - moved[b])))


def _between(matrix: Floats) -> Floats:
    """u'Mu for every pair."""
    own = np.diag(matrix)
    return np.asarray(own[:, None] + own[None] - 2 * matrix)


def _laplacian(weight: Floats) -> Floats:
    off = weight * (1 - np.eye(len(weight)))
    return np.asarray(np.diag(off.sum(axis=1)) - off)


def _choose(
    together: NDArray[np.int64], open_pairs: NDArray[np.bool_], gain: Floats, minimum: int, rng: Random
) -> tuple[int, int]:
    """A pair that the participant can still see, lower index first."""
    wanting = open_pairs & (together < minimum)
    if wanting.any():
        best = wanting & (together == together[wanting].min())
    elif rng.random() < UNIFORM_SHARE:
        best = open_pairs
    else:
        best = open_pairs & (gain >= gain[open_pairs].max() * (1 - 1e-9))
    a, b = rng.choice(np.argwhere(best).tolist())
    return a, b


def _item(planned: NDArray[np.int64], used: NDArray[np.bool_], seen: Counter[int], rng: Random) -> int:
    """One that this participant did not see with the pair, and the pair least; then one seen least."""
    free = np.flatnonzero(~used).tolist()
    return int(min(free, key=lambda item: (planned[item], seen[item], rng.random())))


def _sides(left: NDArray[np.int64], a: int, b: int, rng: Random) -> tuple[int, int]:
    """Left goes to whom it came less often: within the pair, then over all pairs."""

    def ahead(one: int, other: int) -> tuple[int, int]:
        return int(left[one, other]), int(left[one].sum() - left[:, one].sum())

    if ahead(a, b) == ahead(b, a):
        return (a, b) if rng.random() < 0.5 else (b, a)
    return (a, b) if ahead(a, b) < ahead(b, a) else (b, a)
