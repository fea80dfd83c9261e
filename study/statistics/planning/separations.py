"""Say what it takes to detect the differences that the votes so far show."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy import special

from study.statistics.sample_size import MOST_PARTICIPANTS, least_participants
from study.votes import Floats

LEAST_PICTURES = 10


@dataclass(frozen=True)
class Groups:
    """Hold the numbers of participants and of pictures; None where intervals are about the same pictures."""

    participants: int
    pictures: int | None = None


@dataclass(frozen=True)
class Separation:
    """Hold the estimated difference of methods a and b, and what it takes to detect it.

    separated: the difference is significant. detectable: the smallest difference that these votes detect with
    the power asked for. needed: the numbers needed to detect the estimated difference, at least those that
    clustered errors need; None if it is so small that more than MOST_PARTICIPANTS are needed.
    """

    a: int
    b: int
    difference: float
    se: float
    separated: bool
    detectable: float
    needed: Groups | None


def separations(
    log_worths: Sequence[float], errors: Floats, present: Groups, *, critical: float, power: float = 0.8
) -> tuple[Separation, ...]:
    """Return every pair a < b.

    errors: K×K standard errors of the differences. critical: the limit of the analysis in standard errors.
    The variance falls to 1/t with t times as many participants and t times as many pictures; with more
    participants alone, the part that the pictures have in it would remain.
    """
    reach = critical + float(special.ndtri(power))
    found = []
    for a in range(len(log_worths)):
        for b in range(a + 1, len(log_worths)):
            difference, se = float(log_worths[a] - log_worths[b]), float(errors[a, b])
            times = (reach * se / difference) ** 2 if difference else math.inf
            separated = abs(difference) > critical * se
            needed = _times(present, times, least_participants(len(log_worths)))
            found.append(Separation(a, b, difference, se, separated, reach * se, needed))
    return tuple(found)


def _times(present: Groups, times: float, least: int) -> Groups | None:
    if not present.participants * times <= MOST_PARTICIPANTS:  # nor a number that is none
        return None
    participants = max(least, math.ceil(present.participants * times))
    if present.pictures is None:
        return Groups(participants)
    return Groups(participants, max(LEAST_PICTURES, math.ceil(present.pictures * times)))
