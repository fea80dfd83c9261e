"""Check the variance between groups: against the whole normal distribution, and by what it finds."""

import numpy as np
import pytest
from scipy import integrate, stats

from study.statistics.unequal.one_variance import of_one_answer, one_variance
from study.votes import Floats

K = 3
BASIS = np.linalg.qr(np.column_stack([np.ones(K), np.eye(K)[:, :2]]))[0][:, 1:]  # of sums of zero


def informations_of(groups: int, rng: np.random.Generator, size: float) -> Floats:
    """Draw the information of groups about differences of log-worths."""
    roots = rng.normal(size=(groups, K, 4)) * np.sqrt(size)
    roots -= roots.mean(axis=1, keepdims=True)
    return np.asarray(roots @ np.swapaxes(roots, 1, 2))


def scores_of(informations: Floats, sd: float, shift: Floats, rng: np.random.Generator) -> Floats:
    """Draw the score of each group, whose log-worths differ by sd from those of the shifted mean."""
    drawn = []
    for own in informations:
        root = np.linalg.cholesky(own + 1e-12 * np.eye(K))
        drawn.append(own @ (shift + rng.normal(0, sd, K)) + root @ rng.normal(size=K))
    return np.array(drawn)


def directly(scores: Floats, informations: Floats, alone: float) -> tuple[float, float]:
    """Return the mean and variance of v by numeric integration, from the density of all scores together."""

    def density(sd: float) -> float:
        v, covariance, design = sd**2, [], []
        for own in informations:
            a = BASIS.T @ own @ BASIS
            covariance.append((1 - v * alone) * a + v * a @ a)
            design.append(a)
        whole = np.zeros((2 * len(design), 2 * len(design)))
        for g, part in enumerate(covariance):
            whole[2 * g : 2 * g + 2, 2 * g : 2 * g + 2] = part
        # An unknown mean is a normal one with a very large variance.
        tall = np.concatenate(design)
        normal = stats.multivariate_normal(cov=whole + 1e6 * tall @ tall.T)
        return float(np.exp(normal.logpdf((scores @ BASIS).ravel()) + 40) / (1 + v))

    most = min(3.0, np.sqrt(0.9 / alone)) if alone else 3.0
    total, first, second = (
        integrate.quad(lambda sd, power=power: density(sd) * sd**power, 0, most)[0] for power in (0, 2, 4)
    )
    return first / total, second / total - (first / total) ** 2


@pytest.mark.parametrize("alone", [0.0, 0.3])
def test_it_equals_a_direct_computation(alone: float) -> None:
    rng = np.random.default_rng(1)
    informations = informations_of(6, rng, 0.8)
    scores = scores_of(informations, 0.6, np.array([0.5, 0.0, -0.5]), rng)
    large = np.zeros(6, bool)
    inverse = np.linalg.pinv(informations.sum(axis=0))
    found = one_variance(inverse, np.zeros(K), alone, scores, ([(slice(0, 6), informations)], large))
    mean, variance = directly(scores, informations, alone)
    assert found.mean == pytest.approx(mean, rel=0.02)
    assert found.variance == pytest.approx(variance, rel=0.05)
    squared = sum(own @ own for own in informations)
    assert found.effect == pytest.approx(inverse @ squared @ inverse - alone * inverse)


@pytest.mark.parametrize("sd", [0.3, 1.0])
def test_many_groups_show_their_variance_wherever_their_mean_is(sd: float) -> None:
    rng = np.random.default_rng(2)
    informations = informations_of(2000, rng, 2.0)
    scores = scores_of(informations, sd, np.array([1.0, 0.0, -1.0]), rng)
    batches = [(slice(0, 700), informations[:700]), (slice(700, 2000), informations[700:])]
    found = one_variance(np.eye(K), np.zeros(K), 0.0, scores, (batches, np.zeros(2000, bool)))
    assert np.sqrt(found.mean) == pytest.approx(sd, rel=0.1)


def with_one_large(own: Floats) -> bool:
    """Return whether a group with these log-worths seems to differ from others whose mean is 1, 0, −1."""
    rng, worths = np.random.default_rng(3), np.array([1.0, 0.0, -1.0])
    informations = informations_of(30, rng, 1.0)
    informations[0] *= 40
    scores = scores_of(informations, 0.4, np.zeros(K), rng)
    scores[0] = informations[0] @ (own - worths)
    inverse, large = np.linalg.pinv(informations.sum(axis=0)), np.arange(30) == 0
    return one_variance(inverse, worths, 0.3, scores, ([(slice(0, 30), informations)], large)).odd


def test_a_large_group_that_differs_in_kind_is_odd() -> None:
    assert not with_one_large(np.array([1.1, 0.2, -1.3]))
    assert with_one_large(np.zeros(K))  # as if answers were random
    assert with_one_large(np.array([-1.0, 0.0, 1.0]))  # the opposite


def test_equal_answers_in_one_row_count_as_single_ones() -> None:
    one = informations_of(5, np.random.default_rng(4), 0.2)
    rows = of_one_answer(one * np.arange(1, 6)[:, None, None], np.arange(1.0, 6), K)
    single = of_one_answer(np.repeat(one, np.arange(1, 6), axis=0), np.ones(15), K)
    assert rows == pytest.approx(single)
