"""Estimate finite, labelled scores for votes whose likelihood has no maximum. Never the default.

If a method never lost, the likelihood increases without bound; a penalty makes its maximum finite. Methods
that no votes link stay unranked, because the penalty alone would decide their order.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from study.records import Status
from study.statistics.bradley_terry import Ties, find_obstacle, pair_up, treat_ties, with_order_axis
from study.statistics.davidson import (
    Moments,
    Pairings,
    Sums,
    information,
    invert,
    log_likelihood,
    moments,
    regularise,
    score,
    sum_up,
)
from study.votes import Floats

Penalty: TypeAlias = Literal["firth", "phantom"]
PHANTOM = 0.5  # added votes of each method against an imaginary one of mean log-worth, half of them won
SMALLEST_STEP = 1e-10
MOST_STEPS = 500
LONGEST_STEP = 2.0
LABELS: dict[Penalty, str] = {
    "firth": (
        "Penalised after Firth: the votes alone give no finite scores. Trust the order, not the distances."
    ),
    "phantom": (
        "With half a vote of each method against a phantom: the votes alone give no finite scores. "
        "Trust the order, not the distances."
    ),
}


@dataclass(frozen=True, eq=False)
class Penalised:
    """Hold penalised estimates and the label to show with them.

    log_worths: K, sum zero. order_effect, log_nu: None where the model has no such parameter. covariance:
    (K+2)×(K+2), inverse of the votes' information at these estimates, without the penalty.
    """

    label: str
    log_worths: Floats
    order_effect: float | None
    log_nu: float | None
    covariance: Floats


@dataclass(frozen=True, eq=False)
class _Point:
    """Hold parameters 1×(K+2), and the information of the votes with its inverse at them."""

    pairings: Pairings
    votes: Sums
    theta: Floats
    means: Moments
    information: Floats
    inverse: Floats


@dataclass(frozen=True, eq=False)
class _Penalty:
    """Hold the value, the gradient (K+2) and the added information of a term of the log-likelihood."""

    value: float
    gradient: Floats
    information: Floats


def fit_penalised(
    counts: Floats,
    names: Sequence[str],
    penalty: Penalty = "firth",
    *,
    ties: Ties = "davidson",
    order_effect: bool = False,
) -> Penalised | Status:
    """Fit counts K×K×3 or 2×K×K×3; return the reason if votes do not link all methods or all are ties."""
    counts = treat_ties(with_order_axis(counts), ties)
    reason = find_obstacle(counts, names)
    if reason is not None and reason.status != "separated":
        return reason.status
    pairings, cells = pair_up(counts, order_effect)
    best = _maximise(pairings, sum_up(pairings, cells[None]), _firth if penalty == "firth" else _phantom)
    theta, k = best.theta[0], len(names)
    return Penalised(
        LABELS[penalty],
        theta[:k] - theta[:k].mean(),
        float(theta[-2]) if pairings.ordered.any() else None,
        float(theta[-1]) if best.votes.tied[0] else None,
        best.inverse[0],
    )


def _maximise(pairings: Pairings, votes: Sums, penalty: Callable[[_Point], _Penalty]) -> _Point:
    """Maximise the penalised likelihood by Newton's method with bounded and halved steps."""
    here = _evaluate(pairings, votes, np.zeros((1, pairings.methods + 2)))
    added = penalty(here)
    value = float(log_likelihood(pairings, votes, here.theta)[0]) + added.value
    for _ in range(MOST_STEPS):
        inverse, _ = invert(here.information + added.information, pairings.methods)
        step = inverse[0] @ (score(pairings, votes, here.means)[0] + added.gradient)
        step *= min(1.0, LONGEST_STEP / max(float(np.abs(step).max()), SMALLEST_STEP))
        while np.abs(step).max() >= SMALLEST_STEP:
            there = _evaluate(pairings, votes, here.theta + step)
            added_there = penalty(there)
            after = float(log_likelihood(pairings, votes, there.theta)[0]) + added_there.value
            if after >= value - 1e-13 * abs(value):
                break
            step = step / 2
        else:
            return here
        here, added, value = there, added_there, after
    return here


def _evaluate(pairings: Pairings, votes: Sums, theta: Floats) -> _Point:
    """Return the point theta, 1×(K+2)."""
    means = moments(pairings, theta, votes.tied)
    matrix = information(pairings, votes, means)
    return _Point(pairings, votes, theta, means, matrix, invert(matrix, pairings.methods)[0])


def _firth(here: _Point) -> _Penalty:
    """Return half the log-determinant of the information (Firth, Biometrika 80, 1993): Jeffreys' prior.

    Its gradient is half the sum over votes of (z - m)'H(z - m)(z - m): z holds the net preference and the tie
    indicator of a vote, m their means, H the inverse information.
    """
    regular, size = regularise(here.information, here.pairings.methods)
    value = (np.linalg.slogdet(regular[0])[1] - np.log(size[0])) / 2
    net, tie, design = here.means.net[0], here.means.tie[0], here.pairings.design
    probabilities = np.stack([(1 - tie) / 2 + net, (1 - tie) / 2 - net, tie], axis=1)
    residual = np.array([[0.5, 0], [-0.5, 0], [0, 1]]) - np.stack([net, tie], axis=1)[:, None]
    product = design @ here.inverse[0]
    variance = np.empty((len(net), 2, 2))  # of the linear predictors of x and of the tie indicator
    variance[:, 0, 0] = (design.multiply(product)).sum(axis=1)
    variance[:, 0, 1] = variance[:, 1, 0] = product[:, -1]
    variance[:, 1, 1] = here.inverse[0, -1, -1]
    third = np.einsum("nk,nka,nab,nkb,nkc->nc", probabilities, residual, variance, residual, residual)
    third *= here.votes.totals[0, :, None] / 2
    gradient = design.T @ third[:, 0]
    gradient[-1] = third[:, 1].sum()
    return _Penalty(float(value), gradient, np.zeros_like(here.information))


def _phantom(here: _Point) -> _Penalty:
    """Return the log-likelihood of PHANTOM votes of every method against one of mean log-worth."""
    k = here.pairings.methods
    centre = np.eye(k) - 1 / k
    half = centre @ here.theta[0, :k] / 2
    gradient, added = np.zeros(k + 2), np.zeros_like(here.information)
    gradient[:k] = -PHANTOM / 2 * centre @ np.tanh(half)
    added[0, :k, :k] = PHANTOM / 4 * centre / np.cosh(half) ** 2 @ centre
    return _Penalty(-PHANTOM * float(np.log(2 * np.cosh(half)).sum()), gradient, added)
