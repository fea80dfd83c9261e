"""Decide who may read the results of a study, and when organizers may read its scores."""

import hmac
import secrets
from dataclasses import dataclass
from typing import Literal

from study.config.schedules import schedule_of
from study.config.study_configs import parse_config
from study.database import monitor_queries, organizer_queries
from study.database.rows import StudyRow
from study.database.store import Store
from study.manage.log import record

Access = Literal["organizers", "link", "public"]


@dataclass(frozen=True)
class Scores:
    """Say if organizers may read the scores now, and why.

    reason: "closed" study; "shared", where others may read the results too; "unregistered", where nothing
    fixes when scores are read; "planned", where the people so far allow an analysis of the registration; else
    "early". planned: analyses that the registration plans. reached: those that the people so far allow. The
    scores are those of the last of these.
    """

    open: bool
    reason: Literal["closed", "shared", "unregistered", "planned", "early"]
    planned: int = 0
    reached: int = 0

    @property
    def look(self) -> int | None:
        """Return the number of the analysis whose scores may be read, None for those of all votes."""
        return self.reached if self.reason == "planned" else None


def scores_at(study: StudyRow, completed: int) -> Scores:
    """Return if organizers may read the scores with this number of participants who completed the study.

    Scores are shown while a study runs only where its registration plans an analysis: whoever decides by
    scores in between finds differences by chance.
    """
    if study.status == "closed":
        return Scores(True, "closed")
    if study.results_access != "organizers":
        return Scores(True, "shared")
    if not study.config_sha256:
        return Scores(True, "unregistered")
    config = parse_config(study.config_json)  # as registered, whatever was changed later
    schedule = schedule_of(config, 0 if config is None else len(config.stimuli.methods))
    reached = schedule.reached(completed)
    return Scores(reached > 0, "planned" if reached else "early", len(schedule.shares), reached)


def scores_now(store: Store, slug: str, version: int | None = None) -> Scores:
    """Return if organizers may read the scores of a version now. Raises BadStudy for an unknown one."""
    with store.reading() as tx:
        study = tx.study(slug, version)
        people = monitor_queries.count_people(tx, study.id)
    return scores_at(study, people.get("complete", 0))


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
