"""Keep who did what to which study, and when."""

from typing import Any

from study.database import organizer_queries
from study.database.rows import LogEntry, StudyRow
from study.database.store import Store
from study.database.transaction import Transaction


def record(tx: Transaction, who: str, action: str, study: StudyRow | None, **details: Any) -> None:
    """Add an entry in the transaction that makes the change; details: values that JSON can hold.

    study: the version that changes; None for what concerns the whole server, such as a sign-in.
    """
    about = {"slug": study.slug, "version": study.version} if study else {}
    organizer_queries.add_entry(tx, who, action, study.id if study else None, {**details, **about})


def entries(store: Store, study: int | None = None, newest: int | None = None) -> list[LogEntry]:
    """Return the log of a study by its id, or all of it, the newest first.

    newest: the number of entries to return, None for all.
    """
    with store.reading() as tx:
        return organizer_queries.entries(tx, study, newest)
