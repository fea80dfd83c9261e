"""Define the tables of the counts of large studies. Deleted rows are made again from votes."""

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from study.database.schema import Base


class Tally(Base):
    """Store the votes of a participant that are in the counts of the study, each packed in four bytes.

    `state`: of the participant when they were counted; another state means that they may have changed.
    Without a participant, who withdrew or was deleted, the votes have to be taken out of the counts.
    """

    __tablename__ = "tally"

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id", ondelete="CASCADE"), index=True)
    participant_id: Mapped[int | None] = mapped_column(
        ForeignKey("participant.id", ondelete="SET NULL"), unique=True
    )
    state: Mapped[str]
    votes: Mapped[bytes] = mapped_column(LargeBinary)


class TallyTotal(Base):
    """Store the counts of a study. `rules`: how votes were counted; with others, all are counted again."""

    __tablename__ = "tally_total"

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id", ondelete="CASCADE"), unique=True)
    rules: Mapped[str]
    counts: Mapped[bytes] = mapped_column(LargeBinary)
