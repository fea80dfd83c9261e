"""Who sees which pair, on which side, in which order. Pure: counts and a seeded generator in, a plan out."""

from collections import Counter, deque
from collections.abc import Sequence
from itertools import combinations
from random import Random

from study.records import Cell, PlannedTrial

SPACING = 5  # trials before an item may come again, where there are enough items

Pair = tuple[int, int]


def plan_trials(
    methods: int, items: int, count: int, so_far: Sequence[Cell], rng: Random
) -> list[PlannedTrial]:
    """The trials of one participant, in order.

    Every pair of methods comes equally often (±1), first those that were seen least so far; each pair goes to
    the items this participant, then everyone, saw least with it; the side goes to the method of a pair that
    stood there less often. `so_far` holds the trials that count: finished, or of participants still at it.
    """
    if methods < 2 or items < 1:
        raise ValueError("a study needs at least two methods and one item")
    chosen = _choose_pairs(methods, count, so_far, rng)
    placed = _choose_items(chosen, items, so_far, rng)
    return _order(_choose_sides(placed, methods, so_far, rng), items, rng)


def _choose_pairs(methods: int, count: int, so_far: Sequence[Cell], rng: Random) -> list[Pair]:
    """`count` unordered pairs: whole rounds of all pairs, then those seen least."""
    pairs = list(combinations(range(methods), 2))
    seen: Counter[Pair] = Counter()
    for cell in so_far:
        seen[_unordered(cell)] += cell.count
    rounds, rest = divmod(count, len(pairs))
    rng.shuffle(pairs)
    return pairs * rounds + sorted(pairs, key=lambda pair: seen[pair])[:rest]


def _choose_items(
    pairs: Sequence[Pair], items: int, so_far: Sequence[Cell], rng: Random
) -> list[tuple[Pair, int]]:
    """An item for each pair: none twice before all came once, never the same pair twice while avoidable."""
    seen: Counter[tuple[Pair, int]] = Counter()
    for cell in so_far:
        seen[_unordered(cell), cell.item] += cell.count
    own: Counter[int] = Counter()
    used: set[tuple[Pair, int]] = set()
    placed = []
    for pair in pairs:
        order = rng.sample(range(items), items)
        item = min(order, key=lambda i: ((pair, i) in used, own[i], seen[pair, i]))
        own[item] += 1
        used.add((pair, item))
        placed.append((pair, item))
    return placed


def _choose_sides(
    placed: Sequence[tuple[Pair, int]], methods: int, so_far: Sequence[Cell], rng: Random
) -> list[PlannedTrial]:
    """Left goes to whichever of the two stood there less: against each other first, then against anyone."""
    against: Counter[Pair] = Counter()
    lean = [0] * methods  # times on the left less times on the right
    for cell in so_far:
        _count_side(against, lean, cell.left, cell.right, cell.count)
    trials = []
    for (a, b), item in placed:
        left, right = rng.sample((a, b), 2)
        if (against[left, right], lean[left]) > (against[right, left], lean[right]):
            left, right = right, left
        _count_side(against, lean, left, right, 1)
        trials.append(PlannedTrial(left, right, item))
    return trials


def _count_side(against: Counter[Pair], lean: list[int], left: int, right: int, count: int) -> None:
    against[left, right] += count
    lean[left] += count
    lean[right] -= count


def _order(trials: Sequence[PlannedTrial], items: int, rng: Random) -> list[PlannedTrial]:
    """A random order in which an item comes again as late as the others allow.

    Taking the item with most trials left among those that rest long enough never paints itself into a corner
    while a corner can be avoided.
    """
    waiting: dict[int, list[PlannedTrial]] = {}
    for trial in rng.sample(list(trials), len(trials)):
        waiting.setdefault(trial.item, []).append(trial)
    recent: deque[int] = deque(maxlen=min(SPACING, max(items - 1, 1), max(len(waiting) - 1, 1)))
    ordered = []
    while waiting:
        item = _next_item({item: len(left) for item, left in waiting.items()}, recent, rng)
        ordered.append(waiting[item].pop())
        recent.append(item)
        if not waiting[item]:
            del waiting[item]
    return ordered


def _next_item(left: dict[int, int], recent: deque[int], rng: Random) -> int:
    """Among items that rested, one with most trials left; without any, the one that rested longest."""
    free = [item for item in left if item not in recent]
    if not free:
        return min(left, key=recent.index)
    most = max(left[item] for item in free)
    return rng.choice([item for item in free if left[item] == most])


def _unordered(cell: Cell) -> Pair:
    return (cell.left, cell.right) if cell.left < cell.right else (cell.right, cell.left)
