"""Describe which analysis of a study a report is, in numbers and in words."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from study.statistics.looks.schedule import Look, Moment

NO_NUMBER = (
    "No number of participants was planned: the intervals assume that the scores did not decide when the "
    "study was closed."
)
NO_LIMIT = (
    "Differences between methods cannot be judged yet: with so few participants or pictures, no limit for "
    "all pairs at once is valid at any look."
)
TOO_EARLY = (
    "There are no scores yet: after so few participants no interval is valid at any look. Scores appear when "
    "more people have taken part."
)


@dataclass(frozen=True)
class PlannedLook:
    """Describe an analysis that is planned: after how many complete participations, and its limit.

    limit: the number of standard errors beyond which a difference is significant.
    """

    participants: int
    limit: float


@dataclass(frozen=True)
class LookTaken:
    """Describe which analysis of the study a report is.

    moment: "planned", "unplanned", or "end" of a study without a planned number. number: of the planned
    analysis, from 1. planned: how many are planned. completed: participants so far who completed the study.
    target: the planned number of them. limit: the one that was used, None without a ranking. mixture: of the
    confidence sequence, where it was used. remaining: what is still planned. sentences: all of this
    in words.
    """

    moment: Moment
    number: int | None
    planned: int
    completed: int
    target: int | None
    limit: float | None
    mixture: float | None
    remaining: tuple[PlannedLook, ...]
    sentences: tuple[str, ...]


def look_taken(look: Look, limit: float | None, *, intervals: bool = False) -> LookTaken | None:
    """Describe the analysis in a report; None for a file, of which nothing is known.

    limit: of differences, in standard errors; None where there is none. intervals: single scores have some.
    """
    if look.moment == "file":
        return None
    schedule = look.schedule
    planned = tuple(
        PlannedLook(number, analysis.critical)
        for number, analysis in zip(schedule.numbers, schedule.analyses, strict=False)
    )
    remaining = tuple(one for one in planned if one.participants > look.completed)
    taken = LookTaken(
        moment=look.moment,
        number=look.number or None,
        planned=len(planned),
        completed=look.completed,
        target=schedule.target,
        limit=limit,
        mixture=schedule.mixture if look.moment == "unplanned" else None,
        remaining=remaining,
        sentences=(),
    )
    return replace(taken, sentences=tuple(_in_words(taken, intervals)))


def _in_words(taken: LookTaken, intervals: bool) -> Iterator[str]:
    """Yield sentences: which analysis it is, its limit, and what remains."""
    if taken.moment == "end":
        yield NO_NUMBER
        return
    if taken.moment == "planned":
        yield (
            f"This is planned analysis {taken.number} of {taken.planned}, after {taken.completed} of "
            f"{taken.target} participants."
        )
    else:
        yield (
            "No analysis is planned for this moment: intervals and places are valid at "
            f"any look, however often the votes are analysed (confidence sequence, g = {taken.mixture:g})."
        )
    if taken.limit is not None:
        yield f"A difference is significant beyond {taken.limit:.2f} standard errors."
    elif taken.moment == "unplanned":
        yield NO_LIMIT if intervals else TOO_EARLY
    if len(taken.remaining) == 1:
        last = taken.remaining[0]
        yield (
            f"One planned analysis remains, after {last.participants} participants, with a limit of "
            f"{last.limit:.2f} standard errors."
        )
    elif taken.remaining:
        following = taken.remaining[0]
        yield (
            f"{len(taken.remaining)} planned analyses remain, the next after {following.participants} "
            f"participants, with a limit of {following.limit:.2f} standard errors."
        )
    elif taken.planned:
        yield "No planned analysis remains."
