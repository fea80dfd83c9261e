"""Plan balanced trials: pair, side and order of each, from a design and the number of a block.

The comparisons of a study form one infinite sequence, of which each participant gets a block of equal length.
Comparison g has pair g mod P of the P pairs of methods and item (g + q) mod I of the I items, where q grows
by one whenever the combination would repeat; so each pair is combined with each item once in P·I comparisons.
The sides of a pair alternate. For any number of blocks, therefore, the counts of two pairs, and of the two
sides of a pair, differ by at most one. Where a trial has three or four pictures, the sets of `picture_sets`
take the place of the pairs.
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from study.collect.design.picture_sets import placed, sequence_of_sets
from study.records import Kind, PlannedTrial

SPACING = 5  # trials before an item may come again, where there are enough items
REPEAT_AFTER = 10  # trials from a pair to its repeat, at least

Pair = tuple[int, int]


@dataclass(frozen=True)
class Design:
    """Hold the numbers of methods and items of a study, and of trials of each kind for one participant.

    `count` comparisons of methods, `gold` pairs with a known answer, `repeats` of earlier comparisons with
    the sides swapped, `practice` pairs at the start; `gold_pairs` and `practice_pairs` exist to draw from.
    `pictures` in a comparison: with more than two, repeats are not possible, and `practice_pairs` is the
    number of items for practice. Raises ValueError for a design that cannot be planned.
    """

    methods: int
    items: int
    count: int
    seed: int = 0
    gold: int = 0
    gold_pairs: int = 0
    repeats: int = 0
    practice: int = 0
    practice_pairs: int = 0
    pictures: int = 2

    def __post_init__(self) -> None:
        if self.methods < 2 or self.items < 1:
            raise ValueError("a study needs at least two methods and one item")
        if not 2 <= self.pictures <= self.methods:
            raise ValueError("a trial shows two pictures or more, each of another method")
        if not 0 < self.count <= self.cells:
            raise ValueError(f"a participant can get 1 to {self.cells} pairs without a repeat")

    @property
    def cells(self) -> int:
        """Return the number of pairs of methods, or of larger sets, times items."""
        if self.pictures == 2:
            return math.comb(self.methods, 2) * self.items
        return len(sequence_of_sets(self.methods, self.pictures, self.seed)) * self.items


def plan_trials(design: Design, block: int, main: Sequence[PlannedTrial] | None = None) -> list[PlannedTrial]:
    """Return the trials of the participant with this block, in order; deterministic.

    Practice is first. Gold pairs are spread evenly. Repeats follow their pair after at least REPEAT_AFTER
    trials; there are fewer of them where the block is too short. Two trials with the same item have SPACING
    others between them as far as possible. `main`: comparisons to use in place of those of the block.
    """
    rng = Random(f"{design.seed} {block}")
    ordered = _spread(main or comparisons(design, block), rng)
    trials = _add_repeats(ordered, design.repeats, rng)
    gold = _extra("gold", design.gold, design.gold_pairs, block, rng)
    for n, extra in enumerate(gold):
        trials.insert(round((n + rng.uniform(0.25, 0.75)) * len(trials) / len(gold)), extra)
    if design.pictures > 2:
        practice = _practice_sets(design, block, rng)
    else:
        practice = _extra("practice", design.practice, design.practice_pairs, block, rng)
    return _point_back([*practice, *trials])


def comparisons(design: Design, block: int) -> list[PlannedTrial]:
    """Return the comparisons of methods in a block, before they are put in order."""
    rng = Random(design.seed)
    if design.pictures > 2:
        return _comparisons_of_sets(design, block, rng.sample(range(design.items), design.items))
    pairs = _sequence_of_pairs(design.methods, rng)
    items = rng.sample(range(design.items), design.items)
    both = math.lcm(len(pairs), len(items))
    trials = []
    for place in range(block * design.count, (block + 1) * design.count):
        times, which = divmod(place, len(pairs))
        a, b = pairs[which]
        shift = place % design.cells // both
        # With an even number of items, a pair would have the same sides whenever an item is used again.
        swapped = times + (times // len(items) if len(items) % 2 == 0 else 0)
        left, right = (b, a) if swapped % 2 else (a, b)
        trials.append(PlannedTrial(left, right, items[(place + shift) % len(items)]))
    return trials


def _comparisons_of_sets(design: Design, block: int, items: Sequence[int]) -> list[PlannedTrial]:
    """Return the same for sets of pictures; items: in the order of the sequence."""
    sets = sequence_of_sets(design.methods, design.pictures, design.seed)
    both = math.lcm(len(sets), len(items))
    trials = []
    for place in range(block * design.count, (block + 1) * design.count):
        times, which = divmod(place, len(sets))
        left, right, *further = placed(sets[which], times, len(items))
        item = items[(place + place % design.cells // both) % len(items)]
        trials.append(PlannedTrial(left, right, item, further=tuple(further)))
    return trials


def _sequence_of_pairs(methods: int, rng: Random) -> list[Pair]:
    """Return all pairs by the circle method: in any part of them, methods are about equally frequent.

    The first of a pair is shown left; a method is first and second equally often, or differs by one.
    """
    labels = rng.sample(range(methods), methods)
    around = methods - 1 + methods % 2
    pairs = []
    for turn in rng.sample(range(around), around):
        matches = [((turn + i) % around, (turn - i) % around) for i in range(1, (around + 1) // 2)]
        if methods % 2 == 0:
            matches.append((turn, around))
        pairs += [_oriented(*match, methods) for match in rng.sample(matches, len(matches))]
    return [(labels[a], labels[b]) for a, b in pairs]


def _oriented(a: int, b: int, methods: int) -> Pair:
    """Return the pair in order: first the method that has the other less than half a circle ahead."""
    low, high = min(a, b), max(a, b)
    ahead = 2 * (high - low)
    if ahead == methods:
        return (low, high) if low % 2 else (high, low)
    return (low, high) if ahead < methods else (high, low)


def _spread(trials: Sequence[PlannedTrial], rng: Random) -> list[PlannedTrial]:
    """Return a random order in which trials with the same item are as far apart as possible.

    Each step takes, among the items that are far enough apart, one with the most trials left; so the distance
    is kept as long as any order keeps it.
    """
    waiting: dict[int, list[PlannedTrial]] = {}
    for trial in rng.sample(list(trials), len(trials)):
        waiting.setdefault(trial.item, []).append(trial)
    recent: deque[int] = deque(maxlen=_distance_between([len(left) for left in waiting.values()]))
    ordered = []
    while waiting:
        item = _next_item({item: len(left) for item, left in waiting.items()}, recent, rng)
        ordered.append(waiting[item].pop())
        recent.append(item)
        if not waiting[item]:
            del waiting[item]
    return ordered


def _distance_between(counts: Sequence[int]) -> int:
    """Return the number of trials that can lie between two with the same item, for the most frequent item."""
    most = max(counts)
    others = sum(counts) - counts.count(most)
    return max(1, min(SPACING, others // max(most - 1, 1) - 1))


def _next_item(left: dict[int, int], recent: deque[int], rng: Random) -> int:
    """Return an item that is not recent, with the most trials left; without one, the least recent item."""
    free = [item for item in left if item not in recent]
    if not free:
        return min(left, key=recent.index)
    most = max(left[item] for item in free)
    return rng.choice([item for item in free if left[item] == most])


def repeats_that_fit(comparisons: int) -> int:
    """Return how many of so many comparisons are early enough to be repeated."""
    return max(0, comparisons + 1 - REPEAT_AFTER)


def _add_repeats(ordered: list[PlannedTrial], count: int, rng: Random) -> list[PlannedTrial]:
    """Insert repeats of early trials; `repeat_of` is the position of the first trial in `ordered`."""
    early = range(repeats_that_fit(len(ordered)))
    trials = list(ordered)
    for first in sorted(rng.sample(early, min(count, len(early)))):
        trial = ordered[first]
        again = replace(trial, left=trial.right, right=trial.left, kind="repeat", repeat_of=first)
        # Trials inserted before only increase the distance.
        places = range(trials.index(trial) + REPEAT_AFTER, len(trials) + 1)
        distances = {place: _item_distance(trials, place, trial.item) for place in places}
        largest = max(distances.values())
        trials.insert(rng.choice([place for place in places if distances[place] == largest]), again)
    return trials


def _item_distance(trials: Sequence[PlannedTrial], place: int, item: int) -> int:
    """Return the distance from an inserted trial to the nearest with its item, at most SPACING + 1.

    `place` is at least SPACING.
    """
    for distance in range(1, SPACING + 1):
        after = trials[place + distance - 1 : place + distance]
        if any(trial.item == item for trial in (trials[place - distance], *after)):
            return distance
    return SPACING + 1


def _extra(kind: Kind, count: int, pairs: int, block: int, rng: Random) -> list[PlannedTrial]:
    """Return gold or practice trials: blocks begin at different pairs; sides are equally frequent."""
    count = min(count, pairs)
    chosen = [(block * count + n) % pairs for n in range(count)]
    sides = [n % 2 for n in range(block, block + count)]
    rng.shuffle(chosen)
    rng.shuffle(sides)
    return [PlannedTrial(side, 1 - side, pair, kind) for pair, side in zip(chosen, sides, strict=True)]


def _practice_sets(design: Design, block: int, rng: Random) -> list[PlannedTrial]:
    """Return practice trials: random sets of the methods on the items for practice, which take turns."""
    trials = []
    for n in range(design.practice if design.practice_pairs else 0):
        left, right, *further = rng.sample(range(design.methods), design.pictures)
        item = (block * design.practice + n) % design.practice_pairs
        trials.append(PlannedTrial(left, right, item, "practice", further=tuple(further)))
    return trials


def _point_back(trials: Sequence[PlannedTrial]) -> list[PlannedTrial]:
    """Return the trials with `repeat_of` as the position of the first trial in the whole plan."""
    first = {}
    for place, trial in enumerate(trials):
        if trial.kind == "main":
            first[trial.left, trial.right, trial.item] = place
    return [
        trial
        if trial.kind != "repeat"
        else replace(trial, repeat_of=first[trial.right, trial.left, trial.item])
        for trial in trials
    ]
