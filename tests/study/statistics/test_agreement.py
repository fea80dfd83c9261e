"""Compare agreement with a published example and another library; check split-half reliability."""

from dataclasses import replace

import krippendorff as reference
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from study.statistics.agreement import (
    Metric,
    agreement_on_pairs,
    counts_by_unit,
    krippendorff,
    split_half,
)
from study.statistics.bradley_terry import fit, tabulate
from study.statistics.goodness_of_fit import circular_triads, goodness_of_fit
from study.votes import make_responses
from tests.support.rated import rated

# Four observers, twelve units: K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), section C;
# nominal alpha .743, ordinal .815.
EXAMPLE = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
    [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
]


def by_value(ratings: np.ndarray, values: int) -> np.ndarray:
    """Convert ratings (observers × units, 0 if missing) to counts (units × values)."""
    return np.stack([(ratings == v).sum(axis=0) for v in range(1, values + 1)], axis=1).astype(float)


@pytest.mark.parametrize(("metric", "published"), [("nominal", 0.743), ("ordinal", 0.815)])
def test_published_example(metric: Metric, published: float) -> None:
    found = krippendorff(by_value(np.array(EXAMPLE), 5), metric=metric)
    assert found is not None and round(found.value, 3) == published
    assert found.units == 11 and found.answers == 40
    assert found.low is not None and found.high is not None and found.low < found.value < found.high


@given(st.integers(0, 2**32 - 1), st.sampled_from(["nominal", "ordinal"]))
def test_alpha_equals_that_of_another_library(seed: int, metric: Metric) -> None:
    ratings = np.random.default_rng(seed).integers(0, 4, (5, 8))
    found = krippendorff(by_value(ratings, 3), metric=metric)
    assume(found is not None)
    assert found is not None
    data = np.where(ratings == 0, np.nan, ratings)
    assert found.value == pytest.approx(reference.alpha(data, level_of_measurement=metric))


@given(st.integers(0, 2**32 - 1), st.sampled_from(["nominal", "ordinal"]))
def test_alpha_of_pairs_equals_that_of_both_orientations(seed: int, metric: Metric) -> None:
    """Give another library every unit twice, which has 2n answers: its correction is (2n - 1) / 2n."""
    ratings = np.random.default_rng(seed).integers(0, 4, (5, 8))
    counts = by_value(ratings, 3)
    found = agreement_on_pairs(counts, metric=metric)
    as_given, turned = (np.where(ratings == 0, np.nan, values) for values in (ratings, 4 - ratings))
    assume(found is not None)
    assert found is not None
    doubled = reference.alpha(np.concatenate([as_given, turned], axis=1), level_of_measurement=metric)
    n = found.answers
    assert (1 - found.value) * (2 * n - 1) / (2 * n - 2) == pytest.approx(1 - doubled)


@settings(max_examples=12, deadline=None)
@given(st.permutations(range(4)), st.integers(0, 2**16), st.booleans())
def test_names_and_order_of_the_methods_change_nothing(order: list[int], seed: int, sides: bool) -> None:
    """Rename the methods of a small study: agreement and simulated p values stay the same."""
    votes, names = rated(methods=4, participants=5, votes=12, items=3, seed=seed), np.array(order)
    renamed = replace(votes, left=names[votes.left], right=names[votes.right])
    found = []
    for one in (votes, renamed):
        units, counts = counts_by_unit(one, 4), tabulate(one.as_votes(), 4)[1]
        result = fit(counts, [""] * 4, order_effect=sides)
        assume(result.status == "ok")
        fitness, circles = goodness_of_fit(counts, result), circular_triads(counts, result)
        metrics: tuple[Metric, ...] = ("nominal", "ordinal")
        alphas = [agreement_on_pairs(units, metric=metric) for metric in metrics]
        found.append((alphas, fitness.p, fitness.simulated, circles))
    assert found[0] == found[1]


def test_no_alpha_without_two_raters_and_two_values() -> None:
    assert krippendorff(np.zeros((0, 3))) is None
    assert krippendorff(np.array([[1.0, 0, 0], [0, 1, 0]])) is None  # one rater each
    assert krippendorff(np.array([[3.0, 0, 0], [2, 0, 0]])) is None  # all alike


def test_few_units_get_no_interval() -> None:
    found = krippendorff(np.array([[2.0, 1, 0], [0, 1, 2]]))
    assert found is not None and found.low is None


def test_units_are_items_with_pairs_in_either_order() -> None:
    """Count three preferences for method 0 on item 7, one of them on the right, and a tie on item 8."""
    who = np.array([0, 1, 2, 2, 3])
    left, right = np.array([0, 1, 0, 0, 0]), np.array([1, 0, 1, 1, 1])
    votes = make_responses(who, left, right, np.array([0, 1, 0, 1, 2]), item=np.array([7, 7, 7, 7, 8]))
    assert counts_by_unit(votes, 2).tolist() == [[3, 0, 0], [0, 1, 0]]


def test_halves_of_a_clear_result_agree() -> None:
    votes = rated(participants=100)
    for group in (votes.participant, votes.item):
        found = split_half(votes, 5, group)
        assert found is not None and found.ranked == 1
        assert found.reliability > 0.95 and found.ranks > 0.9


def test_reliability_grows_with_the_study() -> None:
    small, large = (rated(participants=n, votes=10, seed=3) for n in (12, 120))
    few, many = split_half(small, 5, small.participant), split_half(large, 5, large.participant)
    assert many is not None and (few is None or few.reliability < many.reliability)


def test_no_reliability_without_ranked_halves() -> None:
    tiny = rated(participants=2, votes=4)
    assert split_half(tiny, 5, tiny.participant) is None
    one = rated(participants=1)
    assert split_half(one, 5, one.participant) is None
