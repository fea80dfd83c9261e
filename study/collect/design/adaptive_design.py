"""Plan the pairs of a participant adaptively: those whose votes lower the variance of all differences most.

Optional; the blocks of `balanced_design` are the default. The gain of a pair is the amount by which one more
vote on it lowers the summed variance of all differences between methods (A-optimality, Silvey 1980). It is
largest for methods of similar quality, so votes move from clear pairs to close ones. A fifth of the
comparisons stays uniform, and every pair first gets a minimum of comparisons.
"""

from collections import Counter
from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray

from study.collect.design.balanced_design import Design
from study.config.tables import UNIFORM_SHARE
from study.records import PlannedTrial
from study.statistics.bradley_terry import fit
from study.votes import LEFT, RIGHT, TIE, Bools, Floats

PRIOR_WINS = 0.5  # added to either side of every pair, so that scores exist before the first votes


@dataclass(frozen=True, eq=False)
class AllocationState:
    """Hold the planned comparisons and the answers before a participant enrols; K methods, I items.

    planned: K×K×I, number of comparisons by method left, method right and item, of participants who completed
    or are expected to. counts: K×K×3, answers by method left, method right and outcome.
    """

    planned: NDArray[np.int64]
    counts: Floats


def adaptive_comparisons(
    design: Design, block: int, state: AllocationState, minimum: int
) -> list[PlannedTrial]:
    """Return the comparisons of methods for one participant; deterministic for the same state.

    As long as pairs have fewer than `minimum` comparisons, those with the fewest are chosen. After that, a
    share of UNIFORM_SHARE is drawn at random, and the others have the largest gain, each counted as if it
    were answered before the next is chosen. The item is the one with the fewest comparisons of the pair; the
    side is the one on which the method was shown less often.
    """
    rng = Random(f"{design.seed} {block} adaptive")
    planned = state.planned + state.planned.transpose(1, 0, 2)
    weight = vote_information(state.counts)
    comparisons = planned.sum(axis=2)
    votes = comparisons + 2 * PRIOR_WINS
    variance: Floats = np.linalg.pinv(_laplacian(weight * votes), hermitian=True).astype(np.float64)
    left = state.planned.sum(axis=2)
    item_uses: Counter[int] = Counter()
    used = np.zeros(planned.shape, bool)
    trials = []
    for _ in range(design.count):
        open_pairs = np.triu(~used.all(axis=2), 1)
        a, b = _choose(comparisons, open_pairs, gains(variance, weight), minimum, rng)
        item = _item(planned[a, b], used[a, b], item_uses, rng)
        one, other = _sides(left, a, b, rng)
        trials.append(PlannedTrial(one, other, item))
        used[a, b, item] = True
        item_uses[item] += 1
        left[one, other] += 1
        for row, column in ((a, b), (b, a)):
            planned[row, column, item] += 1
            comparisons[row, column] += 1
        variance = after_vote(variance, float(weight[a, b]), a, b)
    return trials


def vote_information(counts: Floats) -> Floats:
    """Return the K×K Fisher information of one vote on the difference of two log-worths, from counts K×K×3.

    It is the variance over outcomes of half of (left won) − (right won), with one share of ties for all
    pairs. The scores count ties as half a win and add PRIOR_WINS, so that they exist from the first vote on.
    """
    methods = len(counts)
    prior = np.zeros_like(counts)
    prior[..., [LEFT, RIGHT]] = PRIOR_WINS / 2
    prior[np.arange(methods), np.arange(methods)] = 0
    worths = fit(counts + prior, [""] * methods, ties="half").log_worths
    assert worths is not None  # every pair has wins of both sides
    decided = 1 - counts[..., TIE].sum() / max(float(counts.sum()), 1.0)
    lead = np.tanh((worths[:, None] - worths[None]) / 2)
    return np.asarray(decided * (1 - decided * lead**2) / 4)


def gains(variance: Floats, weight: Floats) -> Floats:
    """Return K×K amounts by which a vote on each pair lowers the summed variance of all differences.

    w·u'VQVu / (1 + w·u'Vu) with u = e_i − e_j and Q = K·I − 11' (rank-one update of the inverse).
    """
    methods = len(variance)
    spread = methods * variance @ variance - np.outer(variance.sum(axis=1), variance.sum(axis=0))
    return np.asarray(weight * _pair_forms(spread) / (1 + weight * _pair_forms(variance)))


def after_vote(variance: Floats, weight: float, a: int, b: int) -> Floats:
    """Return the covariance after one more vote on the pair (a, b) (Sherman and Morrison 1950)."""
    moved = variance[:, a] - variance[:, b]
    return np.asarray(variance - weight * np.outer(moved, moved) / (1 + weight * (moved[a] - moved[b])))


def _pair_forms(matrix: Floats) -> Floats:
    """Return u'Mu with u = e_i − e_j for every pair, K×K."""
    own = np.diag(matrix)
    return np.asarray(own[:, None] + own[None] - 2 * matrix)


def _laplacian(weight: Floats) -> Floats:
    off = weight * (1 - np.eye(len(weight)))
    return np.asarray(np.diag(off.sum(axis=1)) - off)


def _choose(
    comparisons: NDArray[np.int64], open_pairs: Bools, gain: Floats, minimum: int, rng: Random
) -> tuple[int, int]:
    """Choose a pair that the participant can still be shown; the lower index first."""
    below = open_pairs & (comparisons < minimum)
    if below.any():
        best = below & (comparisons == comparisons[below].min())
    elif rng.random() < UNIFORM_SHARE:
        best = open_pairs
    else:
        best = open_pairs & (gain >= gain[open_pairs].max() * (1 - 1e-9))
    a, b = rng.choice(np.argwhere(best).tolist())
    return a, b


def _item(planned: NDArray[np.int64], used: Bools, item_uses: Counter[int], rng: Random) -> int:
    """Choose an item without a trial of this participant and pair, with the fewest comparisons of the pair.

    Among equals, the one with the fewest trials of this participant.
    """
    free = np.flatnonzero(~used).tolist()
    return int(min(free, key=lambda item: (planned[item], item_uses[item], rng.random())))


def _sides(left: NDArray[np.int64], a: int, b: int, rng: Random) -> tuple[int, int]:
    """Return (left, right): left the method that was there less often in this pair, then in all pairs."""

    def excess(one: int, other: int) -> tuple[int, int]:
        return int(left[one, other]), int(left[one].sum() - left[:, one].sum())

    if excess(a, b) == excess(b, a):
        return (a, b) if rng.random() < 0.5 else (b, a)
    return (a, b) if excess(a, b) < excess(b, a) else (b, a)
