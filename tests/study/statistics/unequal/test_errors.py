"""Check the errors where few people or pictures have most of the votes."""

from dataclasses import replace

import numpy as np

from study.statistics.bradley_terry import Fit, fit, tabulate
from study.statistics.multiple_comparisons import PEOPLE_AND_PICTURES, Errors, compare, errors_of
from study.statistics.simulated_votes import Taste, draw_votes
from study.votes import Ints, Votes

K = 4
EACH = np.array([400] + [10] * 29)


def drawn(seed: int, each: Ints, items: int | Ints = 25) -> tuple[Votes, Ints]:
    taste = Taste(np.linspace(-0.9, 0.9, K), taste_sd=0.5)
    rng = np.random.default_rng(seed)
    return draw_votes(taste, participants=len(each), votes_each=each, items=items, rng=rng)


def fitted(votes: Votes, item: Ints | None) -> tuple[Fit, Errors]:
    result = fit(tabulate(votes, K), list("abcd"), order_effect=True)
    errors = errors_of(result, votes, K, item)
    assert errors is not None
    return result, errors


def test_others_show_the_errors_of_one_participant_with_most_votes() -> None:
    votes, item = drawn(1, EACH)
    result, errors = fitted(votes, item)
    assert result.log_worths is not None
    assert errors.one_scale and errors.degrees is not None and errors.degrees > 4
    assert errors.words == PEOPLE_AND_PICTURES
    assert errors.source.startswith("Standard errors take from participants or pictures without most of")
    # The limit of all pairs is not that of errors which vary one by one.
    one_by_one = compare(result.log_worths, replace(errors, one_scale=False)).critical
    assert errors.factor < compare(result.log_worths, errors).critical < one_by_one


def test_equal_votes_have_the_usual_errors() -> None:
    votes, item = drawn(2, np.full(30, 20))
    assert not fitted(votes, item)[1].one_scale


def test_a_picture_with_most_votes_counts_as_one_picture() -> None:
    rng = np.random.default_rng(3)
    votes, item = drawn(3, np.full(40, 20), np.where(rng.random(800) < 0.6, 0, rng.integers(1, 21, 800)))
    with_pictures, without = fitted(votes, item)[1], fitted(votes, None)[1]
    assert with_pictures.one_scale and not without.one_scale
    assert (with_pictures.between >= without.between).all()


def test_a_participant_with_most_votes_who_chooses_at_random_keeps_the_usual_errors() -> None:
    votes, item = drawn(4, EACH)
    random = np.random.default_rng(4).integers(0, 3, len(votes.outcome))
    careless = replace(votes, outcome=np.where(votes.participant == 0, random, votes.outcome))
    assert not fitted(careless, item)[1].one_scale


def test_rows_that_stand_for_many_votes_have_the_same_errors() -> None:
    votes, _ = drawn(6, EACH)
    assert votes.participant is not None
    key = np.stack([votes.participant, votes.left, votes.right, votes.outcome])
    rows, count = np.unique(key, axis=1, return_counts=True)
    grouped = Votes(rows[1], rows[2], rows[3], count=count.astype(float), participant=rows[0])
    (_, one), (_, other) = fitted(votes, None), fitted(grouped, None)
    assert one.one_scale
    np.testing.assert_allclose(one.between, other.between, rtol=1e-6)
