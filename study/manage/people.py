"""List the people of a study by their codes, reject and restore them, and set answers aside."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from study.config.config import StudyConfig
from study.config.tables import Exclusion
from study.database import organizer_people, organizer_queries, queries
from study.database.organizer_people import FoundPerson, PersonRow
from study.database.responses.load_responses import read_answers
from study.database.rows import StudyRow
from study.database.store import Store
from study.database.transaction import Transaction
from study.manage.log import record
from study.records import BadStudy
from study.statistics.data_quality import flags, response_quality
from study.votes import Responses

LONGEST_NOTE = 2000


@dataclass(frozen=True)
class Person:
    """Describe a participant for organizers, without ids of a recruitment service.

    code: "#12" for participants of earlier releases, who have no code in the database. number: in exported
    tables of votes; None for those who are not in them. minutes: from consent to the end, None before.
    votes: without practice, gold pairs and repeats; answered, trials: of all kinds. failed: rules that flag
    the answers, none for a pilot.
    """

    code: str
    number: int | None
    status: str
    phase: str
    source: str
    language: str
    started: str
    last_seen: str
    finished: str | None
    minutes: float | None
    votes: int
    answered: int
    trials: int
    failed: tuple[str, ...]
    note: str
    reason: str

    @property
    def to_pay(self) -> bool:
        """Return True for those who completed the study and were not rejected."""
        return self.status == "complete"


def people(store: Store, slug: str, version: int | None = None) -> list[Person]:
    """Return all who enrolled in a version, in that order. Raises BadStudy like `Transaction.study`."""
    with store.reading() as tx:
        study = tx.study(slug, version)
        rows = organizer_people.people(tx, study.id)
        answers, voters = read_answers(tx.connection, study, "all")
        everybody = organizer_people.ids_in(tx, study.id, queries.PEOPLE["all"])
        counted = organizer_people.ids_in(tx, study.id, queries.COUNTED)
    failed = dict(zip(everybody, _failed(study, answers, voters), strict=True))
    number = {key: place for place, key in enumerate(counted, start=1)}
    return [_person(row, number.get(row.id), failed.get(row.id, ())) for row in rows]


def reject(store: Store, slug: str, version: int | None, code: str, who: str, reason: str = "") -> None:
    """Take the answers of a participant out of all counts, and give their place to another.

    Raises BadStudy for an unknown code, and for somebody who withdrew or was rejected before.
    """

    def change(tx: Transaction, person: FoundPerson) -> None:
        if person.status in ("withdrawn", "rejected", "screened"):
            raise BadStudy(f"{code} is {person.status}, so there is nothing to reject.")
        given = {"status": "rejected", "rejected_at": tx.now, "reason": _short(reason)}
        organizer_people.change_person(tx, person.id, **given)

    _change(store, slug, version, code, _Act(who, "reject", {"reason": _short(reason)}, change))


def restore(store: Store, slug: str, version: int | None, code: str, who: str) -> None:
    """Count the answers of a rejected participant again. Raises BadStudy for others."""

    def change(tx: Transaction, person: FoundPerson) -> None:
        if person.status != "rejected":
            raise BadStudy(f"{code} is {person.status}, not rejected, so there is nothing to restore.")
        status = "complete" if person.finished_at else "active"
        organizer_people.change_person(tx, person.id, status=status, rejected_at=None, reason="")

    _change(store, slug, version, code, _Act(who, "restore", {}, change))


def add_note(store: Store, slug: str, version: int | None, code: str, who: str, note: str) -> None:
    """Replace the note on a participant. Raises BadStudy for an unknown code."""

    def change(tx: Transaction, person: FoundPerson) -> None:
        organizer_people.change_person(tx, person.id, note=_short(note))

    _change(store, slug, version, code, _Act(who, "note", {}, change))


def set_aside_pilot(store: Store, slug: str, version: int | None, who: str) -> int:
    """Set the answers so far aside as a pilot, and give their places to others; return the number of people.

    They are in no count and no score from then on; those who have not finished go on in the pilot. Raises
    BadStudy like `Transaction.study`.
    """
    with store.transaction() as tx:
        study = tx.study(slug, version)
        tx.lock_study(study.id)
        moved = organizer_people.set_aside(tx, study.id)
        record(tx, who, "pilot", study, people=moved)
    return moved


def delete_pilot(store: Store, slug: str, version: int | None, who: str) -> int:
    """Delete the people of the pilot with their answers; return their number. Raises BadStudy."""
    with store.transaction() as tx:
        study = tx.study(slug, version)
        gone = organizer_queries.delete_participants(tx, study.id, "pilot")
        record(tx, who, "delete pilot", study, people=gone)
    return gone


@dataclass(frozen=True)
class _Act:
    """Hold what an organizer does to a participant, and how the log describes it."""

    who: str
    action: str
    details: dict[str, Any]
    change: Callable[[Transaction, FoundPerson], None]


def _change(store: Store, slug: str, version: int | None, code: str, act: _Act) -> None:
    with store.transaction() as tx:
        study = tx.study(slug, version)
        tx.lock_study(study.id)
        person = organizer_people.find(tx, study.id, code)
        if person is None:
            raise BadStudy(f"Nobody in {slug}, version {study.version}, has the code {code}.")
        act.change(tx, person)
        record(tx, act.who, act.action, study, code=code, **act.details)


def code_of(participant: int, code: str) -> str:
    """Return the code of a participant, "#" and the id for those who have none."""
    return code or f"#{participant}"


def _failed(study: StudyRow, answers: Responses, voters: int) -> list[tuple[str, ...]]:
    """Return the rules that flag each participant, by the limits of the study."""
    config = StudyConfig.from_json(study.config_json) if study.config_json else None
    limits = (config.exclude if config else Exclusion()).limits
    found = flags(response_quality(answers, voters), limits)
    return [tuple(rule for rule in found if found[rule][n]) for n in range(voters)]


def _person(row: PersonRow, number: int | None, failed: tuple[str, ...]) -> Person:
    return Person(
        code=code_of(row.id, row.code),
        number=number,
        status=row.status,
        phase=row.phase,
        source=row.source,
        language=row.language,
        started=row.consent_at,
        last_seen=row.last_seen_at,
        finished=row.finished_at,
        minutes=_minutes(row.consent_at, row.finished_at),
        votes=row.votes,
        answered=row.answered,
        trials=row.trials,
        failed=failed,
        note=row.note,
        reason=row.reason,
    )


def _minutes(start: str, end: str | None) -> float | None:
    if end is None:
        return None
    span = np.datetime64(end[:-1]) - np.datetime64(start[:-1])
    return round(float(span / np.timedelta64(1, "s")) / 60, 1)


def _short(text: str) -> str:
    return text.strip()[:LONGEST_NOTE]
