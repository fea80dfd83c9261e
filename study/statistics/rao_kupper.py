"""Rao and Kupper's model of ties (JASA 62, 1967): another one, to see whether the scores hang on Davidson's.

    P(left) = s(d - t)    P(right) = s(-d - t)    P(tie) = (exp(2t) - 1) s(d - t) s(-d - t)

with d the difference of log-worths and side term, t = log theta > 0 and s the logistic function: a tie where
the difference felt is below a threshold.
"""

from dataclasses import dataclass

import numpy as np

from study.statistics.bradley_terry import pair_up, with_sides
from study.statistics.davidson import Pairings, invert
from study.votes import LEFT, RIGHT, TIE, Floats

SMALLEST_STEP = 1e-10
MOST_STEPS = 60


@dataclass(frozen=True, eq=False)
class RaoKupper:
    """log_worths: K, sum zero. covariance: (K+2)×(K+2) of log-worths, side term and log theta."""

    log_worths: Floats
    position: float | None
    log_theta: float
    covariance: Floats
    loglik: float


def fit_rao_kupper(counts: Floats, *, position: bool = False) -> RaoKupper | None:
    """Fit counts K×K×3 or 2×K×K×3 that have a ranking with Davidson's ties; None without ties or maximum."""
    pairings, cells = pair_up(with_sides(counts), position)
    if not cells[:, TIE].any():
        return None
    theta = np.zeros(pairings.methods + 2)
    theta[-1] = np.log(2.0)
    value = _log_likelihood(pairings, cells, theta)
    for _ in range(MOST_STEPS):
        slope, matrix = _derivatives(pairings, cells, theta)
        inverse, flat = invert(matrix[None], pairings.methods)
        if flat[0]:
            return None
        step = inverse[0] @ slope
        while not (after := _log_likelihood(pairings, cells, theta + step)) >= value - 1e-12 * abs(value):
            step = step / 2
        theta, value = theta + step, after
        if np.abs(step).max() < SMALLEST_STEP:
            k = pairings.methods
            side = float(theta[-2]) if pairings.ordered.any() else None
            return RaoKupper(theta[:k] - theta[:k].mean(), side, float(theta[-1]), inverse[0], value)
    return None


def _log_likelihood(pairings: Pairings, cells: Floats, theta: Floats) -> float:
    d, t = pairings.design @ theta, theta[-1]
    if t <= 0:
        return -np.inf
    left, right, ties = cells[:, LEFT], cells[:, RIGHT], cells[:, TIE]
    terms = (left + ties) * np.logaddexp(0, t - d) + (right + ties) * np.logaddexp(0, t + d)
    return float(ties.sum() * np.log(np.expm1(2 * t)) - terms.sum())


def _derivatives(pairings: Pairings, cells: Floats, theta: Floats) -> tuple[Floats, Floats]:
    """The first derivative of the log-likelihood (K+2), and minus the second."""
    design, t, size, ties = pairings.design, theta[-1], len(theta), cells[:, TIE]
    d = design @ theta
    left, right = (1 / (1 + np.exp(sign * d - t)) for sign in (1, -1))  # chances of not winning
    short_left, short_right = (cells[:, LEFT] + ties) * left, (cells[:, RIGHT] + ties) * right
    bend_left, bend_right = short_left * (1 - left), short_right * (1 - right)
    slope = design.T @ (short_left - short_right)
    matrix = (pairings.squares.T @ (bend_left + bend_right)).reshape(size, size)
    matrix[-1] = matrix[:, -1] = design.T @ (bend_right - bend_left)
    rises = np.exp(2 * t) / np.expm1(2 * t)
    slope[-1] = 2 * ties.sum() * rises - (short_left + short_right).sum()
    matrix[-1, -1] = (bend_left + bend_right).sum() + 4 * ties.sum() * rises / np.expm1(2 * t)
    return slope, matrix
