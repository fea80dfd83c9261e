"""Compare fits of graded votes with Rao and Kupper's model, and with direct maximisation."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit

from study.statistics.answers.cumulative import (
    errors_of_graded,
    fit_graded,
    gain_of_grades,
    preferences,
)
from study.statistics.bradley_terry import fit, tabulate
from study.statistics.multiple_comparisons import PEOPLE_AND_PICTURES, errors_of
from study.statistics.rao_kupper import fit_rao_kupper
from study.votes import LEFT, NONE, RIGHT, TIE, Floats, Ints, Votes

K = 4
WORTHS = np.linspace(-0.9, 0.9, K)
THRESHOLDS = np.array([0.4, 1.3, 2.2])


def drawn(seed: int, n: int, grades: int = 2, ties: bool = True) -> tuple[Votes, Ints, Ints]:
    """Return votes, the grade of each, and their items."""
    rng = np.random.default_rng(seed)
    left, step = rng.integers(0, K, n), rng.integers(1, K, n)
    right, people = (left + step) % K, np.arange(n) % 20
    z = WORTHS[left] - WORTHS[right] + 0.3 + rng.logistic(size=n)
    limits = np.append(THRESHOLDS[:grades] if ties else [0, *THRESHOLDS[1:grades]], [np.inf])
    level = np.searchsorted(limits, np.abs(z))
    outcome = np.where(level == 0, TIE, np.where(z > 0, LEFT, RIGHT))
    votes = Votes(left, right, outcome, participant=people)
    return votes, np.where(level > 0, level, NONE), np.arange(n) % 9


def minus_likelihood(x: Floats, votes: Votes, grade: Ints) -> float:
    """Return minus the log-likelihood. x: K - 1 log-worths, order effect, log t_1, log(t_2 - t_1)."""
    worth, t = np.append(x[: K - 1], 0), np.cumsum(np.exp(x[K:]))
    d = worth[votes.left] - worth[votes.right] + x[K - 1]
    at_least = [expit(d - one) for one in t], [expit(-d - one) for one in t]
    p = np.zeros(len(d))
    for side, outcome in ((0, LEFT), (1, RIGHT)):
        first, second = at_least[side]
        for level, value in ((1, first - second), (2, second), (NONE, first)):
            which = (votes.outcome == outcome) & (grade == level)
            p[which] = value[which]
    tie = votes.outcome == TIE
    p[tie] = (1 - at_least[0][0] - at_least[1][0])[tie]
    return float(-np.log(p).sum())


def information(x: Floats, votes: Votes, grade: Ints, step: float = 1e-3) -> Floats:
    """Return the second derivatives of `minus_likelihood` by central differences."""
    moves = step * np.eye(len(x))

    def second(a: Floats, b: Floats) -> float:
        signs = ((a + b, 1), (a - b, -1), (b - a, -1), (-a - b, 1))
        return sum(sign * minus_likelihood(x + move, votes, grade) for move, sign in signs) / (4 * step**2)

    return np.array([[second(a, b) for b in moves] for a in moves])


@pytest.mark.parametrize("unknown", [0.0, 0.3])
def test_the_fit_is_the_maximum_of_the_formula(unknown: float) -> None:
    votes, grade, _ = drawn(1, 800)
    grade = np.where(np.random.default_rng(2).random(len(grade)) < unknown, NONE, grade)
    found = fit_graded(votes, grade, K, order_effect=True)
    best = minimize(minus_likelihood, np.zeros(K + 2), (votes, grade), method="BFGS", options={"gtol": 1e-6})
    assert found is not None and found.order_effect == pytest.approx(best.x[K - 1], abs=1e-4)
    assert found.loglik == pytest.approx(-best.fun, abs=1e-6) and found.grades == (1, 2)
    assert found.log_worths - found.log_worths[-1] == pytest.approx([*best.x[: K - 1], 0], abs=1e-4)
    assert found.thresholds == pytest.approx(np.cumsum(np.exp(best.x[K:])), abs=1e-4)
    inverse = np.linalg.inv(information(np.asarray(best.x, float), votes, grade))
    assert found.covariance[K, K] == pytest.approx(inverse[K - 1, K - 1], rel=1e-3)


@pytest.mark.parametrize("order", [False, True])
def test_one_grade_is_the_model_of_rao_and_kupper(order: bool) -> None:
    votes, grade, _ = drawn(3, 500, grades=1)
    expected = fit_rao_kupper(tabulate(votes, K), order_effect=order)
    found = fit_graded(votes, grade, K, order_effect=order)
    assert expected is not None and found is not None
    assert found.log_worths == pytest.approx(expected.log_worths, abs=1e-8)
    assert found.thresholds == pytest.approx([expected.log_theta], abs=1e-8)
    assert found.loglik == pytest.approx(expected.loglik, abs=1e-8)
    assert np.diagonal(found.covariance)[:K] == pytest.approx(np.diagonal(expected.covariance)[:K], abs=1e-8)


def test_one_grade_without_ties_is_the_model_of_bradley_and_terry() -> None:
    """So are the errors by participant and picture."""
    votes, grade, item = drawn(4, 500, grades=1, ties=False)
    expected = fit(tabulate(votes, K), list("abcd"), order_effect=True)
    found = fit_graded(votes, grade, K, order_effect=True)
    assert found is not None and found.thresholds == (0.0,)
    assert found.log_worths == pytest.approx(expected.log_worths, abs=1e-8)
    by_pairs, errors = errors_of(expected, votes, K, item), errors_of_graded(found, votes, item)
    assert by_pairs is not None and errors.words == PEOPLE_AND_PICTURES
    assert errors.errors[: K + 1] == pytest.approx(by_pairs.errors[: K + 1], abs=1e-8)
    assert errors.degrees == pytest.approx(by_pairs.degrees)


def test_counts_are_repeated_rows() -> None:
    votes, grade, _ = drawn(5, 200)
    counted = Votes(votes.left, votes.right, votes.outcome, np.full(200, 2.0))
    twice = Votes(np.tile(votes.left, 2), np.tile(votes.right, 2), np.tile(votes.outcome, 2))
    one, other = fit_graded(counted, grade, K), fit_graded(twice, np.tile(grade, 2), K)
    assert one is not None and other is not None
    assert one.log_worths == pytest.approx(other.log_worths) and one.loglik == pytest.approx(other.loglik)


def test_three_grades_recover_the_worths_more_exactly() -> None:
    votes, grade, item = drawn(6, 6000, grades=3)
    found = fit_graded(votes, grade, K, order_effect=True)
    plain = fit_graded(votes, np.where(votes.outcome == TIE, NONE, 1), K, order_effect=True)
    assert found is not None and plain is not None
    errors, wider = (errors_of_graded(one, votes, item) for one in (found, plain))
    assert (np.abs(found.log_worths - WORTHS) < 4 * errors.errors[:K]).all()
    assert found.thresholds == pytest.approx(THRESHOLDS, abs=0.15)
    assert np.trace(found.covariance[:K, :K]) < 0.95 * np.trace(plain.covariance[:K, :K])
    assert (wider.errors[:K] > 0).all() and preferences(found)[3, 0] > 0.8
    assert preferences(found) + preferences(found).T == pytest.approx(np.ones((K, K)))


def test_the_gain_is_the_ratio_of_informations() -> None:
    """Compare with the variances of fits to the expected numbers of votes on two equal methods."""
    tie, much = 0.15, 0.3
    outcome = np.array([LEFT, LEFT, RIGHT, RIGHT, TIE])
    grade = np.array([1, 2, 1, 2, NONE])
    side = 1e4 * (1 - tie) / 2
    count = np.array([side * (1 - much), side * much] * 2 + [1e4 * tie])
    votes = Votes(np.zeros(5, int), np.ones(5, int), outcome, count)
    graded, plain = fit_graded(votes, grade, 2), fit_graded(votes, np.where(grade > 0, 1, NONE), 2)
    assert graded is not None and plain is not None
    ratio = plain.covariance[0, 0] / graded.covariance[0, 0]
    assert gain_of_grades(tie, much) == pytest.approx(ratio, rel=1e-6)
    assert gain_of_grades(0.0, 0.0) == gain_of_grades(0.3, 1.0) == pytest.approx(1)


def test_votes_without_grades_have_no_fit() -> None:
    votes, grade, _ = drawn(7, 100)
    assert fit_graded(votes, grade * 0 + NONE, K) is None
