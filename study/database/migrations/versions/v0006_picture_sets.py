"""Add trials with three or four pictures, of which the best is chosen."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add columns and an empty table; all rows stay: until now, every trial had two pictures."""
    for table in ("study", "trial"):
        op.add_column(table, sa.Column("pictures", sa.Integer, nullable=False, server_default="2"))
    op.drop_index("pair_once", "trial")
    where = sa.text("repeat_of IS NULL AND pictures = 2")
    op.create_index(
        "pair_once",
        "trial",
        ["participant_id", "pair_id"],
        unique=True,
        sqlite_where=where,
        postgresql_where=where,
    )
    with op.batch_alter_table("vote") as change:
        change.drop_constraint("known_outcome", type_="check")
        change.create_check_constraint("known_outcome", "outcome IN ('L', 'R', 'T', '1', '2', '3', '4')")
    op.create_table(
        "further_picture",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("trial_id", sa.Integer, sa.ForeignKey("trial.id"), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("stim", sa.Integer, sa.ForeignKey("stimulus.id"), nullable=False),
        sa.Column("token", sa.String, nullable=False, unique=True),
        sa.UniqueConstraint("trial_id", "position"),
        sa.UniqueConstraint("trial_id", "stim"),
        sa.CheckConstraint("position IN (3, 4)", name="known_position"),
    )
