"""Test the chances of being preferred to the anchor."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from study.statistics.multiple_comparisons import compare, errors_of
from study.statistics.scales.anchor import against_anchor
from tests.support.rated import counted, rated


def test_chances_and_limits_are_those_of_the_pairs() -> None:
    votes = rated(methods=4)
    result = counted(votes, 4)[1]
    errors = errors_of(result, votes.as_votes(), 4, votes.item)
    assert errors is not None and result.log_worths is not None and result.log_nu is not None
    compared = compare(result.log_worths, errors)
    found = against_anchor(1, compared, errors, result.log_nu)
    assert [one.method for one in found] == [0, 2, 3]
    for one in found:
        difference = result.log_worths[one.method] - result.log_worths[1]
        reach = compared.critical * errors.between[one.method, 1]
        assert one.difference == pytest.approx(difference) and one.preference == pytest.approx(
            expit(difference)
        )
        assert [one.low, one.high] == pytest.approx(list(expit([difference - reach, difference + reach])))
        separated = abs(difference) > reach
        assert separated == (not one.low < 0.5 < one.high)
        assert one.win / (1 - one.tie) == pytest.approx(one.preference)


def test_an_infinite_limit_excludes_nothing_but_what_has_no_error() -> None:
    votes = rated(methods=3)
    result = counted(votes, 3)[1]
    errors = errors_of(result, votes.as_votes(), 3)
    assert errors is not None and result.log_worths is not None
    compared = replace(compare(result.log_worths, errors), critical=np.inf)
    assert [(one.low, one.high) for one in against_anchor(0, compared, errors, None)] == [(0, 1)] * 2
    exact = replace(errors, between=np.zeros((3, 3)))
    assert all(one.low == one.preference == one.high for one in against_anchor(0, compared, exact, None))


def test_without_ties_wins_are_preferences() -> None:
    votes = rated(methods=3, log_nu=-np.inf)
    result = counted(votes, 3)[1]
    errors = errors_of(result, votes.as_votes(), 3)
    assert errors is not None and result.log_worths is not None and result.log_nu is None
    for one in against_anchor(0, compare(result.log_worths, errors), errors, None):
        assert one.tie == 0 and one.win == one.preference
