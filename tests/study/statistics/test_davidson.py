"""Compare the likelihood with its formula, and its derivatives with finite differences."""

import numpy as np
import pytest

from study.statistics.davidson import Pairings, information, log_likelihood, maximise, moments, score, sum_up
from study.votes import Floats


def random_votes(seed: int = 0) -> tuple[Pairings, Floats]:
    """Return votes on all pairs of four methods in both orders, with and without an order effect."""
    ordered, left, right = np.nonzero(np.ones((2, 4, 4)) - np.eye(4))
    return Pairings(left, right, ordered, 4), np.random.default_rng(seed).integers(1, 30, (24, 3)).astype(
        float
    )


def test_the_likelihood_is_that_of_the_formula() -> None:
    pairings, counts = random_votes()
    theta = np.random.default_rng(1).normal(0, 0.5, 6)
    left, right, side = theta[pairings.left], theta[pairings.right], theta[4] * pairings.ordered
    eta = np.stack([left + side, right, theta[5] + (left + right + side) / 2], axis=1)
    shares = np.exp(eta) / np.exp(eta).sum(axis=1, keepdims=True)
    found = log_likelihood(pairings, sum_up(pairings, counts[None]), theta[None])
    assert found == pytest.approx([(counts * np.log(shares)).sum()])


def test_moments_are_finite_for_extreme_parameters() -> None:
    pairings, _ = random_votes()
    shape = moments(pairings, np.array([[800.0, -800, 0, 0, 0, 0]]), np.array([True]))
    assert np.isfinite(shape.log_z).all() and np.abs(shape.net).max() == pytest.approx(0.5)
    assert (shape.decided >= 0).all()


@pytest.mark.parametrize("ties", [True, False])
def test_score_and_information_equal_finite_differences(ties: bool) -> None:
    pairings, counts = random_votes()
    votes = sum_up(pairings, (counts * [1, 1, ties])[None])
    theta, step = np.random.default_rng(1).normal(0, 0.5, (1, 6)), 1e-5

    def slope(at: Floats) -> Floats:
        return np.asarray(score(pairings, votes, moments(pairings, at, votes.tied))[0])

    matrix = information(pairings, votes, moments(pairings, theta, votes.tied))[0]
    for i in range(6):
        shift = step * np.eye(6)[i]
        rise = log_likelihood(pairings, votes, theta + shift) - log_likelihood(pairings, votes, theta - shift)
        assert slope(theta)[i] == pytest.approx(rise[0] / (2 * step), rel=1e-6, abs=1e-4)
        bend = slope(theta - shift) - slope(theta + shift)
        np.testing.assert_allclose(matrix[i], bend / (2 * step), rtol=1e-5, atol=1e-4)


def test_the_inverse_equals_the_pseudoinverse() -> None:
    pairings, counts = random_votes()
    votes = sum_up(pairings, counts[None])
    best = maximise(pairings, votes)
    matrix = information(pairings, votes, moments(pairings, best.theta, votes.tied))[0]
    np.testing.assert_allclose(best.inverse[0], np.linalg.pinv(matrix, rcond=1e-10), atol=1e-9)


def test_tables_fitted_together_equal_single_fits() -> None:
    """Include a table without ties and one without a maximum."""
    pairings, counts = random_votes()
    tables = [
        counts,
        random_votes(1)[1],
        counts * [1, 1, 0],
        counts * [1, 0, 0] * (pairings.left == 0)[:, None],
    ]
    alone = [sum_up(pairings, table[None]) for table in tables]
    found = maximise(pairings, sum_up(pairings, np.stack(tables)))
    assert found.found.tolist() == [True, True, True, False]
    for i, votes in enumerate(alone[:3]):
        np.testing.assert_allclose(found.theta[i], maximise(pairings, votes).theta[0], atol=1e-9)
        np.testing.assert_allclose(found.inverse[i], maximise(pairings, votes).inverse[0], atol=1e-9)
    assert found.theta[2, -1] == 0
