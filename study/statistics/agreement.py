"""Measure agreement among raters, and the reliability of scores over halves of participants or items."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from scipy import sparse

from study.statistics.covariance import group_codes, lower_index_left
from study.statistics.davidson import Pairings, maximise, sum_up
from study.votes import Floats, Ints, Responses

Metric: TypeAlias = Literal["nominal", "ordinal"]
DRAWS = 500
SPLITS = 25
LEAST_UNITS = 5  # fewer units give no usable bootstrap interval
LEAST_RANKED = 0.5  # share of splits; if fewer have a ranking, those are not representative


@dataclass(frozen=True)
class Alpha:
    """Hold Krippendorff's alpha (1: full agreement, 0: agreement by chance) and its 95 % bootstrap interval.

    units: number of units with two raters or more. answers: number of answers in them. low, high: limits
    over resampled units, None with too few units.
    """

    value: float
    low: float | None
    high: float | None
    units: int
    answers: int


def krippendorff(counts: Floats, *, metric: Metric = "nominal", seed: int = 0) -> Alpha | None:
    """Return alpha for U×V counts of the raters who gave each unit each of V values.

    metric: "ordinal" uses the order of the values. None unless a unit has two raters and two values occur.
    Krippendorff, Computing Krippendorff's Alpha-Reliability (2011): alpha = 1 - D_o / D_e, observed and
    expected disagreement, from coincidences of pairs of values within units.
    """
    return _alpha_of(_coincidences(counts), counts, metric, seed)


def agreement_on_pairs(counts: Floats, *, metric: Metric = "nominal", seed: int = 0) -> Alpha | None:
    """Return alpha for U×3 counts of one method preferred, no difference, and the other preferred.

    Which of two methods is the first one is arbitrary. So both are first in half of each unit, and alpha does
    not depend on names or order of the methods: by chance, either is preferred equally often.
    """
    found = _coincidences(counts)
    return _alpha_of((found + found[:, ::-1, ::-1]) / 2, counts, metric, seed)


def _alpha_of(coincidences: Floats, counts: Floats, metric: Metric, seed: int) -> Alpha | None:
    raters = counts.sum(axis=1)
    coincidences = coincidences[raters > 1]
    units, answers = len(coincidences), int(raters[raters > 1].sum())
    flat = coincidences.reshape(units, counts.shape[1] ** 2)
    coincidences = coincidences[np.lexsort(flat.T)]  # so that resampling does not depend on their order
    value = _alpha(coincidences.sum(axis=0)[None], metric)[0]
    if not units or np.isnan(value):
        return None
    low, high = None, None
    if units >= LEAST_UNITS:
        rng = np.random.default_rng(seed)
        weights = rng.multinomial(units, np.full(units, 1 / units), size=DRAWS)
        drawn = _alpha(np.tensordot(weights, coincidences, 1), metric)
        low, high = (float(x) for x in np.nanquantile(drawn, [0.025, 0.975]))
    return Alpha(float(value), low, high, units, answers)


def _coincidences(counts: Floats) -> Floats:
    """Return U×V×V coincidences: ordered pairs of values by different raters, weighted 1 / (raters - 1)."""
    raters = counts.sum(axis=1)[:, None, None]
    pairs = counts[:, :, None] * counts[:, None, :]
    pairs[:, range(counts.shape[1]), range(counts.shape[1])] -= counts
    return np.asarray(pairs / np.maximum(raters - 1, 1))


def _alpha(coincidences: Floats, metric: Metric) -> Floats:
    """Return B alphas from B×V×V coincidences; nan where all values are equal."""
    values = coincidences.sum(axis=2)
    distance = _distance(values, metric)
    n = values.sum(axis=1)
    observed = (coincidences * distance).sum(axis=(1, 2))
    expected = (values[:, :, None] * values[:, None, :] * distance).sum(axis=(1, 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(1 - (n - 1) * observed / expected)


def _distance(values: Floats, metric: Metric) -> Floats:
    """Return B×V×V squared distances between values; ordinal ones count the answers in between."""
    size = values.shape[1]
    if metric == "nominal":
        return np.broadcast_to(1.0 - np.eye(size), (len(values), size, size))
    middle = np.cumsum(values, axis=1) - values / 2
    return np.asarray((middle[:, :, None] - middle[:, None, :]) ** 2)


def counts_by_unit(votes: Responses, methods: int) -> Floats:
    """Return U×3 counts of lower index preferred, tie, higher index preferred.

    A unit is an item with a pair of methods that has votes. A participant's first vote on a unit counts.
    """
    cell, outcome = lower_index_left(votes.left, votes.right, votes.outcome, methods)
    units, unit = group_codes(votes.item.astype(np.int64) * methods**2 + cell)
    people = int(votes.participant.max(initial=-1)) + 1
    _, first = np.unique(unit * people + votes.participant, return_index=True)
    value = np.array([0, 2, 1])[outcome[first]]
    cells = np.bincount(unit[first] * 3 + value, minlength=3 * units)
    return cells.reshape(-1, 3).astype(float)


@dataclass(frozen=True)
class SplitHalf:
    """Hold the correlation of log-worths between random halves, corrected to the whole (Spearman-Brown).

    reliability: from Pearson's correlation of log-worths. ranks: from Spearman's rank correlation. ranked:
    share of splits in which both halves have a ranking.
    """

    reliability: float
    ranks: float
    ranked: float


def split_half(votes: Responses, methods: int, group: Ints, *, seed: int = 0) -> SplitHalf | None:
    """Correlate the log-worths of random halves of the groups, over SPLITS splits.

    group: the participant or the item of each vote. None with fewer than two groups or three methods, or if
    most splits have no ranking.
    """
    groups, group = group_codes(group)
    if groups < 2 or methods < 3:
        return None
    pairings, halves = _halves(votes, methods, groups, group, np.random.default_rng(seed))
    best = maximise(pairings, sum_up(pairings, halves.reshape(2 * SPLITS, -1, 3)))
    ranked = best.found.reshape(SPLITS, 2).all(axis=1)
    if ranked.sum() < LEAST_RANKED * SPLITS:
        return None
    worths = best.theta[:, :methods].reshape(SPLITS, 2, methods)[ranked]
    pearson, spearman = np.mean([_correlations(*pair) for pair in worths], axis=0)
    return SplitHalf(_spearman_brown(pearson), _spearman_brown(spearman), float(ranked.mean()))


def _halves(
    votes: Responses, methods: int, groups: int, group: Ints, rng: np.random.Generator
) -> tuple[Pairings, Floats]:
    """Return the n pairs of methods without order, and the SPLITS×2×n×3 counts of both halves."""
    cell, outcome = lower_index_left(votes.left, votes.right, votes.outcome, methods)
    cells, pair = np.unique(cell, return_inverse=True)
    table = sparse.csr_array(
        (np.ones(len(pair)), (group, pair * 3 + outcome)), shape=(groups, 3 * len(cells))
    )
    in_first = np.array(
        [np.argsort(rng.permutation(groups)) < (groups + 1) // 2 for _ in range(SPLITS)], float
    )
    first = (table.T @ in_first.T).T
    halves = np.stack([first, table.sum(axis=0) - first], axis=1).reshape(SPLITS, 2, -1, 3)
    left, right = np.divmod(cells, methods)
    return Pairings(left, right, np.zeros_like(left), methods), halves


def _correlations(first: Floats, second: Floats) -> tuple[float, float]:
    """Return Pearson's and Spearman's correlation of two halves; 0 if all methods of a half are equal."""
    from scipy import stats  # here, because its import takes half a second, which the server would wait for

    if min(np.ptp(first), np.ptp(second)) < 1e-9:
        return 0.0, 0.0
    return float(stats.pearsonr(first, second).statistic), float(stats.spearmanr(first, second).statistic)


def _spearman_brown(correlation: float) -> float:
    """Return the reliability of the whole (Spearman; Brown: both British Journal of Psychology 3, 1910)."""
    return float(2 * correlation / (1 + correlation)) if correlation > -1 else -1.0
