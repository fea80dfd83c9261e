"""Plan interim analyses that keep the overall error alpha, by group-sequential limits.

Each interim analysis spends a part of alpha that depends on the share of the votes collected (Lan and DeMets,
Biometrika 70, 1983, with their O'Brien-Fleming-type spending function). A two-sided test with alpha spends
alpha/2 on each side. The limits follow from the joint distribution of the statistics of all analyses,
integrated numerically (Armitage, McPherson and Rowe, JRSS A 132, 1969).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import optimize, special

from study.votes import Floats

NODES = 101  # of the quadrature over statistics within the limits; 301 give the same six decimals
MOST_ANALYSES = 20
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
    for k, share in enumerate(shares):
        allowed = _spend(share, alpha)

        def excess(limit: float, k: int = k, allowed: float = allowed) -> float:
            """Return the error spent with a limit less the error allowed."""
            return crossing_probability(shares[: k + 1], [*critical, limit]) - allowed

        critical.append(
            FARTHEST if excess(FARTHEST) >= 0 else float(optimize.brentq(excess, 0.1, FARTHEST, xtol=1e-7))
        )
    return tuple(
        InterimAnalysis(share, limit, _spend(share, alpha))
        for share, limit in zip(shares, critical, strict=True)
    )


def crossing_probability(shares: Sequence[float], critical: Sequence[float], drift: float = 0.0) -> float:
    """Return the probability that the statistic exceeds its limit, on either side, in some analysis.

    drift: expectation of the statistic with all votes, in standard errors; 0 gives the error spent.
    """
    times = np.asarray(shares)
    steps = np.diff(times, prepend=0.0)
    limits = np.asarray(critical) * np.sqrt(times)
    nodes, weights = np.zeros(1), np.ones(1)
    unit, gauss = np.polynomial.legendre.leggauss(NODES)
    probability = 0.0
    for step, limit in zip(steps, limits, strict=True):
        sd, mean = np.sqrt(step), nodes + drift * step
        probability += float(
            weights @ (special.ndtr((mean - limit) / sd) + special.ndtr((-limit - mean) / sd))
        )
        following = limit * unit
        weights = gauss * limit * (weights @ _normal(following[None, :] - mean[:, None], sd))
        nodes = following
    return probability


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
