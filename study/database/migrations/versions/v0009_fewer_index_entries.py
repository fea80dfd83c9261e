"""Leave columns that every vote changes out of indexes.

PostgreSQL writes a changed row into every index of its table again, unless no index has a changed column.
"""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Drop an index that another one replaces, and shorten one."""
    op.drop_index("trial_next", "trial")  # (participant_id, seq) is indexed too
    op.drop_index("participant_seen", "participant")
    op.create_index("participant_status", "participant", ["study_id", "status"])
