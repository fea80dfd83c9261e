"""Say which analysis a report is, and go back to the votes of a planned one."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from study.config.config import StudyConfig
from study.config.schedules import schedule_of
from study.records import BadStudy
from study.statistics.looks.schedule import Look, look_at
from study.votes import NONE, Bools, Ints, StudyData, VoteDetails


def look_of(data: StudyData, config: StudyConfig | None) -> Look:
    """Return which analysis a report on all votes so far is, by what was planned before the first vote."""
    moved = any("target" in values.get("participants", {}) for _, values in data.changes)
    return look_at(schedule_of(config, len(data.methods)), data.completed, data.closed, moved=moved)


def at_planned_look(data: StudyData, number: int) -> StudyData:
    """Return the study as it was when enough participants had completed it for a planned analysis.

    number: of the analysis, from 1. Raises BadStudy for one that is not planned, or not reached yet.
    """
    config = StudyConfig.from_json(data.config_json) if data.config_json else None
    numbers = schedule_of(config, len(data.methods)).numbers
    if not 1 <= number <= len(numbers):
        planned = f"It plans {len(numbers)} of them." if numbers else "It plans none."
        raise BadStudy(f"The study does not plan an analysis {number}. {planned}")
    needed = numbers[number - 1]
    if data.completed < needed:
        raise BadStudy(
            f"Analysis {number} needs {needed} participants who completed the study; so far there are "
            f"{data.completed}."
        )
    if data.completed == needed:
        return data
    until = _moment(data, needed)
    if until is None:
        raise BadStudy(
            "These votes do not say when people completed the study, so that none can be left out."
        )
    return _until(data, until, needed)


def _answers(data: StudyData) -> tuple[Ints, NDArray[np.datetime64]]:
    """Return the participant and the time of every answer."""
    who, at, chosen = data.responses.participant, data.at, data.choices
    if chosen is None:
        return who, at
    return np.concatenate([who, chosen.participant]), np.concatenate([at, chosen.at])


def _moment(data: StudyData, needed: int) -> np.datetime64 | None:
    """Return the time of the last answer of the last participant needed; None where times are unknown."""
    who, at = _answers(data)
    if data.complete is None or np.isnat(at).any():
        return None
    last = np.full(data.participants, np.datetime64("NaT"), at.dtype)
    order = np.argsort(at, kind="stable")
    last[who[order]] = at[order]  # of several, the last is kept
    ends = np.sort(last[data.complete & ~np.isnat(last)])
    return ends[needed - 1] if len(ends) >= needed else None


def _until(data: StudyData, until: np.datetime64, completed: int) -> StudyData:
    """Return the study with the answers up to a time, and the people who had enrolled with one."""
    kept = np.asarray(data.at <= until)
    found, details, choices = data.responses.only(kept), data.details, data.choices
    earlier = np.append(np.cumsum(kept) - 1, NONE)  # new row of each that `repeat_of` names
    who, at = _answers(data)
    people = int(who[at <= until].max()) + 1
    return replace(
        data,
        participants=people,
        completed=completed,
        sources=data.sources[:people],
        complete=None if data.complete is None else data.complete[:people],
        responses=replace(found, repeat_of=earlier[found.repeat_of]),
        at=data.at[kept],
        inputs=data.inputs[kept],
        details=None if details is None else _only(details, kept),
        choices=None if choices is None else choices.only(choices.at <= until),
    )


def _only(details: VoteDetails, kept: Bools) -> VoteDetails:
    return VoteDetails(
        details.grade[kept],
        {key: codes[kept] for key, codes in details.answers.items()},
        {name: values[kept] for name, values in details.views.items()},
    )
