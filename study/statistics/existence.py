"""Check before any fit that votes allow a common ranking.

A finite maximum of the Bradley-Terry likelihood exists if and only if, however the methods are split
into two groups, each group won against the other at least once (Ford, Am. Math. Monthly 64, 1957).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse.csgraph import connected_components

from study.records import Status
from study.votes import Bools, Floats, Ints

MOST_NAMES = 8
MORE = "More votes may give some."


@dataclass(frozen=True)
class Unrankable:
    """Hold the reason for which there is no ranking. equal: all votes are ties, so the methods are equal."""

    status: Status
    explain: str
    equal: bool = False


def explain_unrankable(wins: Floats, ties: Floats, names: Sequence[str]) -> Unrankable | None:
    """Return the reason for which there is no ranking, or None if there is one.

    wins: K×K, of the row over the column. ties: K×K, in either order. names: K titles.
    """
    if not (wins.any() or ties.any()):
        return Unrankable("no_votes", "There are no votes yet.")
    beats = (wins + ties + ties.T) > 0
    groups, member = connected_components(beats, directed=False)
    if groups > 1:
        return Unrankable("disconnected", _explain_disconnected(member, names))
    if not wins.any():
        text = "Every vote is a tie: the methods come out equal, with unknown precision."
        return Unrankable("no_votes", text, equal=True)
    extremes = describe_extremes(beats, names)
    return Unrankable("separated", f"There are no finite scores: {extremes}. {MORE}") if extremes else None


def connected_groups(counts: Floats) -> list[Ints]:
    """Return the indices of the methods in each group that votes connect. counts: K×K×3."""
    groups, member = connected_components(counts.sum(axis=-1) > 0, directed=False)
    return [np.flatnonzero(member == group) for group in range(groups)]


def _explain_disconnected(member: Ints, names: Sequence[str]) -> str:
    groups = [_names(np.flatnonzero(member == group), names) for group in range(member.max() + 1)]
    return (
        f"There is no common ranking: no votes link {' | '.join(groups)}. "
        "Votes that compare methods of these groups are needed."
    )


def describe_extremes(beats: Bools, names: Sequence[str]) -> str:
    """Describe methods that never lost to, or never won against, any other; "" if there are none.

    beats: K×K, the row won against the column at least once.
    """
    groups, member = connected_components(beats, directed=True, connection="strong")
    if groups == 1:
        return ""
    across = beats & (member[:, None] != member)
    lost, won = (np.bincount(member, across.any(axis=axis), groups) > 0 for axis in (0, 1))
    return "; ".join(
        [
            *_extreme(~lost, member, names, "above everything observed (no loss to another method)"),
            *_extreme(lost & ~won, member, names, "below everything observed (no win over another method)"),
        ]
    )


def _extreme(groups: Bools, member: Ints, names: Sequence[str], what: str) -> Iterator[str]:
    """Describe the marked groups, those of a single method in one sentence."""
    sets = [np.flatnonzero(member == group) for group in np.flatnonzero(groups)]
    single = np.sort([inside[0] for inside in sets if len(inside) == 1]).astype(np.intp)
    if len(single):
        yield f"{_names(single, names)} {'is' if len(single) == 1 else 'are each'} {what}"
    for inside in sets:
        if len(inside) > 1:
            yield f"{_names(inside, names)} are {what}"


def _names(which: Ints, names: Sequence[str]) -> str:
    """List at most MOST_NAMES names, and the number of the others."""
    shown = [names[i] for i in which[:MOST_NAMES]]
    more = len(which) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
