"""Plan which methods are shown together where a trial has three or four pictures, and in which positions.

The sets of a study form one sequence of rounds. A round turns one set around a circle of all methods (cyclic
designs, John and Williams, Cyclic and Computer Generated Designs, 1995): each method is in as many of its
sets as there are positions, and once in each position. The rounds are in an order that keeps the numbers of
sets with each pair of methods about equal.
"""

from functools import lru_cache
from itertools import combinations
from math import gcd
from random import Random

import numpy as np
from numpy.typing import NDArray

MOST_ROUNDS = 100  # with many methods, the most balanced rounds out of all

Methods = tuple[int, ...]


@lru_cache(maxsize=32)
def sequence_of_sets(methods: int, pictures: int, seed: int) -> tuple[Methods, ...]:
    """Return distinct sets of `pictures` methods, each in the order of its positions; deterministic.

    Up to MOST_ROUNDS rounds, these are all sets there are.
    """
    rng = Random(f"{seed} sets")
    labels = rng.sample(range(methods), methods)
    found = []
    for base in _in_order(_rounds(methods, pictures, rng), methods):
        places = rng.sample(base, pictures)
        for turn in _turns(base, methods, rng):
            found.append(tuple(labels[(place + turn) % methods] for place in places))
    return tuple(found)


def placed(found: Methods, times: int, items: int) -> Methods:
    """Return the methods of a set in the positions that they have when it comes for the n-th time, from 0.

    Each time they move by one position. items: number of items; a set comes with the same item again after as
    many times, and then has other positions too.
    """
    pictures = len(found)
    shift = (times + (times // items if gcd(items, pictures) > 1 else 0)) % pictures
    return found[shift:] + found[:shift]


def _rounds(methods: int, pictures: int, rng: Random) -> list[Methods]:
    """Return the first set of every round, in random order: sets that no turn of the circle makes equal."""
    starts = set()
    for others in combinations(range(1, methods), pictures - 1):
        base = (0, *others)
        starts.add(min(_turned(base, -place, methods) for place in base))
    return rng.sample(sorted(starts), len(starts))


def _turned(base: Methods, turn: int, methods: int) -> Methods:
    return tuple(sorted((place + turn) % methods for place in base))


def _length(base: Methods, methods: int) -> int:
    """Return the number of different sets of a round."""
    return len({_turned(base, turn, methods) for turn in range(methods)})


def _in_order(rounds: list[Methods], methods: int) -> list[Methods]:
    """Return MOST_ROUNDS rounds at most, so ordered that all pairs are about equally frequent after each.

    The next is always the one after which the numbers of sets with each pair vary least.
    """
    pairs = np.array([_pairs_by_distance(base, methods) for base in rounds])
    sizes = np.full(methods // 2, float(methods))
    if methods % 2 == 0:
        sizes[-1] /= 2
    left, ordered = list(range(len(rounds))), list[Methods]()
    total = np.zeros(methods // 2)
    while left and len(ordered) < MOST_ROUNDS:
        after = total + pairs[left]
        mean = (after * sizes).sum(axis=1, keepdims=True) / sizes.sum()
        best = int(np.argmin((sizes * (after - mean) ** 2).sum(axis=1)))
        total = after[best]
        ordered.append(rounds[left.pop(best)])
    return ordered


def _pairs_by_distance(base: Methods, methods: int) -> NDArray[np.float64]:
    """Return the sets of a round with a pair of methods, by their distance on the circle, from 1."""
    counts = np.zeros(methods // 2)
    for a, b in combinations(base, 2):
        distance = min(b - a, methods - b + a)
        # Each pair of opposite methods is met twice in a full turn.
        counts[distance - 1] += 2 if 2 * distance == methods else 1
    return counts * _length(base, methods) / methods


def _turns(base: Methods, methods: int, rng: Random) -> list[int]:
    """Return the turns of a round in an order in which methods are about equally frequent after each."""
    different = _length(base, methods)
    left, ordered = rng.sample(range(different), different), list[int]()
    uses = [0] * methods

    def most_used(turn: int) -> list[int]:
        return sorted((uses[method] for method in _turned(base, turn, methods)), reverse=True)

    while left:
        best = min(left, key=most_used)
        left.remove(best)
        ordered.append(best)
        for method in _turned(base, best, methods):
            uses[method] += 1
    return ordered
