"""Whether votes allow a common ranking at all, checked before any fit.

A finite maximum of the Bradley-Terry likelihood exists if and only if, however the methods are split
into two groups, each group won against the other at least once (Ford, Am. Math. Monthly 64, 1957).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

MOST_NAMES = 8
MORE = "More votes may settle it."


@dataclass(frozen=True)
class Unrankable:
    """Why there is no ranking. equal: nothing but ties, so that all are equal as far as votes tell."""

    status: Literal["disconnected", "separated", "no_votes"]
    explain: str
    equal: bool = False


def explain_unrankable(
    wins: NDArray[np.float64], ties: NDArray[np.float64], names: Sequence[str]
) -> Unrankable | None:
    """None if a ranking exists. wins: K×K, row over column; ties: K×K in any order of the two."""
    if not (wins.any() or ties.any()):
        return Unrankable("no_votes", "There are no votes yet.")
    beats = (wins + ties + ties.T) > 0
    groups, member = connected_components(beats, directed=False)
    if groups > 1:
        return Unrankable("disconnected", _explain_islands(member, names))
    if not wins.any():
        text = (
            "Every vote is a tie: as far as these votes tell all methods are equal, with no known precision."
        )
        return Unrankable("no_votes", text, equal=True)
    extremes = describe_extremes(beats, names)
    return Unrankable("separated", f"There are no finite scores: {extremes}. {MORE}") if extremes else None


def islands(counts: NDArray[np.float64]) -> list[NDArray[np.intp]]:
    """Indices of the methods of each group that votes link. counts: K×K×3."""
    groups, member = connected_components(counts.sum(axis=-1) > 0, directed=False)
    return [np.flatnonzero(member == group) for group in range(groups)]


def _explain_islands(member: NDArray[np.int32], names: Sequence[str]) -> str:
    islands = [_names(np.flatnonzero(member == group), names) for group in range(member.max() + 1)]
    return (
        f"There is no common ranking: no votes link {' | '.join(islands)}. "
        "Votes that compare methods of these groups are needed."
    )


def describe_extremes(beats: NDArray[np.bool_], names: Sequence[str]) -> str:
    """Who never lost to, or never won against, any of the others; empty if nobody. beats: K×K."""
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


def _extreme(
    groups: NDArray[np.bool_], member: NDArray[np.int32], names: Sequence[str], what: str
) -> Iterator[str]:
    """Say it of some of the groups; of those with one method together."""
    sets = [np.flatnonzero(member == group) for group in np.flatnonzero(groups)]
    single = np.sort([inside[0] for inside in sets if len(inside) == 1]).astype(np.intp)
    if len(single):
        yield f"{_names(single, names)} {'is' if len(single) == 1 else 'are each'} {what}"
    for inside in sets:
        if len(inside) > 1:
            yield f"{_names(inside, names)} are {what}"


def _names(which: NDArray[np.intp], names: Sequence[str]) -> str:
    shown = [names[i] for i in which[:MOST_NAMES]]
    more = len(which) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
