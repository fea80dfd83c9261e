"""Find people who choose sides by habit: nearly always the same one, or each in turn."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from study.votes import LEFT, TIE, Bools, Ints, Votes

BY_CHANCE = 0.001  # binomial p below which a person has a habit
ONE_SIDED = 0.02  # share of the rarer side below which sides are those of a table, not of a screen


@dataclass(frozen=True, eq=False)
class SideHabits:
    """Hold participant indices: of those who choose one side, and of those who choose sides in turn."""

    one_sided: Ints
    alternating: Ints


NO_HABITS = SideHabits(np.empty(0, np.int64), np.empty(0, np.int64))


def are_of_a_screen(won: Bools) -> bool:
    """Return False where nearly all decided votes are for one side, as in a table of winners and losers."""
    return ONE_SIDED < float(won.mean()) < 1 - ONE_SIDED


def side_habits(votes: Votes) -> SideHabits:
    """Test the decided votes of each participant, which are in the order of answering.

    Left and right are expected equally often (two-sided), and as many changes of side as not (upper tail).
    Nobody has a habit where the sides are not those of a screen.
    """
    decided = np.asarray(votes.outcome != TIE)
    if votes.participant is None or not decided.any():
        return NO_HABITS
    who, left = votes.participant[decided], np.asarray(votes.outcome[decided] == LEFT)
    if not (votes.ordered is None or votes.ordered.all()) or not are_of_a_screen(left):
        return NO_HABITS
    order = np.argsort(who, kind="stable")
    who, left = who[order], left[order]
    lefts, total = np.bincount(who, left).astype(np.int64), np.bincount(who)
    changed = np.append(False, (left[1:] != left[:-1]) & (who[1:] == who[:-1]))
    changes, steps = np.bincount(who, changed).astype(np.int64), np.maximum(total - 1, 0)
    rarer = special.bdtr(np.minimum(lefts, total - lefts), total, 0.5)
    in_turn = special.bdtr(steps - changes, steps, 0.5)  # as few steps without a change
    return SideHabits(np.flatnonzero(2 * rarer < BY_CHANCE), np.flatnonzero(in_turn < BY_CHANCE))
