"""Say how large a study gets while it is planned: pairs, minutes for each person, people and pictures."""

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from study.statistics.answers.cumulative import gain_of_grades
from study.statistics.planning.best_of import gain_of_best
from study.statistics.planning.pictures import (
    USUAL_MUCH,
    USUAL_SPREAD,
    USUAL_TASTE,
    USUAL_TIES,
    Combination,
    Pictures,
    limits_of,
    required_participants,
    required_pictures,
)
from study.statistics.sample_size import Aim, crowd_of_taste

SECONDS_A_PAIR = 7.0  # typical time of a careful answer
SECONDS_BEFORE = 60.0  # for consent and instructions
PREFERENCE = 0.6  # share of decided votes for the better of two methods that the study should detect


@dataclass(frozen=True)
class Size:
    """Hold the people and pictures who detect the preference with 80 % power.

    people: with `pictures` pictures; None where no number of people suffices. least: the fewest pictures
    with which some number of people suffices. limit: share of decided votes below which more people cannot
    show a preference with these pictures.
    """

    pictures: int
    people: int | None
    least: int
    limit: float | None
    combinations: tuple[Combination, ...]


@dataclass(frozen=True)
class Plan:
    """Hold the numbers of a planned study.

    pairs: different pairs of pictures, or sets where more are shown at a time. trials: those that each person
    answers, with gold pairs, repeats and practice. minutes: for each person. size: with the pictures that the
    study has, or else with those that it needs; None where it would need more than ten million people.
    people: those of `size`. graded: people with whom the scores by grades, a second analysis, detect the
    same; None where people give no grades.
    """

    pairs: int
    trials: int
    minutes: int
    people: int | None
    votes_per_pair: float | None
    size: Size | None
    graded: int | None = None


def plan_of(settings: dict[str, Any], items: int) -> Plan | None:
    """Return the numbers for these settings and so many pictures, None without two methods."""
    methods = _table(settings, "stimuli").get("methods")
    count = len(methods) if isinstance(methods, list) else 0
    if count < 2:
        return None
    trials = _table(settings, "trials")
    votes = _whole(trials.get("votes"), 20)
    pictures = _pictures(trials.get("pictures"), count)
    pairs = math.comb(count, pictures) * items
    shown = min(votes, pairs) if pairs else votes
    more = sum(_whole(trials.get(key), 0) for key in ("gold", "repeats", "practice"))
    ties = 0.0 if trials.get("answers") == "two" or trials.get("ties") is False else USUAL_TIES
    aim = Aim(count, _log_odds(_share(_table(settings, "plan").get("preference"))), tie_rate=ties)
    size = _size(aim, max(1, shown), items, pictures)
    by_grades = None
    if size and trials.get("answers") == "graded" and pictures == 2:
        by_grades = _people_by_grades(aim, max(1, shown), size.pictures)
    people = size.people if size else None
    minutes = math.ceil((SECONDS_BEFORE + SECONDS_A_PAIR * pictures / 2 * (shown + more)) / 60)
    together = math.comb(pictures, 2) / math.comb(count, 2)  # share of trials with a pair of methods
    rate = None if people is None else round(people * shown * together, 1)
    return Plan(pairs, shown + more, minutes, people, rate, size, by_grades)


@lru_cache(maxsize=256)
def _size(aim: Aim, votes: int, items: int, shown: int) -> Size | None:
    """Return the size of a study; shown: pictures at a time."""
    crowd = crowd_of_taste(USUAL_TASTE, votes, aim.methods, aim.tie_rate, USUAL_SPREAD)
    crowd = replace(crowd, worth=gain_of_best(shown))
    pictures = Pictures(max(2, items), USUAL_SPREAD, USUAL_TASTE)
    try:
        if items < 2:
            pictures = Pictures(required_pictures(aim, crowd, pictures), USUAL_SPREAD, USUAL_TASTE)
        limits = limits_of(aim, crowd, pictures)
    except ValueError:
        return None
    limit = None if limits.difference is None else round(1 / (1 + math.exp(-limits.difference)), 3)
    people = required_participants(aim, crowd, pictures)
    return Size(pictures.number, people, limits.least, limit, limits.combinations)


@lru_cache(maxsize=256)
def _people_by_grades(aim: Aim, votes: int, pictures: int) -> int | None:
    """Return the people who are needed where votes have grades that count."""
    crowd = crowd_of_taste(USUAL_TASTE, votes, aim.methods, aim.tie_rate, USUAL_SPREAD)
    crowd = replace(crowd, worth=gain_of_grades(aim.tie_rate, USUAL_MUCH))
    return required_participants(aim, crowd, Pictures(pictures, USUAL_SPREAD, USUAL_TASTE))


def _pictures(value: Any, methods: int) -> int:
    """Return the pictures at a time, 2 for a number that is not possible."""
    return value if value in (3, 4) and value <= methods else 2


def _log_odds(share: float) -> float:
    return math.log(share / (1 - share))


def _table(settings: dict[str, Any], name: str) -> dict[str, Any]:
    table = settings.get(name)
    return table if isinstance(table, dict) else {}


def _whole(value: Any, otherwise: int) -> int:
    return (
        value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 1000 else otherwise
    )


def _share(value: Any) -> float:
    return float(value) if isinstance(value, (int, float)) and 0.5 < value < 1 else PREFERENCE
