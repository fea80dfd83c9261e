"""Fit Thurstone and Mosteller's model with ties, to check that scores do not depend on the logistic curve.

    P(left) = Phi(d - t)    P(right) = Phi(-d - t)    P(tie) = Phi(t - d) - Phi(-t - d)

with d the difference of two scores plus the order effect, t >= 0 a threshold and Phi the normal distribution
function: the perceived difference has a standard deviation of 1 (case V: Thurstone, Psychological Review 34,
1927; Mosteller, Psychometrika 16, 1951), and below the threshold it is not seen (Glenn and David, Biometrics
16, 1960). Without ties t is 0.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from study.statistics.bradley_terry import pair_up, with_order_axis
from study.statistics.davidson import Pairings, invert
from study.votes import LEFT, RIGHT, TIE, Floats

JOD = float(special.ndtri(0.75))  # a difference of one just-objectionable difference
# Multiples of the threshold at the limits of each outcome; 0 where the limit is infinite.
LOWER, UPPER = np.array([1.0, 0.0, -1.0]), np.array([0.0, -1.0, 1.0])
BEYOND = 1e9  # in place of infinity, whose product with a density of 0 is not 0
HALF_LOG = float(np.log(2 * np.pi) / 2)
SMALLEST_STEP = 1e-10
MOST_STEPS = 60


@dataclass(frozen=True, eq=False)
class Thurstone:
    """Hold the estimates. scores: K, sum zero, in standard deviations of a perceived difference.

    order_effect, threshold: None where the model has no such parameter. covariance: (K+2)×(K+2) of scores,
    order effect and threshold, for independent votes. loglik: log-likelihood.
    """

    scores: Floats
    order_effect: float | None
    threshold: float | None
    covariance: Floats
    loglik: float

    @property
    def jod(self) -> Floats:
        """Return the scores in just-objectionable differences: 1 apart means 75 % but for ties."""
        return self.scores / JOD

    def decided(self) -> Floats:
        """Return K×K probabilities that the row is preferred to the column, among decided votes."""
        d, t = np.subtract.outer(self.scores, self.scores), self.threshold or 0.0
        wins, losses = special.log_ndtr(d - t), special.log_ndtr(-d - t)
        return np.asarray(special.expit(wins - losses))


@dataclass(frozen=True, eq=False)
class _Point:
    """Hold the log-likelihood at parameters (K+2), its first derivatives, and minus the second."""

    value: float
    gradient: Floats
    information: Floats


def fit_thurstone(counts: Floats, *, order_effect: bool = False) -> Thurstone | None:
    """Fit counts K×K×3 or 2×K×K×3 that Davidson's model ranks; return None without a maximum."""
    pairings, cells = pair_up(with_order_axis(counts), order_effect)
    tied, k = bool(cells[:, TIE].any()), pairings.methods
    theta = np.zeros(k + 2)
    theta[-1] = 0.5 if tied else 0.0
    here = _evaluate(pairings, cells, theta)
    for _ in range(MOST_STEPS):
        inverse, undetermined = invert(here.information[None], k)
        if undetermined[0]:
            return None
        step = inverse[0] @ here.gradient
        there = _evaluate(pairings, cells, theta + step)
        while not there.value >= here.value - 1e-12 * abs(here.value):
            step = step / 2
            there = _evaluate(pairings, cells, theta + step)
        theta, here = theta + step, there
        if np.abs(step).max() < SMALLEST_STEP:
            order = float(theta[-2]) if pairings.ordered.any() else None
            scores = theta[:k] - theta[:k].mean()
            return Thurstone(scores, order, float(theta[-1]) if tied else None, inverse[0], here.value)
    return None


def _evaluate(pairings: Pairings, cells: Floats, theta: Floats) -> _Point:
    """Return the log-likelihood of n×3 counts; minus infinity where ties have no room (t <= 0).

    The noise of each outcome lies between two limits, each a multiple (-1, 1) of t, or infinite, less d.
    """
    size, t, tied = len(theta), theta[-1], bool(cells[:, TIE].any())
    if tied and t <= 0:
        return _Point(-np.inf, np.zeros(size), np.zeros((size, size)))
    d = (pairings.design @ theta)[:, None]
    used = [LEFT, RIGHT, TIE] if tied else [LEFT, RIGHT]
    counts, below, above = cells[:, used], LOWER[used], UPPER[used]
    low, high = below * t - d, above * t - d
    low[:, RIGHT], high[:, LEFT] = -BEYOND, BEYOND
    logs = _log_between(low, high)
    first, last = (np.exp(-(x**2) / 2 - HALF_LOG - logs) for x in (low, high))
    by_d, by_t = first - last, above * last - below * first
    by_d_twice = high * last - low * first + by_d**2
    by_t_twice = above**2 * high * last - below**2 * low * first + by_t**2
    by_both = by_d * by_t - (above * high * last - below * low * first)
    gradient = np.asarray(pairings.design.T @ (counts * by_d).sum(axis=1))
    information = (pairings.squares.T @ (counts * by_d_twice).sum(axis=1)).reshape(size, size)
    if tied:
        gradient[-1] = (counts * by_t).sum()
        information[-1] = information[:, -1] = pairings.design.T @ (counts * by_both).sum(axis=1)
        information[-1, -1] = (counts * by_t_twice).sum()
    return _Point(float((counts * logs).sum()), gradient, information)


def _log_between(low: Floats, high: Floats) -> Floats:
    """Return the logarithm of the normal probability of an interval, without loss in its tails."""
    flip = low > 0
    low, high = np.where(flip, -high, low), np.where(flip, -low, high)
    below, above = special.log_ndtr(low), special.log_ndtr(high)
    return np.asarray(above + np.log1p(-np.exp(below - above)))
