"""Every answered trial as arrays, and what else the analysis knows of a study."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from study.records import MethodRow
from study.statistics.bradley_terry import Ints, Votes

INPUTS = ("mouse", "keyboard", "touch", "")  # the last: not known
NONE = -1  # no response time, no expected answer, no earlier trial


@dataclass(frozen=True, eq=False)
class Responses:
    """Arrays of one length; each participant's rows in the order of their answers.

    participant, item, left, right: indices. outcome: 0 left, 1 right, 2 tie. rt_ms: milliseconds, -1 unknown.
    expected: the outcome that a gold pair should get, -1 on all others. repeat_of: the row in which the same
    participant saw the pair before, sides swapped or not, -1 on all others.
    Gold pairs and repeats judge participants; only the other rows are votes.
    """

    participant: Ints
    item: Ints
    left: Ints
    right: Ints
    outcome: Ints
    rt_ms: Ints
    expected: Ints
    repeat_of: Ints

    def __len__(self) -> int:
        return len(self.participant)

    @property
    def counted(self) -> NDArray[np.bool_]:
        """Which rows are votes."""
        return np.asarray((self.expected == NONE) & (self.repeat_of == NONE))

    def votes(self, participants: NDArray[np.bool_] | None = None) -> "Responses":
        """The rows that are votes, of all participants or of those marked True."""
        keep = self.counted if participants is None else self.counted & participants[self.participant]
        return Responses(*(getattr(self, field.name)[keep] for field in fields(self)))

    def as_votes(self) -> Votes:
        """For the fit."""
        return Votes(self.left, self.right, self.outcome, participant=self.participant)


def make_responses(
    participant: Ints,
    left: Ints,
    right: Ints,
    outcome: Ints,
    *,
    item: Ints | None = None,
    rt_ms: Ints | None = None,
) -> Responses:
    """Votes only, without gold pairs and repeats; one item and unknown times unless given."""
    unknown = np.full(len(participant), NONE)
    return Responses(
        participant,
        np.zeros(len(participant), np.int64) if item is None else item,
        left,
        right,
        outcome,
        unknown if rt_ms is None else rt_ms,
        expected=unknown,
        repeat_of=unknown,
    )


@dataclass(frozen=True, eq=False)
class StudyData:
    """One version of a study with all its answers. Indices in the responses are into methods and items.

    participants: indices in the responses are below it, in the order of enrolment. at: when each row of the
    responses was answered (datetime64, milliseconds, UTC; NaT unknown). inputs: index into INPUTS of each
    row. sources: where each participant came from. config_json: "" for studies without. sides_known: whether
    left and right are more than an order of names.
    """

    slug: str
    title: str
    question: str
    version: int
    sha256: str
    seed: int
    config_json: str
    simulated: bool
    methods: tuple[MethodRow, ...]
    items: tuple[str, ...]
    participants: int
    completed: int
    sources: tuple[str, ...]
    responses: Responses
    at: NDArray[np.datetime64]
    inputs: Ints
    sides_known: bool = True
