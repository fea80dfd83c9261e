"""Bootstrap scores by resampling participants with replacement."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from study.statistics.bradley_terry import Fit, cell_of, treat_ties
from study.statistics.covariance import group_codes, lower_index_left, vote_weights
from study.statistics.davidson import Pairings, maximise, sum_up
from study.votes import Floats, Votes

BATCH = 6_000_000  # array elements at once: resampled participants, or counts of replicates
EXACT = 2.0**23  # 32-bit floats add whole votes exactly up to this sum


@dataclass(frozen=True, eq=False)
class Bootstrap:
    """Hold B replicates. theta: B×(K+2) log-worths (sum 0), order effect and log nu, nan without a ranking.

    Replicates without a ranking are kept and counted: if a method never loses in many replicates, its true
    score may be unbounded, and limits from the other replicates are too narrow.
    """

    theta: Floats
    methods: int

    @property
    def failed(self) -> float:
        """Return the share of replicates without a ranking, 0 to 1."""
        return float(np.isnan(self.theta[:, 0]).mean())

    @property
    def ranked(self) -> Floats:
        """Return the replicates with a ranking, R×(K+2)."""
        return np.asarray(self.theta[~np.isnan(self.theta[:, 0])])

    def covariance(self) -> Floats:
        """Return the (K+2)×(K+2) covariance of the replicates with a ranking."""
        return np.atleast_2d(np.cov(self.ranked, rowvar=False))

    def percentiles(self, level: float = 0.95) -> tuple[Floats, Floats]:
        """Return the lower and upper percentile limits, K+2 each, of the replicates with a ranking."""
        low, high = np.quantile(self.ranked, [(1 - level) / 2, (1 + level) / 2], axis=0)
        return low, high


def bootstrap(
    result: Fit, votes: Votes, methods: int, *, replicates: int = 1000, seed: int = 0
) -> Bootstrap | None:
    """Refit resampled votes: as many participants as in `votes`, drawn with replacement.

    Fits counts of many replicates at once, starting from the estimates of `result`. None for a fit without a
    ranking, or with fewer than two participants. seed: the same seed gives the same replicates.
    """
    if result.status != "ok" or votes.participant is None:
        return None
    pairings, counts = _by_participant(result, votes, methods)
    people, cells = counts.shape
    if people < 2:
        return None
    rng, by_cell = np.random.default_rng(seed), counts.T
    step = max(1, BATCH // max(people, cells))
    thetas = []
    for start in range(0, replicates, step):
        resampled = (by_cell @ _resample(rng, people, min(step, replicates - start))).T
        tables = treat_ties(resampled.reshape(len(resampled), -1, 3).astype(np.float64), result.ties)
        best = maximise(pairings, sum_up(pairings, tables), start=result.theta)
        thetas.append(np.where(best.found[:, None], best.theta, np.nan))
    return Bootstrap(np.concatenate(thetas), methods)


def _resample(rng: np.random.Generator, people: int, replicates: int) -> Floats:
    """Return the people×replicates numbers of times that each participant is drawn."""
    draws = [np.bincount(rng.integers(0, people, people), minlength=people) for _ in range(replicates)]
    return np.ascontiguousarray(np.array(draws, np.float32).T)


def _by_participant(result: Fit, votes: Votes, methods: int) -> tuple[Pairings, Any]:
    """Return the n pairings, and sparse counts by participant (rows) and pairing and outcome (3n columns)."""
    assert votes.participant is not None
    weight = vote_weights(votes, result.ties)
    cell, outcome = cell_of(votes, methods), votes.outcome
    if result.order_effect is None:  # both orders of a pair are one pairing
        cell, outcome = lower_index_left(votes.left, votes.right, outcome, methods)
    used = weight > 0
    occurring = np.flatnonzero(np.bincount(cell, weight, 2 * methods * methods))
    column = np.zeros(2 * methods * methods, np.int64)
    column[occurring] = np.arange(len(occurring))
    people, person = group_codes(votes.participant[used])
    counts = sparse.coo_array(
        (weight[used], (person, (column[cell] * 3 + outcome)[used])), (people, 3 * len(occurring))
    )
    ordered, pair = np.divmod(occurring, methods * methods)
    left, right = np.divmod(pair, methods)
    return Pairings(left, right, ordered, methods), counts.tocsr().astype(
        np.float32 if weight.sum() < EXACT else np.float64
    )
