"""Add the values that several servers on one database share."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add an empty table."""
    op.create_table(
        "shared_value",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String, nullable=False, unique=True),
        sa.Column("value", sa.String, nullable=False),
    )
