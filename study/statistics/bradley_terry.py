"""Fit Bradley-Terry log-worths with ties and an order effect to counts, or explain why there are none.

`study.statistics.davidson` defines the model, `study.statistics.covariance` the standard errors.
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
    regularise,
    sum_up,
)
from study.statistics.existence import MORE, Unrankable, describe_extremes, explain_unrankable
from study.votes import LEFT, RIGHT, TIE, Floats, Ints, Votes

Ties: TypeAlias = Literal["davidson", "half", "drop"]

SINGULAR = 1e-9  # ratio of the smallest to the largest eigenvalue of an information matrix


@dataclass(frozen=True, eq=False)
class Fit:
    """Hold the estimates of one fit. Log-worths are natural logarithms and sum to zero.

    status: "ok", or the reason for which there is no ranking; explain: the same as a sentence.
    log_worths: K; None unless the votes allow a common ranking. loglik: log-likelihood, None likewise.
    covariance: (K+2)×(K+2) inverse information; rows of parameters that are not in the model are 0.
    order_effect, log_nu: None where the model has no such parameter.
    """

    status: Status
    explain: str
    ties: Ties
    log_worths: Floats | None = None
    order_effect: float | None = None
    log_nu: float | None = None
    covariance: Floats | None = None
    loglik: float | None = None

    @property
    def theta(self) -> Floats:
        """Return the K+2 parameters of a ranked fit: log-worths, order effect, log nu; 0 for absent ones."""
        assert self.log_worths is not None
        return np.array([*self.log_worths, self.order_effect or 0.0, self.log_nu or 0.0])


def cell_of(votes: Votes, methods: int) -> Ints:
    """Return the index of each vote in a flat 2×K×K array by `ordered`, left and right."""
    ordered = 1 if votes.ordered is None else votes.ordered.astype(np.int64)
    return np.asarray((votes.left.astype(np.int64) + ordered * methods) * methods + votes.right)


def tabulate(votes: Votes, methods: int) -> Floats:
    """Count votes in an array 2×K×K×3 by `ordered` (0, 1), left, right and outcome."""
    code = cell_of(votes, methods) * 3 + votes.outcome
    return np.bincount(code, votes.count, 6 * methods * methods).reshape(2, methods, methods, 3).astype(float)


def fit(
    counts: Floats,
    names: Sequence[str],
    *,
    ties: Ties = "davidson",
    order_effect: bool = False,
    start: Fit | None = None,
) -> Fit:
    """Fit the model to counts K×K×3 or 2×K×K×3 (see `tabulate`).

    names: K titles for the explanation. ties: "davidson" models them, "half" counts each as half a win for
    both methods, "drop" omits them. order_effect: estimate it if the votes can separate it from the methods.
    start: a fit of nearly the same counts, from which the estimates are found sooner.
    """
    counts = with_order_axis(counts)
    reason = find_obstacle(counts, names)
    if reason is None or not reason.equal:  # ties alone give no precision under any treatment
        counts = treat_ties(counts, ties)
        reason = find_obstacle(counts, names)
    if reason is not None:
        equal = np.zeros(len(names)) if reason.equal else None
        return Fit(reason.status, reason.explain, ties, log_worths=equal)
    unit = min(1.0, float(counts[counts > 0].min()))  # so that weights below 1 do not lose precision
    pairings, cells = pair_up(counts / unit, order_effect)
    has_order = bool(pairings.ordered.any())
    votes = sum_up(pairings, cells[None])
    begin = start.theta if start is not None and start.status == "ok" else None
    best = maximise(pairings, votes, begin)
    if not best.found[0]:
        return Fit("separated", _explain_divergence(counts, names, has_order), ties)
    theta = best.theta[0]
    omitted = "The order effect is left out: these votes cannot separate it from the methods."
    return Fit(
        "ok",
        omitted if order_effect and not has_order else "",
        ties,
        log_worths=theta[: len(names)],
        order_effect=float(theta[-2]) if has_order else None,
        log_nu=float(theta[-1]) if votes.tied[0] else None,
        covariance=best.inverse[0] / unit,
        loglik=float(log_likelihood(pairings, votes, best.theta)[0]) * unit,
    )


def find_obstacle(counts: Floats, names: Sequence[str]) -> Unrankable | None:
    """Return the reason for which counts 2×K×K×3 have no ranking, or None."""
    together = counts.sum(axis=0)
    return explain_unrankable(together[..., LEFT] + together[..., RIGHT].T, together[..., TIE], names)


def with_order_axis(counts: Floats) -> Floats:
    """Return counts as 2×K×K×3; the order effect applies to all votes of counts K×K×3."""
    return counts if counts.ndim == 4 else np.stack([np.zeros_like(counts), counts])


def treat_ties(counts: Floats, ties: Ties) -> Floats:
    """Return counts …×3 with ties unchanged, divided equally between left and right, or set to 0."""
    if ties == "davidson":
        return counts
    counts = counts.copy()
    if ties == "half":
        counts[..., :TIE] += counts[..., TIE:] / 2
    counts[..., TIE] = 0
    return counts


def pair_up(counts: Floats, order_effect: bool) -> tuple[Pairings, Floats]:
    """Return the n pairings with votes in counts 2×K×K×3, and their counts n×3.

    Both orders of a pair are merged unless `order_effect` is wanted and can be separated from the methods.
    """
    if order_effect:
        ordered, left, right = np.nonzero(counts.sum(axis=-1))
        cells = counts[ordered, left, right]
        pairings = Pairings(left, right, ordered, counts.shape[1])
        if _order_is_identified(pairings, cells):
            return pairings, cells
    together = counts.sum(axis=0)
    together = together + np.swapaxes(together, 0, 1)[..., [RIGHT, LEFT, TIE]]
    left, right = np.nonzero(np.triu(together.sum(axis=-1)))
    return Pairings(left, right, np.zeros_like(left), counts.shape[1]), together[left, right]


def _order_is_identified(pairings: Pairings, cells: Floats) -> bool:
    """Return True if the information on log-worths and order effect has full rank."""
    votes, zero = sum_up(pairings, cells[None]), np.zeros((1, pairings.methods + 2))
    matrix = information(pairings, votes, moments(pairings, zero, votes.tied))
    if not matrix[0, -2, -2]:
        return False
    eigenvalues = np.linalg.eigvalsh(regularise(matrix, pairings.methods)[0][0])
    return bool(eigenvalues[0] > SINGULAR * eigenvalues[-1])


def _explain_divergence(counts: Floats, names: Sequence[str], has_order: bool) -> str:
    """Explain a likelihood without a maximum although all methods are linked in both directions."""
    together = counts.sum(axis=0)
    extremes = describe_extremes(together[..., LEFT] + together[..., RIGHT].T > 0, names)
    if extremes:
        return f"There are no finite scores: but for ties, {extremes}. {MORE}"
    if not has_order:
        return "There are no scores: some counts are so much larger than others that these have no effect."
    left, right = counts[1, ..., LEFT].sum(), counts[1, ..., RIGHT].sum()
    side = "left" if left > right else "right"
    return f"There are no finite scores: nearly all choices are of one side, mostly the {side} one. {MORE}"
