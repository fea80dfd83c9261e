"""Query and change what only organizers see, and what the servers on one database share."""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from study.database.rows import DELETED, LogEntry
from study.database.schema import (
    Context,
    Event,
    FurtherPicture,
    Invitation,
    Item,
    OrganizerLog,
    Pair,
    Participant,
    QuestionnaireAnswer,
    SharedValue,
    Study,
    Trial,
    VoteHistory,
    VoteRow,
)
from study.database.transaction import Transaction


def add_entry(tx: Transaction, who: str, action: str, study: int | None, details: dict[str, Any]) -> None:
    """Add an entry to the log, at the time of the transaction."""
    text = json.dumps(details, sort_keys=True, ensure_ascii=False)
    row = {"at": tx.now, "who": who, "action": action, "study_id": study, "details_json": text}
    tx.connection.execute(insert(OrganizerLog), row)


def entries(tx: Transaction, study: int | None, newest: int | None = None) -> list[LogEntry]:
    """Return the log of a study, or all of it (None), the newest first; at most `newest` entries of it."""
    columns = (OrganizerLog.at, OrganizerLog.who, OrganizerLog.action, OrganizerLog.details_json)
    query = select(*columns).order_by(OrganizerLog.id.desc()).limit(newest)
    chosen = query if study is None else query.where(OrganizerLog.study_id == study)
    return [
        LogEntry(row.at, row.who, row.action, json.loads(row.details_json))
        for row in tx.connection.execute(chosen)
    ]


def change_study(tx: Transaction, study: int, **values: Any) -> None:
    """Change columns of a version of a study."""
    tx.connection.execute(update(Study).where(Study.id == study).values(**values))


def has_people(tx: Transaction, study: int) -> bool:
    """Return True where somebody took part in a study, other than in a rehearsal."""
    query = select(Participant.id).where(Participant.study_id == study, Participant.phase != "rehearsal")
    return tx.connection.scalar(query.limit(1)) is not None


def delete_participants(tx: Transaction, study: int, phase: str) -> int:
    """Delete the participants of a phase with all that is stored about them; return their number."""
    own = select(Participant.id).where(Participant.study_id == study, Participant.phase == phase)
    trials = select(Trial.id).where(Trial.participant_id.in_(own))
    for table in (VoteRow, VoteHistory, FurtherPicture):
        tx.connection.execute(delete(table).where(table.trial_id.in_(trials)))
    again = (Trial.participant_id.in_(own), Trial.repeat_of.is_not(None))
    tx.connection.execute(delete(Trial).where(*again))  # before the trials that they repeat
    for owned in (Trial, Event, QuestionnaireAnswer):
        tx.connection.execute(delete(owned).where(owned.participant_id.in_(own)))
    gone = delete(Participant).where(Participant.study_id == study, Participant.phase == phase)
    return int(tx.connection.execute(gone).rowcount)


def delete_study(tx: Transaction, study: int) -> None:
    """Delete a version in which nobody took part.

    Its row, items and stimuli stay under another slug: SQLite would give their ids to the next study, and
    servers keep pictures by these ids.
    """
    delete_participants(tx, study, "rehearsal")
    items = select(Item.id).where(Item.study_id == study)
    tx.connection.execute(delete(Context).where(Context.item_id.in_(items)))
    for table in (Pair, Event, Invitation):
        tx.connection.execute(delete(table).where(table.study_id == study))
    gone = {"slug": f"{DELETED}{study}", "version": 1, "is_default": False}
    tx.connection.execute(update(Study).where(Study.id == study).values(**gone))


def keep_value(tx: Transaction, name: str, value: str) -> str:
    """Store a value that all servers share, unless there is one; return the stored value."""
    build = postgresql.insert if tx.connection.dialect.name == "postgresql" else sqlite.insert
    # Waits for another transaction that stores the same name, so that both end with one value.
    tx.connection.execute(build(SharedValue).on_conflict_do_nothing(), {"name": name, "value": value})
    stored = shared_value(tx, name)
    assert stored is not None
    return stored


def shared_value(tx: Transaction, name: str) -> str | None:
    """Return a value that all servers share, None without one."""
    return tx.connection.scalar(select(SharedValue.value).where(SharedValue.name == name))


def shared_values(tx: Transaction, prefix: str) -> dict[str, str]:
    """Return the shared values whose names start with a text, by the rest of their names."""
    query = select(SharedValue.name, SharedValue.value).where(SharedValue.name.startswith(prefix))
    return {row.name.removeprefix(prefix): row.value for row in tx.connection.execute(query)}


def forget_values(tx: Transaction, names: Iterable[str]) -> int:
    """Delete shared values; return the number of those that existed."""
    gone = delete(SharedValue).where(SharedValue.name.in_(list(names)))
    return int(tx.connection.execute(gone).rowcount)
