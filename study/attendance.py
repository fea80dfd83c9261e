"""Which participants count, by the rules that a study fixed beforehand, and how all of them answered."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from study import quality
from study.ballots import NONE, StudyData
from study.findings import Conduct, Flagged, Rule

MOST_LISTED = 100
ABOUT_SIDES = ("side", "run")


@dataclass(frozen=True, eq=False)
class Attendance:
    """kept: C, whose votes make the scores; clean: C, whom no rule flags."""

    kept: NDArray[np.bool_]
    clean: NDArray[np.bool_]
    conduct: Conduct


def attend(data: StudyData, limits: quality.Limits, excluding: tuple[str, ...]) -> Attendance:
    """excluding: names of the rules that exclude; all others only flag."""
    ballots, unjudged = data.ballots, () if data.sides_known else ABOUT_SIDES
    seen = quality.conduct(ballots, data.participants)
    flags = {name: who for name, who in quality.flags(seen, limits).items() if name not in unjudged}
    excluding = tuple(name for name in excluding if name in flags)
    flagged = np.any(list(flags.values()), axis=0)
    excluded = np.any([flags[name] for name in excluding], axis=0) if excluding else np.zeros_like(flagged)
    listed = np.flatnonzero(flagged)[:MOST_LISTED]
    known = ballots.rt_ms[ballots.rt_ms != NONE]
    conduct = Conduct(
        rules=tuple(
            Rule(name, words, int(flags[name].sum()), name in excluding)
            for name, words in quality.rules_in_words(limits).items()
            if name in flags
        ),
        excluded=int(excluded.sum()),
        excluded_votes=int(seen.votes[excluded].sum()),
        flagged=tuple(
            Flagged(int(who) + 1, int(seen.votes[who]), tuple(name for name in flags if flags[name][who]))
            for who in listed
        ),
        gold=quality.wilson(int(seen.gold_right.sum()), int(seen.gold_seen.sum())),
        repeats=quality.wilson(int(seen.repeats_same.sum()), int(seen.repeats_seen.sum())),
        median_ms=float(np.median(known)) if len(known) else None,
    )
    return Attendance(~excluded, ~flagged, conduct)
