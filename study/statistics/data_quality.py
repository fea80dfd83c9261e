"""How participants answered: gold pairs, repeats, speed, sides. Flags, which never delete a vote.

A study names beforehand which flags exclude; the analysis then shows both results, with and without.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from study.votes import LEFT, NONE, TIE, Floats, Ints, Responses

RULES = ("gold", "repeats", "speed", "side", "run")
REPEATS_P = 0.05
Z = 1.959964


@dataclass(frozen=True)
class Limits:
    """When a participant is flagged.

    gold: share of gold pairs right below this. speed: median response below these milliseconds. side: the
    left-right balance has a smaller binomial p than this. run: as many equal answers in a row. Repeats are
    flagged where only one coin in twenty agrees with itself as rarely. Where nothing can be judged, no flag.
    """

    gold: float = 2 / 3
    speed: float = 400.0
    side: float = 0.001
    run: int = 12


@dataclass(frozen=True, eq=False)
class ResponseQuality:
    """Per participant, arrays of length C over all trials answered, gold pairs and repeats included.

    median_ms: nan where no time is known. run: most equal answers in a row.
    """

    answers: Ints
    votes: Ints
    gold_seen: Ints
    gold_right: Ints
    repeats_seen: Ints
    repeats_same: Ints
    median_ms: Floats
    left: Ints
    decided: Ints
    run: Ints

    @property
    def side_p(self) -> Floats:
        """Two-ordered binomial p of as uneven a choice of sides."""
        return _two_sided(np.minimum(self.left, self.decided - self.left), self.decided)


@dataclass(frozen=True)
class Share:
    """How many of how many, with a 95 % Wilson interval (JASA 22, 1927)."""

    hits: int
    of: int
    low: float
    high: float


def response_quality(responses: Responses, participants: int) -> ResponseQuality:
    """How each of the participants answered."""
    who = responses.participant
    gold, repeat = responses.expected != NONE, responses.repeat_of != NONE

    def count(rows: NDArray[np.bool_]) -> Ints:
        return np.bincount(who[rows], minlength=participants)

    return ResponseQuality(
        answers=count(np.ones(len(who), bool)),
        votes=count(responses.counted),
        gold_seen=count(gold),
        gold_right=count(gold & (responses.outcome == responses.expected)),
        repeats_seen=count(repeat),
        repeats_same=count(repeat & _consistent(responses)),
        median_ms=_medians(who, responses.rt_ms, participants),
        left=count(responses.outcome == LEFT),
        decided=count(responses.outcome != TIE),
        run=_runs(who, responses.outcome, participants),
    )


def flags(seen: ResponseQuality, limits: Limits) -> dict[str, NDArray[np.bool_]]:
    """For each rule, which of C participants it flags."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return {
            "gold": seen.gold_right / seen.gold_seen < limits.gold,
            "repeats": (seen.repeats_seen > 0) & (_below(seen.repeats_same, seen.repeats_seen) < REPEATS_P),
            "speed": seen.median_ms < limits.speed,
            "side": seen.side_p < limits.side,
            "run": seen.run >= limits.run,
        }


def rules_in_words(limits: Limits) -> dict[str, str]:
    """For each rule, in the order of `RULES`, what it flags."""
    return {
        "gold": f"fewer than {limits.gold:.0%} of the gold pairs right",
        "repeats": "agrees with itself on repeated pairs as rarely as one coin in twenty",
        "speed": f"median response below {limits.speed:.0f} ms",
        "side": f"sides as uneven as by chance in {limits.side:.1%} of cases",
        "run": f"{limits.run} equal answers or more in a row",
    }


def wilson(hits: int, of: int) -> Share:
    """The interval is 0 to 1 for none."""
    if not of:
        return Share(0, 0, 0.0, 1.0)
    p, square = hits / of, Z**2 / of
    middle, half = p + square / 2, Z * np.sqrt(p * (1 - p) / of + square / (4 * of))
    low, high = ((middle - half) / (1 + square), (middle + half) / (1 + square))
    return Share(hits, of, max(0.0, float(low)), min(1.0, float(high)))


def _consistent(responses: Responses) -> NDArray[np.bool_]:
    """Whether a row prefers the same method as the row that it repeats (or both are ties)."""
    first = np.maximum(responses.repeat_of, 0)
    preferred = _preferred(responses)
    return np.asarray(preferred == preferred[first])


def _preferred(responses: Responses) -> Ints:
    """Index of the preferred method, -1 for a tie."""
    return np.choose(responses.outcome, [responses.left, responses.right, np.full(len(responses), -1)])


def _medians(who: Ints, rt_ms: Ints, participants: int) -> Floats:
    """Of each participant's known response times, in milliseconds; nan without any."""
    known = rt_ms != NONE
    counts = np.bincount(who[known], minlength=participants)
    keys = np.sort((who[known].astype(np.int64) << 32) + rt_ms[known])  # by participant, then by time
    times = np.append(keys & 0xFFFFFFFF, 0).astype(float)
    start = np.cumsum(counts) - counts
    lower, upper = start + np.maximum(counts - 1, 0) // 2, start + counts // 2
    return np.where(counts > 0, (times[lower] + times[upper]) / 2, np.nan)


def _runs(who: Ints, outcome: Ints, participants: int) -> Ints:
    """Most equal answers in a row, by participant. Rows of a participant need not stand together."""
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
    """Chance of so few hits or fewer with a fair coin."""
    return np.asarray(special.bdtr(hits, of, 0.5))


def _two_sided(fewer: Ints, of: Ints) -> Floats:
    return np.minimum(1.0, 2 * _below(fewer, of))
