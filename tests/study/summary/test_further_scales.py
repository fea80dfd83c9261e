"""Test what papers report beside the scores: an anchor, another curve, cycles, and single pictures."""

from dataclasses import replace

import numpy as np
import pytest

from study.statistics.bradley_terry import Ties, fit, tabulate, treat_ties
from study.statistics.multiple_comparisons import compare, errors_of
from study.summary.anchors import choose_anchor
from study.summary.cycles import cycle_warnings
from study.summary.further_scales import Fitted, FurtherScales, further_scales
from study.summary.single_pictures import PictureResult
from study.votes import LEFT, Floats, Ints, Responses, Votes, make_responses
from tests.support.rated import rated

NAMES = ("a", "b", "c", "d", "e")


def further(
    responses: Responses, item: Ints | None = None, ties: Ties = "davidson", count: Floats | None = None
) -> FurtherScales:
    votes = replace(responses.as_votes(), count=count)
    counts = treat_ties(tabulate(votes, 5), ties)
    result = fit(tabulate(votes, 5), NAMES, ties=ties, order_effect=True)
    errors = errors_of(result, votes, 5, item)
    assert errors is not None and result.log_worths is not None
    compared, items = compare(result.log_worths, errors), [f"picture {i}" for i in range(40)]
    return further_scales(Fitted(NAMES, votes, counts, result, errors, compared, item, items), 0)


def pictures(votes: Responses, item: Ints) -> PictureResult:
    found = further(votes, item).pictures
    assert found is not None
    return found


def test_the_other_curve_is_described_in_a_sentence() -> None:
    found = further(rated()).thurstone
    assert found is not None and "same order" in found.words and "normal curve fits" in found.words
    assert [one.method for one in found.scores] == list(NAMES)
    assert sum(one.jod for one in found.scores) == pytest.approx(0, abs=1e-9)


def test_pairs_that_change_places_are_named() -> None:
    """As in the test of the link: two methods that meet different opponents."""
    rows = [(0, 2, 800, 200), (2, 3, 900, 100), (1, 3, 978, 22), (4, 0, 500, 500)]
    listed = [(a, b, *one) for a, b, *both in rows for one in enumerate(both)]
    left, right, won, count = np.array(listed).T
    votes = Votes(left, right, won, count=count.astype(float))
    counts = tabulate(votes, 5)
    result = fit(counts, NAMES)
    errors = errors_of(result, votes, 5)
    assert errors is not None and result.log_worths is not None
    compared = compare(result.log_worths, errors)
    found = further_scales(Fitted(NAMES, votes, counts, result, errors, compared, None, ()), 0)
    assert found.thurstone is not None and ("a", "b") in found.thurstone.turned
    assert "a and b" in found.thurstone.words and "change places" in found.thurstone.words
    assert found.pictures is None and found.cycles is not None and found.cycles.number == 0


def test_the_anchor_is_the_unprocessed_composite_or_else_the_best() -> None:
    worths = np.array([0.2, -0.5, 0.3])
    assert choose_anchor(["x", "Composite", "y"], worths) == 1
    assert choose_anchor(["x", "z", "y"], worths) == 2


def test_methods_beside_the_anchor_are_the_best_first() -> None:
    found = further(rated()).anchor
    assert found.anchor == "a" and [one.method for one in found.methods] == ["e", "d", "c", "b"]
    assert found.methods[0].jod == pytest.approx(found.methods[0].difference / np.log(3))


def test_a_cycle_gives_a_warning_with_the_names() -> None:
    rng, people = np.random.default_rng(0), 40
    pairs = np.array([(0, 1), (1, 2), (2, 0), (0, 3), (1, 3), (2, 3), (3, 4)])[
        np.tile(np.arange(7), people * 8)
    ]
    swap, won = rng.random(len(pairs)) < 0.5, rng.random(len(pairs)) < 0.75
    left, right = np.where(swap, pairs[:, 1], pairs[:, 0]), np.where(swap, pairs[:, 0], pairs[:, 1])
    votes = make_responses(np.repeat(np.arange(people), 56), left, right, (won == swap).astype(int))
    (warning,) = cycle_warnings(further(votes).cycles)
    assert "a over b, b over c, c over a" in warning
    assert list(cycle_warnings(further(rated()).cycles)) == [] == list(cycle_warnings(None))


def test_pictures_have_scores_and_the_one_that_decides_most_is_first() -> None:
    votes = rated(item_sd=0.5)
    found = pictures(votes, votes.item)
    assert found.number == len(found.pictures) == 30 and (found.first, found.second) == ("e", "d")
    tops = [one.top for one in found.pictures if one.top is not None]
    assert len(tops) == 30 and tops == sorted(tops) and tops[0] < found.top < tops[-1]
    assert found.pictures[0].name in found.words and f"{found.sd:.2f}" in found.words
    assert sum(one.votes for one in found.pictures) == len(votes)


def test_pictures_without_which_another_method_is_first_are_named() -> None:
    """One picture has many votes for the method that is second on all others."""
    votes, more = rated(seed=1), 90
    added = {"participant": 1, "item": 35, "left": 3, "right": 4, "outcome": LEFT}
    columns = (np.concatenate([getattr(votes, name), np.full(more, value)]) for name, value in added.items())
    participant, item, left, right, outcome = columns
    all_votes = make_responses(participant, left, right, outcome, item=item)
    found = pictures(all_votes, item)
    assert found.first == "d" and "another method is first" in found.words
    assert "picture 35 (e)" in found.words and found.pictures[0].leader == "e"


def test_weights_and_half_ties_give_no_spread_and_counts_equal_repeated_rows() -> None:
    votes = rated()
    assert further(votes, votes.item, "half").pictures is None
    assert further(votes, votes.item, count=np.full(len(votes), 0.5)).pictures is None
    assert further(votes, votes.item, "drop").pictures is not None
    once = further(votes, votes.item).pictures
    assert once is not None and further(votes, votes.item, count=np.ones(len(votes))).pictures == once
