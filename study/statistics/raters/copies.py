"""Find votes that occur twice: repeated rows, a block of rows copied, and one person under two ids.

Equal votes also occur by chance, and in designs in which several people see the same pairs in the same order.
Therefore only equal answers count as evidence, given the pairs, and each search states a finding only if
chance gives one in less than ERROR of all studies.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy import special

from study.statistics.covariance import group_codes, lower_index_left
from study.votes import Floats, Ints, Votes

ERROR = 0.01
GRAM = 8  # rows that a copied block has at least
FEWEST_VOTES = 10  # votes on the same pairs in the same order, from which two people are compared
FEWEST_PAIRS = 10  # of people with the same pairs, from which their agreement is estimated
MOST_ALIKE = (
    200  # people with the same pairs; of more, only those next to each other in the table are compared
)
MOST_AGREEMENT = 0.98
BLOCKS_TRIED = 3
MOST_TIMES = 3  # copies; of more, people who answer the same list alike are the better explanation
SEED = 0  # of hashes


@dataclass(frozen=True, eq=False)
class Repeated:
    """Hold the rows that are equal to an earlier row of the same person, and these earlier rows."""

    rows: Ints
    earlier: Ints


@dataclass(frozen=True)
class Block:
    """Describe rows first ... first + votes - 1 that occur again from the row `again` on."""

    first: int
    again: int
    votes: int


@dataclass(frozen=True)
class SamePerson:
    """Name two participant indices with `same` equal answers to the same `votes` pairs in the same order."""

    a: int
    b: int
    votes: int
    same: int


@dataclass(frozen=True, eq=False)
class Copies:
    """Hold everything that was found twice."""

    repeated: Repeated | None
    block: Block | None
    people: tuple[SamePerson, ...]

    @property
    def found(self) -> bool:
        """Return True where anything was found."""
        return self.repeated is not None or self.block is not None or bool(self.people)


@dataclass(frozen=True, eq=False)
class _Rows:
    """Hold each row as numbers: `seen`, the pair, its sides and picture; `answer`, also what was chosen.

    unordered: the pair and its picture alone. alike: the chance that another vote on the same pair has the
    same answer. sides: sides are those of a screen.
    """

    seen: Ints
    answer: Ints
    unordered: Ints
    alike: Floats
    sides: bool


def find_copies(votes: Votes, item: Ints | None, methods: int) -> Copies:
    """Search rows in the order of answering, each one vote. item: of each row, None if it is unknown."""
    if len(votes.left) < GRAM:
        return Copies(None, None, ())
    rows = _rows(votes, item, methods)
    several = item is not None and bool((item != item[0]).any())
    person = votes.participant
    repeated = _repeated(rows, person) if several and person is not None else None
    return Copies(repeated, _block(rows), () if person is None else _same_people(rows, person))


def _rows(votes: Votes, item: Ints | None, methods: int) -> _Rows:
    sides = votes.ordered is None or bool(votes.ordered.all())
    cell, outcome = lower_index_left(votes.left, votes.right, votes.outcome, methods)
    counts = np.bincount(cell * 3 + outcome, minlength=3 * methods * methods).reshape(-1, 3)
    total = counts.sum(axis=1)
    chance = (counts * (counts - 1)).sum(axis=1) / np.maximum(total * (total - 1), 1)
    alike = np.where(total[cell] > 1, chance[cell], 0.5)
    place = votes.left.astype(np.int64) * methods + votes.right if sides else cell
    picture = 0 if item is None else item.astype(np.int64) * methods * methods
    seen = picture + place
    return _Rows(seen, seen * 3 + (votes.outcome if sides else outcome), picture + cell, alike, sides)


def _repeated(rows: _Rows, person: Ints) -> Repeated | None:
    """Return repeated rows where they exceed those with other sides or another answer.

    A person who sees a pair of a picture twice by design sees it with other sides half of the time.
    """
    answers, own = group_codes(rows.answer)[1], person.astype(np.int64)
    code = own * (int(answers.max()) + 1) + answers
    order = np.argsort(code, kind="stable")
    again = np.flatnonzero(code[order][1:] == code[order][:-1])
    found = order[again + 1]
    shown = group_codes(rows.unordered)[1]
    pairs = len(own) - len(np.unique(own * (int(shown.max()) + 1) + shown))
    chance = 0.5 if rows.sides else (1 + float(rows.alike.mean())) / 2
    if not len(found) or special.bdtrc(len(found) - 1, max(pairs, len(found)), chance) > ERROR:
        return None
    first = order[again]
    by_row = np.argsort(found)
    return Repeated(found[by_row], first[by_row])


def _block(rows: _Rows) -> Block | None:
    """Return the longest block of rows that occurs twice, if its answers are not equal by chance.

    Equal rows in a row count once, so that a sorted table has no blocks.
    """
    starts = np.flatnonzero(np.diff(rows.answer, prepend=rows.answer[0] - 1))
    lengths = np.diff(starts, append=len(rows.answer))
    code = group_codes(rows.answer[starts])[1] * (int(lengths.max()) + 1) + lengths
    if len(code) < 2 * GRAM:
        return None
    factors = np.random.default_rng(SEED).integers(1, 2**62, GRAM, dtype=np.uint64)
    size = len(code) - GRAM + 1
    gram = np.zeros(size, np.uint64)
    for place, factor in enumerate(factors):
        gram += code[place : place + size].astype(np.uint64) * factor
    order = np.argsort(gram, kind="stable")
    again = np.flatnonzero(gram[order][1:] == gram[order][:-1])
    lags, times = np.unique(order[again + 1] - order[again], return_counts=True)
    likely = lags[np.argsort(-times, kind="stable")][:BLOCKS_TRIED]
    evidence = -np.log((1 + rows.alike[starts]) / 2) * lengths
    enough = 2 * np.log(len(code)) - np.log(ERROR)
    best: Block | None = None
    for lag in likely.tolist():
        first, last = _longest_run(code[:-lag] == code[lag:])
        periodic = last - first > MOST_TIMES * lag
        if last - first >= GRAM and not periodic and evidence[first:last].sum() > enough:
            begin, end = int(starts[first]), int(starts[last - 1] + lengths[last - 1])
            if best is None or end - begin > best.votes:
                best = Block(begin, int(starts[first + lag]), end - begin)
    return best


def _longest_run(equal: Ints) -> tuple[int, int]:
    """Return where the longest series of True starts and ends."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], equal, [False]]).astype(np.int8)))
    starts, ends = edges[::2], edges[1::2]
    if not len(starts):
        return 0, 0
    longest = int(np.argmax(ends - starts))
    return int(starts[longest]), int(ends[longest])


def _same_people(rows: _Rows, person: Ints) -> tuple[SamePerson, ...]:
    """Return pairs of people whose answers agree more than those of others with the same pairs."""
    order = np.argsort(person, kind="stable")
    who, first, votes = np.unique(person[order], return_index=True, return_counts=True)
    enough = np.flatnonzero(votes >= FEWEST_VOTES)
    begun = rows.seen[order[first[enough, None] + np.arange(FEWEST_VOTES)]]
    factors = np.random.default_rng(SEED).integers(1, 2**62, FEWEST_VOTES, dtype=np.uint64)
    _, same, times = np.unique(
        (begun.astype(np.uint64) * factors).sum(axis=1), return_inverse=True, return_counts=True
    )
    people: dict[int, Ints] = {}
    begins: dict[int, list[int]] = {}
    for place in np.flatnonzero(times[same] > 1).tolist():
        one = enough[place]
        people[int(who[one])] = order[first[one] : first[one] + votes[one]]
        begins.setdefault(int(same[place]), []).append(int(who[one]))
    compared = []
    for alike in begins.values():
        pairs = combinations(alike, 2) if len(alike) <= MOST_ALIKE else zip(alike, alike[1:], strict=False)
        compared += [_compare(rows, people, a, b) for a, b in pairs]
    if not compared:
        return ()
    agreement = _agreement(compared, len(enough), rows)
    return tuple(
        found
        for found, chance in zip(compared, agreement.tolist(), strict=True)
        if special.bdtrc(found.same - 1, found.votes, chance) * len(compared) < ERROR
        and _varies(rows, people[found.a][: found.votes])
    )


def _compare(rows: _Rows, people: Mapping[int, Ints], a: int, b: int) -> SamePerson:
    """Count equal answers up to the first pair that differs."""
    size = min(len(people[a]), len(people[b]))
    one, other = people[a][:size], people[b][:size]
    differs = np.flatnonzero(rows.seen[one] != rows.seen[other])
    votes = int(differs[0]) if len(differs) else size
    return SamePerson(a, b, votes, int((rows.answer[one] == rows.answer[other])[:votes].sum()))


def _agreement(compared: list[SamePerson], people: int, rows: _Rows) -> Floats:
    """Return the agreement that each two people with the same pairs may well have by chance.

    Where many share their pairs by design, the mean of all and 2.5 standard deviations between them; where
    few do, at least the mean of the others.
    """
    expected = float(rows.alike.mean())
    if len(compared) < people / 4:  # pairs are drawn for each person, so that their order is evidence too
        return np.full(len(compared), min(MOST_AGREEMENT, expected))
    votes, same = (np.array([getattr(one, name) for one in compared]) for name in ("votes", "same"))
    if len(compared) < FEWEST_PAIRS:
        others = (same.sum() - same) / np.maximum(votes.sum() - votes, 1)
        return np.asarray(np.clip(others, (1 + expected) / 2, MOST_AGREEMENT))
    share, mean = same / votes, float(same.sum() / votes.sum())
    by_chance = float((mean * (1 - mean) / votes).mean())
    spread = float(np.sqrt(max(float(((share - mean) ** 2).mean()) - by_chance, 0.0)))
    return np.full(len(compared), min(MOST_AGREEMENT, mean + 2.5 * spread))


def _varies(rows: _Rows, own: Ints) -> bool:
    """Return True unless a person always chose the same side, or always a tie."""
    return len(np.unique(rows.answer[own] % 3)) > 1
