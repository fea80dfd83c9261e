"""Compare fits with further terms with Davidson's model and with direct maximisation."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import logsumexp

from study.statistics.answers.covariates import fit_adjusted, worth_if_adjusted
from study.statistics.bradley_terry import fit, tabulate
from study.statistics.multiple_comparisons import PEOPLE_AND_PICTURES, errors_of
from study.statistics.simulated_votes import draw_outcomes
from study.votes import LEFT, RIGHT, TIE, Floats, Ints, Votes

K = 4
NAMES = list("abcd")
WORTHS = np.linspace(-0.8, 0.8, K)
EFFECTS = np.array([0.7, -0.3])


def drawn(seed: int, n: int, log_nu: float = -0.7) -> tuple[Votes, Floats, Ints]:
    """Return votes, two differences left less right of each, and items. The first grows with the method."""
    rng = np.random.default_rng(seed)
    left = rng.integers(0, K, n)
    right = (left + rng.integers(1, K, n)) % K
    terms = rng.normal(size=(n, 2)) + np.stack([0.5 * (left - right), np.zeros(n)], axis=1)
    advantage = WORTHS[left] + terms @ EFFECTS + 0.2
    outcome = draw_outcomes(advantage, WORTHS[right], log_nu, rng)
    return Votes(left, right, outcome, participant=np.arange(n) % 25), terms, np.arange(n) % 11


def minus_likelihood(x: Floats, votes: Votes, terms: Floats) -> float:
    """Return minus the log-likelihood. x: K - 1 log-worths, two effects, order effect, log nu."""
    worth = np.append(x[: K - 1], 0)
    left = worth[votes.left] + terms @ x[K - 1 : K + 1] + x[K + 1]
    right = worth[votes.right]
    eta = np.stack([left, right, x[K + 2] + (left + right) / 2], axis=1)
    own = eta[np.arange(len(eta)), votes.outcome]
    return float(logsumexp(eta, axis=1).sum() - own.sum())


def test_the_fit_is_the_maximum_of_the_formula() -> None:
    votes, terms, item = drawn(1, 900)
    found = fit_adjusted(votes, terms, K, order_effect=True, item=item)
    best = minimize(minus_likelihood, np.zeros(K + 3), (votes, terms), method="BFGS", options={"gtol": 1e-5})
    assert found is not None and found.loglik == pytest.approx(-best.fun, abs=1e-6)
    assert found.log_worths - found.log_worths[-1] == pytest.approx([*best.x[: K - 1], 0], abs=1e-4)
    assert [*found.effects, found.order_effect, found.log_nu] == pytest.approx(best.x[K - 1 :], abs=1e-4)
    assert found.errors.words == PEOPLE_AND_PICTURES and len(found.errors.errors) == K + 4


@pytest.mark.parametrize("log_nu", [-np.inf, -0.7])
def test_terms_without_an_effect_change_nothing(log_nu: float) -> None:
    """A term of 0 cannot be estimated; one that is left out gives Davidson's model and its errors."""
    votes, terms, item = drawn(2, 700, log_nu)
    assert fit_adjusted(votes, terms * 0, K, item=item) is None
    found = fit_adjusted(votes, terms[:, :0], K, order_effect=True, item=item)
    expected = fit(tabulate(votes, K), NAMES, order_effect=True)
    errors = errors_of(expected, votes, K, item)
    assert found is not None and errors is not None and found.loglik == pytest.approx(expected.loglik)
    assert found.log_worths == pytest.approx(expected.log_worths, abs=1e-8)
    assert found.errors.between == pytest.approx(errors.between, abs=1e-8)
    assert found.errors.degrees == pytest.approx(errors.degrees)


def test_scores_are_those_of_equal_pictures() -> None:
    """Without the terms, a method gets the merit of pictures that are better for another reason."""
    votes, terms, item = drawn(3, 8000)
    found = fit_adjusted(votes, terms, K, order_effect=True, item=item)
    plain = fit(tabulate(votes, K), NAMES, order_effect=True)
    assert found is not None and plain.log_worths is not None
    assert (np.abs(found.log_worths - WORTHS) < 4 * found.errors.errors[:K]).all()
    assert (np.abs(found.effects - EFFECTS) < 4 * found.errors.errors[K : K + 2]).all()
    assert plain.log_worths[-1] > WORTHS[-1] + 0.3


def test_a_property_of_the_methods_cannot_be_separated_from_them() -> None:
    votes, _, _ = drawn(4, 500)
    size = np.array([3.0, 1.0, 4.0, 1.5])
    assert fit_adjusted(votes, (size[votes.left] - size[votes.right])[:, None], K) is None


def test_counts_are_repeated_rows() -> None:
    votes, terms, _ = drawn(5, 300)
    counted = Votes(votes.left, votes.right, votes.outcome, np.full(300, 2.0))
    twice = Votes(np.tile(votes.left, 2), np.tile(votes.right, 2), np.tile(votes.outcome, 2))
    one, other = fit_adjusted(counted, terms, K), fit_adjusted(twice, np.tile(terms, (2, 1)), K)
    assert one is not None and other is not None
    assert one.effects == pytest.approx(other.effects) and one.loglik == pytest.approx(other.loglik)


@pytest.mark.parametrize(("methods", "by_method"), [(2, 0.5), (3, 1.0), (5, 0.7)])
def test_a_vote_is_worth_less_where_methods_explain_the_covariate(methods: int, by_method: float) -> None:
    """Compare the variances of all differences with and without adjustment, on equal methods."""
    rng = np.random.default_rng(methods)
    pairs = np.array([(a, b) for a in range(methods) for b in range(methods) if a != b])
    left, right = np.tile(pairs, (30_000 // len(pairs), 1)).T
    outcome = rng.choice([LEFT, RIGHT, TIE], len(left), p=[0.42, 0.42, 0.16])
    votes = Votes(left, right, outcome)
    of_method = by_method * np.arange(methods)
    explained = of_method[left] - of_method[right]
    x = explained + rng.normal(0, 1, len(left))
    share = float(np.var(explained) / np.var(x))
    found = [fit_adjusted(votes, terms, methods) for terms in (x[:, None], np.empty((len(x), 0)))]
    variances = []
    for one in found:
        assert one is not None
        covariance = one.errors.covariance[:methods, :methods]
        own = np.diag(covariance)
        variances.append((own[:, None] + own - 2 * covariance)[np.triu_indices(methods, 1)].mean())
    assert variances[1] / variances[0] == pytest.approx(worth_if_adjusted(share, methods), abs=0.02)
    assert worth_if_adjusted(0.0, methods) == 1
    with pytest.raises(ValueError, match="below 1"):
        worth_if_adjusted(1.0, methods)
