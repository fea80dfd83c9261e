"""Bradley-Terry log-worths with ties and a side term, from counts; or in words why there are none.

The model is that of `study.statistics.davidson`. How sure the scores are: `study.statistics.covariance`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from study.records import Status
from study.statistics.davidson import (
    Pairings,
    information,
    log_likelihood,
    maximise,
    moments,
    pinned,
    sum_up,
)
from study.statistics.existence import MORE, Unrankable, describe_extremes, explain_unrankable
from study.votes import LEFT, RIGHT, TIE, Floats, Ints, Votes

Ties: TypeAlias = Literal["davidson", "half", "drop"]

SINGULAR = 1e-9


@dataclass(frozen=True, eq=False)
class Fit:
    """What the votes say. Log-worths are natural logarithms and sum to zero.

    log_worths: K; None unless the votes allow a common ranking. loglik: None likewise.
    covariance: (K+2)×(K+2) inverse information; rows of terms that are not in the model are 0.
    position, log_nu: None where the model has no such term.
    status: "ok", or why there is no ranking; `explain` says it in words.
    """

    status: Status
    explain: str
    ties: Ties
    log_worths: Floats | None = None
    position: float | None = None
    log_nu: float | None = None
    covariance: Floats | None = None
    loglik: float | None = None

    @property
    def theta(self) -> Floats:
        """K+2: log-worths, side term and log nu, 0 where the model has none. Only of a ranking."""
        assert self.log_worths is not None
        return np.array([*self.log_worths, self.position or 0.0, self.log_nu or 0.0])


def cell_of(votes: Votes, methods: int) -> Ints:
    """Where each vote stands in 2×K×K by side term, left and right, as one index."""
    ordered = 1 if votes.ordered is None else votes.ordered.astype(np.int64)
    return np.asarray((votes.left.astype(np.int64) + ordered * methods) * methods + votes.right)


def tabulate(votes: Votes, methods: int) -> Floats:
    """Count votes into 2×K×K×3: side term (0 no, 1 yes), left, right, outcome."""
    code = cell_of(votes, methods) * 3 + votes.outcome
    return np.bincount(code, votes.count, 6 * methods * methods).reshape(2, methods, methods, 3).astype(float)


def fit(counts: Floats, names: Sequence[str], *, ties: Ties = "davidson", position: bool = False) -> Fit:
    """Fit the model to counts K×K×3 or 2×K×K×3 (see `tabulate`).

    ties: "davidson" models them, "half" counts each as half a win for both, "drop" leaves them out.
    position: estimate the side term, where the votes can tell it from the methods.
    """
    counts = with_sides(counts)
    reason = _reason(counts, names)
    if reason is None or not reason.equal:  # ties alone give no precision, however they are treated
        counts = treat_ties(counts, ties)
        reason = _reason(counts, names)
    if reason is not None:
        equal = np.zeros(len(names)) if reason.equal else None
        return Fit(reason.status, reason.explain, ties, log_worths=equal)
    unit = min(1.0, float(counts[counts > 0].min()))  # weights below 1 are as good as votes
    pairings, cells = pair_up(counts / unit, position)
    ordered = bool(pairings.ordered.any())
    votes = sum_up(pairings, cells[None])
    best = maximise(pairings, votes)
    if not best.found[0]:
        return Fit("separated", _explain_divergence(counts, names, ordered), ties)
    theta = best.theta[0]
    unclear = "The side effect is left out: these votes cannot tell it from the methods."
    return Fit(
        "ok",
        unclear if position and not ordered else "",
        ties,
        log_worths=theta[: len(names)],
        position=float(theta[-2]) if ordered else None,
        log_nu=float(theta[-1]) if votes.tied[0] else None,
        covariance=best.inverse[0] / unit,
        loglik=float(log_likelihood(pairings, votes, best.theta)[0]) * unit,
    )


def _reason(counts: Floats, names: Sequence[str]) -> Unrankable | None:
    together = counts.sum(axis=0)
    return explain_unrankable(together[..., LEFT] + together[..., RIGHT].T, together[..., TIE], names)


def with_sides(counts: Floats) -> Floats:
    """K×K×3 or 2×K×K×3 → 2×K×K×3; without a word on it, the side term applies."""
    return counts if counts.ndim == 4 else np.stack([np.zeros_like(counts), counts])


def treat_ties(counts: Floats, ties: Ties) -> Floats:
    """…×3 → …×3: as they are, halved between left and right, or left out."""
    if ties == "davidson":
        return counts
    counts = counts.copy()
    if ties == "half":
        counts[..., :TIE] += counts[..., TIE:] / 2
    counts[..., TIE] = 0
    return counts


def pair_up(counts: Floats, position: bool) -> tuple[Pairings, Floats]:
    """2×K×K×3 → the n pairings that occurred, and their counts n×3.

    Sides count only if there is to be a side term and the pairings can tell it from the methods.
    """
    if position:
        ordered, left, right = np.nonzero(counts.sum(axis=-1))
        cells = counts[ordered, left, right]
        pairings = Pairings(left, right, ordered, counts.shape[1])
        if _tells_sides(pairings, cells):
            return pairings, cells
    together = counts.sum(axis=0)
    together = together + np.swapaxes(together, 0, 1)[..., [RIGHT, LEFT, TIE]]
    left, right = np.nonzero(np.triu(together.sum(axis=-1)))
    return Pairings(left, right, np.zeros_like(left), counts.shape[1]), together[left, right]


def _tells_sides(pairings: Pairings, cells: Floats) -> bool:
    votes, nowhere = sum_up(pairings, cells[None]), np.zeros((1, pairings.methods + 2))
    matrix = information(pairings, votes, moments(pairings, nowhere, votes.tied))
    if not matrix[0, -2, -2]:
        return False
    sizes = np.linalg.eigvalsh(pinned(matrix, pairings.methods)[0][0])
    return bool(sizes[0] > SINGULAR * sizes[-1])


def probabilities(eta: Floats) -> Floats:
    """…×3 → …×3: exp eta / sum exp eta without overflow."""
    weights = np.exp(eta - eta.max(axis=-1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=-1, keepdims=True))


def _explain_divergence(counts: Floats, names: Sequence[str], ordered: bool) -> str:
    """For votes that link all methods both ways, but partly by ties, by the side, or by a trace of votes."""
    together = counts.sum(axis=0)
    extremes = describe_extremes(together[..., LEFT] + together[..., RIGHT].T > 0, names)
    if extremes:
        return f"There are no finite scores: but for ties, {extremes}. {MORE}"
    if not ordered:
        return "There are no scores: some counts are so much larger than others that these do not matter."
    left, right = counts[1, ..., LEFT].sum(), counts[1, ..., RIGHT].sum()
    side = "left" if left > right else "right"
    return f"There are no finite scores: choices follow the side, mostly the {side} one, too closely. {MORE}"
