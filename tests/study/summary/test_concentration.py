"""Check weights with a cap, and the sentences about concentrated votes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.summary.concentration import MOST_TIMES, capped_weights, concentration_warnings


@given(st.lists(st.integers(1, 200), min_size=1, max_size=20))
def test_nobody_counts_more_than_the_cap(votes: list[int]) -> None:
    group = np.repeat(np.arange(len(votes)), votes)
    weights = capped_weights(group)
    limit = MOST_TIMES * float(np.median(votes))
    if weights is None:
        assert max(votes) <= limit
    else:
        assert np.bincount(group, weights).max() == pytest.approx(limit)
        assert weights.max() <= 1


def test_one_participant_with_most_votes_is_named() -> None:
    votes = np.array([400.0] + [10.0] * 29)
    (sentence,) = concentration_warnings(votes, None)
    assert sentence == (
        "Few participants carry the result: one participant gave 58 % of the votes, and the 30 participants "
        "count like 2.9 with equally many votes. More participants are needed, not more votes."
    )
    assert list(concentration_warnings(np.full(30, 20.0), np.full(25, 24.0))) == []


def test_pictures_are_checked_like_participants() -> None:
    (sentence,) = concentration_warnings(np.full(30, 20.0), np.array([500.0, 20, 20, 20, 20, 20]))
    assert sentence.startswith("Few pictures carry the result: one picture got 83 % of the votes")
