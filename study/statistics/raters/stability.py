"""Test that votes can be taken together: over time, and over pictures on which pairs were shown unevenly."""

from dataclasses import replace

import numpy as np
from scipy import special

from study.statistics.bradley_terry import Fit, fit, tabulate
from study.statistics.covariance import group_codes
from study.statistics.heterogeneity import estimate_heterogeneity
from study.statistics.multiple_comparisons import errors_of
from study.votes import Bools, Floats, Ints, Votes, make_responses

FEWEST_PEOPLE = 15  # in each half
UNEVEN = 6.0  # standard deviations by which the table of pairs and pictures exceeds chance


def drift(votes: Votes, methods: int, order_effect: bool) -> float | None:
    """Return the p value that the earlier and the later half of the people have the same log-worths.

    Rows are in the order of answering. The difference of two fits with errors by participant has Hotelling's
    distribution. None with fewer than FEWEST_PEOPLE in a half, or where a half has no scores.
    """
    if votes.participant is None or not len(votes.left):
        return None
    people, begun = np.unique(votes.participant, return_index=True)
    if len(people) < 2 * FEWEST_PEOPLE:
        return None
    late = people[begun > np.median(begun)]
    of_late = np.isin(votes.participant, late)
    halves = [_scores(votes, rows, methods, order_effect) for rows in (~of_late, of_late)]
    if halves[0] is None or halves[1] is None:
        return None
    (one, first), (other, second) = halves[0], halves[1]
    difference, rank, free = one - other, methods - 1, len(people) - 2
    square = float(difference @ np.linalg.pinv(first + second, hermitian=True) @ difference)
    left = free - rank + 1
    if left < 1:
        return None
    return float(special.fdtrc(rank, left, square * left / (free * rank)))


def _scores(votes: Votes, rows: Bools, methods: int, order_effect: bool) -> tuple[Floats, Floats] | None:
    """Return K log-worths and their covariance by participant; None without a ranking."""
    assert votes.participant is not None
    part = replace(
        votes,
        left=votes.left[rows],
        right=votes.right[rows],
        outcome=votes.outcome[rows],
        count=None if votes.count is None else votes.count[rows],
        ordered=None if votes.ordered is None else votes.ordered[rows],
        participant=votes.participant[rows],
    )
    result = fit(tabulate(part, methods), [""] * methods, order_effect=order_effect)
    errors = errors_of(result, part, methods)
    if errors is None or result.log_worths is None:
        return None
    return result.log_worths, errors.covariance[:methods, :methods]


def depends_on_pictures(votes: Votes, item: Ints, methods: int, result: Fit) -> float | None:
    """Return the p value that methods do equally well on all pictures, where these show pairs unevenly.

    None where pairs are evenly spread over the pictures, so that the pictures favour no method.
    """
    pair = np.minimum(votes.left, votes.right) * methods + np.maximum(votes.left, votes.right)
    pairs, row = group_codes(pair)
    items, column = group_codes(item)
    table = np.bincount(row * items + column, votes.count, pairs * items).reshape(pairs, items)
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
    free = (pairs - 1) * (items - 1)
    if not free or ((table - expected) ** 2 / expected).sum() < free + UNEVEN * np.sqrt(2 * free):
        return None
    if votes.participant is None:
        return None
    found = estimate_heterogeneity(
        make_responses(votes.participant, votes.left, votes.right, votes.outcome), item, result
    )
    return None if found is None else found.p
