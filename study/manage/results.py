"""Decide who may read the results of a study: organizers, anybody with a link, or everybody."""

import hmac
import secrets
from typing import Literal

from study.database import organizer_queries
from study.database.rows import StudyRow
from study.database.store import Store
from study.manage.log import record

Access = Literal["organizers", "link", "public"]


def set_access(store: Store, slug: str, version: int | None, access: Access, who: str) -> None:
    """Store who may read the results; a link gets a new key. Raises BadStudy for an unknown study."""
    key = secrets.token_urlsafe(16) if access == "link" else ""
    with store.transaction() as tx:
        study = tx.study(slug, version)
        organizer_queries.change_study(tx, study.id, results_access=access, results_key=key)
        record(tx, who, "results", study, access=access)


def may_read(study: StudyRow, *, key: str, organizer: bool) -> bool:
    """Return True where the results of a study are open: to an organizer, by the key of a link, or to all."""
    if organizer or study.results_access == "public":
        return True
    same = hmac.compare_digest(key.encode("utf-8", "replace"), study.results_key.encode())
    return study.results_access == "link" and bool(study.results_key) and same
