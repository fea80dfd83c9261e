"""Write the files that organizers pay by: codes, and the ids of a recruitment service in the clear."""

import csv
import io
from collections.abc import Iterable, Sequence

from study.database import organizer_people
from study.database.store import Store
from study.manage.log import record
from study.manage.people import Person, code_of, people
from study.records import BadStudy
from study.sealed_ids import CannotRead, seal, unseal
from study.vote_files.formula_cells import as_text

__all__ = ["erase_ids", "ids_csv", "participants_csv", "seal", "unseal"]
COLUMNS = (
    "code", "participant", "state", "started", "finished", "minutes", "votes", "checks_failed", "to_pay",
    "pilot", "reason", "note",
)  # fmt: skip


def participants_csv(store: Store, slug: str, version: int | None = None) -> bytes:
    """Return a table of all participants by their codes; participant: their number in tables of votes.

    Raises BadStudy like `Transaction.study`.
    """
    return _csv(COLUMNS, map(_row, people(store, slug, version)))


def ids_csv(store: Store, slug: str, version: int | None, key: str, who: str) -> bytes:
    """Return a table of codes and the ids that a recruitment service sent, and record who asked for it.

    key: the server's secret for participants. Raises BadStudy where the ids were stored with another secret.
    """
    with store.transaction() as tx:
        study = tx.study(slug, version)
        found = organizer_people.sealed_ids(tx, study.id)
        try:
            rows = [(code_of(one, code), unseal(sealed, key)) for one, code, sealed in found]
        except CannotRead as error:
            raise BadStudy(str(error)) from None
        record(tx, who, "ids downloaded", study, people=len(rows))
    names = ("participant", "study", "session")
    return _csv(("code", *names), ([code, *(ids.get(name, "") for name in names)] for code, ids in rows))


def erase_ids(store: Store, slug: str, version: int | None, who: str) -> int:
    """Erase the ids of a recruitment service of all participants for good; return their number.

    Hashes stay, so that nobody takes part twice. Raises BadStudy like `Transaction.study`.
    """
    with store.transaction() as tx:
        study = tx.study(slug, version)
        erased = organizer_people.erase_ids(tx, study.id)
        record(tx, who, "ids erased", study, people=erased)
    return erased


def _row(person: Person) -> list[object]:
    return [
        person.code,
        person.number or "",
        person.status,
        person.started,
        person.finished or "",
        "" if person.minutes is None else person.minutes,
        person.votes,
        " ".join(person.failed),
        _yes(person.to_pay),
        _yes(person.phase == "pilot"),
        person.reason,
        person.note,
    ]


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([as_text(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return out.getvalue().encode()
