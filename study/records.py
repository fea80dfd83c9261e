"""Hold the plain values that the parts of a study exchange, and the errors that they raise."""

from dataclasses import dataclass
from typing import Literal

from study.messages import message

Outcome = Literal["L", "R", "T"]  # left, right, tie, in the order of the codes in `study.votes`
InputKind = Literal["mouse", "keyboard", "touch"]
Status = Literal["ok", "disconnected", "separated", "no_votes"]
Kind = Literal["main", "repeat", "gold", "practice"]
Reason = Literal["full", "read_only", "gone", "busy", "damaged"]


class Refused(ValueError):
    """Refuse a request that breaks a rule of the study; `code` names its sentence in `study.messages`."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(message(code, values=values))
        self.code = code
        self._values = values

    def words(self, language: str) -> str:
        """Return the sentence in a language, to be shown to people as it is."""
        return message(self.code, language, self._values)


class Ended(Refused):
    """Refuse to go on: the participant withdrew, or was away for too long."""


class BadStudy(ValueError):
    """A study folder, or a study name, that cannot be used. The message says what to do."""


class Unavailable(RuntimeError):
    """The server cannot do it now, through no fault of the request, which may be sent again later.

    The message is for people; `reason` is for whoever runs the server.
    """

    def __init__(self, message: str, reason: Reason) -> None:
        super().__init__(message)
        self.reason: Reason = reason


@dataclass(frozen=True)
class PlannedTrial:
    """Which two methods on which item, and which of them on the left; all indices.

    A repeat names the place of the trial that it repeats. For gold and practice `item` is the number of a
    ready-made pair, and `left` and `right` are its two sides: 0, which is the better one of gold, and 1.
    """

    left: int
    right: int
    item: int
    kind: Kind = "main"
    repeat_of: int | None = None


@dataclass(frozen=True)
class Layout:
    """What the trials of a study are made of, as ids in the database.

    stimuli: (method, item) → stimulus. pairs: (lower, higher stimulus) → pair. gold: better and worse
    stimulus. practice: two stimuli.
    """

    methods: tuple[int, ...]
    items: tuple[int, ...]
    stimuli: dict[tuple[int, int], int]
    pairs: dict[tuple[int, int], int]
    gold: tuple[tuple[int, int], ...]
    practice: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class TrialView:
    """All that a browser may know of a trial. Both pictures are width×height pixels.

    `can_undo`: the answer before this one may be taken back.
    """

    trial_token: str
    left_media: str
    right_media: str
    number: int
    total: int
    width: int
    height: int
    allow_tie: bool
    question: str
    practice: bool = False
    can_undo: bool = False


@dataclass(frozen=True)
class Vote:
    """One answer with the names behind the pictures: for analysis and export, never for a browser."""

    participant: int
    source: str
    item: str
    left: str
    right: str
    outcome: Outcome
    rt_ms: int | None
    input: str
    at: str


@dataclass(frozen=True)
class MethodRow:
    """A method as the analysis knows it."""

    key: str
    title: str
    is_anchor: bool


@dataclass(frozen=True)
class CellCount:
    """How often a participant gave an outcome with these methods left and right; indices into the methods."""

    participant: int
    left: int
    right: int
    outcome: Outcome
    n: int


@dataclass(frozen=True)
class Tally:
    """Every count the analysis needs."""

    slug: str
    title: str
    question: str
    version: int
    simulated: bool
    ties_allowed: bool
    methods: tuple[MethodRow, ...]
    cells: tuple[CellCount, ...]
    items: int
    participants: int
    completed: int
