"""Check tests of fit and of circular triads on votes with and without the deviations that they detect."""

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.statistics.bradley_terry import fit
from study.statistics.goodness_of_fit import (
    circular_triads,
    consistency,
    count_triads,
    expected_probabilities,
    goodness_of_fit,
    median_consistency,
)
from tests.support.rated import counted, rated


def citations() -> np.ndarray:
    """Return the citations between four journals of Agresti, Categorical Data Analysis (2002), p. 448."""
    counts = np.zeros((4, 4, 3))
    rows = [(0, 1, 730, 33), (0, 2, 498, 320), (0, 3, 221, 284), (1, 2, 68, 813), (1, 3, 17, 276)]
    for a, b, won, lost in [*rows, (2, 3, 142, 325)]:
        counts[a, b, :2] = won, lost
    return counts


def test_published_deviance() -> None:
    """Compare with R's glm for the citations: 4.2934 on 3 degrees of freedom."""
    counts = citations()
    found = goodness_of_fit(counts, fit(counts, list("abcd")))
    assert found.g2 == pytest.approx(4.2934, abs=1e-4) and found.degrees == 3
    assert not found.simulated and found.p == pytest.approx(0.2315, abs=1e-3)
    assert found.residuals[0, 1] == -found.residuals[1, 0] and np.isnan(found.residuals[0, 0])


def test_fit_without_an_order_effect_does_not_depend_on_sides() -> None:
    counts = citations()
    turned = counts.transpose(1, 0, 2)[..., [1, 0, 2]]
    one, other = (goodness_of_fit(c, fit(c, list("abcd"))) for c in (counts, (counts + turned) / 2))
    assert one.g2 == pytest.approx(other.g2) and one.degrees == other.degrees


def test_p_values_of_a_true_model_are_uniform() -> None:
    """Check that the mean p of forty simulations is near 0.5; its standard error is 0.046."""
    found = [goodness_of_fit(*counted(rated(methods=4, seed=seed), 4)).p for seed in range(40)]
    assert 0.35 < np.mean([p for p in found if p is not None]) < 0.65


def test_a_pair_against_the_scale_is_detected() -> None:
    counts, _ = counted(rated(participants=80), 5)
    counts[0, 4], counts[4, 0] = counts[0, 4, [1, 0, 2]], counts[4, 0, [1, 0, 2]]
    result = fit(counts, list("abcde"), order_effect=True)
    found = goodness_of_fit(counts, result)
    assert found.p is not None and found.p < 0.02
    assert np.nanargmax(found.residuals) == 4  # the first over the last


def test_expected_probabilities_follow_the_model() -> None:
    _, result = counted(rated(order_effect=0.3), 5)
    probabilities = expected_probabilities(result, 5)
    assert result.log_worths is not None and result.order_effect is not None
    assert np.log(probabilities[1, 3, 0] / probabilities[1, 3, 1]) == pytest.approx(
        result.log_worths[1] - result.log_worths[3] + result.order_effect
    )
    assert np.allclose(probabilities.sum(axis=-1), 1)


@given(st.integers(3, 7), st.integers(0, 2**32 - 1))
def test_triad_counts_equal_enumeration(methods: int, seed: int) -> None:
    net = np.triu(np.random.default_rng(seed).integers(-1, 2, (methods, methods)).astype(float), 1)
    net = net - net.T
    triads = [(net[a, b], net[b, c], net[c, a]) for a, b, c in combinations(range(methods), 3)]
    decided = [t for t in triads if 0 not in t]
    circular, of = count_triads(net[None])
    assert (circular[0], of[0]) == (sum(len(set(t)) == 1 for t in decided), len(decided))


@pytest.mark.parametrize("methods", [3, 4, 5])
def test_consistency_ranges_from_zero_to_one(methods: int) -> None:
    """Check all tournaments of 3 to 5 methods: the largest number of circular triads gives 0."""
    pairs = list(combinations(range(methods), 2))
    net = np.zeros((2 ** len(pairs), methods, methods))
    for row, signs in enumerate(product([1, -1], repeat=len(pairs))):
        for (a, b), sign in zip(pairs, signs, strict=True):
            net[row, a, b], net[row, b, a] = sign, -sign
    zeta = consistency(count_triads(net)[0], methods)
    assert zeta.min() == pytest.approx(0) and zeta.max() == pytest.approx(1)


def test_circular_triads_beyond_chance_are_detected() -> None:
    counts, result = counted(rated(), 5)
    assert (found := circular_triads(counts, result)).p is not None and found.p > 0.05
    counts = np.zeros((7, 7, 3))
    for winner, loser in ((i, (i + step) % 7) for i in range(7) for step in (1, 2, 3)):
        counts[winner, loser], counts[loser, winner] = [20, 5, 3], [5, 20, 3]
    found = circular_triads(counts, fit(counts, list("abcdefg"), order_effect=True))
    assert (found.circular, found.decided) == (14, 35)  # the most that seven methods allow
    assert found.p is not None and found.p < 0.05


def test_two_methods_have_no_triads() -> None:
    counts, result = counted(rated(methods=2), 2)
    assert circular_triads(counts, result).p is None


def test_consistency_requires_complete_sets_of_pairs() -> None:
    assert median_consistency(rated(votes=9), 5) is None
    found = median_consistency(rated(votes=40, participants=80), 5)
    assert found is not None and 0.5 < found[0] <= 1 and 0 < found[1] <= 80
