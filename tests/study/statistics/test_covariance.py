"""Check clustered covariances on simulated votes whose dependence is known, and quasi-variances."""

from typing import Any

import numpy as np
import pytest

from study.statistics.bradley_terry import Fit, Ties, fit, pair_up, tabulate, treat_ties
from study.statistics.covariance import (
    clustered_covariance,
    difference_errors,
    group_scores,
    quasi_variances,
    standard_errors,
    two_way_covariance,
)
from study.statistics.davidson import log_likelihood, sum_up
from study.statistics.simulated_votes import Taste, draw_votes
from study.votes import Floats, Ints, Votes


def simulated(participants: int, votes_each: int, items: int = 1, **taste: Any) -> tuple[Votes, Ints]:
    liking = Taste(np.linspace(-1, 1, 4), **taste)
    rng = np.random.default_rng(3)
    return draw_votes(liking, participants=participants, votes_each=votes_each, items=items, rng=rng)


def model_errors(result: Fit) -> Floats:
    assert result.covariance is not None
    return standard_errors(result.covariance)[:4]


def clustered_errors(result: Fit, votes: Votes) -> Floats:
    covariance = clustered_covariance(result, votes, 4)
    assert covariance is not None
    return standard_errors(covariance)[:4]


def test_clustered_errors_of_independent_votes_are_close_to_those_of_the_model() -> None:
    votes, _ = simulated(1000, 20)
    result = fit(tabulate(votes, 4), list("abcd"))
    ratio = clustered_errors(result, votes) / model_errors(result)
    assert ratio == pytest.approx(1, abs=0.15)


def test_repeated_votes_increase_clustered_errors() -> None:
    """Repeat every vote four times: clustered errors are twice as large as those of the model."""
    once, _ = simulated(3000, 1)
    left, right, outcome, who = (
        np.repeat(x, 4) for x in (once.left, once.right, once.outcome, np.arange(3000))
    )
    again = Votes(left, right, outcome, participant=who)
    result = fit(tabulate(again, 4), list("abcd"))
    assert clustered_errors(result, again) / model_errors(result) == pytest.approx(2, rel=0.1)


@pytest.mark.parametrize("ties", ["davidson", "half", "drop"])
def test_scores_are_derivatives_of_each_participants_likelihood(ties: Ties) -> None:
    votes, _ = simulated(3, 40, order_effect=0.3)
    result = fit(tabulate(votes, 4), list("abcd"), ties=ties, order_effect=True)
    assert votes.participant is not None
    scores = group_scores(result, votes, 4, votes.participant)
    mine = votes.participant == 1
    own = tabulate(Votes(votes.left[mine], votes.right[mine], votes.outcome[mine]), 4)
    pairings, cells = pair_up(treat_ties(own, ties), True)
    sums = sum_up(pairings, cells[None])
    for i, shift in enumerate(1e-5 * np.eye(6)[: 6 if ties == "davidson" else 5]):
        up, down = (log_likelihood(pairings, sums, (result.theta + s)[None])[0] for s in (shift, -shift))
        assert scores[1, i] == pytest.approx((up - down) / 2e-5, abs=1e-5)
    assert scores.sum(axis=0) == pytest.approx(0, abs=1e-6)


def test_votes_of_weight_zero_do_not_count_as_participants() -> None:
    """Add participants with a count of 0 or with an omitted tie only."""
    votes, _ = simulated(20, 10)
    assert votes.participant is not None
    silent = Votes(
        np.append(votes.left, [0, 0]),
        np.append(votes.right, [1, 1]),
        np.append(votes.outcome, [0, 2]),
        np.append(np.ones(200), [0, 1]),
        participant=np.append(votes.participant, [98, 99]),
    )
    plain, padded = (fit(tabulate(v, 4), list("abcd"), ties="drop") for v in (votes, silent))
    assert clustered_errors(padded, silent) == pytest.approx(clustered_errors(plain, votes))


def test_dependence_by_item_increases_two_way_errors() -> None:
    """Let log-worths vary between items: errors clustered by participant alone are too small."""
    votes, item = simulated(60, 40, items=12, item_sd=1.0)
    result = fit(tabulate(votes, 4), list("abcd"))
    both = two_way_covariance(result, votes, item, 4)
    assert both is not None
    assert (standard_errors(both)[:4] > 1.3 * clustered_errors(result, votes)).all()
    assert np.linalg.eigvalsh(both).min() > -1e-12


def test_two_way_errors_with_an_item_for_every_vote_equal_clustered_errors() -> None:
    """Give every vote its own item: V_item equals V_both."""
    votes, _ = simulated(50, 20)
    result = fit(tabulate(votes, 4), list("abcd"))
    both = two_way_covariance(result, votes, np.arange(1000), 4)
    assert both is not None
    assert standard_errors(both)[:4] == pytest.approx(clustered_errors(result, votes))


def test_one_participant_or_no_ranking_has_no_clustered_errors() -> None:
    votes, item = simulated(1, 60)
    result = fit(tabulate(votes, 4), list("abcd"))
    assert result.status == "ok" and clustered_covariance(result, votes, 4) is None
    assert two_way_covariance(result, votes, item, 4) is None
    assert clustered_covariance(fit(np.zeros((4, 4, 3)), list("abcd")), votes, 4) is None


def test_errors_of_differences() -> None:
    covariance = np.array([[4.0, 1.0, 0.0], [1.0, 9.0, 0.0], [0.0, 0.0, 1.0]])
    assert difference_errors(covariance, 2) == pytest.approx(np.sqrt([[0, 11], [11, 0]]))


def test_quasi_variances_of_independent_estimates_are_their_variances() -> None:
    assert quasi_variances(np.diag([1.0, 2.0, 3.0, 0.5]), 4) == pytest.approx([1, 2, 3, 0.5])


def test_quasi_variances_do_not_depend_on_a_common_variance() -> None:
    """Add a common shift of all log-worths, which changes no difference."""
    assert quasi_variances(np.diag([1.0, 2.0, 3.0]) + 7, 3) == pytest.approx([1, 2, 3])


def test_quasi_variances_of_two_and_of_no_variance() -> None:
    assert quasi_variances(np.diag([1.0, 3.0]), 2) == pytest.approx([2, 2])
    assert quasi_variances(np.zeros((3, 3)), 3) is None
    assert quasi_variances(np.eye(1), 1) is None
