"""Hold the plain values that the parts of a study exchange, and the errors that they raise."""

from dataclasses import dataclass
from typing import Literal

from study.messages import message

Outcome = Literal["L", "R", "T"]  # left, right, tie, in the order of the codes in `study.votes`
Position = Literal["1", "2", "3", "4"]  # of the best of three or four pictures; a tie is "T" there too
InputKind = Literal["mouse", "keyboard", "touch"]
Status = Literal["ok", "disconnected", "separated", "no_votes"]
Kind = Literal["main", "repeat", "gold", "practice"]
# Whose answers: all that count, those that were set aside as a pilot, or also those of rejected people.
People = Literal["counted", "pilot", "all"]
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
    """Report a study folder or a study name that cannot be used. The message states the remedy."""


class Unavailable(RuntimeError):
    """Report a failure of the server, not of the request, which the sender may repeat later.

    The message is for participants, `reason` for the operator of the server.
    """

    def __init__(self, message: str, reason: Reason) -> None:
        super().__init__(message)
        self.reason: Reason = reason


@dataclass(frozen=True)
class PlannedTrial:
    """Hold a planned trial: the methods on the left and on the right, and the item, all as indices.

    repeat_of: the position of the trial that a repeat shows again. In gold and practice trials, `item` is
    the number of a prepared pair, and `left` and `right` are its stimuli: 0 (the better one of gold) and 1.
    further: methods in the third and the fourth position, where a trial has more than two pictures; practice
    has then methods too, and `item` is the number of an item for practice.
    """

    left: int
    right: int
    item: int
    kind: Kind = "main"
    repeat_of: int | None = None
    further: tuple[int, ...] = ()

    @property
    def methods(self) -> tuple[int, ...]:
        """Return the methods in all positions."""
        return self.left, self.right, *self.further


@dataclass(frozen=True)
class Layout:
    """Hold the database ids of all that trials of a study refer to.

    stimuli: (method, item) → stimulus. pairs: (lower, higher stimulus) → pair. gold: the better and the worse
    stimulus of each gold pair. practice: the two stimuli of each practice pair. practice_items: all stimuli
    of each item for practice.
    """

    methods: tuple[int, ...]
    items: tuple[int, ...]
    stimuli: dict[tuple[int, int], int]
    pairs: dict[tuple[int, int], int]
    gold: tuple[tuple[int, int], ...]
    practice: tuple[tuple[int, int], ...]
    practice_items: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True)
class PairView:
    """Hold the pictures of a trial that is not shown yet, so that a browser can fetch them.

    media: tokens of all pictures, sorted: the order tells nothing about their sides. sizes: in which they
    are stored, as (width, height), the largest first. reference: token of the picture that can be shown
    beside both, "" without one. outline: of the one that can be shown over both.
    """

    media: tuple[str, ...]
    sizes: tuple[tuple[int, int], ...]
    reference: str
    outline: str = ""


@dataclass(frozen=True)
class TrialView:
    """Hold the part of a trial that is sent to a browser; it names no method.

    width, height: largest size of both pictures in pixels. sizes, reference, outline: as in PairView.
    prompt: a text that is shown with both. number, total: position of the trial, from 1, and the number of
    trials. can_undo: the previous answer may be withdrawn. upcoming: the trial after this one, if any.
    further_media: tokens of the third and the fourth picture, where there are more than two.
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
    sizes: tuple[tuple[int, int], ...] = ()
    reference: str = ""
    outline: str = ""
    prompt: str = ""
    upcoming: PairView | None = None
    further_media: tuple[str, ...] = ()


@dataclass(frozen=True)
class MethodRow:
    """Hold the key and the title of a method. is_anchor: it is the reference of the study."""

    key: str
    title: str
    is_anchor: bool


@dataclass(frozen=True)
class StudySummary:
    """Hold the methods of a version of a study, and the number of its participants whose answers count."""

    version: int
    methods: tuple[MethodRow, ...]
    participants: int
    completed: int
