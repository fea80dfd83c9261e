"""Add the list of recruitment ids that may enrol in a study."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add an empty table: anybody may enrol in studies without a list, as before."""
    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("study_id", sa.Integer, sa.ForeignKey("study.id"), nullable=False),
        sa.Column("id_hash", sa.String, nullable=False),
        sa.UniqueConstraint("study_id", "id_hash"),
    )
