"""Compute the participants that a study needs, and the differences that its votes can detect.

The design has equally many votes on every pair of methods and balanced sides. Two methods differ by
`difference`, one half of it above and one half below all others; the information of a vote follows from
Davidson's model. Near equality the variance of the difference with n votes on each pair of K methods is
8 / (n K (1 - tie rate)). Correlated votes of a participant carry less information: the variance is multiplied
by the design effect 1 + (m - 1) rho for m votes each (Kish, Survey Sampling, 1965).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

import numpy as np
from scipy import special

from study.statistics.davidson import Pairings, Sums, information, moments
from study.statistics.simulated_votes import log_nu_of
from study.votes import Floats

Multiplicity: TypeAlias = Literal["bonferroni", "simultaneous", "none"]
MULTIPLICITIES: tuple[Multiplicity, ...] = ("bonferroni", "simultaneous", "none")
NORMAL_FROM = 1000  # participants from which Student's t is replaced by the normal distribution
CURVE = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
MOST_PARTICIPANTS = 10_000_000
MOST_TASTE = 10.0
SLICES = 2000  # equally probable values of a standard error; they give the power within 0.001


@dataclass(frozen=True)
class Aim:
    """Hold the difference of log-worths (natural logarithm) that a study should detect, and its errors.

    alpha: probability of any false difference. power: probability of detecting the true one. tie_rate: share
    of ties among votes on two equal methods. multiplicity: the method that keeps alpha over all pairs.
    Raises ValueError for values outside their ranges.
    """

    methods: int
    difference: float
    alpha: float = 0.05
    power: float = 0.8
    tie_rate: float = 0.15
    multiplicity: Multiplicity = "bonferroni"

    def __post_init__(self) -> None:
        if self.methods < 2:
            raise ValueError("a comparison needs at least two methods")
        if not 0 < abs(self.difference) <= 10:
            raise ValueError("the difference should be a log-worth between 0 and 10, such as 0.4")
        if not (0 < self.alpha < 1 and self.alpha < self.power < 1):
            raise ValueError("alpha and power should be between 0 and 1, and power above alpha")
        if not 0 <= self.tie_rate < 1:
            raise ValueError("the share of ties should be at least 0 and below 1")

    @property
    def pairs(self) -> int:
        """Return the number of pairs of methods."""
        return self.methods * (self.methods - 1) // 2


@dataclass(frozen=True)
class Crowd:
    """Hold the number of votes of each participant, and their intraclass correlation (0 to 1).

    Raises ValueError for values outside their ranges.
    """

    votes_each: int
    correlation: float = 0.02

    def __post_init__(self) -> None:
        if self.votes_each < 1:
            raise ValueError("each participant should give at least one vote")
        if not 0 <= self.correlation <= 1:
            raise ValueError("the correlation should be between 0 and 1, such as 0.02")

    @property
    def design_effect(self) -> float:
        """Return the factor by which the correlation increases variances."""
        return 1 + (self.votes_each - 1) * self.correlation


@dataclass(frozen=True)
class Sample:
    """Hold the sample size of an aim.

    critical: a difference is significant beyond this many standard errors. votes_per_pair: the formula for
    very many participants; fewer participants need more votes. power: probability of detection with
    `participants`. curve: numbers of participants with their power.
    """

    critical: float
    design_effect: float
    votes_per_pair: float
    votes: int
    participants: int
    power: float
    curve: tuple[tuple[int, float], ...]


def crowd_of_taste(taste_sd: float, votes_each: int, methods: int, tie_rate: float) -> Crowd:
    """Return the crowd whose log-worths have the standard deviation `taste_sd` between participants.

    Two votes on the same pair have the largest correlation. Averaged over the votes of a participant, who
    answers every pair once before any pair a second time, the correlation is divided by K + 1; with more than
    a round of all pairs the formula of the last line applies. Raises ValueError for taste_sd outside 0 to 10.
    """
    if not 0 <= taste_sd <= MOST_TASTE:
        raise ValueError(
            "the standard deviation of tastes should be a log-worth between 0 and 10, such as 0.5"
        )
    points, weights = np.polynomial.hermite_e.hermegauss(61)
    half, nu = taste_sd * points / math.sqrt(2), math.exp(log_nu_of(tie_rate, taste_sd))
    decided = 2 * np.cosh(half) / (2 * np.cosh(half) + nu)
    same_pair = float(4 * (weights @ (np.tanh(half) * decided / 2) ** 2) / (weights @ decided))
    if methods == 2 or votes_each == 1:
        return Crowd(votes_each, same_pair)
    if votes_each <= methods * (methods - 1) // 2:
        return Crowd(votes_each, same_pair / (methods + 1))
    return Crowd(votes_each, same_pair * (votes_each - methods + 1) / ((methods - 1) * (votes_each - 1)))


@lru_cache(maxsize=64)
def unit_variance(aim: Aim) -> float:
    """Return the variance of the estimated difference with one vote on each pair; n votes divide it by n."""
    low, high = np.triu_indices(aim.methods, 1)
    pairings = Pairings(low, high, np.zeros_like(low), aim.methods)
    theta, contrast = np.zeros((2, aim.methods + 2))
    theta[0], theta[1] = aim.difference / 2, -aim.difference / 2
    if aim.tie_rate:
        theta[-1] = log_nu_of(aim.tie_rate)
    votes = Sums(np.ones((1, len(low))), np.zeros((1, len(theta))))
    matrix = information(pairings, votes, moments(pairings, theta[None], np.array([aim.tie_rate > 0])))[0]
    contrast[0], contrast[1] = 1, -1
    return float(contrast @ np.linalg.pinv(matrix, hermitian=True) @ contrast)


def required_sample(aim: Aim, crowd: Crowd) -> Sample:
    """Return the fewest participants with the power of the aim. Raises ValueError above ten million."""
    critical = critical_value(aim)  # with so many participants that their number does not matter
    z = critical + float(special.ndtri(aim.power))
    votes_per_pair = z**2 * crowd.design_effect * unit_variance(aim) / aim.difference**2
    start = max(2, math.ceil(votes_per_pair * aim.pairs / crowd.votes_each - 1e-9))
    if start > MOST_PARTICIPANTS:
        raise ValueError("so small a difference needs more than ten million participants")
    participants = _least(aim, crowd, start)
    sizes = sorted({max(2, round(share * participants)) for share in CURVE})
    return Sample(
        critical=critical if participants >= NORMAL_FROM else critical_value(aim, participants - 1),
        design_effect=crowd.design_effect,
        votes_per_pair=votes_per_pair,
        votes=participants * crowd.votes_each,
        participants=participants,
        power=power_with(aim, crowd, participants),
        curve=tuple((size, power_with(aim, crowd, size)) for size in sizes),
    )


def _least(aim: Aim, crowd: Crowd, start: int) -> int:
    """Return the fewest participants, at least two, with the power of the aim. start: about the result."""
    low, high = start - 1, start
    # The formula omits the opposite tail, so that its result may be too large by a participant.
    while low >= 2 and power_with(aim, crowd, low) >= aim.power:
        low, high = max(1, low - max(1, low // 8)), low
    while power_with(aim, crowd, high) < aim.power:
        low, high = high, high + max(1, high // 8)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if power_with(aim, crowd, middle) >= aim.power else (middle, high)
    return high


def power_with(aim: Aim, crowd: Crowd, participants: int) -> float:
    """Return the probability of detecting the difference with this many participants; both tails."""
    votes_per_pair = participants * crowd.votes_each / aim.pairs
    se = math.sqrt(unit_variance(aim) * crowd.design_effect / votes_per_pair)
    shift, degrees = abs(aim.difference) / se, participants - 1
    if participants >= NORMAL_FROM:
        critical, scale = critical_value(aim), np.ones(1)
    else:  # noncentral t, of which scipy.special.nctdtr is nan in the far tail
        critical, scale = critical_value(aim, degrees), _chi(degrees)
    return float(np.mean(special.ndtr(shift - critical * scale) + special.ndtr(-shift - critical * scale)))


def _chi(degrees: int) -> Floats:
    """Return equally probable values of the square root of chi-squared over its degrees of freedom."""
    middle = (np.arange(SLICES) + 0.5) / SLICES
    return np.asarray(np.sqrt(2 * special.gammaincinv(degrees / 2, middle) / degrees))


@lru_cache(maxsize=256)
def critical_value(aim: Aim, degrees: int | None = None) -> float:
    """Return the number of standard errors beyond which a difference is significant.

    degrees: degrees of freedom of Student's t; None for the normal distribution. "bonferroni" divides alpha
    by the number of pairs; "simultaneous" uses the range of K independent means (Tukey's studentized range),
    which applies where all pairs are equally frequent.
    """
    if aim.multiplicity == "simultaneous":
        from scipy import stats

        spread = stats.studentized_range.ppf(1 - aim.alpha, aim.methods, degrees or np.inf)
        return float(spread / math.sqrt(2))
    alpha = aim.alpha / (aim.pairs if aim.multiplicity == "bonferroni" else 1)
    quantile = special.ndtri(1 - alpha / 2) if degrees is None else special.stdtrit(degrees, 1 - alpha / 2)
    return float(quantile)


def error_of_one_pair(aim: Aim) -> float:
    """Return the error of each pair with which all pairs together keep alpha."""
    return math.erfc(critical_value(aim) / math.sqrt(2))


@dataclass(frozen=True)
class Separation:
    """Hold the estimated difference of methods a and b, and what it takes to detect it.

    separated: the difference is significant. detectable: the smallest difference that these votes detect with
    the power asked for. participants: the number needed to detect the estimated difference; None if it is
    so small that more than MOST_PARTICIPANTS are needed.
    """

    a: int
    b: int
    difference: float
    se: float
    separated: bool
    detectable: float
    participants: int | None


def separations(
    log_worths: Sequence[float],
    errors: Floats,
    participants: int,
    *,
    critical: float,
    power: float = 0.8,
) -> tuple[Separation, ...]:
    """Return every pair a < b.

    errors: K×K standard errors of the differences. participants: their present number. critical: the limit of
    the analysis in standard errors.
    """
    reach = critical + float(special.ndtri(power))
    found = []
    for a in range(len(log_worths)):
        for b in range(a + 1, len(log_worths)):
            difference, se = float(log_worths[a] - log_worths[b]), float(errors[a, b])
            times = (reach * se / difference) ** 2 if difference else math.inf
            enough = math.ceil(participants * times) if participants * times <= MOST_PARTICIPANTS else None
            separated = abs(difference) > critical * se
            found.append(Separation(a, b, difference, se, separated, reach * se, enough))
    return tuple(found)
