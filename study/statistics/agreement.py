"""How far raters agree with each other, and how far the ranking depends on who and what was asked."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from scipy import sparse

from study.statistics.covariance import number, one_sided
from study.statistics.davidson import Pairings, maximise, sum_up
from study.votes import Floats, Ints, Responses

Metric: TypeAlias = Literal["nominal", "ordinal"]
DRAWS = 500
SPLITS = 25
LEAST_UNITS = 5  # with fewer the interval of alpha would be made up
LEAST_RANKED = 0.5  # of the random halves; with fewer those left over are not typical


@dataclass(frozen=True)
class Alpha:
    """Krippendorff's alpha with a 95 % bootstrap interval over units: 1 full agreement, 0 that of chance.

    units: those with two raters or more; answers: in these units. low, high: None with too few units.
    """

    value: float
    low: float | None
    high: float | None
    units: int
    answers: int


def krippendorff(counts: Floats, *, metric: Metric = "nominal", seed: int = 0) -> Alpha | None:
    """Alpha of U×V counts: how many raters gave a unit each of V values, in their order if it is ordinal.

    None without two raters on any unit or two different values. Krippendorff, Computing Krippendorff's
    Alpha-Reliability (2011): alpha = 1 - D_o / D_e by coincidences of pairs of values within units.
    """
    counts = counts[counts.sum(axis=1) > 1]
    coincidences = _coincidences(counts)
    value = _alpha(coincidences.sum(axis=0)[None], metric)[0]
    if not len(counts) or np.isnan(value):
        return None
    units, low, high = len(counts), None, None
    if units >= LEAST_UNITS:
        rng = np.random.default_rng(seed)
        weights = rng.multinomial(units, np.full(units, 1 / units), size=DRAWS)
        drawn = _alpha(np.tensordot(weights, coincidences, 1), metric)
        low, high = (float(x) for x in np.nanquantile(drawn, [0.025, 0.975]))
    return Alpha(float(value), low, high, units, int(counts.sum()))


def _coincidences(counts: Floats) -> Floats:
    """U×V×V: ordered pairs of values by different raters of a unit, each unit weighing as its raters."""
    raters = counts.sum(axis=1)[:, None, None]
    pairs = counts[:, :, None] * counts[:, None, :]
    pairs[:, range(counts.shape[1]), range(counts.shape[1])] -= counts
    return np.asarray(pairs / np.maximum(raters - 1, 1))


def _alpha(coincidences: Floats, metric: Metric) -> Floats:
    """B×V×V → B; nan where all values are equal."""
    values = coincidences.sum(axis=2)
    distance = _distance(values, metric)
    n = values.sum(axis=1)
    observed = (coincidences * distance).sum(axis=(1, 2))
    expected = (values[:, :, None] * values[:, None, :] * distance).sum(axis=(1, 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(1 - (n - 1) * observed / expected)


def _distance(values: Floats, metric: Metric) -> Floats:
    """B×V×V squared differences; ordinal ones count the values that lie between."""
    size = values.shape[1]
    if metric == "nominal":
        return np.broadcast_to(1.0 - np.eye(size), (len(values), size, size))
    middle = np.cumsum(values, axis=1) - values / 2
    return np.asarray((middle[:, :, None] - middle[:, None, :]) ** 2)


def answers_by_unit(votes: Responses, methods: int) -> Floats:
    """U×3 counts of lower preferred, tie, higher preferred for each item and pair of methods that was seen.

    Each participant counts once in a unit.
    """
    cell, outcome = one_sided(votes.left, votes.right, votes.outcome, methods)
    units, unit = number(votes.item.astype(np.int64) * methods**2 + cell)
    people = int(votes.participant.max(initial=-1)) + 1
    _, first = np.unique(unit * people + votes.participant, return_index=True)
    value = np.array([0, 2, 1])[outcome[first]]
    cells = np.bincount(unit[first] * 3 + value, minlength=3 * units)
    return cells.reshape(-1, 3).astype(float)


@dataclass(frozen=True)
class SplitHalf:
    """How well log-worths of one random half foretell the other's, stepped up to the whole (Spearman-Brown).

    reliability: of the log-worths; ranks: of their order. ranked: share of splits that rank both halves.
    """

    reliability: float
    ranks: float
    ranked: float


def split_half(votes: Responses, methods: int, group: Ints, *, seed: int = 0) -> SplitHalf | None:
    """Split the groups (the participant or the item of each vote) many times, in halves of equal size.

    None with fewer than two groups or three methods, or if most halves allow no ranking.
    """
    groups, group = number(group)
    if groups < 2 or methods < 3:
        return None
    pairings, halves = _halves(votes, methods, groups, group, np.random.default_rng(seed))
    best = maximise(pairings, sum_up(pairings, halves.reshape(2 * SPLITS, -1, 3)))
    ranked = best.found.reshape(SPLITS, 2).all(axis=1)
    if ranked.sum() < LEAST_RANKED * SPLITS:
        return None
    worths = best.theta[:, :methods].reshape(SPLITS, 2, methods)[ranked]
    ranks = np.argsort(np.argsort(worths)).astype(float)
    worth, rank = (float(np.mean([_correlation(pair) for pair in pairs])) for pairs in (worths, ranks))
    return SplitHalf(_step_up(worth), _step_up(rank), float(ranked.mean()))


def _halves(
    votes: Responses, methods: int, groups: int, group: Ints, rng: np.random.Generator
) -> tuple[Pairings, Floats]:
    """The n pairs of methods, sides left out, and SPLITS×2×n×3 votes of each half of the groups."""
    cell, outcome = one_sided(votes.left, votes.right, votes.outcome, methods)
    seen, pair = np.unique(cell, return_inverse=True)
    table = sparse.csr_array((np.ones(len(pair)), (group, pair * 3 + outcome)), shape=(groups, 3 * len(seen)))
    first = np.array([np.argsort(rng.permutation(groups)) < (groups + 1) // 2 for _ in range(SPLITS)], float)
    one = (table.T @ first.T).T
    halves = np.stack([one, table.sum(axis=0) - one], axis=1).reshape(SPLITS, 2, -1, 3)
    left, right = np.divmod(seen, methods)
    return Pairings(left, right, np.zeros_like(left), methods), halves


def _correlation(pair: Floats) -> float:
    """0 where all methods of a half are equal."""
    if np.ptp(pair, axis=1).min() < 1e-9:
        return 0.0
    matrix: Floats = np.atleast_2d(np.corrcoef(pair))
    return float(matrix[0, 1])


def _step_up(correlation: float) -> float:
    """Of halves to that of the whole (Spearman and Brown, both British Journal of Psychology 3, 1910)."""
    return float(2 * correlation / (1 + correlation)) if correlation > -1 else -1.0
