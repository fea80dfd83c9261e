"""Which participants count, by the rules that a study fixed beforehand, and how all of them answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from study.report.result import Flagged, QualitySummary, Rule
from study.statistics import data_quality
from study.votes import NONE, Bools, Ints, StudyData

MOST_LISTED = 100
ABOUT_SIDES = ("side", "run")
Flags: TypeAlias = Mapping[str, Bools]  # whom each rule flags


@dataclass(frozen=True, eq=False)
class Attendance:
    """kept: C, whose votes make the scores; clean: C, whom no rule flags."""

    kept: Bools
    clean: Bools
    conduct: QualitySummary


def attend(data: StudyData, limits: data_quality.Limits, excluding: tuple[str, ...]) -> Attendance:
    """excluding: names of the rules that exclude; all others only flag."""
    seen = data_quality.response_quality(data.responses, data.participants)
    unjudged = () if data.sides_known else ABOUT_SIDES
    flags = {name: who for name, who in data_quality.flags(seen, limits).items() if name not in unjudged}
    nobody = np.zeros(data.participants, bool)
    flagged = np.any([nobody, *flags.values()], axis=0)
    excluded = np.any([nobody, *(who for name, who in flags.items() if name in excluding)], axis=0)
    conduct = QualitySummary(
        rules=_rules(flags, limits, excluding),
        excluded=int(excluded.sum()),
        excluded_votes=int(seen.votes[excluded].sum()),
        flagged=_listed(flags, np.flatnonzero(flagged)[:MOST_LISTED], seen.votes),
        gold=data_quality.wilson(int(seen.gold_correct.sum()), int(seen.gold_total.sum())),
        repeats=data_quality.wilson(int(seen.repeats_consistent.sum()), int(seen.repeats_total.sum())),
        median_ms=_median_ms(data.responses.rt_ms),
    )
    return Attendance(~excluded, ~flagged, conduct)


def _rules(flags: Flags, limits: data_quality.Limits, excluding: tuple[str, ...]) -> tuple[Rule, ...]:
    """Those that could be judged, in words, and how many each of them flags."""
    words = data_quality.rules_in_words(limits)
    return tuple(Rule(name, words[name], int(who.sum()), name in excluding) for name, who in flags.items())


def _listed(flags: Flags, people: Ints, votes: Ints) -> tuple[Flagged, ...]:
    """These people with the rules that flag them; votes: of every participant."""
    return tuple(
        Flagged(int(who) + 1, int(votes[who]), tuple(name for name in flags if flags[name][who]))
        for who in people
    )


def _median_ms(rt_ms: Ints) -> float | None:
    """Of all response times that are known."""
    known = rt_ms[rt_ms != NONE]
    return float(np.median(known)) if len(known) else None
