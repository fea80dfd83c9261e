"""Compare the gain of a choice of the best of several with the information of the fitted model."""

from itertools import combinations

import numpy as np
import pytest

from study.statistics.answers.plackett_luce import fit_rankings
from study.statistics.answers.stages import Rankings
from study.statistics.planning.best_of import gain_of_best


def variance_of_difference(methods: int, pictures: int) -> float:
    """Return the variance, times the trials, where every choice from every set occurs equally often."""
    sets = [(one, best) for one in combinations(range(methods), pictures) for best in one]
    rankings = Rankings(
        trial=np.repeat(np.arange(len(sets)), pictures),
        method=np.array([method for one, _ in sets for method in one]),
        rank=np.array([int(method != best) for one, best in sets for method in one]),
    )
    found = fit_rankings(rankings, [""] * methods)
    assert found.covariance is not None
    contrast = np.zeros(len(found.covariance))
    contrast[:2] = 1, -1
    return float(contrast @ found.covariance @ contrast) * len(sets)


@pytest.mark.parametrize("methods", [4, 6])
@pytest.mark.parametrize("pictures", [2, 3, 4])
def test_the_gain_is_the_ratio_of_variances(methods: int, pictures: int) -> None:
    ratio = variance_of_difference(methods, 2) / variance_of_difference(methods, pictures)
    assert ratio == pytest.approx(gain_of_best(pictures), rel=1e-6)


def test_one_picture_is_no_choice() -> None:
    with pytest.raises(ValueError, match="at least two"):
        gain_of_best(1)
