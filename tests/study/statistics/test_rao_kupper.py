"""Compare fits of Rao and Kupper's model with direct maximisation and a closed form."""

import numpy as np
import pytest
from scipy.optimize import minimize

from study.statistics.rao_kupper import fit_rao_kupper
from study.votes import Floats


def random_counts(seed: int = 0) -> Floats:
    counts = np.random.default_rng(seed).integers(1, 30, (3, 3, 3)).astype(float)
    counts[range(3), range(3)] = 0
    return counts


def minus_likelihood(x: Floats, counts: Floats) -> float:
    """Return minus the log-likelihood by the formulas. x: two log-worths, order effect, log(theta - 1)."""
    worths, theta, total = np.exp([x[0], x[1], 0.0]), 1 + np.exp(x[3]), 0.0
    for left, right in [(i, j) for i in range(3) for j in range(3) if i != j]:
        a, b = worths[left] * np.exp(x[2]), worths[right]
        p = np.array([a / (a + theta * b), b / (b + theta * a), 0])
        p[2] = (theta**2 - 1) * a * b / ((a + theta * b) * (b + theta * a))
        assert p.sum() == pytest.approx(1)
        total -= counts[left, right] @ np.log(p)
    return float(total)


def test_the_fit_is_the_maximum_of_the_formulas() -> None:
    counts = random_counts()
    found = fit_rao_kupper(counts, order_effect=True)
    best = minimize(minus_likelihood, np.zeros(4), (counts,), method="BFGS", options={"gtol": 1e-7})
    assert found is not None and found.loglik == pytest.approx(-best.fun)
    assert found.log_worths - found.log_worths[2] == pytest.approx([*best.x[:2], 0], abs=1e-4)
    assert found.order_effect == pytest.approx(best.x[2], abs=1e-4)
    assert found.log_theta == pytest.approx(np.log1p(np.exp(best.x[3])), abs=1e-4)


def test_two_methods_have_a_closed_form() -> None:
    """Check that the fitted probabilities of two methods are the observed shares."""
    counts = np.zeros((2, 2, 3))
    counts[0, 1] = [30, 20, 10]
    found = fit_rao_kupper(counts)
    assert found is not None
    d, t = found.log_worths[0] - found.log_worths[1], found.log_theta
    assert (1 / (1 + np.exp(t - d)), 1 / (1 + np.exp(t + d))) == pytest.approx((1 / 2, 1 / 3))


def test_without_ties_there_is_no_threshold() -> None:
    assert fit_rao_kupper(random_counts() * [1, 1, 0]) is None


def test_without_a_maximum_there_is_no_fit() -> None:
    counts = np.zeros((2, 2, 3))
    counts[0, 1] = [5, 0, 3]
    assert fit_rao_kupper(counts) is None
