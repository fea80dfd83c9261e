"""Divide rankings into stages: the best of all methods, then the best of the others, and so on.

The methods of one rank are chosen together at one stage, a tie. Methods with equal ranks in the last place
are not ordered among themselves, so that there is no stage for them. If all methods of a trial have one rank,
they are tied; with two methods, this is the tie of a pair.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Any

import numpy as np
from scipy import sparse

from study.statistics.answers.choices import ChoiceSets
from study.statistics.answers.distinct import distinct_rows
from study.votes import Floats, Ints

MOST_OPTIONS = 2_000_000
Shown = tuple[tuple[int, int], ...]  # method and position of each alternative
StageSet = tuple[Shown, bool]  # alternatives, all may tie
Option = tuple[int, ...]  # places of alternatives that are chosen together
Stage = tuple[Shown, bool, Option]  # alternatives, all may tie, the chosen ones


@dataclass(frozen=True, eq=False)
class Rankings:
    """Hold T trials in long form: one row for each method of a trial.

    trial: n, from 0 to T - 1, each with at least two methods. method: n indices. rank: n, the best has the
    smallest number; methods with equal ranks are tied, in the last place they are not ordered. position: n,
    from 0, where the method was shown; None if unknown. participant, item: T indices, None if unknown.
    count: T, the number of trials that each stands for (default 1). last_may_tie: equal ranks in the last
    place are a tie too.
    """

    trial: Ints
    method: Ints
    rank: Ints
    position: Ints | None = None
    participant: Ints | None = None
    item: Ints | None = None
    count: Floats | None = None
    last_may_tie: bool = False

    @property
    def trials(self) -> int:
        """Return the number of trials."""
        return int(self.trial.max(initial=-1)) + 1

    @property
    def weight(self) -> Floats:
        """Return the number of trials that each trial stands for."""
        return np.ones(self.trials) if self.count is None else self.count


@dataclass(frozen=True, eq=False)
class Stages:
    """Hold the stages of all trials as choices among options: sets of methods that may be chosen together.

    sets: S features: K log-worths, effects of all positions but the last, log-odds of the sizes of ties.
    options: the methods of each of the N options. kind: T, which of U different rankings each trial is.
    chosen: sparse U×N, the options that each ranking chooses. ties: the sizes of ties. positions: number of
    positions with an effect, one less than that of positions, or 0.
    """

    sets: ChoiceSets
    options: tuple[tuple[int, ...], ...]
    kind: Ints
    chosen: Any
    ties: tuple[int, ...]
    positions: int

    def of_groups(self, group: Ints, weight: Floats) -> Any:
        """Return the sparse G×N numbers of choices of each group of trials. group: T, 0 to G - 1."""
        shape = (int(group.max(initial=-1)) + 1, self.chosen.shape[0])
        return sparse.coo_array((weight, (group, self.kind)), shape).tocsr() @ self.chosen

    def totals(self, weight: Floats) -> Floats:
        """Return the numbers of choices of each of the N options. weight: T."""
        return np.asarray(np.bincount(self.kind, weight, self.chosen.shape[0]) @ self.chosen)

    def wins_and_ties(self, totals: Floats, methods: int) -> tuple[Floats, Floats]:
        """Return how often the row was chosen over the column, and how often both together, K×K each."""
        wins, ties = np.zeros((methods, methods)), np.zeros((methods, methods))
        of = np.repeat(np.arange(len(self.sets.first)), self.sets.sizes)
        for option in np.flatnonzero(totals):
            best = list(self.options[option])
            others = [m for m in self._alternatives(of[option]) if m not in best]
            wins[np.ix_(best, others)] += totals[option]
            for a, b in combinations(best, 2):
                ties[a, b] += totals[option]
        return wins, ties

    def _alternatives(self, index: int) -> list[int]:
        first = self.sets.first[index]
        single = self.options[first : first + self.sets.sizes[index]]
        return [option[0] for option in single if len(option) == 1]


def stages_of(rankings: Rankings, methods: int, *, positions: bool = False) -> Stages:
    """Return the stages of all trials. positions: with effects of the positions, which must be known.

    Raises ValueError where there are more than MOST_OPTIONS options, because large sets have ties.
    """
    kind, distinct = _distinct(rankings, positions)
    found = [list(_stages(ranking, rankings.last_may_tie)) for ranking in distinct]
    ties = tuple(sorted({len(chosen) for stages in found for _, _, chosen in stages} - {1}))
    offered = _offered(found, ties)
    first = np.cumsum([0, *(len(options) for options in offered.values())])[:-1]
    effects = int(rankings.position.max(initial=0)) if positions and rankings.position is not None else 0
    every = [[shown[i] for i in option] for (shown, _), options in offered.items() for option in options]
    chosen = _chosen(found, offered, first)
    features = _features(every, methods, effects, ties)
    options = tuple(tuple(method for method, _ in option) for option in every)
    return Stages(ChoiceSets(features, first, methods), options, kind, chosen, ties, effects)


def _offered(found: Sequence[Sequence[Stage]], ties: Sequence[int]) -> dict[StageSet, list[Option]]:
    """Return the options of each set of alternatives. Raises ValueError where there are too many."""
    sets = {stage[:2]: None for stages in found for stage in stages}
    if sum(comb(len(shown), size) for shown, _ in sets for size in (1, *ties)) > MOST_OPTIONS:
        raise ValueError("the ties among so many methods have too many forms")
    return {key: list(_options(*key, ties)) for key in sets}


def _chosen(
    found: Sequence[Sequence[Stage]], offered: Mapping[StageSet, Sequence[Option]], first: Ints
) -> Any:
    """Return the sparse U×N choices of the U rankings. first: the index of the first option of each set."""
    place = {
        (key, option): start + n
        for (key, options), start in zip(offered.items(), first.tolist(), strict=True)
        for n, option in enumerate(options)
    }
    cells = [(u, place[stage[:2], stage[2]]) for u, stages in enumerate(found) for stage in stages]
    rows, columns = np.array(cells, np.int64).reshape(-1, 2).T
    number = sum(map(len, offered.values()))
    return sparse.coo_array((np.ones(len(rows)), (rows, columns)), (len(found), number)).tocsr()


def _distinct(rankings: Rankings, positions: bool) -> tuple[Ints, list[list[tuple[int, int, int]]]]:
    """Return the index of the ranking of each trial, and all different ones as (rank, method, position)."""
    place = rankings.position if positions and rankings.position is not None else rankings.method * 0
    by_rank = rankings.trial.astype(np.int64) * (int(rankings.rank.max()) + 1) + rankings.rank
    order = np.argsort(by_rank * (int(rankings.method.max()) + 1) + rankings.method, kind="stable")
    trial = rankings.trial[order]
    sizes = np.bincount(trial, minlength=rankings.trials)
    column = np.arange(len(trial)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    rows = np.full((rankings.trials, int(sizes.max(initial=0)), 3), -1)
    for n, values in enumerate((rankings.rank, rankings.method, place)):
        rows[trial, column, n] = values[order]
    first, kind = distinct_rows(rows.reshape(len(rows), -1).T)
    listed = rows[first].tolist()
    return kind, [[(r, m, p) for r, m, p in ranking if m >= 0] for ranking in listed]


def _stages(ranking: Sequence[tuple[int, int, int]], last_may_tie: bool) -> Iterator[Stage]:
    """Yield the stages of a ranking, which is sorted by rank."""
    ranks = sorted({rank for rank, _, _ in ranking})
    for number, rank in enumerate(ranks):
        left = sorted((m, p, r) for r, m, p in ranking if r >= rank)
        chosen = tuple(i for i, (_, _, r) in enumerate(left) if r == rank)
        whole = number == 0 or last_may_tie
        if len(left) > 1 and (whole or len(chosen) < len(left)):
            yield tuple((m, p) for m, p, _ in left), whole, chosen


def _options(shown: Shown, whole: bool, ties: Sequence[int]) -> Iterator[Option]:
    """Yield the places of each method alone, then of each set whose size occurs; whole: also of all."""
    for size in (1, *ties):
        if size < len(shown) + whole:
            yield from combinations(range(len(shown)), size)


def _features(
    options: Sequence[Sequence[tuple[int, int]]], methods: int, effects: int, ties: Sequence[int]
) -> Any:
    """Return the sparse N×S features: means over the methods of each option, and the size of its tie."""
    rows, columns, values = [], [], []
    for n, option in enumerate(options):
        used = [m for m, _ in option] + [methods + p for _, p in option if p < effects]
        rows += [n] * len(used)
        columns += used
        values += [1 / len(option)] * len(used)
        if len(option) > 1:
            rows.append(n)
            columns.append(methods + effects + ties.index(len(option)))
            values.append(1.0)
    return sparse.coo_array((values, (rows, columns)), (len(options), methods + effects + len(ties))).tocsr()
