"""How many participants a study needs, and what the votes it has can tell apart.

Planned for a study in which every pair of methods comes equally often and both sides are balanced. The two
methods that differ lie `difference` apart, half above and half below all others; the information of a vote
follows from Davidson's model. Near equality the variance of the difference with n votes on each pair of K
methods is 8 / (n K (1 - tie rate)). Votes of one participant that resemble each other count for less: by the
design effect 1 + (m - 1) rho (Kish, Survey Sampling, 1965).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import special

from study.statistics.simulated_votes import log_nu_of

Multiplicity: TypeAlias = Literal["bonferroni", "simultaneous", "none"]
MULTIPLICITIES: tuple[Multiplicity, ...] = ("bonferroni", "simultaneous", "none")
NORMAL_FROM = 1000  # participants; below, Student's t of the analysis matters, all the more for many pairs
CURVE = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
MOST_PARTICIPANTS = 10_000_000
MOST_TASTE = 10.0
SLICES = 2000  # of the distribution of a standard error


@dataclass(frozen=True)
class Aim:
    """What a study should find: a difference of log-worths (natural logarithm) between two of its methods.

    alpha: chance of any false difference; power: of finding the true one. tie_rate: of all votes on two
    methods that are liked equally. multiplicity: how alpha is kept over all pairs.
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
        return self.methods * (self.methods - 1) // 2


@dataclass(frozen=True)
class Crowd:
    """How many votes each participant gives, and how alike these are (intraclass correlation)."""

    votes_each: int
    correlation: float = 0.02

    def __post_init__(self) -> None:
        if self.votes_each < 1:
            raise ValueError("each participant should give at least one vote")
        if not 0 <= self.correlation <= 1:
            raise ValueError("the correlation should be between 0 and 1, such as 0.02")

    @property
    def design_effect(self) -> float:
        return 1 + (self.votes_each - 1) * self.correlation


@dataclass(frozen=True)
class Sample:
    """What an aim needs. critical: standard errors beyond which a difference counts, with these participants.

    votes_per_pair is the formula's for very many participants; with fewer, more are needed than it says.
    """

    critical: float
    design_effect: float
    votes_per_pair: float
    votes: int
    participants: int
    power: float
    curve: tuple[tuple[int, float], ...]


def crowd_of_taste(taste_sd: float, votes_each: int, methods: int, tie_rate: float) -> Crowd:
    """A crowd whose log-worths scatter by `taste_sd` around the mean, each with the balanced design's pairs.

    Votes on one pair correlate most. On average over the votes of a participant who sees no pair twice before
    all came once, the correlation is that over K + 1; with whole rounds of all pairs, see the last line.
    Raises ValueError.
    """
    if not 0 <= taste_sd <= MOST_TASTE:
        raise ValueError("the scatter of tastes should be a log-worth between 0 and 10, such as 0.5")
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
    """Variance of the estimated difference with one vote on each pair; n votes divide it by n."""
    worths = np.zeros(aim.methods)
    worths[0], worths[1] = aim.difference / 2, -aim.difference / 2
    information = _information(worths, aim.tie_rate)
    contrast = np.zeros(len(information))
    contrast[0], contrast[1] = 1, -1
    return float(contrast @ np.linalg.pinv(information, hermitian=True) @ contrast)


def needed(aim: Aim, crowd: Crowd) -> Sample:
    """The least participants that reach the aim's power. Raises ValueError above ten million."""
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
    """The least participants with the aim's power, which grows with them; `start` is a lower bound."""
    low, high = start - 1, start
    while power_with(aim, crowd, high) < aim.power:
        low, high = high, high + max(1, high // 8)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if power_with(aim, crowd, middle) >= aim.power else (middle, high)
    return high


def power_with(aim: Aim, crowd: Crowd, participants: int) -> float:
    """Chance of finding the difference with this many participants; both tails."""
    votes_per_pair = participants * crowd.votes_each / aim.pairs
    se = math.sqrt(unit_variance(aim) * crowd.design_effect / votes_per_pair)
    shift, degrees = abs(aim.difference) / se, participants - 1
    if participants >= NORMAL_FROM:
        critical, scale = critical_value(aim), np.ones(1)
    else:  # noncentral t: a normal difference over a standard error that itself scatters
        critical, scale = critical_value(aim, degrees), _chi(degrees)
    return float(np.mean(special.ndtr(shift - critical * scale) + special.ndtr(-shift - critical * scale)))


def _chi(degrees: int) -> NDArray[np.float64]:
    """Equally likely values of the square root of chi-squared over its degrees of freedom."""
    middle = (np.arange(SLICES) + 0.5) / SLICES
    return np.asarray(np.sqrt(2 * special.gammaincinv(degrees / 2, middle) / degrees))


@lru_cache(maxsize=256)
def critical_value(aim: Aim, degrees: int | None = None) -> float:
    """Standard errors beyond which a difference counts; `degrees` of freedom of Student's t, else normal.

    "bonferroni" shares alpha among all pairs, "simultaneous" uses the largest difference of K independent
    means (Tukey's studentized range), which holds where all pairs come equally often.
    """
    if aim.multiplicity == "simultaneous":
        from scipy import stats

        spread = stats.studentized_range.ppf(1 - aim.alpha, aim.methods, degrees or np.inf)
        return float(spread / math.sqrt(2))
    alpha = aim.alpha / (aim.pairs if aim.multiplicity == "bonferroni" else 1)
    quantile = special.ndtri(1 - alpha / 2) if degrees is None else special.stdtrit(degrees, 1 - alpha / 2)
    return float(quantile)


def error_of_one_pair(aim: Aim) -> float:
    """Chance of a false difference that is left to each pair, so that all together keep alpha."""
    return math.erfc(critical_value(aim) / math.sqrt(2))


@dataclass(frozen=True)
class Separation:
    """What a study can tell about two of its methods.

    detectable: the smallest difference it would find with the aimed power. participants: how many it
    would take to find the difference as estimated now; None where that is next to nothing.
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
    errors: NDArray[np.float64],
    participants: int,
    *,
    critical: float,
    power: float = 0.8,
) -> tuple[Separation, ...]:
    """Every pair a < b. errors: K×K standard errors of the differences. critical: as used by the analysis."""
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


def _information(worths: NDArray[np.float64], tie_rate: float) -> NDArray[np.float64]:
    """Expected information on log-worths (and log nu, if there are ties) of one vote on each pair."""
    k = len(worths)
    low, high = np.triu_indices(k, 1)
    nu = 2 * tie_rate / (1 - tie_rate)
    half = (worths[low] - worths[high]) / 2
    weights = np.stack([np.exp(half), np.exp(-half), np.full(len(half), nu)])
    shares = weights / weights.sum(axis=0)
    x = np.zeros((3, len(low), k + (nu > 0)))
    rows = np.arange(len(low))
    x[0, rows, low] = x[1, rows, high] = 1
    x[2, rows, low] = x[2, rows, high] = 0.5
    if nu:
        x[2, :, k] = 1
    mean = np.einsum("on,oni->ni", shares, x)
    return np.asarray(np.einsum("on,oni,onj->ij", shares, x, x) - mean.T @ mean)
