"""How scores scatter when participants are drawn anew, with replacement."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from study.bradley_terry import TIE, Fit, Floats, Ints, Votes, cell_of, pair_up, tabulate, treat_ties
from study.davidson import NET, Pairings, Sums, maximise

DRAWN_AT_ONCE = 6_000_000  # participants, over all replicates of a batch
EXACT = 2.0**23  # below it all sums of whole and half votes are exact in 32 bits


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

    Works on sums by participant, all replicates at once. None for a fit without ranking, or with fewer than
    two participants.
    """
    if result.status != "ok" or votes.participant is None:
        return None
    pairings, parts = _by_participant(result, votes, methods)
    people, n = parts.shape[0], len(pairings.left)
    if people < 2:
        return None
    rng, across = np.random.default_rng(seed), parts.T
    step = max(1, min(replicates, DRAWN_AT_ONCE // people))
    sizes = [min(step, replicates - start) for start in range(0, replicates, step)]
    summed = np.concatenate([(across @ _draw(rng, people, size)).T for size in sizes]).astype(np.float64)
    best = maximise(pairings, Sums(summed[:, :n], summed[:, n:]), start=result.theta)
    return Bootstrap(np.where(best.found[:, None], best.theta, np.nan), methods)


def _draw(rng: np.random.Generator, people: int, replicates: int) -> Floats:
    """people×replicates: how often each was drawn."""
    drawn = [
        np.bincount(rng.integers(0, people, people, dtype=np.int32), minlength=people)
        for _ in range(replicates)
    ]
    return np.ascontiguousarray(np.array(drawn, np.float32).T)


def _by_participant(result: Fit, votes: Votes, methods: int) -> tuple[Pairings, Any]:
    """The pairings, and sparse sums, a row for each participant: of votes by pairing, then as in `Sums`."""
    pairings, _ = pair_up(treat_ties(tabulate(votes, methods), result.ties), result.position is not None)
    assert votes.participant is not None
    weight = np.ones(len(votes.left)) if votes.count is None else votes.count
    if result.ties == "drop":
        weight = weight * (votes.outcome != TIE)
    used = weight > 0
    sided = (result.position is not None) * (np.ones(len(used)) if votes.sided is None else votes.sided)
    columns = np.stack([_pairing_of(pairings, votes), *_places(votes, len(pairings.left), methods)])[:, used]
    net = weight * NET[votes.outcome]
    tied = weight * (votes.outcome == TIE) * (result.log_nu is not None)
    values = np.stack([weight, net, -net, net * sided, tied])[:, used]
    who, person = np.unique(votes.participant[used], return_inverse=True)
    small = weight.sum() < EXACT
    shape = (len(who), len(pairings.left) + methods + 2)
    places = (np.broadcast_to(person, columns.shape).ravel(), columns.ravel())
    return pairings, sparse.coo_array((values.ravel(), places), shape).tocsr().astype(
        np.float32 if small else np.float64
    )


def _pairing_of(pairings: Pairings, votes: Votes) -> Ints:
    """Index of the pairing of each vote, either way round if pairings have no sides."""
    k = pairings.methods
    index = np.zeros((2, k, k), np.int64)
    rows = np.arange(len(pairings.left))
    if pairings.sided.any():
        index[pairings.sided, pairings.left, pairings.right] = rows
    else:
        index[:, pairings.left, pairings.right] = index[:, pairings.right, pairings.left] = rows
    return np.asarray(index.ravel()[cell_of(votes, k)])


def _places(votes: Votes, first: int, methods: int) -> tuple[Ints, Ints, Ints, Ints]:
    """Columns of the sums over votes: left, right, side term, ties."""
    same = np.full(len(votes.left), first + methods)
    return first + votes.left.astype(np.int64), first + votes.right.astype(np.int64), same, same + 1
