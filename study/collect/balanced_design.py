"""Who sees which pair, on which side, in which order. Pure: a design and a block number in, a plan out.

The comparisons of a study form one endless row, of which every participant takes a block of equal length.
At place g of the row stand pair g mod P of the P pairs of methods and item (g + q) mod I of the I items,
where q grows by one whenever both would start to repeat; so each pair meets each item once in every P·I
places. A pair changes sides each time it comes. Whatever number of blocks is taken, then, every pair of
methods came equally often, and equally often on both sides, give or take one.
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from study.records import Kind, PlannedTrial

SPACING = 5  # trials before an item may come again, where there are enough items
REPEAT_AFTER = 10  # trials from a pair to its repeat, at least

Pair = tuple[int, int]


@dataclass(frozen=True)
class Design:
    """What a study shows: numbers of methods and items, and of trials of each kind for one participant.

    `count` comparisons of methods, `gold` pairs with a known answer, `repeats` of earlier comparisons with
    the sides swapped, `practice` pairs at the start; gold and practice pairs are drawn from so many.
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

    def __post_init__(self) -> None:
        if self.methods < 2 or self.items < 1:
            raise ValueError("a study needs at least two methods and one item")
        if not 0 < self.count <= self.cells:
            raise ValueError(f"a participant can see 1 to {self.cells} pairs without seeing one twice")

    @property
    def cells(self) -> int:
        """Pairs of methods times items."""
        return math.comb(self.methods, 2) * self.items


def plan_trials(design: Design, block: int, main: Sequence[PlannedTrial] | None = None) -> list[PlannedTrial]:
    """The trials of the participant who takes this block, in order; the same each time.

    Practice comes first. Gold pairs are spread evenly, repeats follow the pair that they repeat after at
    least REPEAT_AFTER trials (there are fewer of them where there is no room), and an item rests for SPACING
    trials as far as possible. `main`: other comparisons than those of the block.
    """
    rng = Random(f"{design.seed} {block}")
    ordered = _spread(main or comparisons(design, block), rng)
    trials = _add_repeats(ordered, design.repeats, rng)
    gold = _extra("gold", design.gold, design.gold_pairs, block, rng)
    for n, extra in enumerate(gold):
        trials.insert(round((n + rng.uniform(0.25, 0.75)) * len(trials) / len(gold)), extra)
    practice = _extra("practice", design.practice, design.practice_pairs, block, rng)
    return _point_back([*practice, *trials])


def comparisons(design: Design, block: int) -> list[PlannedTrial]:
    """The comparisons of methods in a block, before they are put in order."""
    rng = Random(design.seed)
    pairs = _row_of_pairs(design.methods, rng)
    items = rng.sample(range(design.items), design.items)
    both = math.lcm(len(pairs), len(items))
    trials = []
    for place in range(block * design.count, (block + 1) * design.count):
        times, which = divmod(place, len(pairs))
        a, b = pairs[which]
        shift = place % design.cells // both
        # With an even number of items, a pair would meet an item again on the side where it was before.
        swapped = times + (times // len(items) if len(items) % 2 == 0 else 0)
        left, right = (b, a) if swapped % 2 else (a, b)
        trials.append(PlannedTrial(left, right, items[(place + shift) % len(items)]))
    return trials


def _row_of_pairs(methods: int, rng: Random) -> list[Pair]:
    """All pairs by the circle method: in every stretch, each method comes about equally often.

    The first of a pair is to stand left; each method is first as often as second, give or take one.
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
    """First comes whoever has the other less than half a circle ahead."""
    low, high = min(a, b), max(a, b)
    ahead = 2 * (high - low)
    if ahead == methods:
        return (low, high) if low % 2 else (high, low)
    return (low, high) if ahead < methods else (high, low)


def _spread(trials: Sequence[PlannedTrial], rng: Random) -> list[PlannedTrial]:
    """A random order in which an item comes again as late as the others allow.

    Taking the item with most trials left among those that rest long enough never paints itself into a corner
    while a corner can be avoided.
    """
    waiting: dict[int, list[PlannedTrial]] = {}
    for trial in rng.sample(list(trials), len(trials)):
        waiting.setdefault(trial.item, []).append(trial)
    recent: deque[int] = deque(maxlen=_resting([len(left) for left in waiting.values()]))
    ordered = []
    while waiting:
        item = _next_item({item: len(left) for item, left in waiting.items()}, recent, rng)
        ordered.append(waiting[item].pop())
        recent.append(item)
        if not waiting[item]:
            del waiting[item]
    return ordered


def _resting(counts: Sequence[int]) -> int:
    """For how many trials every item can rest: whatever comes most often needs the others in between."""
    most = max(counts)
    others = sum(counts) - counts.count(most)
    return max(1, min(SPACING, others // max(most - 1, 1) - 1))


def _next_item(left: dict[int, int], recent: deque[int], rng: Random) -> int:
    """Among items that rested, one with most trials left; without any, the one that rested longest."""
    free = [item for item in left if item not in recent]
    if not free:
        return min(left, key=recent.index)
    most = max(left[item] for item in free)
    return rng.choice([item for item in free if left[item] == most])


def repeats_that_fit(comparisons: int) -> int:
    """How many of so many comparisons come early enough to be repeated."""
    return max(0, comparisons + 1 - REPEAT_AFTER)


def _add_repeats(ordered: list[PlannedTrial], count: int, rng: Random) -> list[PlannedTrial]:
    """Insert repeats of early trials; `repeat_of` is the place of the first in `ordered`."""
    early = range(repeats_that_fit(len(ordered)))
    trials = list(ordered)
    for first in sorted(rng.sample(early, min(count, len(early)))):
        trial = ordered[first]
        again = replace(trial, left=trial.right, right=trial.left, kind="repeat", repeat_of=first)
        # Trials inserted so far only lengthen the way.
        places = range(trials.index(trial) + REPEAT_AFTER, len(trials) + 1)
        rests = {place: _rest(trials, place, trial.item) for place in places}
        longest = max(rests.values())
        trials.insert(rng.choice([place for place in places if rests[place] == longest]), again)
    return trials


def _rest(trials: Sequence[PlannedTrial], place: int, item: int) -> int:
    """How far the nearest trial with this item would be from one inserted here; SPACING + 1 at most.

    Nothing is inserted at the first SPACING places.
    """
    for distance in range(1, SPACING + 1):
        after = trials[place + distance - 1 : place + distance]
        if any(trial.item == item for trial in (trials[place - distance], *after)):
            return distance
    return SPACING + 1


def _extra(kind: Kind, count: int, pairs: int, block: int, rng: Random) -> list[PlannedTrial]:
    """Gold or practice: each participant starts at another of the pairs; both sides come equally often."""
    count = min(count, pairs)
    chosen = [(block * count + n) % pairs for n in range(count)]
    sides = [n % 2 for n in range(block, block + count)]
    rng.shuffle(chosen)
    rng.shuffle(sides)
    return [PlannedTrial(side, 1 - side, pair, kind) for pair, side in zip(chosen, sides, strict=True)]


def _point_back(trials: Sequence[PlannedTrial]) -> list[PlannedTrial]:
    """`repeat_of` as the place of the first in the whole plan."""
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
