"""Compare simultaneous limits, adjusted p values and ranks with known distributions and hand calculation."""

import numpy as np
import pytest
from scipy import stats

from study.statistics.bradley_terry import fit, tabulate
from study.statistics.covariance import clustered_covariance, difference_errors, standard_errors
from study.statistics.davidson import outcome_probabilities
from study.statistics.multiple_comparisons import Errors, compare, errors_of, quantile
from study.statistics.simulated_votes import Taste, draw_votes
from study.summary.scales import elo, preference
from study.votes import Floats


def independent(k: int, degrees: int | None, variance: float = 1.0) -> Errors:
    covariance = np.zeros((k + 2, k + 2))
    covariance[range(k), range(k)] = variance
    return Errors(covariance, standard_errors(covariance), difference_errors(covariance, k), degrees, "")


def critical(k: int, degrees: int | None) -> float:
    return compare(np.zeros(k), independent(k, degrees)).critical


@pytest.mark.parametrize("k", [3, 8, 20])
def test_independent_scores_have_the_critical_value_of_tukey(k: int) -> None:
    tukey = stats.studentized_range.ppf(0.95, k, np.inf) / np.sqrt(2)
    assert critical(k, None) == pytest.approx(tukey, rel=0.012)


def test_two_methods_have_the_critical_value_of_one_interval() -> None:
    assert critical(2, None) == pytest.approx(1.96, abs=1e-3)
    assert critical(2, 11) == pytest.approx(stats.t(11).ppf(0.975))


def test_few_participants_give_a_critical_value_between_tukey_and_bonferroni() -> None:
    common = stats.studentized_range.ppf(0.95, 8, 19) / np.sqrt(2)
    bonferroni = stats.t(19).ppf(1 - 0.025 / 28)
    assert common + 0.05 < critical(8, 19) < bonferroni
    assert critical(8, 20_000) == pytest.approx(critical(8, None), rel=0.01)


def test_the_critical_value_of_few_participants_holds_in_simulation() -> None:
    """Check 95 % coverage of the largest |t| in samples of 12 from 5 independent normal scores."""
    rng = np.random.default_rng(0)
    samples = rng.standard_normal((4000, 12, 5))
    low, high = np.triu_indices(5, 1)
    differences = samples[:, :, low] - samples[:, :, high]
    t = differences.mean(axis=1) / (differences.std(axis=1, ddof=1) / np.sqrt(12))
    assert (np.abs(t).max(axis=1) <= critical(5, 11)).mean() == pytest.approx(0.95, abs=0.012)


def test_the_critical_value_does_not_depend_on_the_order_of_the_methods() -> None:
    rng = np.random.default_rng(1)
    worths, root = rng.normal(size=6), rng.normal(size=(8, 8))
    order = np.array([3, 1, 5, 0, 2, 4])
    found = []
    for places in (np.arange(6), order):
        rows = np.concatenate([places, [6, 7]])
        covariance = (root @ root.T)[np.ix_(rows, rows)]
        errors = Errors(covariance, standard_errors(covariance), difference_errors(covariance, 6), 9.5, "")
        found.append(compare(worths[places], errors).critical)
    assert found[0] == pytest.approx(found[1], rel=1e-9)


def test_a_covariance_of_low_rank_is_accepted() -> None:
    """Compare eight methods with the degrees of freedom of three participants."""
    errors = independent(8, 2)
    assert np.isfinite(compare(np.zeros(8), errors).critical)
    nothing = Errors(np.zeros((10, 10)), np.zeros(10), np.zeros((8, 8)), 2, "")
    assert np.isfinite(compare(np.zeros(8), nothing).critical)


def test_p_values_after_holm() -> None:
    """Compare with a calculation by hand: sorted p times 3, 2 and 1, with running maximum."""
    worths, se = np.array([0.0, 2.0, 5.0]), np.sqrt(2)
    plain = 2 * stats.norm.sf(np.array([5, 3, 2]) / se)
    expected = np.maximum.accumulate(plain * [3, 2, 1])
    p = compare(worths, independent(3, None)).p
    assert [p[0, 2], p[1, 2], p[0, 1]] == pytest.approx(expected)
    assert np.array_equal(p, p.T) and (np.diagonal(p) == 1).all()


def test_possible_ranks() -> None:
    """Check one method ahead of three others that do not differ significantly."""
    compared = compare(np.array([9.0, 0.0, 0.5, 1.0]), independent(4, None))
    assert compared.rank_low.tolist() == [1, 2, 2, 2] and compared.rank_high.tolist() == [1, 4, 4, 4]


def test_errors_are_clustered_by_participant() -> None:
    taste = Taste(np.linspace(-1, 1, 4), taste_sd=1.0)
    votes, _ = draw_votes(taste, participants=40, votes_each=20, rng=np.random.default_rng(0))
    result = fit(tabulate(votes, 4), list("abcd"))
    errors, clustered = errors_of(result, votes, 4), clustered_covariance(result, votes, 4)
    assert errors is not None and errors.degrees is not None and clustered is not None
    assert errors.degrees == pytest.approx(39, abs=0.5)
    assert errors.errors[:5] == pytest.approx(standard_errors(clustered)[:5], rel=0.01)
    assert errors.factor == pytest.approx(stats.t(errors.degrees).ppf(0.975))
    assert quantile(0.975, 39) == pytest.approx(stats.t(39).ppf(0.975))


def test_probabilities_follow_the_scores() -> None:
    worths: Floats = np.array([np.log(3), 0.0])
    assert outcome_probabilities(worths[:1], worths[1:], None)[0] == pytest.approx([0.75, 0.25, 0])
    with_ties = outcome_probabilities(worths[:1], worths[1:], 0.0)[0]
    assert with_ties == pytest.approx(np.array([3, 1, np.sqrt(3)]) / (4 + np.sqrt(3)))
    assert preference(worths) == pytest.approx([0.75, 0.25])


def test_elo_points() -> None:
    """Check that a difference of 400 points means ten wins for each loss."""
    points = elo(np.array([np.log(10), 0.0]))
    assert points[0] - points[1] == pytest.approx(400) and points.mean() == pytest.approx(1000)
