"""Sum votes up in arrays whose size does not depend on their number, for scores and their errors.

The score of a group of votes, the derivatives of its log-likelihood, is A'v for any parameters: v are sums
over the votes of the group that do not depend on the parameters, A depends on the parameters alone. So the
middle of a sandwich estimate, the sum of the outer products of the scores of all groups, is A'(Σ vv')A, and
Σ vv' suffices for it. It can be kept up to date: a group whose votes changed has its old product taken out.

A vote is packed in one number: item, left method, right method and outcome.
"""

from dataclasses import dataclass, fields
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from study.votes import TIE, Ints, Responses

Packed = NDArray[np.uint32]
DOUBLED = np.array([1, -1, 0])  # twice the net preference of each outcome code
MOST_ENTRIES = 30_000_000  # in all arrays of a study


@dataclass(frozen=True)
class Size:
    """Hold the numbers of methods and items of a study."""

    methods: int
    items: int

    @property
    def sums(self) -> int:
        """Return the length of v: net wins of each method and of the left, doubled; ties; pairs shown."""
        return self.methods + 2 + self.methods**2

    @property
    def fits(self) -> bool:
        """Return True where the arrays are small enough, and each kind of vote has a number."""
        entries = 2 * self.sums**2 + self.items * self.sums
        return entries <= MOST_ENTRIES and self.items * self.methods**2 * 3 < 2**32


@dataclass(frozen=True, eq=False)
class Counts:
    """Hold what scores and errors need to know about all votes of a study, as integers.

    cells: K×K×3 votes by left method, right method and outcome. items: I×S, the sums v of each item. people,
    both: S×S, Σ vv' over participants, and over the votes of a participant on an item. voters: participants
    with votes.
    """

    cells: Ints
    items: Ints
    people: Ints
    both: Ints
    voters: Ints

    @classmethod
    def zero(cls, size: Size) -> "Counts":
        """Return the counts of no votes."""
        square = np.zeros((size.sums, size.sums), np.int64)
        cells = np.zeros((size.methods, size.methods, 3), np.int64)
        return cls(cells, np.zeros((size.items, size.sums), np.int64), square, square, np.zeros((), np.int64))

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def __sub__(self, other: "Counts") -> "Counts":
        return Counts(*(getattr(self, f.name) - getattr(other, f.name) for f in fields(self)))

    @property
    def size(self) -> Size:
        """Return the numbers of methods and items."""
        return Size(len(self.cells), len(self.items))

    def to_bytes(self) -> bytes:
        """Return the arrays as one file of NumPy."""
        file = BytesIO()
        np.savez_compressed(file, **{f.name: getattr(self, f.name) for f in fields(self)})
        return file.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> "Counts":
        """Return the counts that `to_bytes` wrote."""
        with np.load(BytesIO(content), allow_pickle=False) as arrays:
            return cls(*(arrays[f.name] for f in fields(cls)))


def pack(votes: Responses, methods: int) -> Packed:
    """Return the number of each vote: rows of gold pairs must not be among them."""
    cell = (votes.left.astype(np.int64) * methods + votes.right) * 3 + votes.outcome
    return (votes.item.astype(np.int64) * (3 * methods**2) + cell).astype(np.uint32)


def count(who: Ints, packed: Packed, size: Size) -> Counts:
    """Return the counts of votes: all those of some participants. who: their numbers, from 0 on."""
    if not len(packed):
        return Counts.zero(size)
    k = size.methods
    item, cell = np.divmod(packed.astype(np.int64), 3 * k * k)
    sums = _sums_of_votes(cell, size)
    person_item = np.unique(who.astype(np.int64) * size.items + item, return_inverse=True)[1]
    people, both = _sum_by(who, sums), _sum_by(person_item, sums)
    return Counts(
        np.bincount(cell, minlength=3 * k * k).reshape(k, k, 3),
        _sum_by(item, sums, size.items).toarray(),
        (people.T @ people).toarray(),
        (both.T @ both).toarray(),
        np.array(len(np.unique(who))),
    )


def _sums_of_votes(cell: Ints, size: Size) -> Any:
    """Return the sparse n×S sums v of single votes, by left method, right method and outcome."""
    k, n = size.methods, len(cell)
    pair, outcome = np.divmod(cell, 3)
    left, right = np.divmod(pair, k)
    doubled = DOUBLED[outcome]
    columns = np.stack([left, right, np.full(n, k), np.full(n, k + 1), k + 2 + pair], axis=1)
    values = np.stack([doubled, -doubled, doubled, outcome == TIE, np.ones(n, np.int64)], axis=1)
    found = sparse.csr_array((values.ravel(), columns.ravel(), np.arange(0, 5 * n + 1, 5)), (n, size.sums))
    found.eliminate_zeros()
    return found


def _sum_by(group: Ints, sums: Any, groups: int | None = None) -> Any:
    """Return the sparse G×S sums of the rows of each group."""
    n = len(group)
    ones = np.ones(n, np.int64)
    shape = (int(group.max()) + 1 if groups is None else groups, n)
    return sparse.csr_array((ones, (group, np.arange(n))), shape) @ sums
