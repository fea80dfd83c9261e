"""Measure how evenly votes are spread over groups: participants, or pictures."""

import numpy as np

from study.votes import Bools, Floats, Ints

CONCENTRATED = 0.5  # of the number of groups: below, the effective number is stated
LARGEST_SHARE = 0.2  # of all votes by one of at least five participants, or on one of at least five pictures
MORE_THAN_EQUAL = 2.0  # times an equal share, which is not large for any number of groups


def votes_of_groups(group: Ints, weight: Floats) -> Floats:
    """Return the weight of the votes of each group that has any."""
    totals = np.bincount(group, weight)
    return np.asarray(totals[totals > 0], np.float64)


def effective_number(votes: Floats) -> float:
    """Return the number of equal groups with the same concentration: (Σ n)² / Σ n².

    votes: the number of votes of each group. Source: Kish, Survey Sampling, 1965.
    """
    return float(votes.sum() ** 2 / np.sum(votes**2)) if len(votes) else 0.0


def is_concentrated(votes: Floats) -> bool:
    """Return True where few groups have so many of the votes that the others hardly count."""
    if len(votes) < 2:
        return False
    large = len(votes) >= 1 / LARGEST_SHARE and _large(votes).any()
    return bool(large or effective_number(votes) < CONCENTRATED * len(votes))


def any_concentrated(*groups: Floats | None) -> bool:
    """Return True where one of these is concentrated: votes by participant, and by picture, if known."""
    return any(is_concentrated(votes) for votes in groups if votes is not None)


def dominating(votes: Floats) -> Bools:
    """Mark the groups with a large share of the votes; none if this leaves less than half of them."""
    large = _large(votes)
    return np.asarray(large if 2 * large.sum() <= (votes > 0).sum() else np.zeros(len(votes), bool))


def _large(votes: Floats) -> Bools:
    """Mark the groups with more than a fifth of the votes and more than twice an equal share."""
    share = max(LARGEST_SHARE, MORE_THAN_EQUAL / max(1, int(np.count_nonzero(votes))))
    return np.asarray(votes > share * votes.sum())
