"""Hold votes as arrays, and the codes of outcomes and input kinds that every other module uses."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from study.records import InputKind, MethodRow, Outcome, Position

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.integer[Any]]
Bools: TypeAlias = NDArray[np.bool_]

LEFT, RIGHT, TIE = 0, 1, 2  # outcomes in arrays
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)  # the letter of each code: in the database, API and files
POSITIONS: tuple[Position, ...] = get_args(Position)  # the answer to more than two pictures: the best, or T
OUTCOME_CODES: Mapping[str, int] = {letter: code for code, letter in enumerate(OUTCOMES)}
INPUT_KINDS: tuple[InputKind, ...] = get_args(InputKind)
INPUT_CODES: Mapping[str, int] = {kind: code for code, kind in enumerate((*INPUT_KINDS, ""))}  # "": unknown
NONE = -1  # no response time, no expected outcome, no earlier trial


@dataclass(frozen=True, eq=False)
class Votes:
    """Hold votes as arrays of one length, the input of a fit.

    left, right: index of the method shown on that side. outcome: LEFT, RIGHT or TIE.
    count: the number of votes that the row stands for (default 1). ordered: the order effect applies to the
    row (default: to every row). participant: index of who voted, for clustered standard errors.
    """

    left: Ints
    right: Ints
    outcome: Ints
    count: Floats | None = None
    ordered: Bools | None = None
    participant: Ints | None = None


@dataclass(frozen=True, eq=False)
class Responses:
    """Hold all answers of a study as arrays of one length, each participant's in the order of answering.

    participant, item, left, right: indices. outcome: LEFT, RIGHT or TIE. rt_ms: response time in
    milliseconds, NONE if unknown. expected: the correct outcome of a gold pair, NONE on all other rows.
    repeat_of: the row in which the same participant answered this pair before (the sides may differ), NONE
    on all other rows. Gold pairs and repeats measure the participant; only the other rows are votes.
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
    def counted(self) -> Bools:
        """Mark the rows that are votes: neither gold pairs nor repeats."""
        return np.asarray((self.expected == NONE) & (self.repeat_of == NONE))

    @property
    def items(self) -> Ints | None:
        """Return the item of each row, None unless all are known."""
        return None if (self.item == NONE).any() else self.item

    def votes(self, participants: Bools | None = None) -> "Responses":
        """Return the rows that are votes, of all participants or only of those marked True."""
        keep = self.counted if participants is None else self.counted & participants[self.participant]
        return self.only(keep)

    def only(self, rows: Bools) -> "Responses":
        """Return the rows that are marked True."""
        return Responses(*(getattr(self, field.name)[rows] for field in fields(self)))

    def as_votes(self) -> Votes:
        """Return the arrays that a fit needs, clustered by participant."""
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
    """Return responses without gold pairs and repeats; by default of a single item with unknown times."""
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
class Choices:
    """Hold the choices of the best of several pictures, one row each, in the order of answering.

    participant, item: indices. methods: N×K, the method in each of the K positions. chosen: index of the
    position of the best, NONE where none is better than all others. rt_ms, at, inputs: as in Responses and
    StudyData. ranks: N×K in a table of whole rankings, 1 is the best; None where people chose the best only.
    placed: False where positions are only an order of names.
    """

    participant: Ints
    item: Ints
    methods: Ints
    chosen: Ints
    rt_ms: Ints
    at: NDArray[np.datetime64]
    inputs: Ints
    ranks: Ints | None = None
    placed: bool = True

    def __len__(self) -> int:
        return len(self.participant)

    def only(self, rows: Bools) -> "Choices":
        """Return the rows that are marked True."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        chosen: dict[str, Any] = {
            name: one[rows] for name, one in values.items() if isinstance(one, np.ndarray)
        }
        return replace(self, **chosen)


# How both pictures of a pair were viewed: times that each tool was used, milliseconds enlarged, 1 for
# pictures one above the other, and the size of each in pixels of the screen, of which a CSS pixel has
# `pixel_ratio`.
VIEW_COLUMNS = (
    *("zoom", "flip", "reference", "zoomed_ms", "stacked"),
    *("shown_width", "shown_height", "pixel_ratio", "outline", "beside"),
)
VIEW = "view_"  # before these names in files
STIMULI = "stimuli."  # before the names of numbers of the stimuli, in study.toml


@dataclass(frozen=True, eq=False)
class VoteDetails:
    """Hold more about each response, as arrays of the same length.

    grade: 1 better, 2 much better, NONE where it was not asked or nothing is better. answers: an outcome for
    each further question by its key, NONE where it was not answered. views: VIEW_COLUMNS, NaN where unknown.
    """

    grade: Ints
    answers: Mapping[str, Ints]
    views: Mapping[str, Floats]


@dataclass(frozen=True, eq=False)
class StudyData:
    """Hold one version of a study with all its responses, which index `methods` and `items`.

    participants: the number enrolled; the responses number them in the order of enrolment. at: the time of
    each response (datetime64 in milliseconds, UTC; NaT if unknown). inputs: a value of INPUT_CODES for each
    response. sources: the recruitment source of each participant. config_json: "" for a study without a
    configuration. sides_known: False where left and right are only an order of names.
    rejected: participants whom the organizers rejected, and who are in no other number here. other_versions:
    the number of each other version of the study that has votes, with the number of these votes.
    changes: time of each change by organizers after the start, and the changed values by table and key.
    details: more about the responses, None where nothing is known.
    choices: where trials have more than two pictures; the responses are then those to gold pairs.
    people: the names of participants in a table, () in a study, where a number stands for each.
    closed: no more votes can come; None where this is unknown, as for a table. complete: marks the
    participants who completed the study, None likewise. notes:
    sentences about doubtful rows of a table.
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
    rejected: int = 0
    other_versions: tuple[tuple[int, int], ...] = ()
    changes: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    details: VoteDetails | None = None
    choices: Choices | None = None
    people: tuple[str, ...] = ()
    closed: bool | None = None
    complete: Bools | None = None
    notes: tuple[str, ...] = ()
