"""The tables. Times are ISO 8601 text in UTC, which sorts and reads the same in SQLite and PostgreSQL."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """Common ground of all tables."""


def _one_of(column: str, *values: str) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"known_{column}")


class Study(Base):
    """One version of a study; `sha256` is that of its manifest, `folder` holds its stimuli."""

    __tablename__ = "study"
    __table_args__ = (UniqueConstraint("slug", "version"),)

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


class Method(Base):
    """A compared method. Its key never reaches a participant's browser."""

    __tablename__ = "method"
    __table_args__ = (UniqueConstraint("study_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"))
    key: Mapped[str]
    title: Mapped[str]
    is_anchor: Mapped[bool]


class Item(Base):
    """A composite that every method treated; all its stimuli have this size in pixels."""

    __tablename__ = "item"
    __table_args__ = (UniqueConstraint("study_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"))
    key: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]


class Stimulus(Base):
    """The picture a method made of an item."""

    __tablename__ = "stimulus"
    __table_args__ = (UniqueConstraint("method_id", "item_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    method_id: Mapped[int] = mapped_column(ForeignKey("method.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    file: Mapped[str]
    sha256: Mapped[str]


class Pair(Base):
    """Two stimuli of one item that may be compared."""

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


class Participant(Base):
    """Somebody who agreed to take part. Tokens and recruitment ids are stored as hashes only."""

    __tablename__ = "participant"
    __table_args__ = (
        UniqueConstraint("study_id", "source", "ext_hash"),
        _one_of("source", "open", "prolific", "mturk", "simulated"),
        _one_of("status", "active", "complete"),
        Index("participant_seen", "study_id", "status", "last_seen_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"))
    token_hash: Mapped[str] = mapped_column(unique=True)
    source: Mapped[str]
    ext_hash: Mapped[str | None]
    status: Mapped[str] = mapped_column(default="active")
    device_json: Mapped[str]
    seed: Mapped[int]
    consent_at: Mapped[str]
    last_seen_at: Mapped[str]
    finished_at: Mapped[str | None]


class Trial(Base):
    """One comparison, fixed at enrolment. Its tokens are all that a browser sees of it."""

    __tablename__ = "trial"
    __table_args__ = (
        UniqueConstraint("participant_id", "seq"),
        CheckConstraint("left_stim <> right_stim", name="two_pictures"),
        _one_of("state", "planned", "shown", "answered"),
        Index("trial_next", "participant_id", "state", "seq"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("participant.id"))
    seq: Mapped[int]
    pair_id: Mapped[int] = mapped_column(ForeignKey("pair.id"))
    left_stim: Mapped[int] = mapped_column(ForeignKey("stimulus.id"))
    right_stim: Mapped[int] = mapped_column(ForeignKey("stimulus.id"))
    token: Mapped[str] = mapped_column(unique=True)
    left_token: Mapped[str] = mapped_column(unique=True)
    right_token: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(default="planned")
    shown_at: Mapped[str | None]


class VoteRow(Base):
    """The answer to a trial: at most one, whatever a browser sends."""

    __tablename__ = "vote"
    __table_args__ = (
        _one_of("outcome", "L", "R", "T"),
        _one_of("input", "mouse", "keyboard", "touch"),
        CheckConstraint("rt_ms >= 0", name="time_runs_forward"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    trial_id: Mapped[int] = mapped_column(ForeignKey("trial.id"), unique=True)
    outcome: Mapped[str]
    rt_ms: Mapped[int | None]
    client_uuid: Mapped[str] = mapped_column(unique=True)
    input: Mapped[str]
    server_at: Mapped[str]
