"""Say which analysis of a study this is: the end, one that was planned, or any other moment."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

import numpy as np

from study.statistics.looks.confidence_sequence import best_mixture, sequence_limit
from study.statistics.looks.interim_analyses import (
    InterimAnalysis,
    limits_for_participants,
    plan_interim_analyses,
)
from study.statistics.sample_size import Aim, error_of_one_pair

PARTICIPANTS = 100  # that the sequence is narrowest at, where no number is planned
MIXTURE_DIGITS = 4
# file: a table, of which nothing else is known. end: closed, without a planned number of participants.
Moment: TypeAlias = Literal["file", "end", "planned", "unplanned"]


@dataclass(frozen=True)
class Schedule:
    """Hold what was fixed about analyses before the first vote.

    target: participants who complete the study, None without a plan; maximum: the most that are admitted.
    shares: of the target, at which analyses are planned, the last 1. alpha: probability of any false
    difference. given: the mixture g of the confidence sequence in participants, None for the default.
    """

    methods: int
    target: int | None = None
    maximum: int | None = None
    shares: tuple[float, ...] = (1.0,)
    alpha: float = 0.05
    given: float | None = None

    @property
    def pairs(self) -> int:
        """Return the number of pairs of methods."""
        return self.methods * (self.methods - 1) // 2

    @property
    def mixture(self) -> float:
        """Return g; by default the sequence of a pair is narrowest at the planned number of participants."""
        if self.given is not None:
            return self.given
        planned = self.target or self.maximum or PARTICIPANTS
        return round(best_mixture(self.alpha / self.pairs, planned), MIXTURE_DIGITS)

    @property
    def numbers(self) -> tuple[int, ...]:
        """Return the participants who have to complete the study for each planned analysis."""
        if self.target is None:
            return ()
        return tuple(math.ceil(share * self.target - 1e-9) for share in self.shares)

    @property
    def analyses(self) -> tuple[InterimAnalysis, ...]:
        """Return the limits that keep alpha over all planned analyses and all pairs of methods together."""
        return _planned(self.shares, self.error_of_a_pair, self.target)

    @property
    def error_of_a_pair(self) -> float:
        """Return the error of each pair with which all pairs together keep alpha."""
        return error_of_one_pair(
            Aim(self.methods, difference=1.0, alpha=self.alpha, multiplicity="simultaneous")
        )

    def sequence_at(self, participants: int) -> float:
        """Return the limit of a difference in the confidence sequence after this many participants."""
        size = np.array(float(participants))
        return float(sequence_limit(self.alpha / self.pairs, size, self.mixture, participants - 1.0))

    def reached(self, completed: int) -> int:
        """Return the number of planned analyses that this many complete participations allow."""
        return sum(completed >= number for number in self.numbers)


@dataclass(frozen=True)
class Look:
    """Hold which analysis this is. completed: participants by then. number: of a planned one, from 1."""

    schedule: Schedule
    moment: Moment
    completed: int
    number: int = 0


def look_at(schedule: Schedule, completed: int, closed: bool | None, *, moved: bool = False) -> Look:
    """Return the analysis that is due now. closed: no more votes can come; None where this is unknown.

    An analysis is planned at exactly the numbers of the schedule, and at the end of a study that reached its
    target. moved: the target was changed after the start, so that the end is not as planned. A study that was
    closed at another moment is at one that was not planned.
    """
    if closed is None:
        return Look(schedule, "file", completed)
    if schedule.target is None:
        return Look(schedule, "end" if closed else "unplanned", completed)
    number = schedule.reached(completed)
    reached_end = closed and not moved and number == len(schedule.shares)
    if completed in schedule.numbers or reached_end:
        return Look(schedule, "planned", completed, number)
    return Look(schedule, "unplanned", completed)


@lru_cache(maxsize=64)
def _planned(shares: tuple[float, ...], alpha: float, target: int | None) -> tuple[InterimAnalysis, ...]:
    analyses = plan_interim_analyses(shares, alpha)
    return analyses if target is None else limits_for_participants(analyses, target)
