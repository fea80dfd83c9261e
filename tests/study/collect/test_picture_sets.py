"""Check that sets of three or four pictures are balanced over methods, positions, pairs and items."""

import math
from collections import Counter
from collections.abc import Iterable
from itertools import combinations, product

import pytest

from study.collect.design.balanced_design import Design, comparisons, plan_trials
from study.collect.design.picture_sets import placed, sequence_of_sets
from study.records import PlannedTrial

SIZES = [(m, k) for k in (3, 4) for m in (3, 4, 5, 6, 7, 8, 9, 12) if m >= k]


def blocks(design: Design, count: int) -> list[PlannedTrial]:
    return [trial for block in range(count) for trial in comparisons(design, block)]


def uneven(counts: Iterable[int]) -> int:
    counts = list(counts)
    return max(counts) - min(counts)


def pairs_of(trials: Iterable[PlannedTrial], methods: int) -> list[int]:
    seen = Counter(frozenset(pair) for trial in trials for pair in combinations(trial.methods, 2))
    return [seen[frozenset(pair)] for pair in combinations(range(methods), 2)]


@pytest.mark.parametrize(("methods", "pictures"), SIZES)
def test_the_sequence_has_every_set_once(methods: int, pictures: int) -> None:
    found = sequence_of_sets(methods, pictures, 5)
    distinct = {frozenset(one) for one in found}
    assert len(distinct) == len(found) == math.comb(methods, pictures)
    assert all(len(one) == pictures for one in distinct)


@pytest.mark.parametrize(("methods", "pictures"), SIZES)
def test_each_method_has_each_position_equally_often(methods: int, pictures: int) -> None:
    design = Design(methods, items=11, count=min(20, 11 * math.comb(methods, pictures)), pictures=pictures)
    rounds = math.lcm(math.comb(methods, pictures) * pictures, design.count)
    trials = blocks(design, rounds // design.count)
    places = Counter((place, m) for trial in trials for place, m in enumerate(trial.methods))
    assert uneven(places[place, m] for place, m in product(range(pictures), range(methods))) == 0
    assert uneven(pairs_of(trials, methods)) == 0


@pytest.mark.parametrize(("methods", "pictures"), SIZES)
@pytest.mark.parametrize("people", [1, 4, 15, 40])
def test_any_number_of_participants_is_nearly_balanced(methods: int, pictures: int, people: int) -> None:
    design = Design(methods, items=30, count=20, seed=people, pictures=pictures)
    trials = blocks(design, people)
    shown = Counter(m for trial in trials for m in trial.methods)
    places = Counter((place, m) for trial in trials for place, m in enumerate(trial.methods))
    assert uneven(shown[m] for m in range(methods)) <= 2
    assert uneven(places[place, m] for place, m in product(range(pictures), range(methods))) <= 4
    assert uneven(pairs_of(trials, methods)) <= 3


@pytest.mark.parametrize("pictures", [3, 4])
@pytest.mark.parametrize(("methods", "items"), [(4, 5), (4, 12), (5, 8), (6, 6)])
def test_a_participant_gets_no_set_of_an_item_twice(methods: int, items: int, pictures: int) -> None:
    whole = Design(methods, items, 1, pictures=pictures).cells
    for count in {1, whole // 2, whole}:
        design = Design(methods, items, count, pictures=pictures)
        for block in range(5):
            trials = comparisons(design, block)
            assert len({(frozenset(t.methods), t.item) for t in trials}) == count
            assert uneven(Counter(t.item for t in trials).get(i, 0) for i in range(items)) <= 2


def test_a_set_that_comes_again_on_an_item_has_other_positions() -> None:
    for items, pictures in product(range(1, 13), (3, 4)):
        found = tuple(range(pictures))
        same_item = {placed(found, n * items, items)[0] for n in range(pictures)}
        assert same_item == set(found)


def test_many_methods_use_the_most_balanced_part_of_all_sets() -> None:
    design = Design(30, items=10, count=20, pictures=4)
    assert design.cells < math.comb(30, 4) * 10
    seen = pairs_of(blocks(design, 150), 30)
    assert min(seen) > 0.8 * max(seen)


def test_gold_pairs_and_practice_keep_their_places() -> None:
    design = Design(5, 20, 12, gold=2, gold_pairs=3, practice=3, practice_pairs=2, pictures=3)
    trials = plan_trials(design, 7)
    assert [t.kind for t in trials[:3]] == ["practice"] * 3
    assert {len(set(t.methods)) for t in trials if t.kind != "gold"} == {3}
    assert sorted(t.item for t in trials[:3]) == [0, 1, 1]
    assert [len(t.methods) for t in trials if t.kind == "gold"] == [2, 2]
    assert trials == plan_trials(design, 7)


@pytest.mark.parametrize("pictures", [1, 5])
def test_a_trial_shows_at_most_one_picture_of_each_method(pictures: int) -> None:
    with pytest.raises(ValueError, match="each of another method"):
        Design(4, 10, 5, pictures=pictures)
