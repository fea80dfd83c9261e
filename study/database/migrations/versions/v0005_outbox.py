"""Add the outbox: changes of rows that wait to be copied elsewhere. It stays empty with PostgreSQL."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add two empty tables."""
    op.create_table(
        "outbox",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("change", sa.String, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "outbox_position",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("history", sa.String, nullable=False),
        sa.Column("pushed", sa.Integer, nullable=False),
    )
