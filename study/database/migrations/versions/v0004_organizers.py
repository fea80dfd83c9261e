"""Add states and settings of organizers, codes of participants, questionnaires, contexts, and their log."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

EMPTY: dict[str, Any] = {"nullable": False, "server_default": ""}


def upgrade() -> None:
    """Add columns and tables; all rows stay. Results of earlier studies stay public, as they were."""
    _extend_studies()
    _extend_participants()
    for table in ("vote", "vote_history"):
        op.add_column(table, sa.Column("grade", sa.Integer))
        for name in ("answers_json", "view_json"):
            op.add_column(table, sa.Column(name, sa.String, **EMPTY))
    op.add_column("stimulus", sa.Column("smaller_json", sa.String, **EMPTY))
    _add_tables()


def _extend_studies() -> None:
    with op.batch_alter_table("study") as change:
        change.add_column(sa.Column("is_default", sa.Boolean, nullable=False, server_default=sa.false()))
        change.add_column(sa.Column("closes_at", sa.String))
        change.add_column(sa.Column("changes_json", sa.String, **EMPTY))
        change.add_column(sa.Column("results_access", sa.String, nullable=False, server_default="public"))
        change.add_column(sa.Column("results_key", sa.String, **EMPTY))
        _allow(change, "results_access", "organizers", "link", "public")
    where = sa.text("is_default")
    op.create_index(
        "one_default", "study", ["is_default"], unique=True, sqlite_where=where, postgresql_where=where
    )
    # The study that a bare address served until now: the one that was registered last.
    newest = "(SELECT max(id) FROM study WHERE status IN ('active', 'paused'))"
    op.execute(f"UPDATE study SET is_default = true WHERE id = {newest}")


def _extend_participants() -> None:
    with op.batch_alter_table("participant") as change:
        for name in ("code", "language", "note", "reason"):
            change.add_column(sa.Column(name, sa.String, **EMPTY))
        change.add_column(sa.Column("phase", sa.String, nullable=False, server_default="main"))
        for name in ("ids_sealed", "rejected_at"):
            change.add_column(sa.Column(name, sa.String))
        for column in ("source", "status"):
            change.drop_constraint(f"known_{column}", type_="check")
        sources = ("open", "prolific", "mturk", "cloudresearch", "sona", "test", "simulated")
        _allow(change, "source", *sources)
        _allow(change, "status", "active", "complete", "expired", "withdrawn", "rejected", "screened")
        _allow(change, "phase", "main", "pilot", "rehearsal")
    where = sa.text("code <> ''")
    op.create_index(
        "participant_code",
        "participant",
        ["study_id", "code"],
        unique=True,
        sqlite_where=where,
        postgresql_where=where,
    )


def _add_tables() -> None:
    op.create_table(
        "questionnaire_answer",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("participant_id", sa.Integer, sa.ForeignKey("participant.id"), nullable=False),
        *(sa.Column(name, sa.String, nullable=False) for name in ("stage", "question", "value", "at")),
        sa.UniqueConstraint("participant_id", "stage", "question"),
        sa.CheckConstraint("stage IN ('screener', 'before', 'after')", name="known_stage"),
    )
    op.create_table(
        "context",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("item_id", sa.Integer, sa.ForeignKey("item.id"), nullable=False),
        sa.Column("role", sa.String, nullable=False),
        *(sa.Column(name, sa.String, **EMPTY) for name in ("file", "sha256", "text", "smaller_json")),
        sa.UniqueConstraint("item_id", "role"),
        sa.CheckConstraint(
            "role IN ('composite', 'reference', 'mask', 'prompt', 'outline')", name="known_role"
        ),
    )
    op.create_table(
        "organizer_log",
        sa.Column("id", sa.Integer, primary_key=True),
        *(sa.Column(name, sa.String, nullable=False) for name in ("at", "who", "action")),
        sa.Column("study_id", sa.Integer, sa.ForeignKey("study.id")),
        sa.Column("details_json", sa.String, nullable=False),
        sa.Index("log_of", "study_id", "at"),
    )


def _allow(change: Any, column: str, *values: str) -> None:
    listed = ", ".join(f"'{value}'" for value in values)
    change.create_check_constraint(f"known_{column}", f"{column} IN ({listed})")
