"""A plan is balanced, spread and repeats with its seed, whatever went before."""

from collections import Counter
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from study.design import plan_trials
from study.records import Cell, PlannedTrial

sizes = {"methods": st.integers(2, 7), "items": st.integers(1, 12), "count": st.integers(1, 60)}


def as_cells(trials: list[PlannedTrial]) -> list[Cell]:
    return [Cell(t.left, t.right, t.item, 1) for t in trials]


def unordered(trials: list[PlannedTrial]) -> Counter[frozenset[int]]:
    return Counter(frozenset((t.left, t.right)) for t in trials)


def spread(counts: Counter[frozenset[int]], methods: int) -> int:
    every = [counts[frozenset((a, b))] for a in range(methods) for b in range(a)]
    return max(every) - min(every)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 999), **sizes)
def test_each_pair_comes_equally_often(methods: int, items: int, count: int, seed: int) -> None:
    plan = plan_trials(methods, items, count, [], Random(seed))
    assert len(plan) == count
    assert spread(unordered(plan), methods) <= 1


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 999), **sizes)
def test_items_are_used_almost_evenly(methods: int, items: int, count: int, seed: int) -> None:
    used = Counter(t.item for t in plan_trials(methods, items, count, [], Random(seed)))
    assert max(used.values()) - min(used[i] for i in range(items)) <= 2


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 999), methods=st.integers(2, 6), items=st.integers(3, 12), count=st.integers(1, 60)
)
def test_no_item_twice_in_a_row(methods: int, items: int, count: int, seed: int) -> None:
    plan = plan_trials(methods, items, count, [], Random(seed))
    assert all(a.item != b.item for a, b in pairwise(plan))


def test_an_item_rests_five_trials_where_there_are_enough() -> None:
    plan = plan_trials(4, 30, 30, [], Random(1))
    assert len({t.item for t in plan}) == 30
    plan = plan_trials(4, 12, 24, [], Random(1))
    assert all(len({t.item for t in plan[i : i + 6]}) == 6 for i in range(len(plan) - 5))


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 5), st.integers(1, 6), st.integers(3, 20), st.integers(1, 12), st.integers(0, 999))
def test_pairs_and_sides_stay_balanced_over_participants(
    methods: int, items: int, count: int, participants: int, seed: int
) -> None:
    rng, cells = Random(seed), list[Cell]()
    for _ in range(participants):
        cells += as_cells(plan_trials(methods, items, count, cells, rng))
    seen = [PlannedTrial(c.left, c.right, c.item) for c in cells]
    assert spread(unordered(seen), methods) <= 1
    sides = Counter((t.left, t.right) for t in seen)
    assert all(abs(sides[a, b] - sides[b, a]) <= 1 for a in range(methods) for b in range(a))


def test_fills_the_cells_that_were_left_out() -> None:
    """One pair on one item is missing: it comes first to be planned."""
    so_far = [Cell(a, b, item, 2) for a in range(3) for b in range(3) if a != b for item in range(4)]
    so_far = [c for c in so_far if {c.left, c.right} != {0, 2} or c.item != 3]
    plan = plan_trials(3, 4, 1, so_far, Random(0))
    assert ({plan[0].left, plan[0].right}, plan[0].item) == ({0, 2}, 3)


def test_the_same_seed_gives_the_same_plan() -> None:
    assert plan_trials(5, 9, 20, [], Random(3)) == plan_trials(5, 9, 20, [], Random(3))
    assert plan_trials(5, 9, 20, [], Random(3)) != plan_trials(5, 9, 20, [], Random(4))


@pytest.mark.parametrize(("methods", "items"), [(1, 5), (3, 0)])
def test_too_little_to_compare_is_refused(methods: int, items: int) -> None:
    with pytest.raises(ValueError, match="at least two methods"):
        plan_trials(methods, items, 4, [], Random(0))
