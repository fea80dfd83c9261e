"""Plan interim analyses that keep the overall error alpha, by group-sequential limits.

Each interim analysis spends a part of alpha that depends on the share of the votes collected (Lan and DeMets,
Biometrika 70, 1983, with their O'Brien-Fleming-type spending function). A two-sided test with alpha spends
alpha/2 on each side. The limits follow from the joint distribution of the statistics of all analyses,
integrated numerically (Armitage, McPherson and Rowe, JRSS A 132, 1969).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from scipy import optimize, special

from study.votes import Floats

NODES = 101  # of the quadrature over statistics within the limits; 301 give the same six decimals
MOST_ANALYSES = 20
ALPHAS = 100  # of which limits are interpolated
FARTHEST = 9.0  # standard errors that no statistic exceeds in practice


@dataclass(frozen=True)
class InterimAnalysis:
    """Hold a planned analysis: the share of the votes at which it takes place, and its limit.

    critical: a difference is significant beyond this many standard errors. spent: error alpha spent up to
    and including this analysis.
    """

    share: float
    critical: float
    spent: float


def plan_interim_analyses(shares: Sequence[float], alpha: float) -> tuple[InterimAnalysis, ...]:
    """Return the limits of a two-sided test at growing shares of the planned votes, the last of which is 1.

    Raises ValueError for shares that do not increase to 1 or for alpha outside 0 to 1.
    """
    _check(shares, alpha)
    critical: list[float] = []
    within, steps = _START, np.diff(np.asarray(shares), prepend=0.0)
    for share, step in zip(shares, steps, strict=True):
        critical.append(_limit(within, step, share, _spend(share, alpha)))
        within = _follow(within, step, critical[-1] * np.sqrt(share))
    return tuple(
        InterimAnalysis(share, limit, _spend(share, alpha))
        for share, limit in zip(shares, critical, strict=True)
    )


def crossing_probability(shares: Sequence[float], critical: Sequence[float], drift: float = 0.0) -> float:
    """Return the probability that the statistic exceeds its limit, on either side, in some analysis.

    drift: expectation of the statistic with all votes, in standard errors; 0 gives the error spent.
    """
    times = np.asarray(shares)
    within = _START
    for step, limit in zip(np.diff(times, prepend=0.0), np.asarray(critical) * np.sqrt(times), strict=True):
        within = _follow(within, step, limit, drift)
    return within.probability


@dataclass(frozen=True, eq=False)
class _Within:
    """Hold the statistics, times the root of the share, that no limit has stopped; and the error so far.

    nodes, weights: of the quadrature over these statistics. probability: of having exceeded a limit.
    """

    nodes: Floats
    weights: Floats
    probability: float


_START = _Within(np.zeros(1), np.ones(1), 0.0)


def _beyond(within: _Within, step: float, limit: float, drift: float = 0.0) -> float:
    """Return the probability that the next statistic is the first to exceed its limit."""
    sd, mean = np.sqrt(step), within.nodes + drift * step
    beyond = special.ndtr((mean - limit) / sd) + special.ndtr((-limit - mean) / sd)
    return float(within.weights @ beyond)


def _limit(within: _Within, step: float, share: float, allowed: float) -> float:
    """Return the limit of the next analysis with which all so far spend the error that is allowed."""

    def excess(limit: float) -> float:
        return within.probability + _beyond(within, step, limit * np.sqrt(share)) - allowed

    return FARTHEST if excess(FARTHEST) >= 0 else float(optimize.brentq(excess, 0.1, FARTHEST, xtol=1e-7))


def _follow(within: _Within, step: float, limit: float, drift: float = 0.0) -> _Within:
    """Return the statistics that the next limit does not stop either."""
    sd, mean = np.sqrt(step), within.nodes + drift * step
    unit, gauss = _quadrature()
    nodes = limit * unit
    weights = gauss * limit * (within.weights @ _normal(nodes[None, :] - mean[:, None], sd))
    return _Within(nodes, weights, within.probability + _beyond(within, step, limit, drift))


@lru_cache(maxsize=1)
def _quadrature() -> tuple[Floats, Floats]:
    unit, gauss = np.polynomial.legendre.leggauss(NODES)
    return unit, gauss


def inflation_factor(analyses: Sequence[InterimAnalysis], alpha: float, power: float) -> float:
    """Return the factor by which interim analyses increase the maximal number of votes at equal power."""
    shares, critical = [analysis.share for analysis in analyses], [analysis.critical for analysis in analyses]
    fixed = special.ndtri(1 - alpha / 2) + special.ndtri(power)
    drift = optimize.brentq(
        lambda d: crossing_probability(shares, critical, d) - power, 0.5 * fixed, 2 * fixed
    )
    return float((drift / fixed) ** 2)


def limits_for_participants(
    analyses: Sequence[InterimAnalysis], participants: int
) -> tuple[InterimAnalysis, ...]:
    """Return the limits with equal tail probabilities of Student's t in place of the normal distribution.

    participants: the planned number at the last analysis; standard errors are clustered by participant.
    """
    numbers = [max(2, round(analysis.share * participants)) for analysis in analyses]
    return tuple(
        replace(analysis, critical=float(-special.stdtrit(number - 1, special.ndtr(-analysis.critical))))
        for analysis, number in zip(analyses, numbers, strict=True)
    )


def planned_p(shares: tuple[float, ...], number: int, distance: Floats) -> Floats:
    """Return p values of an analysis: the smallest alpha whose limit a distance reaches, over all analyses.

    number: of the analysis, from 1. distance: in standard errors that are known, 0 or more.
    """
    limits, alphas = _limits_by_alpha(shares, number)
    return np.asarray(np.exp(np.interp(distance, limits, np.log(alphas))))


@lru_cache(maxsize=64)
def _limits_by_alpha(shares: tuple[float, ...], number: int) -> tuple[Floats, Floats]:
    """Return growing limits of an analysis, the first 0, and the alpha of each."""
    alphas = np.geomspace(0.5, 1e-12, ALPHAS)
    limits = [plan_interim_analyses(shares, alpha)[number - 1].critical for alpha in alphas.tolist()]
    return np.array([0.0, *limits]), np.array([1.0, *alphas])


def _spend(share: float, alpha: float) -> float:
    """Return the error spent with `share` of the votes; alpha at a share of 1."""
    limit = special.ndtri(1 - alpha / 4) / np.sqrt(share)
    return float(4 * special.ndtr(-limit))


def _normal(x: Floats, sd: float) -> Floats:
    """Return the density of the normal distribution with mean 0 (scipy.stats loads too slowly for it)."""
    return np.asarray(np.exp(-0.5 * (x / sd) ** 2) / (sd * np.sqrt(2 * np.pi)))


def _check(shares: Sequence[float], alpha: float) -> None:
    if not 0 < alpha < 1:
        raise ValueError("alpha should be between 0 and 1")
    growing = all(a < b for a, b in zip([0.0, *shares], shares, strict=False))
    if not 0 < len(shares) <= MOST_ANALYSES or not growing or abs(shares[-1] - 1) > 1e-9:
        raise ValueError(
            "interim analyses should be growing shares of the votes that end with 1, such as 0.5,1"
        )
