"""Test the estimated spread between pictures, and its interval."""

import numpy as np
import pytest

from study.statistics.bradley_terry import fit
from study.statistics.heterogeneity import estimate_heterogeneity
from study.statistics.scales.spread import picture_spread
from tests.support.rated import answered, counted, rated


def test_the_interval_covers_the_true_spread_and_the_estimate_is_that_of_the_report() -> None:
    covered = 0
    for seed in range(20):
        votes = rated(methods=4, participants=30, items=25, seed=seed, item_sd=0.6, taste_sd=0.3)
        result = counted(votes, 4)[1]
        found, checked = (
            picture_spread(votes, votes.item, result),
            estimate_heterogeneity(votes, votes.item, result),
        )
        assert found is not None and checked is not None
        assert (found.sd, found.pictures, found.p) == (checked.sd, 25, checked.p)
        assert 0 <= found.low <= found.sd <= found.high <= 3
        covered += found.low <= 0.6 <= found.high
    assert covered >= 17


def test_equal_pictures_have_an_interval_from_zero() -> None:
    votes = rated(participants=60, items=20)
    found = picture_spread(votes, votes.item, counted(votes, 5)[1])
    assert found is not None and found.low == 0 and found.high < 0.6


def test_nothing_is_estimated_from_one_picture_or_from_one_vote_each() -> None:
    one = rated(items=1)
    assert picture_spread(one, one.item, counted(one, 5)[1]) is None
    votes = answered((0, 0, 1, "L", 6), (0, 0, 1, "R", 4))
    result = counted(votes, 2)[1]
    assert picture_spread(votes, np.arange(10), result) is None
    assert picture_spread(votes, np.arange(10) // 2, result) is not None
    assert picture_spread(votes, np.arange(10) // 2, fit(np.zeros((2, 2, 3)), ["", ""])) is None


def test_pictures_whose_other_votes_agree_exactly_give_no_interval_rather_than_a_warning() -> None:
    """Without the first picture, the residuals of the others are exactly 0."""
    votes = answered((0, 0, 1, "L", 1), (0, 0, 1, "R", 1), (0, 0, 1, "L", 2), (0, 0, 1, "R", 2))
    found = picture_spread(votes, np.array([0, 0, 1, 1, 1, 1]), counted(votes, 2)[1])
    assert found is None or found.sd == pytest.approx(0)
