"""Compare the confidence sequence with a numerical mixture, and its error over paths with a simulation."""

import math

import numpy as np
import pytest
from scipy import integrate, optimize, special, stats

from study.statistics.looks.confidence_sequence import best_mixture, sequence_limit, sequence_p
from study.votes import Floats

PATHS, LENGTH = 2000, 200


def mixed_evidence(t: float, n: int, mixture: float) -> float:
    """Return the likelihood ratio of t, integrated over normal standardised effects with precision g."""

    def density(effect: float) -> float:
        ahead = stats.nct.pdf(t, n - 1, effect * math.sqrt(n))
        return float(ahead * stats.norm.pdf(effect, scale=1 / math.sqrt(mixture)))

    mixed = integrate.quad(density, -6, 6, limit=200, points=[0, t / math.sqrt(n)])[0]
    return float(mixed / stats.t.pdf(t, n - 1))


@pytest.mark.parametrize(
    ("t", "n", "mixture"), [(1.0, 12, 3.0), (2.5, 12, 3.0), (4.0, 40, 4.9), (0.2, 30, 9)]
)
def test_p_is_one_over_the_numerical_mixture(t: float, n: int, mixture: float) -> None:
    found = sequence_p(np.array(t), np.array(n), mixture, n - 1)
    assert float(found) == pytest.approx(min(1, 1 / mixed_evidence(t, n, mixture)), rel=1e-6)


@pytest.mark.parametrize("degrees", [None, 25.0, 1000.0])
def test_the_limit_has_the_p_value_alpha(degrees: float | None) -> None:
    size = np.array([12.0, 40.0, 400.0])
    limit = sequence_limit(0.008, size, 3.3, degrees)
    assert sequence_p(limit, size, 3.3, degrees) == pytest.approx(0.008)


def test_many_degrees_of_freedom_are_a_known_error() -> None:
    size = np.array([20.0, 100.0])
    assert sequence_limit(0.05, size, 4.0, 1e7) == pytest.approx(sequence_limit(0.05, size, 4.0), rel=1e-5)


def test_few_participants_have_no_limit() -> None:
    limits = sequence_limit(0.05 / 6, np.array([3.0, 8.0, 9.0]), 3.3, 7.0)
    assert np.isinf(limits[:2]).all()
    assert np.isfinite(sequence_limit(0.05 / 6, np.array(9.0), 3.3, 8.0))


@pytest.mark.parametrize("participants", [20, 40, 1000])
def test_the_default_mixture_is_narrowest_at_the_planned_number(participants: int) -> None:
    found = optimize.minimize_scalar(
        lambda log_g: float(sequence_limit(0.01, np.array(participants), math.exp(log_g))),
        bounds=(math.log(participants) - 6, math.log(participants)),
        method="bounded",
    )
    assert best_mixture(0.01, participants) == pytest.approx(math.exp(found.x), rel=1e-3)


def crossed(estimates: Floats, limits: Floats) -> float:
    return float((np.abs(estimates) > limits).any(axis=1).mean())


def test_looking_after_every_participant_keeps_alpha() -> None:
    """Unknown errors, as of people: the t statistic of the mean after every one of 200 normal numbers."""
    drawn = np.random.default_rng(1).standard_normal((PATHS, LENGTH))
    n = np.arange(1.0, LENGTH + 1)
    mean = np.cumsum(drawn, axis=1) / n
    square = np.cumsum(drawn**2, axis=1) / n - mean**2
    with np.errstate(divide="ignore", invalid="ignore"):
        t = mean / np.sqrt(square / (n - 1))
    t, n = t[:, 2:], n[2:]
    limits = np.array([float(sequence_limit(0.05, np.array(k), 12.0, k - 1)) for k in n])
    assert crossed(t, limits) < 0.05
    assert crossed(t, np.asarray(special.stdtrit(n - 1, 0.975))) > 0.3


def test_an_error_that_stays_counts_as_fewer_participants() -> None:
    """An error of pictures is there from the start: the limit at n·V_participant / V keeps alpha with it."""
    rng = np.random.default_rng(2)
    n = np.arange(2.0, LENGTH + 1)
    moving = np.cumsum(rng.standard_normal((PATHS, LENGTH)), axis=1)[:, 1:] / n
    staying = rng.standard_normal((PATHS, 1)) * 0.2
    variance = 1 / n + 0.2**2
    t = (moving + staying) / np.sqrt(variance)
    limits = sequence_limit(0.05, 1 / variance, 12.0)
    assert 0.002 < crossed(t, limits) < 0.05
    assert crossed(np.sqrt(n) * (moving + staying), sequence_limit(0.05, n, 12.0)) > 0.2
