"""Compute the participants that a study needs, and the differences that its votes can detect.

The design has equally many votes on every pair of methods and balanced sides. Two methods differ by
`difference`, one half of it above and one half below all others; the information of a vote follows from
Davidson's model. Near equality the variance of the difference with n votes on each pair of K methods is
8 / (n K (1 - tie rate)). Correlated votes of a participant carry less information: the variance is multiplied
by the design effect 1 + (m - 1) rho for m votes each (Kish, Survey Sampling, 1965).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

import numpy as np
from scipy import special

from study.statistics.davidson import Pairings, Sums, information, moments
from study.statistics.multiple_comparisons import FEW_PARTICIPANTS
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

    worth: how many votes without grades and covariates a vote is worth, as a measurement of what its
    participant prefers.
    shown: pictures of each trial, of which the best is chosen. Raises ValueError for values outside their
    ranges.
    """

    votes_each: int
    correlation: float = 0.02
    worth: float = 1.0
    shown: int = 2

    def __post_init__(self) -> None:
        if self.votes_each < 1:
            raise ValueError("each participant should give at least one vote")
        if not 0 <= self.correlation <= 1:
            raise ValueError("the correlation should be between 0 and 1, such as 0.02")
        if not self.worth > 0:
            raise ValueError("a vote should be worth more than nothing")

    @property
    def design_effect(self) -> float:
        """Return the factor by which the correlation increases variances; the worth of a vote counts too."""
        noise = 1 - self.correlation  # of a vote; what participants differ by remains
        return 1 + (self.votes_each - 1) * self.correlation - noise * (1 - 1 / self.worth)


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


def least_participants(methods: int) -> int:
    """Return the fewest participants from whom clustered standard errors are reliable."""
    return max(FEW_PARTICIPANTS, methods)


def crowd_of_taste(
    taste_sd: float, votes_each: int, methods: int, tie_rate: float, picture_sd: float = 0.0
) -> Crowd:
    """Return the crowd whose log-worths have the standard deviation `taste_sd` between participants.

    picture_sd: the same between pictures. Raises ValueError for values outside 0 to 10.
    """
    return Crowd(votes_each, correlation_in(votes_each, methods, shared(taste_sd, picture_sd, tie_rate)))


@lru_cache(maxsize=256)
def shared(sd: float, other_sd: float, tie_rate: float) -> float:
    """Return the correlation of two votes on the same pair of methods within a group of votes.

    sd: standard deviation of log-worths between groups, such as participants. other_sd: the same for the
    groups of another kind, such as pictures, of which the two votes have different ones. Raises ValueError
    for values outside 0 to 10.
    """
    if not (0 <= sd <= MOST_TASTE and 0 <= other_sd <= MOST_TASTE):
        raise ValueError(
            "standard deviations of people and pictures should be log-worths between 0 and 10, such as 0.5"
        )
    points, weights = np.polynomial.hermite_e.hermegauss(61)
    weights = weights / weights.sum()
    half = np.add.outer(sd * points, other_sd * points) / math.sqrt(2)
    nu = math.exp(log_nu_of(tie_rate, math.hypot(sd, other_sd)))
    decided = 2 * np.cosh(half) / (2 * np.cosh(half) + nu)
    mean = (np.tanh(half) * decided / 2) @ weights
    return float(4 * (weights @ mean**2) / (weights @ decided @ weights))


def correlation_in(votes: float, methods: int, same_pair: float) -> float:
    """Return the mean correlation of the votes of a group, such as a participant.

    votes: their number. same_pair: the correlation of two votes on the same pair, which is the largest. If
    the group has every pair once before any pair a second time, the mean is smaller by K + 1; with more than
    a round of all pairs the formula of the last line applies.
    """
    if methods == 2 or votes <= 1:
        return same_pair
    if votes <= methods * (methods - 1) // 2:
        return same_pair / (methods + 1)
    return same_pair * (votes - methods + 1) / ((methods - 1) * (votes - 1))


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
    """Return the fewest participants with the power of the aim, at least those that clustered errors need.

    Raises ValueError above ten million.
    """
    critical = critical_value(aim)  # with so many participants that their number does not matter
    z = critical + float(special.ndtri(aim.power))
    votes_per_pair = z**2 * crowd.design_effect * unit_variance(aim) / aim.difference**2
    least = least_participants(aim.methods)
    start = max(least, math.ceil(votes_per_pair * aim.pairs / crowd.votes_each - 1e-9))
    if start > MOST_PARTICIPANTS:
        raise ValueError("so small a difference needs more than ten million participants")
    participants = fewest(lambda people: power_with(aim, crowd, people) >= aim.power, start, least)
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


def fewest(suffice: Callable[[int], bool], start: int, least: int) -> int:
    """Return the fewest that suffice, where more always suffice too, at least `least`. start: a guess."""
    low, high = start - 1, start
    # A formula that omits the opposite tail may start too large by one.
    while low >= least and suffice(low):
        low, high = max(least - 1, low - max(1, low // 8)), low
    while not suffice(high):
        low, high = high, high + max(1, high // 8)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if suffice(middle) else (middle, high)
    return high


def power_with(aim: Aim, crowd: Crowd, participants: int) -> float:
    """Return the probability of detecting the difference with this many participants; both tails."""
    votes_per_pair = participants * crowd.votes_each / aim.pairs
    se = math.sqrt(unit_variance(aim) * crowd.design_effect / votes_per_pair)
    shift, degrees = abs(aim.difference) / se, participants - 1
    if participants >= NORMAL_FROM:
        critical, scale = critical_value(aim), np.ones(1)
    else:  # noncentral t, of which scipy.special.nctdtr is nan in the far tail
        critical, scale = critical_value(aim, degrees), np.sqrt(spread_of(degrees, SLICES))
    return float(np.mean(special.ndtr(shift - critical * scale) + special.ndtr(-shift - critical * scale)))


def spread_of(degrees: float, slices: int) -> Floats:
    """Return equally probable values of chi-squared over its degrees of freedom."""
    middle = (np.arange(slices) + 0.5) / slices
    return np.asarray(2 * special.gammaincinv(degrees / 2, middle) / degrees)


@lru_cache(maxsize=256)
def critical_value(aim: Aim, degrees: float | None = None) -> float:
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
