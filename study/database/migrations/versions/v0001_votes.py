"""Make the first tables: studies, stimuli, participants, trials and votes."""

from alembic import op
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

revision = "0001"
down_revision = None


def tables() -> MetaData:
    """Return the tables of this version; study.database.schema has those of the newest version."""
    found = MetaData()
    _add_study(found)
    _add_pairs(found)
    _add_answers(found)
    return found


def _add_study(found: MetaData) -> None:
    """Add studies, methods and items."""
    Table(
        "study",
        found,
        Column("id", Integer, primary_key=True),
        *(_text(name) for name in ("slug", "title", "question", "sha256", "folder", "created_at")),
        *(_number(name) for name in ("version", "seed", "votes_per_participant")),
        Column("allow_ties", Boolean, nullable=False),
        UniqueConstraint("slug", "version"),
    )
    Table(
        "method",
        found,
        Column("id", Integer, primary_key=True),
        _key("study_id", "study"),
        _text("key"),
        _text("title"),
        Column("is_anchor", Boolean, nullable=False),
        UniqueConstraint("study_id", "key"),
    )
    Table(
        "item",
        found,
        Column("id", Integer, primary_key=True),
        _key("study_id", "study"),
        _text("key"),
        _number("width"),
        _number("height"),
        UniqueConstraint("study_id", "key"),
    )


def _add_pairs(found: MetaData) -> None:
    """Add stimuli and pairs."""
    Table(
        "stimulus",
        found,
        Column("id", Integer, primary_key=True),
        _key("method_id", "method"),
        _key("item_id", "item"),
        _text("file"),
        _text("sha256"),
        UniqueConstraint("method_id", "item_id"),
    )
    Table(
        "pair",
        found,
        Column("id", Integer, primary_key=True),
        *(_key(*key) for key in (("study_id", "study"), ("item_id", "item"))),
        *(_key(name, "stimulus") for name in ("stim_lo", "stim_hi")),
        _text("kind"),
        UniqueConstraint("stim_lo", "stim_hi", "kind"),
        CheckConstraint("stim_lo < stim_hi", name="ordered"),
        CheckConstraint("kind IN ('main', 'gold', 'practice')", name="known_kind"),
        Index("pair_of_item", "study_id", "item_id"),
    )


def _add_answers(found: MetaData) -> None:
    """Add participants, trials and votes."""
    Table(
        "participant",
        found,
        Column("id", Integer, primary_key=True),
        _key("study_id", "study"),
        Column("token_hash", String, nullable=False, unique=True),
        *(Column(name, String) for name in ("ext_hash", "finished_at")),
        *(_text(name) for name in ("source", "status", "device_json", "consent_at", "last_seen_at")),
        _number("seed"),
        UniqueConstraint("study_id", "source", "ext_hash"),
        CheckConstraint("source IN ('open', 'prolific', 'mturk', 'simulated')", name="known_source"),
        CheckConstraint("status IN ('active', 'complete')", name="known_status"),
        Index("participant_seen", "study_id", "status", "last_seen_at"),
    )
    Table(
        "trial",
        found,
        Column("id", Integer, primary_key=True),
        *(_key(*key) for key in (("participant_id", "participant"), ("pair_id", "pair"))),
        *(_key(name, "stimulus") for name in ("left_stim", "right_stim")),
        *(
            Column(name, String, nullable=False, unique=True)
            for name in ("token", "left_token", "right_token")
        ),
        _number("seq"),
        _text("state"),
        Column("shown_at", String),
        UniqueConstraint("participant_id", "seq"),
        CheckConstraint("left_stim <> right_stim", name="two_pictures"),
        CheckConstraint("state IN ('planned', 'shown', 'answered')", name="known_state"),
        Index("trial_next", "participant_id", "state", "seq"),
    )
    Table(
        "vote",
        found,
        Column("id", Integer, primary_key=True),
        Column("trial_id", Integer, ForeignKey("trial.id"), nullable=False, unique=True),
        Column("client_uuid", String, nullable=False, unique=True),
        *(_text(name) for name in ("outcome", "input", "server_at")),
        Column("rt_ms", Integer),
        CheckConstraint("outcome IN ('L', 'R', 'T')", name="known_outcome"),
        CheckConstraint("input IN ('mouse', 'keyboard', 'touch')", name="known_input"),
        CheckConstraint("rt_ms >= 0", name="time_runs_forward"),
    )


def _text(name: str) -> Column[str]:
    return Column(name, String, nullable=False)


def _number(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False)


def _key(name: str, table: str) -> Column[int]:
    return Column(name, Integer, ForeignKey(f"{table}.id"), nullable=False)


def upgrade() -> None:
    """Make the tables. Databases from before the first migration have them already."""
    tables().create_all(op.get_bind())
