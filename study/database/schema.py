"""Define the tables. Times are ISO 8601 text in UTC, which sorts alike in SQLite and PostgreSQL.

A change here needs a migration (study/database/migrations/versions); new databases are made by them too.
"""

from typing import Any

from sqlalchemy import CheckConstraint, Float, ForeignKey, Index, UniqueConstraint, false, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from study.votes import INPUT_KINDS, OUTCOMES, POSITIONS

ROLES = ("composite", "reference", "mask", "prompt", "outline")  # of pictures and texts about an item
STAGES = ("screener", "before", "after")  # of questions about the person
FIRST_OF_A_PAIR = "repeat_of IS NULL AND pictures = 2"  # a trial that is no repeat


class Base(DeclarativeBase):
    """Collect the tables; the base class of each."""


def _one_of(column: str, *values: str) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"known_{column}")


def _where(condition: str) -> dict[str, Any]:
    """Return the options of an index that covers the rows with this condition only."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class Study(Base):
    """Store one version of a study; `sha256` is that of its manifest, `folder` holds its stimuli.

    `config_json` is the frozen configuration and `config_sha256` its SHA-256, both empty for a study without
    one. `votes_per_participant`, `gold`, `repeats`, `practice`: numbers of trials for each participant.
    `pictures`: shown at a time, of which the best is chosen.
    `changes_json`: what organizers changed after the start, on top of the configuration. `is_default`: a
    bare address serves this study. `closes_at`: nobody enrols from this time on. `results_key` opens the
    results where `results_access` is "link".
    """

    __tablename__ = "study"
    __table_args__ = (
        UniqueConstraint("slug", "version"),
        _one_of("status", "draft", "active", "paused", "closed"),
        _one_of("allocation", "balanced", "adaptive"),
        _one_of("results_access", "organizers", "link", "public"),
        Index("one_default", "is_default", unique=True, **_where("is_default")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str]
    version: Mapped[int]
    title: Mapped[str]
    question: Mapped[str]
    seed: Mapped[int]
    votes_per_participant: Mapped[int]
    allow_ties: Mapped[bool]
    sha256: Mapped[str]
    folder: Mapped[str]
    created_at: Mapped[str]
    activated_at: Mapped[str | None]
    status: Mapped[str] = mapped_column(default="active", server_default="active")
    config_json: Mapped[str] = mapped_column(default="", server_default="")
    config_sha256: Mapped[str] = mapped_column(default="", server_default="")
    gold: Mapped[int] = mapped_column(default=0, server_default="0")
    repeats: Mapped[int] = mapped_column(default=0, server_default="0")
    practice: Mapped[int] = mapped_column(default=0, server_default="0")
    max_participants: Mapped[int | None]
    resume_hours: Mapped[float | None] = mapped_column(Float)
    allocation: Mapped[str] = mapped_column(default="balanced", server_default="balanced")
    pair_minimum: Mapped[int] = mapped_column(default=0, server_default="0")
    is_default: Mapped[bool] = mapped_column(default=False, server_default=false())
    closes_at: Mapped[str | None]
    changes_json: Mapped[str] = mapped_column(default="", server_default="")
    results_access: Mapped[str] = mapped_column(default="organizers", server_default="public")
    results_key: Mapped[str] = mapped_column(default="", server_default="")
    pictures: Mapped[int] = mapped_column(default=2, server_default="2")


class Method(Base):
    """Store a compared method. Its key is never sent to a participant's browser."""

    __tablename__ = "method"
    __table_args__ = (UniqueConstraint("study_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"))
    key: Mapped[str]
    title: Mapped[str]
    is_anchor: Mapped[bool]


class Item(Base):
    """Store an item, a composite that each method has processed; all its stimuli have this size in pixels."""

    __tablename__ = "item"
    __table_args__ = (UniqueConstraint("study_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"))
    key: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    is_gold: Mapped[bool] = mapped_column(default=False, server_default=false())
    is_practice: Mapped[bool] = mapped_column(default=False, server_default=false())


class Stimulus(Base):
    """Store the picture that a method made of an item; without a method, one side of a gold pair.

    `file` has the size of the item. `smaller_json`: further sizes of the same picture, the largest first, as
    a list of [width, height, file, SHA-256]; empty without any.
    """

    __tablename__ = "stimulus"
    __table_args__ = (UniqueConstraint("method_id", "item_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    method_id: Mapped[int | None] = mapped_column(ForeignKey("method.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    file: Mapped[str]
    sha256: Mapped[str]
    smaller_json: Mapped[str] = mapped_column(default="", server_default="")


class Context(Base):
    """Store a picture or a text about an item that is shown equally with both stimuli.

    A picture has `file`, `sha256` and `smaller_json` as a stimulus has; a text (the prompt of an edit) has
    `text`.
    """

    __tablename__ = "context"
    __table_args__ = (UniqueConstraint("item_id", "role"), _one_of("role", *ROLES))

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    role: Mapped[str]
    file: Mapped[str] = mapped_column(default="", server_default="")
    sha256: Mapped[str] = mapped_column(default="", server_default="")
    text: Mapped[str] = mapped_column(default="", server_default="")
    smaller_json: Mapped[str] = mapped_column(default="", server_default="")


class Pair(Base):
    """Store two stimuli of one item that may be compared; `expected_stim`: the better one of a gold pair."""

    __tablename__ = "pair"
    __table_args__ = (
        UniqueConstraint("stim_lo", "stim_hi", "kind"),
        CheckConstraint("stim_lo < stim_hi", name="ordered"),
        _one_of("kind", "main", "gold", "practice"),
        Index("pair_of_item", "study_id", "item_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    stim_lo: Mapped[int] = mapped_column(ForeignKey("stimulus.id"))
    stim_hi: Mapped[int] = mapped_column(ForeignKey("stimulus.id"))
    kind: Mapped[str] = mapped_column(default="main")
    expected_stim: Mapped[int | None] = mapped_column(ForeignKey("stimulus.id"))


class Participant(Base):
    """Store a participant. The token is stored as a hash only.

    `block` is the part of the design that the participant gets; None after it was given to another
    participant, because this one stopped. `code`: pseudonym and personal completion code, empty for
    participants of earlier releases. `phase`: only answers of "main" are counted. `ids_sealed`: ids of the
    recruitment service, encrypted; None without them, and after they were erased. `reason`: of a rejection.
    """

    __tablename__ = "participant"
    __table_args__ = (
        UniqueConstraint("study_id", "source", "ext_hash"),
        UniqueConstraint("study_id", "block", name="one_participant_a_block"),
        _one_of("source", "open", "prolific", "mturk", "cloudresearch", "sona", "test", "simulated"),
        _one_of("status", "active", "complete", "expired", "withdrawn", "rejected", "screened"),
        _one_of("phase", "main", "pilot", "rehearsal"),
        Index("participant_code", "study_id", "code", unique=True, **_where("code <> ''")),
        # Without last_seen_at, which every vote changes: see the migration 0009.
        Index("participant_status", "study_id", "status"),
        Index("block_open", "study_id", "block", **_where("block IS NOT NULL AND status <> 'complete'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"))
    token_hash: Mapped[str] = mapped_column(unique=True)
    source: Mapped[str]
    ext_hash: Mapped[str | None]
    status: Mapped[str] = mapped_column(default="active")
    ext_study: Mapped[str | None]
    ext_session: Mapped[str | None]
    device_json: Mapped[str]
    seed: Mapped[int]
    block: Mapped[int | None]
    consent_version: Mapped[str] = mapped_column(default="", server_default="")
    consent_at: Mapped[str]
    last_seen_at: Mapped[str]
    finished_at: Mapped[str | None]
    code: Mapped[str] = mapped_column(default="", server_default="")
    phase: Mapped[str] = mapped_column(default="main", server_default="main")
    ids_sealed: Mapped[str | None]
    language: Mapped[str] = mapped_column(default="", server_default="")
    note: Mapped[str] = mapped_column(default="", server_default="")
    rejected_at: Mapped[str | None]
    reason: Mapped[str] = mapped_column(default="", server_default="")


class QuestionnaireAnswer(Base):
    """Store an answer about the person: before consent (screener), before the trials, or after them."""

    __tablename__ = "questionnaire_answer"
    __table_args__ = (UniqueConstraint("participant_id", "stage", "question"), _one_of("stage", *STAGES))

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"))
    stage: Mapped[str]
    question: Mapped[str]
    value: Mapped[str]
    at: Mapped[str]


class Invitation(Base):
    """Store the hash of a recruitment id that may enrol; anybody may enrol in a study without such rows."""

    __tablename__ = "invitation"
    __table_args__ = (UniqueConstraint("study_id", "id_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"))
    id_hash: Mapped[str]


class Trial(Base):
    """Store one trial, planned at enrolment. Browsers get its tokens only, never ids or methods.

    `pictures`: their number. With more than two, left and right are the first and the second, the others are
    rows of FurtherPicture, and `pair_id` is the pair of the first two: it names the item and the kind.
    """

    __tablename__ = "trial"
    __table_args__ = (
        UniqueConstraint("participant_id", "seq"),
        Index("pair_once", "participant_id", "pair_id", unique=True, **_where(FIRST_OF_A_PAIR)),
        Index("repeated_once", "repeat_of", unique=True),
        CheckConstraint("left_stim <> right_stim", name="two_pictures"),
        _one_of("state", "planned", "shown", "answered"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"))
    seq: Mapped[int]
    pair_id: Mapped[int] = mapped_column(ForeignKey("pair.id"))
    left_stim: Mapped[int] = mapped_column(ForeignKey("stimulus.id"))
    right_stim: Mapped[int] = mapped_column(ForeignKey("stimulus.id"))
    repeat_of: Mapped[int | None] = mapped_column(ForeignKey("trial.id"))
    token: Mapped[str] = mapped_column(unique=True)
    left_token: Mapped[str] = mapped_column(unique=True)
    right_token: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(default="planned")
    shown_at: Mapped[str | None]
    pictures: Mapped[int] = mapped_column(default=2, server_default="2")


class FurtherPicture(Base):
    """Store the third or the fourth picture of a trial, by its position."""

    __tablename__ = "further_picture"
    __table_args__ = (
        UniqueConstraint("trial_id", "position"),
        UniqueConstraint("trial_id", "stim"),
        CheckConstraint("position IN (3, 4)", name="known_position"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    trial_id: Mapped[int] = mapped_column(ForeignKey("trial.id"))
    position: Mapped[int]
    stim: Mapped[int] = mapped_column(ForeignKey("stimulus.id"))
    token: Mapped[str] = mapped_column(unique=True)


class VoteRow(Base):
    """Store the answer to a trial: at most one, also where a browser sends several.

    `outcome`: the side, or the position of the best of more than two pictures; "T" for no difference.
    `grade`: 1 better, 2 much better, None where it was not asked or nothing is better. `answers_json`:
    answers to further questions on the pair. `view_json`: how the pictures were viewed.
    """

    __tablename__ = "vote"
    __table_args__ = (
        _one_of("outcome", *OUTCOMES, *POSITIONS),
        _one_of("input", *INPUT_KINDS),
        CheckConstraint("rt_ms >= 0", name="time_runs_forward"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    trial_id: Mapped[int] = mapped_column(ForeignKey("trial.id"), unique=True)
    outcome: Mapped[str]
    rt_ms: Mapped[int | None]
    client_uuid: Mapped[str] = mapped_column(unique=True)
    input: Mapped[str]
    server_at: Mapped[str]
    grade: Mapped[int | None]
    answers_json: Mapped[str] = mapped_column(default="", server_default="")
    view_json: Mapped[str] = mapped_column(default="", server_default="")


class VoteHistory(Base):
    """Store an answer that was taken back; deleted like other answers when the participant withdraws."""

    __tablename__ = "vote_history"

    id: Mapped[int] = mapped_column(primary_key=True)
    trial_id: Mapped[int] = mapped_column(ForeignKey("trial.id"), index=True)
    outcome: Mapped[str]
    rt_ms: Mapped[int | None]
    client_uuid: Mapped[str] = mapped_column(unique=True)
    input: Mapped[str]
    server_at: Mapped[str]
    replaced_at: Mapped[str]
    grade: Mapped[int | None]
    answers_json: Mapped[str] = mapped_column(default="", server_default="")
    view_json: Mapped[str] = mapped_column(default="", server_default="")


class Event(Base):
    """Store an event other than a vote: declined (without a participant), resumed, undone, withdrawn."""

    __tablename__ = "event"
    __table_args__ = (Index("event_of", "participant_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"))
    participant_id: Mapped[int | None] = mapped_column(ForeignKey("participant.id"))
    kind: Mapped[str]
    payload_json: Mapped[str]
    at: Mapped[str]


class OrganizerLog(Base):
    """Store who did what to a study, or to the server (without a study). Rows are never changed."""

    __tablename__ = "organizer_log"
    __table_args__ = (Index("log_of", "study_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[str]
    who: Mapped[str]
    action: Mapped[str]
    study_id: Mapped[int | None] = mapped_column(ForeignKey("study.id"))
    details_json: Mapped[str]


class SharedValue(Base):
    """Store a value that all servers on this database use; see `shared_values`."""

    __tablename__ = "shared_value"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    value: Mapped[str]


class Outbox(Base):
    """Store a change of a row until it is in a copy elsewhere; triggers write it (see `journal`)."""

    __tablename__ = "outbox"
    # Numbers are never used again, also after rows were deleted.
    __table_args__ = {"sqlite_autoincrement": True}

    seq: Mapped[int] = mapped_column(primary_key=True)
    change: Mapped[str]


class OutboxPosition(Base):
    """Store in one row the random id of this database's history, and the last change that was copied."""

    __tablename__ = "outbox_position"

    id: Mapped[int] = mapped_column(primary_key=True)
    history: Mapped[str]
    pushed: Mapped[int]
