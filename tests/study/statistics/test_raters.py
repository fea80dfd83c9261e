"""Test mixtures of kinds of people and the search for copies, on simulated studies with a known answer."""

from dataclasses import replace

import numpy as np
import pytest

from study.statistics.raters.copies import find_copies
from study.statistics.raters.kinds_of_people import Discernment, Kinds, kinds_of_people
from study.statistics.raters.side_habits import side_habits
from study.statistics.simulated_votes import Taste, draw_outcomes, draw_votes
from study.votes import TIE, Ints, Votes

METHODS = 5
WORTHS = np.linspace(-0.96, 0.96, METHODS)


def drawn(seed: int, people: int, *, sign: float = 1.0, each: int = 30) -> tuple[Votes, Ints]:
    rng = np.random.default_rng(seed)
    return draw_votes(
        Taste(sign * WORTHS, taste_sd=0.3), participants=people, votes_each=each, items=25, rng=rng
    )


def joined(one: Votes, other: Votes) -> Votes:
    assert one.participant is not None and other.participant is not None
    return Votes(
        np.concatenate([one.left, other.left]),
        np.concatenate([one.right, other.right]),
        np.concatenate([one.outcome, other.outcome]),
        participant=np.concatenate([one.participant, other.participant + one.participant.max() + 1]),
    )


def clicked(seed: int, people: int, *, each: int = 30) -> Votes:
    """Return votes that do not depend on the methods."""
    votes, _ = drawn(seed, people, each=each)
    return replace(votes, outcome=np.random.default_rng(seed).choice(3, len(votes.left), p=[0.4, 0.4, 0.2]))


def kinds(votes: Votes) -> Kinds:
    found = kinds_of_people(votes, METHODS)
    assert isinstance(found, Kinds)
    return found


@pytest.mark.parametrize("seed", range(3))
def test_random_clickers_are_named(seed: int) -> None:
    found = kinds(joined(drawn(seed, 40)[0], clicked(seed + 100, 40)))
    assert found.kind == "careless" and 0.35 < found.share < 0.65
    assert len(found.named) >= 15 and (found.named >= 40).mean() > 0.85
    assert found.other_worths == pytest.approx(WORTHS, abs=0.45)


@pytest.mark.parametrize("seed", range(3))
def test_random_clickers_are_noticed_by_twenty_votes_each(seed: int) -> None:
    found = kinds_of_people(joined(drawn(seed, 40, each=20)[0], clicked(seed + 100, 40, each=20)), METHODS)
    assert found is not None
    if isinstance(found, Discernment):
        assert 0.2 < found.random_share < 0.8
        return
    assert found.kind == "careless" and found.interval is not None
    low, high = found.interval
    assert 0.1 < low < found.share < high < 0.9 and low < 0.5 < high


def test_the_interval_of_a_share_is_narrower_with_more_people() -> None:
    few = kinds(joined(drawn(1, 40)[0], clicked(101, 40))).interval
    many = kinds(joined(drawn(1, 160)[0], clicked(101, 160))).interval
    assert few is not None and many is not None
    assert (many[1] - many[0]) / (few[1] - few[0]) == pytest.approx(0.5, abs=0.15)


@pytest.mark.parametrize(("spread", "ratio"), [(0.0, 0.0), (0.5, 0.5)])
def test_people_who_discern_more_or_less_are_not_taken_for_random_clickers(
    spread: float, ratio: float
) -> None:
    found = kinds_of_people(discerning(spread), METHODS)
    if not spread:
        assert found is None
        return
    assert isinstance(found, Discernment)
    assert found.spread == pytest.approx(ratio, abs=0.15) and found.z > 3


def discerning(spread: float) -> Votes:
    """Return the votes of 150 people whose log-worths are multiplied by a lognormal factor."""
    rng = np.random.default_rng(0)
    votes, _ = draw_votes(Taste(WORTHS, taste_sd=0.3), participants=150, votes_each=30, rng=rng)
    assert votes.participant is not None
    own = np.exp(spread * rng.standard_normal((150, 1))) * WORTHS + 0.3 * rng.standard_normal((150, METHODS))
    left, right = own[votes.participant, votes.left], own[votes.participant, votes.right]
    return replace(votes, outcome=draw_outcomes(left, right, -1.0, rng))


def test_habits_of_sides_are_found() -> None:
    votes, _ = drawn(2, 40)
    assert votes.participant is not None
    turn = np.arange(30) % 2
    votes.outcome[votes.participant == 3] = 0
    votes.outcome[votes.participant == 5] = turn
    found = side_habits(votes)
    assert found.one_sided.tolist() == [3] and found.alternating.tolist() == [5]
    assert not len(side_habits(replace(votes, outcome=np.zeros(len(votes.left), np.int64))).one_sided)
    assert not len(side_habits(replace(votes, ordered=np.zeros(len(votes.left), bool))).one_sided)


@pytest.mark.parametrize("seed", range(3))
def test_opposed_groups_are_found(seed: int) -> None:
    found = kinds(joined(drawn(seed, 40)[0], drawn(seed + 100, 40, sign=-1)[0]))
    assert found.kind == "groups" and 0.4 < found.share < 0.6
    assert np.corrcoef(found.first_worths, found.other_worths)[0, 1] < -0.9
    side = found.named < 40
    assert len(found.named) > 30 and max(side.mean(), 1 - side.mean()) > 0.95


def test_a_small_opposed_group_is_not_taken_for_random_clickers() -> None:
    found = kinds(joined(drawn(3, 60, each=20)[0], drawn(103, 20, sign=-1, each=20)[0]))
    assert found.kind == "groups" and found.interval is None
    assert len(found.named) > 10 and (found.named >= 60).mean() > 0.9


@pytest.mark.parametrize("seed", range(3))
def test_careful_people_of_different_taste_are_not_named(seed: int) -> None:
    rng = np.random.default_rng(seed)
    votes, _ = draw_votes(Taste(WORTHS, taste_sd=0.5), participants=80, votes_each=20, rng=rng)
    assert kinds_of_people(votes, METHODS) is None


def test_people_who_only_tie_or_choose_a_side_of_a_table_of_winners_are_not_named() -> None:
    votes, _ = drawn(0, 30)
    assert kinds_of_people(replace(votes, outcome=np.full(len(votes.left), TIE)), METHODS) is None
    swap = votes.outcome == 1
    winners = replace(
        votes,
        left=np.where(swap, votes.right, votes.left),
        right=np.where(swap, votes.left, votes.right),
        outcome=np.zeros(len(swap), np.int64),
    )
    assert kinds_of_people(winners, METHODS) is None


def test_votes_without_people_have_no_kinds() -> None:
    assert kinds_of_people(replace(drawn(0, 30)[0], participant=None), METHODS) is None


@pytest.mark.parametrize("seed", range(5))
def test_honest_votes_hold_no_copies(seed: int) -> None:
    votes, item = drawn(seed, 40)
    assert not find_copies(votes, item, METHODS).found
    assert not find_copies(replace(votes, participant=None), None, METHODS).found


def test_a_list_that_all_answer_alike_is_no_copy() -> None:
    left, right = np.tile([0, 1, 2, 3], 120), np.tile([1, 2, 3, 4], 120)
    votes = Votes(left, right, np.tile([0, 0, 1, 2], 120), participant=np.repeat(np.arange(12), 40))
    assert not find_copies(votes, None, METHODS).found


def taken(votes: Votes, rows: Ints) -> Votes:
    assert votes.participant is not None
    return Votes(
        votes.left[rows], votes.right[rows], votes.outcome[rows], participant=votes.participant[rows]
    )


def test_a_file_that_was_added_twice_is_found() -> None:
    votes, item = drawn(0, 20)
    rows = np.tile(np.arange(len(votes.left)), 2)
    found = find_copies(taken(votes, rows), item[rows], METHODS)
    assert found.block is not None and found.repeated is not None
    assert (found.block.first, found.block.again, found.block.votes) == (0, 600, 600)
    nameless = find_copies(replace(taken(votes, rows), participant=None), None, METHODS)
    assert nameless.block == found.block


def test_repeated_rows_are_found() -> None:
    votes, item = draw_votes(
        Taste(WORTHS), participants=30, votes_each=10, items=500, rng=np.random.default_rng(1)
    )
    rows = np.concatenate([np.arange(300), np.arange(0, 60, 5)])
    rows.sort()
    found = find_copies(taken(votes, rows), item[rows], METHODS).repeated
    assert found is not None and len(found.rows) == 12
    assert (found.rows - found.earlier == 1).all()


def test_one_person_under_two_ids_is_found() -> None:
    votes, item = drawn(3, 30)
    assert votes.participant is not None
    again = np.flatnonzero(votes.participant == 7)
    rows = np.concatenate([np.arange(len(votes.left)), again])
    doubled = taken(votes, rows)
    assert doubled.participant is not None
    doubled.participant[-len(again) :] = 30
    (same,) = find_copies(doubled, item[rows], METHODS).people
    assert (same.a, same.b, same.votes, same.same) == (7, 30, 30, 30)
