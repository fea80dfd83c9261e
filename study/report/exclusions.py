"""Apply the exclusion rules that a study fixed beforehand, and summarise how its participants answered."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TypeAlias

import numpy as np

from study.report.result import Flagged, QualitySummary, Rule
from study.statistics import data_quality
from study.votes import NONE, TIE, Bools, Ints, Responses, StudyData

MOST_LISTED = 100
ABOUT_SIDES = ("side", "run")  # rules that need to know which method was on which side
ABOUT_PAIRS = ("side", "repeats")  # rules that have no meaning for more than two pictures
Flags: TypeAlias = Mapping[str, Bools]  # for each rule, the participants whom it flags


@dataclass(frozen=True, eq=False)
class ExclusionResult:
    """Hold which of the C participants count, and a summary of their answers.

    kept: C, not excluded, so that their votes make the scores. unflagged: C, flagged by no rule.
    """

    kept: Bools
    unflagged: Bools
    summary: QualitySummary


def apply_exclusions(
    data: StudyData, limits: data_quality.Limits, excluding: tuple[str, ...]
) -> ExclusionResult:
    """Flag participants by every rule; excluding: names of the rules that also exclude them."""
    answers = all_answers(data)
    quality = data_quality.response_quality(answers, data.participants)
    unknown = (*(() if data.sides_known else ABOUT_SIDES), *(ABOUT_PAIRS if data.choices is not None else ()))
    flags = {name: who for name, who in data_quality.flags(quality, limits).items() if name not in unknown}
    nobody = np.zeros(data.participants, bool)
    flagged = np.any([nobody, *flags.values()], axis=0)
    excluded = np.any([nobody, *(who for name, who in flags.items() if name in excluding)], axis=0)
    summary = QualitySummary(
        rules=_rules(flags, limits, excluding),
        excluded=int(excluded.sum()),
        excluded_votes=int(quality.votes[excluded].sum()),
        flagged=_listed(flags, np.flatnonzero(flagged)[:MOST_LISTED], quality.votes),
        gold=data_quality.wilson(int(quality.gold_correct.sum()), int(quality.gold_total.sum())),
        repeats=data_quality.wilson(int(quality.repeats_consistent.sum()), int(quality.repeats_total.sum())),
        median_ms=_median_ms(answers.rt_ms),
    )
    return ExclusionResult(~excluded, ~flagged, summary)


def all_answers(data: StudyData) -> Responses:
    """Return the responses and the choices of the best of several, in the order of answering.

    For measures of people only: the outcome of a choice is a code of its position, or TIE.
    """
    choices = data.choices
    if choices is None:
        return data.responses
    none = np.full(len(choices), NONE)
    codes = np.where(choices.chosen < TIE, choices.chosen, choices.chosen + 1)  # TIE is no position
    made = Responses(
        participant=choices.participant,
        item=choices.item,
        left=choices.methods[:, 0],
        right=choices.methods[:, 1],
        outcome=np.where(choices.chosen == NONE, TIE, codes),
        rt_ms=choices.rt_ms,
        expected=none,
        repeat_of=none,
    )
    order = np.argsort(np.concatenate([data.at, choices.at]), kind="stable")
    both = (np.concatenate([getattr(data.responses, f.name), getattr(made, f.name)]) for f in fields(made))
    return Responses(*(values[order] for values in both))


def _rules(flags: Flags, limits: data_quality.Limits, excluding: tuple[str, ...]) -> tuple[Rule, ...]:
    words = data_quality.rules_in_words(limits)
    return tuple(Rule(name, words[name], int(who.sum()), name in excluding) for name, who in flags.items())


def _listed(flags: Flags, people: Ints, votes: Ints) -> tuple[Flagged, ...]:
    """Return these participants with the rules that flag them; votes: of every participant."""
    return tuple(
        Flagged(int(who) + 1, int(votes[who]), tuple(name for name in flags if flags[name][who]))
        for who in people
    )


def _median_ms(rt_ms: Ints) -> float | None:
    """Return the median of all known response times."""
    known = rt_ms[rt_ms != NONE]
    return float(np.median(known)) if len(known) else None
