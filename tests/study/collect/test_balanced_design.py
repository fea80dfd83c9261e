"""Check that any number of blocks is balanced, and that plans follow their rules and are deterministic."""

from collections import Counter
from collections.abc import Iterable
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from study.collect.design.balanced_design import REPEAT_AFTER, SPACING, Design, comparisons, plan_trials
from study.records import PlannedTrial

# Two methods on one item have one comparison, three on four items twelve, and so on.
designs = st.builds(
    lambda methods, items, share, seed: Design(
        methods, items, max(1, int(share * items * methods * (methods - 1) / 2)), seed
    ),
    st.integers(2, 8),
    st.integers(1, 12),
    st.floats(0.01, 1),
    st.integers(0, 999),
)
FULL = Design(
    methods=5, items=30, count=30, seed=3, gold=4, gold_pairs=6, repeats=5, practice=3, practice_pairs=3
)


def blocks(design: Design, count: int) -> list[PlannedTrial]:
    return [trial for block in range(count) for trial in comparisons(design, block)]


def pairs(trials: Iterable[PlannedTrial]) -> Counter[frozenset[int]]:
    return Counter(frozenset((t.left, t.right)) for t in trials)


def kinds(trials: Iterable[PlannedTrial], *wanted: str) -> list[PlannedTrial]:
    return [t for t in trials if t.kind in wanted]


def uneven(counts: Iterable[int]) -> int:
    counts = list(counts)
    return max(counts) - min(counts)


@settings(max_examples=100, deadline=None)
@given(designs, st.integers(1, 15))
def test_pairs_and_sides_are_balanced_after_every_block(design: Design, count: int) -> None:
    trials, every = blocks(design, count), list(combinations(range(design.methods), 2))
    seen, sides = pairs(trials), Counter((t.left, t.right) for t in trials)
    assert uneven(seen[frozenset(pair)] for pair in every) <= 1
    assert all(abs(sides[a, b] - sides[b, a]) <= 1 for a, b in every)


@settings(max_examples=100, deadline=None)
@given(designs, st.integers(0, 20))
def test_one_participant_gets_pairs_methods_and_items_evenly_and_nothing_twice(
    design: Design, block: int
) -> None:
    trials = comparisons(design, block)
    every, items = list(combinations(range(design.methods), 2)), Counter(t.item for t in trials)
    assert uneven(pairs(trials)[frozenset(pair)] for pair in every) <= 1
    assert uneven(items[i] for i in range(design.items)) <= 2
    assert len({(frozenset((t.left, t.right)), t.item) for t in trials}) == design.count


@settings(max_examples=50, deadline=None)
@given(st.integers(2, 6), st.integers(1, 8), st.integers(0, 99))
def test_a_complete_set_has_each_pair_on_each_item_once_and_the_next_on_the_other_side(
    methods: int, items: int, seed: int
) -> None:
    whole = Design(methods, items, Design(methods, items, 1).cells, seed)
    first, second = ({(t.left, t.right, t.item) for t in comparisons(whole, n)} for n in (0, 1))
    assert {(right, left, item) for left, right, item in first} == second
    assert len({(frozenset(t[:2]), t[2]) for t in first}) == whole.cells == len(first)


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 9), st.integers(1, 9), st.integers(1, 6), st.integers(0, 99))
def test_each_method_is_on_both_sides_equally_often_after_complete_sets(
    methods: int, items: int, sets: int, seed: int
) -> None:
    whole = Design(methods, items, methods * (methods - 1) // 2, seed)
    lean = Counter(t.left for t in blocks(whole, sets))
    lean.subtract(t.right for t in blocks(whole, sets))
    assert all(abs(n) <= 1 for n in lean.values())


def test_methods_are_about_equally_frequent_in_every_block() -> None:
    design = Design(methods=8, items=40, count=20, seed=1)
    for block in range(14):
        seen = Counter(m for t in comparisons(design, block) for m in (t.left, t.right))
        assert uneven(seen[m] for m in range(8)) <= 3


@settings(max_examples=60, deadline=None)
@given(designs, st.integers(0, 9))
def test_no_item_is_shown_twice_in_a_row_from_three_items_on(design: Design, block: int) -> None:
    plan = plan_trials(design, block)
    assert len({t.item for t in plan}) < 3 or all(a.item != b.item for a, b in pairwise(plan))


def test_five_trials_lie_between_trials_of_an_item_where_possible() -> None:
    for block in range(20):
        rested = [t.item for t in plan_trials(Design(4, 12, 24), block)]
        assert all(len(set(rested[i : i + SPACING + 1])) == SPACING + 1 for i in range(24 - SPACING))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(1, 7), min_size=1, max_size=9), st.integers(0, 99))
def test_no_order_has_larger_distances(counts: list[int], block: int) -> None:
    """The most frequent items, with n trials, have n - 1 gaps for all other trials."""
    main = [PlannedTrial(0, 1, item) for item, count in enumerate(counts) for _ in range(count)]
    order = [t.item for t in plan_trials(Design(2, len(counts), 1), block, main)]
    assert Counter(order) == Counter(t.item for t in main)
    most = max(counts)
    gap = (len(main) - counts.count(most)) // max(most - 1, 1)
    apart = min(SPACING + 1, max(gap, 1))
    assert all(len(set(order[i : i + apart])) == apart for i in range(len(order) - apart + 1))


@pytest.mark.parametrize("block", range(12))
def test_repeats_are_late_with_swapped_sides_and_the_same_distances(block: int) -> None:
    plan = plan_trials(FULL, block)
    assert len(kinds(plan, "repeat")) == FULL.repeats
    for place, trial in enumerate(plan):
        if trial.kind == "repeat":
            assert trial.repeat_of is not None and place - trial.repeat_of >= REPEAT_AFTER
            first = plan[trial.repeat_of]
            assert (first.kind, first.left, first.right, first.item) == (
                "main", trial.right, trial.left, trial.item,
            )  # fmt: skip
            near = kinds(plan[max(0, place - SPACING) : place + SPACING + 1], "main", "repeat")
            assert [t.item for t in near].count(trial.item) == 1


def test_there_are_fewer_repeats_where_there_is_no_room() -> None:
    assert [len(kinds(plan_trials(Design(4, 3, n, repeats=5), 0), "repeat")) for n in (9, 10, 12)] == [
        0,
        1,
        3,
    ]


def test_practice_is_first_and_gold_is_spread() -> None:
    for block in range(12):
        plan = plan_trials(FULL, block)
        assert [t.kind == "practice" for t in plan] == [True] * 3 + [False] * 39
        at = [place for place, t in enumerate(plan) if t.kind == "gold"]
        assert len(at) == 4 and all(5 <= b - a <= 16 for a, b in pairwise([-4, *at]))


def test_gold_pairs_and_their_sides_are_used_evenly() -> None:
    gold = kinds((t for block in range(9) for t in plan_trials(FULL, block)), "gold")
    assert uneven(Counter(t.item for t in gold).values()) == 0
    assert Counter(t.left for t in gold) == {0: 18, 1: 18}
    assert all(t.left + t.right == 1 for t in gold)


def test_no_more_gold_and_practice_than_there_are() -> None:
    plan = plan_trials(Design(3, 4, 6, gold=5, gold_pairs=2, practice=4, practice_pairs=0), 0)
    assert Counter(t.kind for t in plan) == {"main": 6, "gold": 2}


def test_the_same_seed_and_block_give_the_same_plan() -> None:
    assert plan_trials(FULL, 7) == plan_trials(FULL, 7)
    other = Design(**{**vars(FULL), "seed": 4})
    assert plan_trials(other, 7) != plan_trials(FULL, 7) != plan_trials(FULL, 8)


@pytest.mark.parametrize(("methods", "items"), [(1, 5), (3, 0)])
def test_too_little_to_compare_is_refused(methods: int, items: int) -> None:
    with pytest.raises(ValueError, match="at least two methods"):
        Design(methods, items, 4)


@pytest.mark.parametrize("count", [0, 13])
def test_a_participant_gets_at_least_one_pair_and_none_twice(count: int) -> None:
    with pytest.raises(ValueError, match="1 to 12 pairs"):
        Design(3, 4, count)
