"""Test the comparison of the logistic with the normal curve."""

import numpy as np
import pytest

from study.statistics.bradley_terry import fit
from study.statistics.scales.link_check import check_link
from tests.support.rated import counted, rated


def test_both_curves_agree_on_a_usual_study() -> None:
    counts, result = counted(rated(), 5)
    found = check_link(counts, result)
    assert found is not None and result.log_worths is not None
    assert found.turned == () and found.largest < 0.03 and abs(found.gain) < 5
    assert np.corrcoef(found.thurstone.scores, result.log_worths)[0, 1] > 0.999
    assert found.thurstone.order_effect is not None and found.thurstone.threshold is not None


@pytest.mark.parametrize(("wins", "turned"), [(978, ((0, 1),)), (965, ())])
def test_pairs_in_another_order_are_named(wins: int, turned: tuple[tuple[int, int], ...]) -> None:
    """The first two methods never meet: one wins 80 % against a method that wins 90 %, the other 97.8 %.

    The logits ln 4 + ln 9 = 3.58 and 3.79 give one order, the normal quantiles 0.84 + 1.28 = 2.12 and 2.01
    the other.
    """
    counts = np.zeros((4, 4, 3))
    counts[0, 2, :2], counts[2, 3, :2], counts[1, 3, :2] = (800, 200), (900, 100), (wins, 1000 - wins)
    found = check_link(counts, fit(counts, [""] * 4))
    assert found is not None and found.turned == turned


def test_no_ranking_gives_no_comparison() -> None:
    counts = np.zeros((2, 2, 3))
    assert check_link(counts, fit(counts, ["a", "b"])) is None
    counts[0, 1, :2] = 3, 1
    found = check_link(counts, fit(counts, ["a", "b"]))
    assert found is not None and found.largest == pytest.approx(0, abs=1e-9)
