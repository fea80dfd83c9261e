"""Test the cycles of significant preferences."""

import numpy as np
import pytest
from scipy import stats

from study.statistics.bradley_terry import fit, tabulate
from study.statistics.scales.supported_cycles import preferences, supported_cycles
from study.statistics.simulated_votes import Taste, draw_votes
from study.votes import Floats, Ints, Votes


def circular(people: int, share: float = 0.75, votes: int = 8, items: int = 12) -> tuple[Votes, Ints]:
    """Return votes of many people who prefer 0 to 1, 1 to 2 and 2 to 0, and always 0, 1 and 2 to 3."""
    rng = np.random.default_rng(0)
    pairs = np.array([(0, 1), (1, 2), (2, 0), (0, 3), (1, 3), (2, 3)])
    turn = np.tile(np.arange(6), people * votes)
    swap = rng.random(len(turn)) < 0.5
    first = rng.random(len(turn)) < share
    left, right = (
        np.where(swap, pairs[turn, 1], pairs[turn, 0]),
        np.where(swap, pairs[turn, 0], pairs[turn, 1]),
    )
    who = np.repeat(np.arange(people), 6 * votes)
    return Votes(left, right, np.where(first != swap, 0, 1), participant=who), rng.integers(
        0, items, len(turn)
    )


def found(
    votes: Votes, item: Ints | None = None, methods: int = 4, order: bool = True
) -> list[tuple[int, ...]]:
    cycles = supported_cycles(
        votes, fit(tabulate(votes, methods), [""] * methods, order_effect=order), methods, item
    )
    assert cycles is not None
    return [cycle.methods for cycle in cycles.cycles]


def test_a_cycle_of_clear_preferences_is_found_with_its_direction() -> None:
    votes, item = circular(30)
    assert found(votes, item) == [(0, 1, 2)]
    reverse = Votes(votes.right, votes.left, votes.outcome, participant=votes.participant)
    assert found(reverse, item) == [(0, 2, 1)]


def test_many_votes_of_one_person_or_on_two_pictures_support_no_cycle() -> None:
    votes, item = circular(2, votes=200)
    assert found(votes, item) == [] and found(Votes(votes.left, votes.right, votes.outcome)) == [(0, 1, 2)]
    votes, item = circular(30)
    assert found(votes, item % 2) == [] and found(votes, item * 0) == [(0, 1, 2)]


def test_majorities_by_chance_are_no_supported_cycles() -> None:
    votes, item = circular(6, share=0.55, votes=2)
    assert found(votes, item) == []


def test_the_order_effect_is_no_preference() -> None:
    """Everybody takes the left picture four times out of five, and sides are not balanced."""
    rng = np.random.default_rng(2)
    left, right = np.tile([0, 1, 2], 400), np.tile([1, 2, 0], 400)
    back = rng.random(1200) < 0.2
    left, right = np.where(back, right, left), np.where(back, left, right)
    votes = Votes(left, right, (rng.random(1200) > 0.8).astype(int), participant=np.arange(1200) // 30)
    assert found(votes, methods=3) == []
    assert found(votes, methods=3, order=False) == [(0, 1, 2)]


def test_a_smaller_level_of_the_scores_applies() -> None:
    votes, item = circular(30)
    result = fit(tabulate(votes, 4), [""] * 4, order_effect=True)
    cycles, none = (supported_cycles(votes, result, 4, item, level) for level in (0.05, 1e-9))
    assert cycles is not None and none is not None
    assert len(cycles.cycles) == 1 and none.cycles == ()
    assert (cycles.level, none.level) == pytest.approx((0.05 / 6, 1e-9))
    assert cycles.cycles[0].p < cycles.level


def test_the_p_value_is_that_of_a_t_test_of_the_sums_of_people() -> None:
    rng = np.random.default_rng(7)
    who, likes = np.repeat(np.arange(12), 30), rng.normal(0.2, 0.2, 12)
    votes = Votes(who * 0, who * 0 + 1, (rng.random(360) > 0.5 + likes[who]).astype(int), participant=who)
    result = fit(tabulate(votes, 2), ["", ""])
    sums = np.bincount(who, 0.5 - votes.outcome)
    wanted = stats.ttest_1samp(sums, 0).pvalue
    found = preferences(votes, result, 2)
    assert found.p[0, 1] == found.p[1, 0] == pytest.approx(wanted) and wanted > 1e-3
    assert found.net[0, 1] == -found.net[1, 0] == pytest.approx(sums.sum())
    assert found.compared.tolist() == [[False, True], [True, False]]
    single = Votes(votes.left, votes.right, votes.outcome)
    distance = abs(sums.sum()) / np.sqrt(360 / 4)
    assert preferences(single, result, 2).p[0, 1] == pytest.approx(2 * stats.norm.sf(distance))


def test_few_groups_of_one_sign_are_never_more_sure_than_a_sign_test() -> None:
    people = np.arange(40) // 4
    votes = Votes(people * 0, people * 0 + 1, people * 0, participant=people)
    lost = Votes(np.r_[votes.left, 0], np.r_[votes.right, 1], np.r_[votes.outcome, 1])
    result = fit(tabulate(lost, 2), ["", ""])
    assert preferences(votes, result, 2).p[0, 1] == pytest.approx(2 / 2**10)
    assert preferences(votes, result, 2, np.arange(40) % 3).p[0, 1] == pytest.approx(2 / 2**3)


def test_equal_methods_rarely_have_a_significant_pair() -> None:
    """Of 200 studies at most 5 % and three standard errors of that share, with tastes that differ."""
    rng, false = np.random.default_rng(5), 0
    for _ in range(200):
        votes, item = draw_votes(
            Taste(np.zeros(4), taste_sd=0.7), participants=20, votes_each=12, items=15, rng=rng
        )
        result = fit(tabulate(votes, 4), [""] * 4, order_effect=True)
        cycles = supported_cycles(votes, result, 4, item)
        assert cycles is None or cycles.pairs == 6
        false += bool(cycles and cycles.significant)
    assert false <= 19


def test_a_fit_without_a_ranking_has_none() -> None:
    votes = Votes(np.array([0]), np.array([1]), np.array([0]))
    counts: Floats = tabulate(votes, 2)
    assert supported_cycles(votes, fit(counts, ["a", "b"]), 2) is None
