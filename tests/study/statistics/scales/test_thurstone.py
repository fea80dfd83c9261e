"""Test Thurstone and Mosteller's model against closed forms and a direct maximisation of its likelihood."""

import numpy as np
import pytest
from scipy import optimize, stats

from study.statistics.scales.thurstone import JOD, Thurstone, fit_thurstone
from study.votes import LEFT, RIGHT, TIE, Floats

PHI = stats.norm.cdf
# Choices of the row over the column in a tasting of four foods (David, The Method of Paired Comparisons,
# 1988, p. 116), without ties.
TASTE = np.array([[0, 3, 2, 2], [12, 0, 11, 3], [13, 4, 0, 5], [13, 12, 10, 0]], float)


def counts_of(wins: Floats, ties: Floats | None = None) -> Floats:
    """Return counts K×K×3, each pair on one side only. ties: K×K, above the diagonal."""
    counts = np.zeros((*wins.shape, 3))
    counts[..., LEFT], counts[..., RIGHT] = np.triu(wins), np.tril(wins).T
    counts[..., TIE] = 0 if ties is None else ties
    return counts


def drawn(order: float, threshold: float | None) -> Floats:
    """Return counts of a study in both orders of four methods."""
    rng, scores = np.random.default_rng(3), np.array([-0.8, -0.1, 0.2, 0.7])
    counts = np.zeros((4, 4, 3))
    for a in range(4):
        for b in range(4):
            if a != b:
                counts[a, b] = rng.multinomial(40, chances(scores[a] - scores[b] + order, threshold or 0.0))
    return counts


def chances(d: float, t: float) -> list[float]:
    """Return the probabilities of left, right and tie as the model defines them."""
    return [PHI(d - t), PHI(-d - t), PHI(t - d) - PHI(-t - d)]


def directly(counts: Floats, order_effect: bool, tied: bool) -> Floats:
    """Maximise the likelihood without derivatives; return four scores, order effect and threshold."""

    def loss(x: Floats) -> float:
        scores = np.array([*x[:3], -x[:3].sum()])
        order, t = x[3] if order_effect else 0.0, np.exp(x[4]) if tied else 0.0
        d = np.subtract.outer(scores, scores) + order
        chance = np.stack([PHI(d - t), PHI(-d - t), np.maximum(PHI(t - d) - PHI(-t - d), 1e-300)], axis=-1)
        return -float((counts * np.log(chance)).sum())

    found = optimize.minimize(loss, np.zeros(5), method="Powell", options={"xtol": 1e-12, "ftol": 1e-15})
    found = optimize.minimize(loss, found.x, method="BFGS", options={"gtol": 1e-9})
    return np.array([*found.x[:3], -found.x[:3].sum(), found.x[3], np.exp(found.x[4]), -found.fun])


def fitted(counts: Floats, order_effect: bool = False) -> Thurstone:
    found = fit_thurstone(counts, order_effect=order_effect)
    assert found is not None
    return found


@pytest.mark.parametrize("order_effect", [False, True])
@pytest.mark.parametrize("threshold", [None, 0.25])
def test_the_maximum_is_that_of_a_direct_search(order_effect: bool, threshold: float | None) -> None:
    counts = drawn(0.2, threshold)
    found = fitted(counts, order_effect)
    wanted = directly(counts, order_effect, threshold is not None)
    assert found.scores == pytest.approx(wanted[:4], abs=2e-6)
    assert (found.order_effect, found.threshold) == (
        pytest.approx(wanted[4], abs=2e-6) if order_effect else None,
        pytest.approx(wanted[5], abs=2e-6) if threshold else None,
    )
    assert found.loglik == pytest.approx(wanted[6], abs=1e-8)


def test_two_methods_have_a_closed_form() -> None:
    """The maximum reproduces the shares: Phi(d - t) = 0.6, Phi(-d - t) = 0.3."""
    found = fitted(counts_of(np.array([[0, 60], [30, 0.0]]), np.array([[0, 10], [0, 0.0]])))
    won, lost = stats.norm.ppf(0.6), stats.norm.ppf(0.3)
    assert found.scores[0] - found.scores[1] == pytest.approx((won - lost) / 2, abs=1e-9)
    assert found.threshold == pytest.approx(-(won + lost) / 2, abs=1e-9)
    assert found.decided()[0, 1] == pytest.approx(0.6 / 0.9)


def test_published_choices_without_ties() -> None:
    """The scores satisfy the likelihood equations of a probit model: weighted residuals sum to 0."""
    found = fitted(counts_of(TASTE))
    d, n = np.subtract.outer(found.scores, found.scores), TASTE + TASTE.T
    p = PHI(d)
    weighted = stats.norm.pdf(d) * (TASTE - n * p) / (p * (1 - p))
    assert weighted.sum(axis=1) == pytest.approx(np.zeros(4), abs=1e-7)
    assert np.argsort(found.scores).tolist() == [0, 2, 1, 3] and found.threshold is None


def test_three_wins_for_a_loss_are_one_just_objectionable_difference() -> None:
    found = fitted(counts_of(np.array([[0, 75], [25, 0.0]])))
    assert abs(JOD - 0.6745) < 1e-4
    assert found.jod[0] - found.jod[1] == pytest.approx(1)


def test_errors_are_those_of_the_second_derivatives() -> None:
    counts = drawn(0.2, 0.25)
    found = fitted(counts, True)
    assert found.order_effect is not None and found.threshold is not None
    step, at = 1e-4, np.array([*found.scores, found.order_effect, found.threshold])

    def value(theta: Floats) -> float:
        d = np.subtract.outer(theta[:4], theta[:4]) + theta[4]
        chance = np.stack([PHI(d - theta[5]), PHI(-d - theta[5]), PHI(theta[5] - d) - PHI(-theta[5] - d)], -1)
        return float((counts * np.log(chance)).sum())

    units = np.eye(6) * step
    curves = np.array(
        [
            [value(at + a + b) - value(at + a - b) - value(at - a + b) + value(at - a - b) for b in units]
            for a in units
        ]
    ) / (4 * step**2)
    assert found.covariance == pytest.approx(np.linalg.pinv(-curves, rcond=1e-6), abs=1e-5)


def test_separated_choices_have_no_maximum() -> None:
    assert fit_thurstone(counts_of(np.array([[0, 5], [0, 0.0]]))) is None


def test_far_apart_methods_stay_finite() -> None:
    wins = np.array([[0, 1e6, 1e6], [1, 0, 1e6], [1, 1, 0]], float)
    found = fitted(counts_of(wins, np.triu(np.full((3, 3), 2.0), 1)))
    assert np.isfinite(found.covariance).all() and found.scores[0] > found.scores[1] > found.scores[2]
