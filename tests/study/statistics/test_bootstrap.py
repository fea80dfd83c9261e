"""Compare bootstrap replicates with refits of resampled participants and with clustered standard errors."""

from typing import Any

import numpy as np
import pytest

from study.statistics.bootstrap import Bootstrap, bootstrap
from study.statistics.bradley_terry import Fit, Ties, fit, tabulate
from study.statistics.covariance import clustered_covariance, standard_errors
from study.statistics.simulated_votes import Taste, draw_votes
from study.votes import Votes


def rated(participants: int, votes_each: int, **taste: Any) -> Votes:
    liking = Taste(np.linspace(-1, 1, 4), **taste)
    rng = np.random.default_rng(3)
    return draw_votes(liking, participants=participants, votes_each=votes_each, rng=rng)[0]


def resample(
    votes: Votes, ties: Ties = "davidson", order_effect: bool = True, **how: Any
) -> tuple[Fit, Bootstrap]:
    result = fit(tabulate(votes, 4), list("abcd"), ties=ties, order_effect=order_effect)
    made = bootstrap(result, votes, 4, **how)
    assert made is not None
    return result, made


@pytest.mark.parametrize("ties", ["davidson", "half", "drop"])
@pytest.mark.parametrize("order_effect", [True, False])
def test_a_replicate_equals_the_fit_of_resampled_participants(ties: Ties, order_effect: bool) -> None:
    votes = rated(30, 15, order_effect=0.3)
    _, made = resample(votes, ties, order_effect, replicates=3, seed=5)
    rng = np.random.default_rng(5)
    for theta in made.theta:
        times = np.bincount(rng.integers(0, 30, 30), minlength=30)
        again = Votes(votes.left, votes.right, votes.outcome, times[votes.participant].astype(float))
        refitted = fit(tabulate(again, 4), list("abcd"), ties=ties, order_effect=order_effect)
        assert refitted.theta == pytest.approx(theta, abs=1e-9)


def test_bootstrap_errors_are_close_to_clustered_errors() -> None:
    votes = rated(150, 20, taste_sd=1.0)
    result, made = resample(votes)
    clustered = clustered_covariance(result, votes, 4)
    assert clustered is not None and made.failed == 0
    assert standard_errors(made.covariance()) == pytest.approx(standard_errors(clustered), rel=0.12)
    low, high = made.percentiles()
    assert ((low < result.theta) & (result.theta < high)).all()


def test_the_seed_determines_the_replicates() -> None:
    votes = rated(20, 15)
    first, again, other = (resample(votes, replicates=20, seed=seed)[1].theta for seed in (1, 1, 2))
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_replicates_without_a_ranking_are_counted() -> None:
    """Let a single participant prefer the weaker method: without them it never wins."""
    n, people = 60, np.repeat(np.arange(10), 6)
    votes = Votes(np.zeros(n, int), np.ones(n, int), np.where(people == 0, 1, 0), participant=people)
    result = fit(tabulate(votes, 2), ["a", "b"])
    made = bootstrap(result, votes, 2, replicates=2000)
    assert made is not None
    assert made.failed == pytest.approx(0.9**10, abs=0.04)
    assert len(made.ranked) == round(2000 * (1 - made.failed)) and np.isfinite(made.ranked).all()


def test_doubled_counts_give_the_same_replicates() -> None:
    votes = rated(20, 15)
    double = Votes(votes.left, votes.right, votes.outcome, np.full(300, 2.0), participant=votes.participant)
    assert resample(double, replicates=5)[1].theta == pytest.approx(resample(votes, replicates=5)[1].theta)


def test_no_bootstrap_of_one_participant_or_without_a_ranking() -> None:
    votes = rated(1, 60)
    result = fit(tabulate(votes, 4), list("abcd"))
    assert bootstrap(result, votes, 4) is None
    assert bootstrap(fit(np.zeros((4, 4, 3)), list("abcd")), votes, 4) is None
