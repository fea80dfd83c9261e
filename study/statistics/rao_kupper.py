"""Fit Rao and Kupper's model of ties (JASA 62, 1967), to check that the scores do not depend on Davidson's.

    P(left) = s(d - t)    P(right) = s(-d - t)    P(tie) = (exp(2t) - 1) s(d - t) s(-d - t)

with d the difference of log-worths plus the order effect, t = log theta > 0 and s the logistic function. A
tie occurs where the perceived difference is below the threshold t.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from study.statistics.bradley_terry import pair_up, with_order_axis
from study.statistics.davidson import Pairings, invert
from study.votes import LEFT, RIGHT, TIE, Floats

SMALLEST_STEP = 1e-10
MOST_STEPS = 60


@dataclass(frozen=True, eq=False)
class RaoKupper:
    """Hold the estimates. log_worths: K, sum zero.

    covariance: (K+2)×(K+2) of log-worths, order effect and log theta.
    """

    log_worths: Floats
    order_effect: float | None
    log_theta: float
    covariance: Floats
    loglik: float


def fit_rao_kupper(counts: Floats, *, order_effect: bool = False) -> RaoKupper | None:
    """Fit counts K×K×3 or 2×K×K×3 that Davidson's model ranks; return None without ties or a maximum."""
    pairings, cells = pair_up(with_order_axis(counts), order_effect)
    if not cells[:, TIE].any():
        return None
    theta = np.zeros(pairings.methods + 2)
    theta[-1] = np.log(2.0)
    value = _log_likelihood(pairings, cells, theta)
    for _ in range(MOST_STEPS):
        gradient, matrix = _derivatives(pairings, cells, theta)
        inverse, undetermined = invert(matrix[None], pairings.methods)
        if undetermined[0]:
            return None
        step = inverse[0] @ gradient
        while not (after := _log_likelihood(pairings, cells, theta + step)) >= value - 1e-12 * abs(value):
            step = step / 2
        theta, value = theta + step, after
        if np.abs(step).max() < SMALLEST_STEP:
            k = pairings.methods
            order = float(theta[-2]) if pairings.ordered.any() else None
            return RaoKupper(theta[:k] - theta[:k].mean(), order, float(theta[-1]), inverse[0], value)
    return None


def _log_likelihood(pairings: Pairings, cells: Floats, theta: Floats) -> float:
    """Return the log-likelihood of n×3 counts; minus infinity outside t > 0."""
    d, t = pairings.design @ theta, theta[-1]
    if t <= 0:
        return -np.inf
    left, right, ties = cells[:, LEFT], cells[:, RIGHT], cells[:, TIE]
    terms = (left + ties) * np.logaddexp(0, t - d) + (right + ties) * np.logaddexp(0, t + d)
    return float(ties.sum() * np.log(np.expm1(2 * t)) - terms.sum())


def _derivatives(pairings: Pairings, cells: Floats, theta: Floats) -> tuple[Floats, Floats]:
    """Return the first derivatives of the log-likelihood (K+2), and minus the second."""
    design, t, size, ties = pairings.design, theta[-1], len(theta), cells[:, TIE]
    d = design @ theta
    not_left, not_right = special.expit(t - d), special.expit(t + d)  # probabilities of not winning
    first_left, first_right = (cells[:, LEFT] + ties) * not_left, (cells[:, RIGHT] + ties) * not_right
    second_left, second_right = first_left * (1 - not_left), first_right * (1 - not_right)
    gradient = design.T @ (first_left - first_right)
    matrix = (pairings.squares.T @ (second_left + second_right)).reshape(size, size)
    matrix[-1] = matrix[:, -1] = design.T @ (second_right - second_left)
    growth = np.exp(2 * t) / np.expm1(2 * t)
    gradient[-1] = 2 * ties.sum() * growth - (first_left + first_right).sum()
    matrix[-1, -1] = (second_left + second_right).sum() + 4 * ties.sum() * growth / np.expm1(2 * t)
    return gradient, matrix
