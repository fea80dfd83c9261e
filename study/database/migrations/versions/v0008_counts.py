"""Add the counts of large studies."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add two empty tables."""
    op.create_table(
        "tally",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("study_id", sa.Integer, sa.ForeignKey("study.id", ondelete="CASCADE"), nullable=False),
        sa.Column(
            "participant_id", sa.Integer, sa.ForeignKey("participant.id", ondelete="SET NULL"), unique=True
        ),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("votes", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_tally_study_id", "tally", ["study_id"])
    op.create_table(
        "tally_total",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "study_id", sa.Integer, sa.ForeignKey("study.id", ondelete="CASCADE"), nullable=False, unique=True
        ),
        sa.Column("rules", sa.String, nullable=False),
        sa.Column("counts", sa.LargeBinary, nullable=False),
    )
