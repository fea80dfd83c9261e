"""Add configuration, gold pairs, repeats, blocks of the design, taken back answers and withdrawal."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from study.database.migrations.versions.v0001_votes import tables

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add columns and tables; all rows stay. Earlier participants have no block, as their trials had none."""
    _extend_studies()
    _extend_stimuli()
    _extend_participants()
    _extend_trials()
    op.create_table(
        "vote_history",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("trial_id", sa.Integer, sa.ForeignKey("trial.id"), nullable=False, index=True),
        sa.Column("outcome", sa.String, nullable=False),
        sa.Column("rt_ms", sa.Integer),
        sa.Column("client_uuid", sa.String, nullable=False, unique=True),
        sa.Column("input", sa.String, nullable=False),
        sa.Column("server_at", sa.String, nullable=False),
        sa.Column("replaced_at", sa.String, nullable=False),
    )
    op.create_table(
        "event",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("study_id", sa.Integer, sa.ForeignKey("study.id"), nullable=False),
        sa.Column("participant_id", sa.Integer, sa.ForeignKey("participant.id")),
        *(sa.Column(name, sa.String, nullable=False) for name in ("kind", "payload_json", "at")),
        sa.Index("event_of", "participant_id", "at"),
    )


def _changing(table: str) -> Any:
    """Open a table for changes; SQLite copies it, for which Alembic needs its earlier form."""
    return op.batch_alter_table(table, copy_from=tables().tables[table])


def _extend_studies() -> None:
    with _changing("study") as change:
        for name, default in (
            ("status", "active"),
            ("config_json", ""),
            ("config_sha256", ""),
            ("allocation", "balanced"),
        ):
            change.add_column(sa.Column(name, sa.String, nullable=False, server_default=default))
        for name in ("gold", "repeats", "practice", "pair_minimum"):
            change.add_column(sa.Column(name, sa.Integer, nullable=False, server_default="0"))
        change.add_column(sa.Column("activated_at", sa.String))
        change.add_column(sa.Column("max_participants", sa.Integer))
        change.add_column(sa.Column("resume_hours", sa.Float))
        _allow(change, "status", "draft", "active", "paused", "closed")
        _allow(change, "allocation", "balanced", "adaptive")


def _extend_stimuli() -> None:
    with _changing("item") as change:
        for name in ("is_gold", "is_practice"):
            change.add_column(sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false()))
    with _changing("stimulus") as change:
        change.alter_column("method_id", existing_type=sa.Integer, nullable=True)
    with _changing("pair") as change:
        better = sa.ForeignKey("stimulus.id", name="pair_expected_stim_fkey")
        change.add_column(sa.Column("expected_stim", sa.Integer, better))


def _extend_participants() -> None:
    with _changing("participant") as change:
        change.add_column(sa.Column("block", sa.Integer))
        for name in ("ext_study", "ext_session"):
            change.add_column(sa.Column(name, sa.String))
        change.add_column(sa.Column("consent_version", sa.String, nullable=False, server_default=""))
        change.create_unique_constraint("one_participant_a_block", ["study_id", "block"])
        for column in ("source", "status"):
            change.drop_constraint(f"known_{column}", type_="check")
        _allow(change, "source", "open", "prolific", "mturk", "test", "simulated")
        _allow(change, "status", "active", "complete", "expired", "withdrawn")
    # Participants with an incomplete block: few, and searched at every enrolment.
    _index("block_open", "participant", ["study_id", "block"], "block IS NOT NULL AND status <> 'complete'")


def _extend_trials() -> None:
    with _changing("trial") as change:
        first = sa.ForeignKey("trial.id", name="trial_repeat_of_fkey")
        change.add_column(sa.Column("repeat_of", sa.Integer, first))
    _index("pair_once", "trial", ["participant_id", "pair_id"], "repeat_of IS NULL", unique=True)
    op.create_index("repeated_once", "trial", ["repeat_of"], unique=True)


def _allow(change: Any, column: str, *values: str) -> None:
    listed = ", ".join(f"'{value}'" for value in values)
    change.create_check_constraint(f"known_{column}", f"{column} IN ({listed})")


def _index(name: str, table: str, columns: list[str], condition: str, **options: Any) -> None:
    """Make an index that covers the rows with this condition only."""
    where = sa.text(condition)
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where, **options)
