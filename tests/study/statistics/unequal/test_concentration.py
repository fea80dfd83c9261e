"""Check the effective number of groups, and which groups dominate."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.statistics.unequal.concentration import dominating, effective_number, is_concentrated


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=40))
def test_the_effective_number_is_between_one_and_the_number(votes: list[int]) -> None:
    number = effective_number(np.array(votes, float))
    assert 1 - 1e-9 <= number <= len(votes) + 1e-9
    assert effective_number(np.full(len(votes), 7.0)) == pytest.approx(len(votes))


def test_two_equal_participants_are_few_but_not_concentrated() -> None:
    assert not is_concentrated(np.array([20.0, 20.0]))
    assert not is_concentrated(np.array([20.0]))


def test_groups_with_more_than_a_fifth_of_the_votes_dominate() -> None:
    assert dominating(np.array([400.0, 0, *[10.0] * 29])).tolist() == [True] + [False] * 30
    assert dominating(np.array([200.0, 200.0, *[10.0] * 28])).sum() == 2
    assert not dominating(np.full(30, 10.0)).any()


def test_nobody_dominates_where_few_others_would_remain() -> None:
    assert not dominating(np.array([24.0, 24.0, 24.0, 24.0, 4.0])).any()


def test_a_fifth_of_the_votes_is_an_equal_share_of_five() -> None:
    assert not is_concentrated(np.array([31.0, 29, 30, 30, 28]))
    assert is_concentrated(np.array([70.0, 20, 20, 20, 20]))
