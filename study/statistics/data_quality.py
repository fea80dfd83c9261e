"""Measure response quality by participant, and flag those who fail gold pairs, repeats, speed or sides.

Flags never delete a vote. A study states beforehand which flags exclude participants; a report shows the
results with and without them.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from study.number_formats import percent
from study.votes import LEFT, NONE, TIE, Bools, Floats, Ints, Responses

RULES = ("gold", "repeats", "speed", "side", "run")
REPEATS_P = 0.05  # binomial p of so few consistent repeats under random answers


@dataclass(frozen=True)
class Limits:
    """Hold the limits beyond which a participant is flagged.

    gold: least share of correct gold pairs, 0 to 1. speed: least median response time in milliseconds. side:
    least binomial p of the balance between left and right. run: number of equal answers in a row. Repeats
    have a fixed limit, REPEATS_P. A participant without the data for a rule is not flagged by it.
    """

    gold: float = 2 / 3
    speed: float = 400.0
    side: float = 0.001
    run: int = 12


@dataclass(frozen=True, eq=False)
class ResponseQuality:
    """Hold measures of C participants, arrays of length C, over all answers with gold pairs and repeats.

    median_ms: median response time in milliseconds, nan if unknown. left: answers for the left side.
    decided: answers that are not ties. run: longest series of equal answers. The others are counts of trials.
    """

    answers: Ints
    votes: Ints
    gold_total: Ints
    gold_correct: Ints
    repeats_total: Ints
    repeats_consistent: Ints
    median_ms: Floats
    left: Ints
    decided: Ints
    run: Ints

    @property
    def side_p(self) -> Floats:
        """Return the two-sided binomial p of the balance between sides, if both were equally likely."""
        return _two_sided(np.minimum(self.left, self.decided - self.left), self.decided)


@dataclass(frozen=True)
class Share:
    """Hold a share, `hits` out of `of`, with its 95 % Wilson interval (JASA 22, 1927)."""

    hits: int
    of: int
    low: float
    high: float


def response_quality(responses: Responses, participants: int) -> ResponseQuality:
    """Return the measures of all participants, also of those without responses."""
    who = responses.participant
    gold, repeat = responses.expected != NONE, responses.repeat_of != NONE

    def count(rows: Bools) -> Ints:
        """Count the marked rows of each participant."""
        return np.bincount(who[rows], minlength=participants)

    return ResponseQuality(
        answers=count(np.ones(len(who), bool)),
        votes=count(responses.counted),
        gold_total=count(gold),
        gold_correct=count(gold & (responses.outcome == responses.expected)),
        repeats_total=count(repeat),
        repeats_consistent=count(repeat & _consistent(responses)),
        median_ms=_medians(who, responses.rt_ms, participants),
        left=count(responses.outcome == LEFT),
        decided=count(responses.outcome != TIE),
        run=_runs(who, responses.outcome, participants),
    )


def flags(quality: ResponseQuality, limits: Limits) -> dict[str, Bools]:
    """Return, for each rule, the C participants that it flags, marked True."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return {
            "gold": quality.gold_correct / quality.gold_total < limits.gold,
            "repeats": (quality.repeats_total > 0)
            & (_below(quality.repeats_consistent, quality.repeats_total) < REPEATS_P),
            "speed": quality.median_ms < limits.speed,
            "side": quality.side_p < limits.side,
            "run": quality.run >= limits.run,
        }


def rules_in_words(limits: Limits) -> dict[str, str]:
    """Return a description of each rule, in the order of `RULES`."""
    return {
        "gold": f"fewer than {percent(limits.gold)} of the gold pairs right",
        "repeats": "as few consistent answers to repeated pairs as one in twenty random raters",
        "speed": f"median response below {limits.speed:.0f} ms",
        "side": f"as uneven a choice of sides as by chance in {percent(limits.side, 1)} of cases",
        "run": f"{limits.run} equal answers or more in a row",
    }


def wilson(hits: int, of: int) -> Share:
    """Return a share with its 95 % Wilson interval; 0 to 1 if there are no cases."""
    from scipy import stats  # here, because its import takes half a second, which the server would wait for

    if not of:
        return Share(0, 0, 0.0, 1.0)
    low, high = stats.binomtest(hits, of).proportion_ci(method="wilson")
    return Share(hits, of, float(low), float(high))


def _consistent(responses: Responses) -> Bools:
    """Mark the rows that prefer the same method as the row that they repeat (or both are ties)."""
    first = np.maximum(responses.repeat_of, 0)
    preferred = _preferred(responses)
    return np.asarray(preferred == preferred[first])


def _preferred(responses: Responses) -> Ints:
    """Return the index of the preferred method, -1 for a tie."""
    return np.choose(
        np.minimum(responses.outcome, TIE), [responses.left, responses.right, np.full(len(responses), -1)]
    )


def _medians(who: Ints, rt_ms: Ints, participants: int) -> Floats:
    """Return each participant's median response time in milliseconds, nan if none is known."""
    known = rt_ms != NONE
    medians = pd.Series(rt_ms[known]).groupby(who[known]).median()
    return np.asarray(medians.reindex(range(participants)).to_numpy(float))


def _runs(who: Ints, outcome: Ints, participants: int) -> Ints:
    """Return each participant's longest series of equal answers; rows of a participant may be scattered."""
    longest = np.zeros(participants, np.int64)
    if not len(who):
        return longest
    order = np.argsort(who, kind="stable")
    who, outcome = who[order], outcome[order]
    starts = np.flatnonzero(np.diff(who, prepend=-1) | np.diff(outcome, prepend=-1))
    lengths = np.diff(starts, append=len(who))
    np.maximum.at(longest, who[starts], lengths)
    return longest


def _below(hits: Ints, of: Ints) -> Floats:
    """Return the probability of at most so many hits if each has probability 1/2."""
    return np.asarray(special.bdtr(hits, of, 0.5))


def _two_sided(fewer: Ints, of: Ints) -> Floats:
    """Return the two-sided binomial p of the rarer outcome if both have probability 1/2."""
    return np.minimum(1.0, 2 * _below(fewer, of))
