"""Test the scores on single pictures against a direct maximisation, and those without each picture."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import optimize

from study.statistics.bradley_terry import Fit, Ties, fit, tabulate
from study.statistics.davidson import outcome_probabilities
from study.statistics.scales.picture_scores import PictureScores, picture_scores
from study.statistics.simulated_votes import draw_outcomes
from study.votes import Floats, Ints, Votes
from tests.support.rated import counted, rated

SD, NONE = 0.5, np.zeros((4, 4))
RESPONSES = rated(methods=4, participants=30, items=8, item_sd=SD)
VOTES = RESPONSES.as_votes()
RESULT = counted(RESPONSES, 4)[1]


def scores(
    votes: Votes = VOTES,
    item: Ints = RESPONSES.item,
    result: Fit = RESULT,
    sd: float = SD,
    covariance: Floats = NONE,
    likely: tuple[float, ...] = (),
) -> PictureScores:
    found = picture_scores(votes, item, result, covariance, sd, likely)
    assert found is not None
    return found


def test_the_most_probable_deviations_are_those_of_a_direct_search() -> None:
    found, own = scores(), RESPONSES.only(RESPONSES.item == 2)
    worths, order = RESULT.log_worths, RESULT.order_effect
    assert worths is not None and order is not None

    def loss(deviation: Floats) -> float:
        here = worths + deviation
        chance = outcome_probabilities(here[own.left] + order, here[own.right], RESULT.log_nu)
        likelihood = np.log(chance[np.arange(len(own)), own.outcome]).sum()
        return float((deviation**2).sum() / (2 * SD**2) - likelihood)

    best = optimize.minimize(loss, np.zeros(4), method="BFGS", options={"gtol": 1e-8})
    assert found.log_worths[2] == pytest.approx(worths + best.x, abs=1e-5)
    assert found.votes[2] == len(own) and found.votes.sum() == len(RESPONSES)
    centre = np.eye(4) - 1 / 4
    steps = np.eye(4) * 1e-3
    slopes = [
        (optimize.approx_fprime(best.x + s, loss) - optimize.approx_fprime(best.x - s, loss)) for s in steps
    ]
    curve = np.array(slopes) / 2e-3
    assert found.errors[2] ** 2 == pytest.approx(np.diag(centre @ np.linalg.inv(curve) @ centre), rel=1e-3)


def test_scores_are_shrunk_to_those_of_all_pictures() -> None:
    assert RESULT.log_worths is not None
    deviations = [np.abs(scores(sd=sd).log_worths - RESULT.log_worths).max() for sd in (0.0, 0.1, 0.5, 2.0)]
    assert deviations[0] == 0 and deviations == sorted(deviations)
    assert scores().log_worths.sum(axis=1) == pytest.approx(np.zeros(8))


def test_errors_of_all_pictures_count_as_far_as_a_picture_has_few_votes() -> None:
    """A change of the scores of all pictures changes those of a picture by the share that the errors have."""
    assert RESULT.log_worths is not None
    change = np.array([0.3, -0.1, -0.1, -0.1])
    moved = scores(result=replace(RESULT, log_worths=RESULT.log_worths + 1e-4 * change)).log_worths
    slope = (moved - scores().log_worths) / 1e-4
    both, own = scores(covariance=np.outer(change, change)).errors, scores().errors
    assert both**2 - own**2 == pytest.approx(slope**2, rel=1e-3)
    assert (np.abs(slope) < np.abs(change)).all()
    assert scores(sd=0.0, covariance=np.outer(change, change)).errors == pytest.approx(
        np.tile(np.abs(change), (8, 1))
    )


def test_shrunk_scores_are_closer_to_the_truth_than_those_of_each_picture_alone() -> None:
    rng, truth = np.random.default_rng(0), np.linspace(-1, 1, 4)
    own = truth + rng.normal(0, SD, (40, 4))
    low, high = np.triu_indices(4, 1)
    turn, item = np.tile(np.arange(6), 400), rng.integers(0, 40, 2400)
    left, right = low[turn], high[turn]
    votes = Votes(left, right, draw_outcomes(own[item, left], own[item, right], -1.0, rng))
    result = fit(tabulate(votes, 4), [""] * 4)
    centred = own - own.mean(axis=1, keepdims=True)
    missed = [
        np.sqrt(np.mean((scores(votes, item, result, sd).log_worths - centred) ** 2)) for sd in (0, SD, 3)
    ]
    assert missed[1] < 0.8 * missed[0] and missed[1] < 0.95 * missed[2]
    inside = np.abs(scores(votes, item, result).log_worths - centred) < 2 * scores(votes, item, result).errors
    assert 0.9 < inside.mean() < 0.99


def test_errors_include_those_of_an_unknown_spread() -> None:
    known = scores()
    (low, high), both = (scores(sd=sd) for sd in (0.2, 0.6)), scores(likely=(0.2, 0.6))
    squares = [one.errors**2 + (one.log_worths - known.log_worths) ** 2 for one in (low, high)]
    assert both.errors == pytest.approx(np.sqrt(np.mean(squares, axis=0)))
    assert both.log_worths == pytest.approx(known.log_worths)


@pytest.mark.parametrize("ties", ["davidson", "half", "drop"])
def test_scores_without_a_picture_are_those_of_a_new_fit(ties: Ties) -> None:
    result = fit(tabulate(VOTES, 4), [""] * 4, ties=ties, order_effect=True)
    found = scores(result=result)
    for item in (0, 7):
        rest = RESPONSES.only(RESPONSES.item != item).as_votes()
        again = fit(tabulate(rest, 4), [""] * 4, ties=ties, order_effect=True)
        assert found.without[item] == pytest.approx(again.log_worths, abs=1e-8)


def test_counts_equal_repeated_rows() -> None:
    doubled = replace(VOTES, count=np.full(len(VOTES.left), 2.0))
    left, right, outcome = (np.tile(part, 2) for part in (VOTES.left, VOTES.right, VOTES.outcome))
    twice = Votes(left, right, outcome)
    one, other = scores(doubled), scores(twice, np.tile(RESPONSES.item, 2))
    assert one.log_worths == pytest.approx(other.log_worths) and one.without == pytest.approx(other.without)


def test_a_picture_without_which_there_is_no_ranking_is_marked() -> None:
    """All losses of the first method are on the second picture."""
    left, right, outcome = np.array([0, 1, 0, 1]), np.array([1, 0, 1, 0]), np.array([0, 1, 1, 1])
    votes = Votes(left, right, outcome)
    result = fit(tabulate(votes, 2), ["", ""])
    found = scores(votes, np.array([0, 0, 1, 1]), result)
    assert np.isnan(found.without[1]).all() and np.isfinite(found.without[0]).all()
    assert picture_scores(votes, np.zeros(4, int), replace(result, status="separated"), NONE, SD) is None
