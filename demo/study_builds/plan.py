"""Say how large a study gets while it is planned: pairs, minutes for each person, and people needed."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from study.statistics.sample_size import Aim, crowd_of_taste, required_sample

SECONDS_A_PAIR = 7.0  # typical time of a careful answer
SECONDS_BEFORE = 60.0  # for consent and instructions
TASTE = 0.5  # standard deviation of log-worths between people, a common value
TIE_RATE = 0.15
PREFERENCE = 0.6  # share of decided votes for the better of two methods that the study should detect


@dataclass(frozen=True)
class Plan:
    """Hold the numbers of a planned study.

    pairs: different pairs of pictures. trials: pairs that each person answers, with gold pairs, repeats and
    practice. minutes: for each person. people: who detect the preference with 80 % power; None where it
    would need more than ten million.
    """

    pairs: int
    trials: int
    minutes: int
    people: int | None
    votes_per_pair: float | None


def plan_of(settings: dict[str, Any], items: int) -> Plan | None:
    """Return the numbers for these settings and so many pictures, None without two methods."""
    methods = _table(settings, "stimuli").get("methods")
    count = len(methods) if isinstance(methods, list) else 0
    if count < 2:
        return None
    trials = _table(settings, "trials")
    votes = _whole(trials.get("votes"), 20)
    pairs = math.comb(count, 2) * items
    shown = min(votes, pairs) if pairs else votes
    more = sum(_whole(trials.get(key), 0) for key in ("gold", "repeats", "practice"))
    ties = 0.0 if trials.get("answers") == "two" or trials.get("ties") is False else TIE_RATE
    people = _people(count, max(1, shown), _share(_table(settings, "plan").get("preference")), ties)
    minutes = math.ceil((SECONDS_BEFORE + SECONDS_A_PAIR * (shown + more)) / 60)
    rate = None if people is None else round(people * shown / math.comb(count, 2), 1)
    return Plan(pairs, shown + more, minutes, people, rate)


@lru_cache(maxsize=256)
def _people(methods: int, votes: int, preference: float, ties: float) -> int | None:
    aim = Aim(methods, math.log(preference / (1 - preference)), tie_rate=ties)
    try:
        return required_sample(aim, crowd_of_taste(TASTE, votes, methods, ties)).participants
    except ValueError:
        return None


def _table(settings: dict[str, Any], name: str) -> dict[str, Any]:
    table = settings.get(name)
    return table if isinstance(table, dict) else {}


def _whole(value: Any, otherwise: int) -> int:
    return (
        value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 1000 else otherwise
    )


def _share(value: Any) -> float:
    return float(value) if isinstance(value, (int, float)) and 0.5 < value < 1 else PREFERENCE
