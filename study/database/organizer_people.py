"""Query and change the people of a study, for its organizers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, case, func, select, update

from study.database import queries
from study.database.schema import Pair, Participant, Trial
from study.database.transaction import Transaction

COLUMNS = ("id", "code", "status", "phase", "source", "language", "consent_at", "last_seen_at", "finished_at",
           "note", "reason")  # fmt: skip


@dataclass(frozen=True)
class FoundPerson:
    """Hold a participant who was found by their code."""

    id: int
    code: str
    status: str
    finished_at: str | None


@dataclass(frozen=True)
class PersonRow:
    """Hold a participant for organizers; see `schema.Participant` for the columns.

    votes: without practice, gold pairs and repeats. answered, trials: all kinds.
    """

    id: int
    code: str
    status: str
    phase: str
    source: str
    language: str
    consent_at: str
    last_seen_at: str
    finished_at: str | None
    note: str
    reason: str
    votes: int
    answered: int
    trials: int


def people(tx: Transaction, study: int) -> list[PersonRow]:
    """Return all who enrolled, in that order, except in rehearsals."""
    chosen = (Participant.study_id == study, Participant.phase != "rehearsal")
    answered = Trial.state == "answered"
    counts = (
        select(
            Trial.participant_id,
            _count_if(and_(answered, Pair.kind == "main", Trial.repeat_of.is_(None))).label("votes"),
            _count_if(answered).label("answered"),
            func.count().label("trials"),
        )
        .join(Pair, Trial.pair_id == Pair.id)
        .where(Pair.study_id == study)
        .group_by(Trial.participant_id)
        .subquery()
    )
    numbers = (func.coalesce(counts.c[name], 0).label(name) for name in ("votes", "answered", "trials"))
    columns = (getattr(Participant, name) for name in COLUMNS)
    query = select(*columns, *numbers).outerjoin(counts, counts.c.participant_id == Participant.id)
    found = tx.connection.execute(query.where(*chosen).order_by(Participant.id)).mappings()
    return [PersonRow(**row) for row in found]


def sealed_ids(tx: Transaction, study: int) -> list[tuple[int, str, str]]:
    """Return id, code and encrypted ids of the participants who have such ids, as long as they are kept."""
    query = select(Participant.id, Participant.code, Participant.ids_sealed).order_by(Participant.id)
    kept = (Participant.study_id == study, Participant.ids_sealed.is_not(None))
    return [(key, code, sealed or "") for key, code, sealed in tx.connection.execute(query.where(*kept))]


def find(tx: Transaction, study: int, code: str) -> FoundPerson | None:
    """Return the participant with this code, "#" and the id for those without one; None where nobody has it.

    Rehearsals are not found.
    """
    older = code.removeprefix("#")
    by_id = and_(Participant.code == "", Participant.id == (int(older) if older.isdecimal() else -1))
    same = by_id if code.startswith("#") else and_(Participant.code == code, Participant.code != "")
    columns = (Participant.id, Participant.code, Participant.status, Participant.finished_at)
    query = select(*columns).where(Participant.study_id == study, Participant.phase != "rehearsal", same)
    row = tx.connection.execute(query).one_or_none()
    return None if row is None else FoundPerson(*row)


def change_person(tx: Transaction, participant: int, **values: Any) -> None:
    """Change columns of a participant."""
    tx.connection.execute(update(Participant).where(Participant.id == participant).values(**values))


def set_aside(tx: Transaction, study: int) -> int:
    """Make a pilot of all participants so far, without blocks of the design; return their number."""
    so_far = (Participant.study_id == study, queries.MAIN)
    moved = update(Participant).where(*so_far).values(phase="pilot", block=None)
    return int(tx.connection.execute(moved).rowcount)


def erase_ids(tx: Transaction, study: int) -> int:
    """Erase the encrypted ids of all participants; return the number of those who had some."""
    kept = (Participant.study_id == study, Participant.ids_sealed.is_not(None))
    return int(tx.connection.execute(update(Participant).where(*kept).values(ids_sealed=None)).rowcount)


def ids_in(tx: Transaction, study: int, condition: Any) -> Sequence[int]:
    """Return the ids of the participants of a study with this condition, in the order of enrolment."""
    query = select(Participant.id).where(Participant.study_id == study, condition).order_by(Participant.id)
    return tx.connection.scalars(query).all()


def _count_if(condition: Any) -> Any:
    return func.sum(case((condition, 1), else_=0))
