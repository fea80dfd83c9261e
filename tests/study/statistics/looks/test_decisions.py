"""Test which limits comparisons use at each moment, and that equal methods stay equal however often."""

import numpy as np
import pytest

from study.statistics.bradley_terry import fit, tabulate
from study.statistics.covariance import difference_errors
from study.statistics.looks.confidence_sequence import sequence_limit, sequence_p
from study.statistics.looks.decisions import compare_at
from study.statistics.looks.interim_analyses import plan_interim_analyses, planned_p
from study.statistics.looks.schedule import Look, Schedule
from study.statistics.multiple_comparisons import Errors, compare, errors_of
from study.statistics.simulated_votes import Taste, draw_votes
from study.votes import Floats, Ints, Votes

HALVES = Schedule(4, target=40, shares=(0.5, 1.0))


def simulated(people: int, pictures: int = 1, spread: float = 0.0, seed: int = 0) -> tuple[Votes, Ints]:
    rng = np.random.default_rng(seed)
    taste = Taste(np.linspace(-spread, spread, 4), taste_sd=0.5, item_sd=0.4 if pictures > 1 else 0.0)
    return draw_votes(taste, participants=people, votes_each=20, items=pictures, rng=rng)


def scored(votes: Votes, item: Ints) -> tuple[Floats, Errors]:
    result = fit(tabulate(votes, 4), [""] * 4, order_effect=True)
    errors = errors_of(result, votes, 4, item)
    assert errors is not None and result.log_worths is not None
    return result.log_worths, errors


def test_a_file_and_an_end_are_compared_once() -> None:
    worths, errors = scored(*simulated(40))
    plain = compare(worths, errors)
    for moment in ("file", "end"):
        same, found = compare_at(worths, errors, Look(Schedule(4), moment, 40), participants=40)
        assert same is errors and found.critical == plain.critical and (found.p == plain.p).all()


def test_a_planned_look_uses_its_limit() -> None:
    worths, errors = scored(*simulated(20, spread=0.5))
    wider, found = compare_at(worths, errors, Look(HALVES, "planned", 20, 1), participants=20)
    registered = HALVES.analyses[0].critical
    assert registered <= found.critical < 1.1 * registered
    assert found.critical > 1.5 * compare(worths, errors).critical
    assert wider.factor > 1.3 * errors.factor and wider.words.startswith("95 % at every planned look")
    assert (found.rank_low <= compare(worths, errors).rank_low).all()


def test_p_values_of_a_planned_look_belong_to_its_limit() -> None:
    for number in (1, 2):
        limit = plan_interim_analyses((0.5, 1.0), 0.01)[number - 1].critical
        assert planned_p((0.5, 1.0), number, np.array([limit])) == pytest.approx(0.01, rel=2e-3)
    assert planned_p((0.5, 1.0), 1, np.array([0.0])) == pytest.approx(1)


def test_an_unplanned_look_uses_the_sequence() -> None:
    worths, errors = scored(*simulated(30, spread=1))
    wider, found = compare_at(worths, errors, Look(HALVES, "unplanned", 30), participants=30)
    size = np.array(30.0)
    assert found.critical == pytest.approx(sequence_limit(0.05 / 6, size, HALVES.mixture, errors.degrees))
    assert wider.factor == pytest.approx(sequence_limit(0.05, size, HALVES.mixture, errors.degrees))
    farthest = np.abs(found.differences[0, 3] / errors.between[0, 3])
    plain = sequence_p(np.array(farthest), size, HALVES.mixture, errors.degrees)
    assert plain <= found.p[0, 3] <= 6 * plain


def test_with_pictures_the_sequence_counts_fewer_participants() -> None:
    worths, errors = scored(*simulated(40, pictures=10))
    assert errors.people is not None
    found = compare_at(worths, errors, Look(HALVES, "unplanned", 40), participants=40)[1]
    pairs = np.triu_indices(4, 1)
    share = (difference_errors(errors.people, 4)[pairs] / errors.between[pairs]) ** 2
    limits = sequence_limit(0.05 / 6, 40 * share, HALVES.mixture, errors.degrees)
    assert share.max() < 1 and found.critical == pytest.approx(limits.max())


def test_equal_methods_stay_equal_however_often_one_looks() -> None:
    """A small run of `benchmarks.statistics.looking`: a look after every third participant."""
    wrong = {"now": 0, "before": 0}
    for seed in range(50):
        votes, _ = simulated(30, seed=seed)
        assert votes.participant is not None
        seen = set()
        for people in range(6, 31, 3):
            rows = votes.participant < people
            part = Votes(
                votes.left[rows],
                votes.right[rows],
                votes.outcome[rows],
                participant=votes.participant[rows],
            )
            worths, errors = scored(part, np.zeros(len(part.left), np.int64))
            far = (np.abs(np.subtract.outer(worths, worths)) / np.where(np.eye(4), 1, errors.between)).max()
            now = compare_at(worths, errors, Look(HALVES, "unplanned", people), participants=people)[1]
            seen |= {"now"} if (now.rank_low > 1).any() else set()
            seen |= {"before"} if far > errors.factor and far > compare(worths, errors).critical else set()
        for one in seen:
            wrong[one] += 1
    assert wrong["now"] <= 3 and wrong["before"] > 4
