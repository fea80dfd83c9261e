"""Query and change the counted votes of participants and the counts of their studies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, case, delete, insert, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from study.database.counts.tables import Tally, TallyTotal
from study.database.queries import COUNTED, MAIN
from study.database.schema import Participant
from study.database.transaction import Transaction

RECENT = timedelta(seconds=5)  # an answer in this time may share its time with one that comes later


@dataclass(frozen=True)
class Stale:
    """Hold a participant whose counted votes may not be those that they gave; state: the one to store.

    counts: their votes count now.
    """

    participant: int
    state: str
    counts: bool


@dataclass(frozen=True)
class Total:
    """Hold the stored counts of a study."""

    rules: str
    counts: bytes


def _state(tx: Transaction) -> ColumnElement[str]:
    """Return what changes with everything that changes the votes of a participant.

    Empty, which equals no stored state, for somebody who was seen just now.
    """
    known = Participant.phase + literal(" ") + Participant.status + literal(" ") + Participant.last_seen_at
    return case((Participant.last_seen_at >= tx.ago(RECENT), literal("")), else_=known)


def stale_people(tx: Transaction, study: int) -> list[Stale]:
    """Return all participants of a study whose votes have to be counted, or counted again."""
    state = _state(tx)
    query = (
        select(Participant.id, state, case((COUNTED, True), else_=False))
        .outerjoin(Tally, Tally.participant_id == Participant.id)
        .where(Participant.study_id == study)
        .where(or_(and_(Tally.id.is_(None), MAIN), Tally.state != state, Tally.state == ""))
        .order_by(Participant.id)
    )
    return [Stale(*row) for row in tx.connection.execute(query)]


def total_for_update(tx: Transaction, study: int) -> Total:
    """Return the stored counts of a study, and let other updates of them wait; empty where there are none."""
    build = postgresql.insert if tx.connection.dialect.name == "postgresql" else sqlite.insert
    empty = {"study_id": study, "rules": "", "counts": b""}
    tx.connection.execute(build(TallyTotal).on_conflict_do_nothing(), empty)
    query = select(TallyTotal.rules, TallyTotal.counts).where(TallyTotal.study_id == study)
    return Total(*tx.connection.execute(query.with_for_update()).one())


def store_total(tx: Transaction, study: int, total: Total) -> None:
    """Replace the counts of a study; call it after `total_for_update`."""
    tx.connection.execute(update(TallyTotal).where(TallyTotal.study_id == study).values(**vars(total)))


def take_out(tx: Transaction, people: Sequence[int]) -> list[bytes]:
    """Delete the counted votes of these participants, and return them."""
    own = Tally.participant_id.in_(people)
    found = list(tx.connection.scalars(select(Tally.votes).where(own)))
    tx.connection.execute(delete(Tally).where(own))
    return found


def take_out_unlinked(tx: Transaction, study: int, limit: int) -> list[bytes]:
    """Delete counted votes of participants who do not exist any more, or withdrew, and return them."""
    query = (
        select(Tally.id, Tally.votes)
        .outerjoin(Participant, Tally.participant_id == Participant.id)
        .where(Tally.study_id == study, Participant.id.is_(None))
        .limit(limit)
    )
    found = tx.connection.execute(query).all()
    tx.connection.execute(delete(Tally).where(Tally.id.in_([row.id for row in found])))
    return [row.votes for row in found]


def take_out_all(tx: Transaction, study: int) -> None:
    """Delete the counted votes of a study."""
    tx.connection.execute(delete(Tally).where(Tally.study_id == study))


def put_in(tx: Transaction, study: int, votes: Mapping[Stale, bytes]) -> list[bytes]:
    """Store the counted votes of participants, and return them; without those of people who are deleted."""
    wanted = select(Participant.id).where(Participant.id.in_([one.participant for one in votes]))
    there = set(tx.connection.scalars(wanted))
    rows = [
        {"study_id": study, "participant_id": one.participant, "state": one.state, "votes": own}
        for one, own in votes.items()
        if one.participant in there
    ]
    if rows:
        tx.connection.execute(insert(Tally), rows)
    return [own for one, own in votes.items() if one.participant in there]


def unlink(tx: Transaction, participant: int) -> None:
    """Forget whose counted votes these are: the next update takes them out of the counts."""
    own = Tally.participant_id == participant
    tx.connection.execute(update(Tally).where(own).values(participant_id=None))
