"""Define the rows that database queries return, and those that are inserted, as frozen dataclasses.

Times are ISO 8601 text in UTC. Ids are those of the database.
"""

import json
from dataclasses import dataclass
from typing import Any, Literal

DELETED = "deleted:"  # begins the slug of a deleted draft; slugs of studies have no colon
STOPPED = ("paused", "closed")  # states of a study in which no further trials are shown


@dataclass(frozen=True)
class NewStudy:
    """Hold what a new version of a study is stored with; see `schema.Study` for the columns."""

    slug: str
    title: str
    question: str
    seed: int
    votes_per_participant: int
    allow_ties: bool
    sha256: str
    folder: str
    config_json: str = ""
    config_sha256: str = ""
    allocation: str = "balanced"
    pair_minimum: int = 0
    gold: int = 0
    repeats: int = 0
    practice: int = 0
    max_participants: int | None = None
    resume_hours: float | None = None
    results_access: str = "organizers"
    results_key: str = ""
    pictures: int = 2


@dataclass(frozen=True)
class StudyRow:
    """Hold one version of a study; see `schema.Study` for the columns."""

    id: int
    slug: str
    version: int
    title: str
    question: str
    seed: int
    votes_per_participant: int
    allow_ties: bool
    sha256: str
    folder: str
    created_at: str
    activated_at: str | None
    status: str
    config_json: str
    config_sha256: str
    gold: int
    repeats: int
    practice: int
    max_participants: int | None
    resume_hours: float | None
    allocation: str
    pair_minimum: int
    is_default: bool
    closes_at: str | None
    changes_json: str
    results_access: str
    results_key: str
    pictures: int


@dataclass(frozen=True)
class Version:
    """Hold one version of a study with its number of participants and votes that count.

    votes: without practice, gold pairs and repeats. activated_at: of the first time, None for a draft.
    """

    id: int
    slug: str
    version: int
    title: str
    status: str
    created_at: str
    activated_at: str | None
    is_default: bool
    participants: int
    completed: int
    votes: int


@dataclass(frozen=True)
class LogEntry:
    """Hold what an organizer did, and when; details: JSON values by name, among them slug and version."""

    at: str
    who: str
    action: str
    details: dict[str, Any]


@dataclass(frozen=True)
class PictureFiles:
    """Hold the file of a picture and its SHA-256; `smaller_json` as in `schema.Stimulus`."""

    file: str = ""
    sha256: str = ""
    smaller_json: str = ""


@dataclass(frozen=True)
class NewContext(PictureFiles):
    """Hold a picture or a text that is shown with both stimuli of an item; see `schema.Context`."""

    text: str = ""


@dataclass(frozen=True)
class PictureRow:
    """Hold a stored picture, a stimulus or a context: its file in the folder of its study, and its SHA-256.

    smaller_json: as in `schema.Stimulus`. width: of the largest size, in pixels.
    """

    id: int
    file: str
    sha256: str
    smaller_json: str
    folder: str
    width: int

    def files(self) -> list[tuple[str, str]]:
        """Return the file and the SHA-256 of each size, the largest first."""
        return [(self.file, self.sha256), *((file, sha256) for *_, file, sha256 in self._smaller())]

    def file_of(self, width: int) -> tuple[str, str] | None:
        """Return the file and the SHA-256 of a width, 0 for the largest; None for one that is not stored."""
        sizes = {width: (file, sha256) for width, _, file, sha256 in self._smaller()}
        return (self.file, self.sha256) if width in (0, self.width) else sizes.get(width)

    def _smaller(self) -> list[tuple[int, int, str, str]]:
        return json.loads(self.smaller_json) if self.smaller_json else []


@dataclass(frozen=True)
class NewParticipant:
    """Hold what a new participant is stored with; see `schema.Participant` for the columns."""

    study_id: int
    token_hash: str
    source: str
    ext_hash: str | None
    ext_study: str | None
    ext_session: str | None
    device_json: str
    seed: int
    block: int | None
    consent_version: str
    code: str
    phase: str = "main"
    ids_sealed: str | None = None
    language: str = ""


@dataclass(frozen=True)
class ParticipantRow:
    """Hold a participant, and the columns of their study that decide what they may do."""

    id: int
    study_id: int
    status: str
    phase: str
    last_seen_at: str
    slug: str
    allow_ties: bool
    question: str
    resume_hours: float | None
    study_status: str

    @property
    def stopped(self) -> str:
        """Return "paused" or "closed" where the study shows no further trials, else ""; rehearsals go on."""
        return self.study_status if self.study_status in STOPPED and self.phase != "rehearsal" else ""


@dataclass(frozen=True)
class NewTrial:
    """Hold a planned trial; repeat_of: `seq` of the trial of the same participant that it repeats.

    further: stimulus and token of the third and the fourth picture.
    """

    participant_id: int
    seq: int
    pair_id: int
    left_stim: int
    right_stim: int
    repeat_of: int | None
    token: str
    left_token: str
    right_token: str
    further: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class TrialRow:
    """Hold the state of a trial, and the id that the browser gave to its answer (None without an answer).

    taken_back: an earlier answer to the trial was taken back. pictures: their number. better: the better side
    of a practice pair with a known answer, None for all others.
    """

    id: int
    state: str
    pictures: int
    client_uuid: str | None
    taken_back: bool
    better: Literal["L", "R"] | None


@dataclass(frozen=True)
class NextTrialRow:
    """Hold the first unanswered trial of a participant.

    total: number of all trials of the participant. width, height: of all its pictures, in pixels.
    kind: of its pair ("main", "gold" or "practice"). taken_back: as in TrialRow. smaller_json: the smaller
    sizes of both pictures, as in `schema.Stimulus`. has_reference, has_outline: a picture can be shown
    beside both, or over both.
    prompt: a text that is shown with both, or None. pictures: their number. further: tokens of the third and
    the fourth.
    """

    id: int
    seq: int
    token: str
    left_token: str
    right_token: str
    state: str
    total: int
    width: int
    height: int
    kind: str
    taken_back: bool
    smaller_json: str
    has_reference: bool
    has_outline: bool
    prompt: str | None
    pictures: int
    further: tuple[str, ...] = ()

    @property
    def sizes(self) -> tuple[tuple[int, int], ...]:
        """Return all sizes in which both pictures are stored, the largest first."""
        smaller = json.loads(self.smaller_json) if self.smaller_json else []
        return ((self.width, self.height), *((width, height) for width, height, *_ in smaller))


@dataclass(frozen=True)
class NewVote:
    """Hold an answer to a trial; see `schema.VoteRow` for the columns.

    rt_ms: response time in milliseconds, None if unknown.
    """

    trial_id: int
    outcome: str
    rt_ms: int | None
    client_uuid: str
    input: str
    grade: int | None = None
    answers_json: str = ""
    view_json: str = ""


@dataclass(frozen=True)
class AllocatedCount:
    """Count planned comparisons of two stimuli by their outcome, None where there is no answer yet."""

    left_stim: int
    right_stim: int
    outcome: str | None
    count: int


@dataclass(frozen=True)
class TrialContent:
    """Hold what a trial compares, for simulated raters only.

    left, right: keys of the methods, None for gold pairs. better: the better side of a gold pair, None for
    others. counts: the answer is a vote (no practice, gold pair or repeat). further: keys of the methods of
    the third and the fourth picture.
    """

    trial: int
    left: str | None
    right: str | None
    better: Literal["L", "R"] | None
    counts: bool
    further: tuple[str, ...] = ()
