"""Compare penalised scores with direct maximisation and closed forms; check that they are labelled."""

from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize

from study.statistics.bradley_terry import fit
from study.statistics.penalised import Penalised, Penalty, fit_penalised
from study.votes import Floats

UNDEFEATED = [(0, 1, 10, 0, 0), (1, 2, 6, 4, 0)]


def count(rows: list[tuple[int, int, int, int, int]], methods: int) -> Floats:
    counts = np.zeros((methods, methods, 3))
    for left, right, *outcomes in rows:
        counts[left, right] += outcomes
    return counts


def penalised(counts: Floats, penalty: Penalty, **how: Any) -> Penalised:
    found = fit_penalised(counts, list("abcdefgh")[: len(counts[0])], penalty, **how)
    assert isinstance(found, Penalised)
    return found


@pytest.mark.parametrize("penalty", ["firth", "phantom"])
def test_an_undefeated_method_comes_first_with_a_finite_score(penalty: Penalty) -> None:
    counts = count(UNDEFEATED, 3)
    assert fit(counts, list("abc")).status == "separated"
    found = penalised(counts, penalty)
    assert found.log_worths[0] > found.log_worths[1] > found.log_worths[2]
    assert np.isfinite(found.covariance).all() and found.covariance[0, 0] > 0.3
    assert "order, not the distances" in found.label


def with_phantom(x: Floats) -> float:
    """Return minus the log-likelihood of UNDEFEATED with a quarter win and loss of each against the mean."""
    worths = np.array([*x, 0]) - np.sum(x) / 3
    votes = [(0, 1, 10), (1, 2, 6), (2, 1, 4)]
    real = sum(n * np.logaddexp(0, worths[loser] - worths[winner]) for winner, loser, n in votes)
    return float(real + 0.25 * (np.logaddexp(0, worths) + np.logaddexp(0, -worths)).sum())


def test_phantom_votes_equal_added_votes() -> None:
    best = minimize(with_phantom, np.zeros(2), method="BFGS", options={"gtol": 1e-8}).x
    found = penalised(count(UNDEFEATED, 3), "phantom").log_worths
    assert found - found[2] == pytest.approx([*best, 0], abs=1e-5)


def test_two_methods_after_firth_have_a_closed_form() -> None:
    """Check that Jeffreys' prior for one probability adds half a vote to each outcome."""
    found = penalised(count([(0, 1, 9, 0, 0)], 2), "firth")
    assert found.log_worths[0] - found.log_worths[1] == pytest.approx(np.log(9.5 / 0.5))


def jeffreys(theta: Floats, counts: Floats) -> float:
    """Return minus the penalised log-likelihood by the formulas. theta: a_1, a_2 (a_3 = 0), g, log nu."""
    worths = np.array([theta[0], theta[1], 0.0])
    value, matrix = 0.0, np.zeros((4, 4))
    unit = np.vstack([np.eye(4)[:2], np.zeros(4)])
    for left, right in [(i, j) for i in range(3) for j in range(3) if i != j]:
        x = np.stack([unit[left] + np.eye(4)[2], unit[right], (unit[left] + unit[right] + np.eye(4)[2]) / 2])
        x[2, 3] = 1
        eta = np.array([worths[left] + theta[2], worths[right], 0])
        eta[2] = eta[:2].mean() + theta[3]
        probabilities = np.exp(eta) / np.exp(eta).sum()
        value += counts[left, right] @ np.log(probabilities)
        matrix += counts[left, right].sum() * (
            x.T * probabilities @ x - np.outer(probabilities @ x, probabilities @ x)
        )
    return float(-value - np.linalg.slogdet(matrix)[1] / 2)


def test_firth_with_ties_and_order_effect_maximises_its_definition() -> None:
    counts = np.random.default_rng(0).integers(1, 6, (3, 3, 3)).astype(float)
    counts[0, :, 1] = counts[:, 0, 0] = 0  # nobody beats the first
    counts[0, :, 2] = counts[:, 0, 2] = 0
    counts[range(3), range(3)] = 0
    assert fit(counts, list("abc"), order_effect=True).status == "separated"
    found = penalised(counts, "firth", order_effect=True)
    best = minimize(jeffreys, np.zeros(4), (counts,), method="BFGS", options={"gtol": 1e-7})
    assert found.log_worths - found.log_worths[2] == pytest.approx([*best.x[:2], 0], abs=1e-4)
    assert (found.order_effect, found.log_nu) == pytest.approx((best.x[2], best.x[3]), abs=1e-4)


@pytest.mark.parametrize("penalty", ["firth", "phantom"])
def test_the_penalty_is_small_beside_many_votes(penalty: Penalty) -> None:
    counts = np.random.default_rng(0).integers(1000, 3000, (4, 4, 3)).astype(float)
    counts[range(4), range(4)] = 0
    plain = fit(counts, list("abcd"), order_effect=True)
    found = penalised(counts, penalty, order_effect=True)
    assert found.log_worths == pytest.approx(plain.log_worths, abs=1e-3)
    assert plain.covariance is not None
    assert found.covariance == pytest.approx(plain.covariance, rel=1e-2, abs=1e-7)


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([(0, 1, 6, 4, 0), (2, 3, 6, 4, 0)], "disconnected"),
        ([], "no_votes"),
        ([(0, 1, 0, 0, 5), (1, 2, 0, 0, 5), (2, 3, 0, 0, 5)], "no_votes"),
    ],
)
def test_unlinked_methods_and_ties_alone_are_not_ranked(rows: Any, why: str) -> None:
    assert fit_penalised(count(rows, 4), list("abcd"), "firth") == why
