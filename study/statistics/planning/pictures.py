"""Compute the participants and pictures that a study needs where both are samples.

The errors are those of a report: by participant and by picture, V_participant + V_picture − V_both, and
never less than by one of the two, with Satterthwaite's degrees of freedom, as in `cluster_errors`.
Each V is the variance for independent votes times a design effect (Kish, Survey Sampling, 1965); V_both is
the former. With ever more participants the variance falls to that of the pictures alone, so that a study with
few pictures cannot detect a small difference, however many people take part.
"""

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

import numpy as np
from scipy import optimize, special

from study.statistics.planning.separations import LEAST_PICTURES
from study.statistics.sample_size import (
    CURVE,
    MOST_PARTICIPANTS,
    NORMAL_FROM,
    Aim,
    Crowd,
    Sample,
    correlation_in,
    critical_value,
    fewest,
    least_participants,
    shared,
    spread_of,
    unit_variance,
)
from study.votes import Floats

# Of log-worths between pictures. Three instruments in public votes on recordings differ by 0.24 (Kousgaard,
# 1984, in BradleyTerry2); 25 pictures in docs/study.md by 0.32.
USUAL_SPREAD = 0.3
USUAL_TASTE = 0.5  # the same between participants
USUAL_TIES = 0.15  # share of ties among votes on equal methods
USUAL_MUCH = 0.3  # share of much better among decided votes on equal methods, where people give grades
SLICES = 60  # equally probable values of each variance; 200 change the power by less than 0.002
ENOUGH = 1.25  # times the participants needed with very many pictures
SMALLEST, LARGEST = 1e-3, 10.0  # log-worths that are looked for
MANY = 100_000  # pictures, a stand-in for any number
COMBINATIONS = (0.5, 0.75, 1.0, 1.5, 2.0, 4.0)  # times the number of pictures
NODES = np.array([NORMAL_FROM, 100, 50, 30, 20, 15, 12, 10, 8, 6, 5, 4, 3, 2.5, 2, 1.6, 1.3, 1.1, 1.0])


@dataclass(frozen=True)
class Pictures:
    """Hold the number of pictures, and the standard deviation of log-worths between them.

    taste: the same between participants, whose different tastes blur the differences between pictures.
    Raises ValueError for values outside their ranges.
    """

    number: int
    spread: float = USUAL_SPREAD
    taste: float = 0.0

    def __post_init__(self) -> None:
        if not 2 <= self.number <= MANY:
            raise ValueError(f"the number of pictures should be between 2 and {MANY}")
        if not 0 <= self.spread <= 10:
            raise ValueError("the standard deviation of pictures should be between 0 and 10, such as 0.3")


@dataclass(frozen=True)
class Combination:
    """Hold the fewest participants who suffice with so many pictures; None where nobody's votes suffice."""

    pictures: int
    participants: int | None


@dataclass(frozen=True)
class Limits:
    """Hold what the number of pictures limits.

    power: probability of detection with any number of participants. difference: the smallest log-worth that
    any number of participants would detect with the power of the aim; None if above 10. least: the fewest
    pictures with which the aim can be reached.
    """

    power: float
    difference: float | None
    least: int
    combinations: tuple[Combination, ...]


@dataclass(frozen=True)
class Parts:
    """Hold expected variances of the difference: by participant, by picture, and for independent votes."""

    person: float
    item: float
    alone: float


def parts_of(aim: Aim, crowd: Crowd, pictures: Pictures, participants: int) -> Parts:
    """Return the variances in a study with votes balanced over participants, pictures and pairs."""
    votes = participants * crowd.votes_each
    alone, on_each = unit_variance(aim) * aim.pairs / votes, votes / pictures.number
    same = correlation_in(on_each, aim.methods, shared(pictures.spread, pictures.taste, aim.tie_rate))
    # Pictures differ as much between methods that are equal as between others.
    between = unit_variance(replace(aim, difference=SMALLEST)) * aim.pairs / votes
    return Parts(alone * crowd.design_effect, alone + max(0.0, on_each - 1) * same * between, alone)


def power_of(aim: Aim, crowd: Crowd, pictures: Pictures, participants: int) -> float:
    """Return the probability of detecting the difference; both tails."""
    parts = parts_of(aim, crowd, pictures, participants)
    people, items = participants - 1, pictures.number - 1
    person, item = parts.person * _spread(people)[:, None], parts.item * _spread(items)
    variance = np.maximum(np.maximum(person, item), person + item - parts.alone)
    most, least = _of_methods(aim, items, largest=True), _of_methods(aim, people, largest=False)
    degrees = _degrees(person * least, item * most, parts.alone, people, items)
    limit = critical_at(aim, degrees) * np.sqrt(variance)
    return _beyond(abs(aim.difference), limit, math.sqrt(parts.person + parts.item - parts.alone))


def _of_methods(aim: Aim, degrees: int, *, largest: bool) -> float:
    """Return about the largest or smallest of K estimated variances, as a ratio to the expected one.

    A report takes the fewest degrees of freedom of all methods: those of a method whose pictures seem to
    differ much and whose participants seem to differ little.
    """
    rank = 1 / (aim.methods + 1)
    return float(2 * special.gammaincinv(degrees / 2, 1 - rank if largest else rank) / degrees)


def degrees_of(aim: Aim, crowd: Crowd, pictures: Pictures, participants: int) -> float:
    """Return the degrees of freedom of Student's t where all variances are as expected."""
    parts = parts_of(aim, crowd, pictures, participants)
    people, items = participants - 1, pictures.number - 1
    person = np.array([parts.person * _of_methods(aim, people, largest=False)])
    item = np.array([parts.item * _of_methods(aim, items, largest=True)])
    return float(_degrees(person, item, parts.alone, people, items)[0])


def detectable(aim: Aim, crowd: Crowd, pictures: Pictures, participants: int | None) -> float | None:
    """Return the smallest log-worth that is detected with the power of the aim; None if above 10.

    participants: None for any number of them.
    """

    def missing(difference: float) -> float:
        """Return the power less the wanted one."""
        own = replace(aim, difference=difference)
        if participants is None:
            return power_limit(own, pictures) - aim.power
        return power_of(own, crowd, pictures, participants) - aim.power

    if missing(SMALLEST) >= 0:
        return 0.0
    for low, high in pairwise(np.geomspace(SMALLEST, LARGEST, 30)):
        if missing(float(high)) >= 0:  # votes on far too different methods carry little: power falls again
            return float(optimize.brentq(missing, low, high))
    return None


def _degrees(person: Floats, item: Floats, alone: float, people: int, items: int) -> Floats:
    """Return the degrees of freedom of estimated variances, as `cluster_errors` combines them."""
    return np.minimum(
        _satterthwaite(person, people, np.maximum(item - alone, 0), items),
        _satterthwaite(np.maximum(person - alone, 0), people, item, items),
    )


def power_limit(aim: Aim, pictures: Pictures) -> float:
    """Return the probability of detecting the difference with any number of participants."""
    if not pictures.spread:
        return 1.0
    variance = variance_of_pictures(aim, pictures)
    drawn = variance * _spread(pictures.number - 1)
    limit = critical_at(aim, np.full(len(drawn), pictures.number - 1.0)) * np.sqrt(drawn)
    return _beyond(abs(aim.difference), limit, math.sqrt(variance))


def variance_of_pictures(aim: Aim, pictures: Pictures) -> float:
    """Return the variance of the difference with the votes of any number of participants."""
    same = shared(pictures.spread, pictures.taste, aim.tie_rate)
    rounds = 1 if aim.methods == 2 else aim.methods - 1
    return unit_variance(replace(aim, difference=SMALLEST)) * aim.pairs * same / rounds / pictures.number


def required_participants(aim: Aim, crowd: Crowd, pictures: Pictures) -> int | None:
    """Return the fewest participants with the power of the aim; None where no number suffices."""
    if (
        power_limit(aim, pictures) < aim.power
        or power_of(aim, crowd, pictures, MOST_PARTICIPANTS) < aim.power
    ):
        return None
    least = least_participants(aim.methods)
    return fewest(lambda people: power_of(aim, crowd, pictures, people) >= aim.power, 4 * least, least)


def required_pictures(aim: Aim, crowd: Crowd, like: Pictures) -> int:
    """Return the fewest pictures with which hardly more participants are needed than with very many.

    like: any number of such pictures. Raises ValueError where even those would not suffice.
    """
    best = _with_any_pictures(aim, crowd, like)

    def suffice(number: int) -> bool:
        people = required_participants(aim, crowd, replace(like, number=number))
        return people is not None and people <= ENOUGH * best

    return fewest(suffice, 2 * LEAST_PICTURES, LEAST_PICTURES)


def _with_any_pictures(aim: Aim, crowd: Crowd, like: Pictures) -> int:
    people = required_participants(aim, crowd, replace(like, number=MANY))
    if people is None:
        raise ValueError("so small a difference needs more than ten million participants")
    return people


def sample_with(aim: Aim, crowd: Crowd, pictures: Pictures) -> Sample | None:
    """Return the sample size; None where no number of participants suffices with these pictures."""
    participants = required_participants(aim, crowd, pictures)
    if participants is None:
        return None
    z = critical_value(aim) + float(special.ndtri(aim.power))
    sizes = sorted({max(2, round(share * participants)) for share in CURVE})
    degrees = degrees_of(aim, crowd, pictures, participants)
    return Sample(
        critical=float(critical_at(aim, np.array([degrees]))[0]),
        design_effect=crowd.design_effect,
        votes_per_pair=z**2 * crowd.design_effect * unit_variance(aim) / aim.difference**2,
        votes=participants * crowd.votes_each,
        participants=participants,
        power=power_of(aim, crowd, pictures, participants),
        curve=tuple((size, power_of(aim, crowd, pictures, size)) for size in sizes),
    )


def limits_of(aim: Aim, crowd: Crowd, pictures: Pictures) -> Limits:
    """Return what the number of pictures limits, and the participants that other numbers would need.

    Raises ValueError where no number of pictures suffices.
    """
    _with_any_pictures(aim, crowd, pictures)

    def suffice(number: int) -> bool:
        return power_limit(aim, replace(pictures, number=number)) >= aim.power

    numbers = sorted({max(LEAST_PICTURES, round(times * pictures.number)) for times in COMBINATIONS})
    return Limits(
        power=power_limit(aim, pictures),
        difference=detectable(aim, crowd, pictures, None),
        least=fewest(suffice, LEAST_PICTURES, LEAST_PICTURES),
        combinations=tuple(
            Combination(number, required_participants(aim, crowd, replace(pictures, number=number)))
            for number in numbers
        ),
    )


def critical_at(aim: Aim, degrees: Floats) -> Floats:
    """Return the critical values of the aim at degrees of freedom of at least 1, within 0.5 %."""
    position = 1 / np.clip(degrees, 1, NORMAL_FROM)
    return np.asarray(
        np.exp(np.interp(position, 1 / NODES, _logs_of_critical_values(replace(aim, difference=1.0))))
    )


@lru_cache(maxsize=64)
def _logs_of_critical_values(aim: Aim) -> Floats:
    return np.log([critical_value(aim, float(degrees)) for degrees in NODES])


@lru_cache(maxsize=256)
def _spread(degrees: int) -> Floats:
    return spread_of(degrees, SLICES)


def _satterthwaite(first: Floats, degrees: float, second: Floats, others: float) -> Floats:
    """Return the degrees of freedom of sums of two variances with degrees of freedom of their own."""
    return np.asarray((first + second) ** 2 / np.maximum(first**2 / degrees + second**2 / others, 1e-300))


def _beyond(difference: float, limit: Floats, sd: float) -> float:
    """Return the mean probability that an estimate with this expectation and sd lies beyond ±limit."""
    shift = difference / sd
    return float(np.mean(special.ndtr(shift - limit / sd) + special.ndtr(-shift - limit / sd)))
