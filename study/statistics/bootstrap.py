"""How scores scatter when participants are drawn anew, with replacement."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from study.statistics.bradley_terry import Fit, cell_of, treat_ties
from study.statistics.covariance import number, one_sided, weights
from study.statistics.davidson import Pairings, maximise, sum_up
from study.votes import Floats, Votes

BATCH = 6_000_000  # numbers at once: participants drawn, or counts of replicates
EXACT = 2.0**23  # below it sums of whole votes are exact in 32 bits


@dataclass(frozen=True, eq=False)
class Bootstrap:
    """theta: B×(K+2) log-worths (sum 0), side term and log nu of each replicate, nan where it has no ranking.

    Those without are never dropped in silence: a method that nobody beats in many replicates may well be
    unbeatable, and what the others say is then too narrow.
    """

    theta: Floats
    methods: int

    @property
    def failed(self) -> float:
        """Share of replicates without a ranking."""
        return float(np.isnan(self.theta[:, 0]).mean())

    @property
    def ranked(self) -> Floats:
        """The other replicates."""
        return np.asarray(self.theta[~np.isnan(self.theta[:, 0])])

    def covariance(self) -> Floats:
        """(K+2)×(K+2), of the replicates with a ranking."""
        return np.atleast_2d(np.cov(self.ranked, rowvar=False))

    def percentiles(self, level: float = 0.95) -> tuple[Floats, Floats]:
        """Lower and upper limits, K+2 each, of the replicates with a ranking."""
        low, high = np.quantile(self.ranked, [(1 - level) / 2, (1 + level) / 2], axis=0)
        return low, high

    def critical_value(self, result: Fit, between: Floats, level: float = 0.95) -> float:
        """Quantile of the largest |d* - d| / se over all pairs of methods. between: K×K standard errors."""
        low, high = np.triu_indices(self.methods, 1)
        used = between[low, high] > 0
        low, high = low[used], high[used]
        shift = self.ranked - result.theta
        largest = (np.abs(shift[:, low] - shift[:, high]) / between[low, high]).max(axis=1, initial=0)
        return float(np.quantile(largest, level))


def bootstrap(
    result: Fit, votes: Votes, methods: int, *, replicates: int = 1000, seed: int = 0
) -> Bootstrap | None:
    """Refit the votes of as many participants, drawn with replacement, starting from the scores found.

    Works on counts by participant, many replicates at once. None for a fit without ranking, or with fewer
    than two participants.
    """
    if result.status != "ok" or votes.participant is None:
        return None
    pairings, counts = _by_participant(result, votes, methods)
    people, cells = counts.shape
    if people < 2:
        return None
    rng, across = np.random.default_rng(seed), counts.T
    step = max(1, BATCH // max(people, cells))
    found = []
    for start in range(0, replicates, step):
        drawn = (across @ _draw(rng, people, min(step, replicates - start))).T
        tables = treat_ties(drawn.reshape(len(drawn), -1, 3).astype(np.float64), result.ties)
        best = maximise(pairings, sum_up(pairings, tables), start=result.theta)
        found.append(np.where(best.found[:, None], best.theta, np.nan))
    return Bootstrap(np.concatenate(found), methods)


def _draw(rng: np.random.Generator, people: int, replicates: int) -> Floats:
    """people×replicates: how often each was drawn."""
    drawn = [np.bincount(rng.integers(0, people, people), minlength=people) for _ in range(replicates)]
    return np.ascontiguousarray(np.array(drawn, np.float32).T)


def _by_participant(result: Fit, votes: Votes, methods: int) -> tuple[Pairings, Any]:
    """The n pairings, and sparse counts by participant (rows) and pairing and outcome (n×3 columns)."""
    assert votes.participant is not None
    weight = weights(votes, result.ties)
    cell, outcome = cell_of(votes, methods), votes.outcome
    if result.position is None:  # sides do not matter: all with the lower index on the left
        cell, outcome = one_sided(votes.left, votes.right, outcome, methods)
    used = weight > 0
    occurring = np.flatnonzero(np.bincount(cell, weight, 2 * methods * methods))
    column = np.zeros(2 * methods * methods, np.int64)
    column[occurring] = np.arange(len(occurring))
    people, person = number(votes.participant[used])
    counts = sparse.coo_array(
        (weight[used], (person, (column[cell] * 3 + outcome)[used])), (people, 3 * len(occurring))
    )
    ordered, pair = np.divmod(occurring, methods * methods)
    left, right = np.divmod(pair, methods)
    return Pairings(left, right, ordered, methods), counts.tocsr().astype(
        np.float32 if weight.sum() < EXACT else np.float64
    )
