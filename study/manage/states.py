"""Change the state of a version of a study, and choose the one that a bare address serves.

draft: nobody can take part except in a rehearsal; it can be deleted. active: people enrol and answer. paused:
nobody enrols or gets another pair; the pair on a screen can be answered. closed: the study is over.
"""

from collections.abc import Mapping
from pathlib import Path

from study.collect.manifest import manifest_sha256
from study.collect.registration import register
from study.collect.validate import check_study
from study.database import organizer_queries, queries
from study.database.rows import StudyRow, Version
from study.database.store import Store
from study.database.transaction import Transaction
from study.manage.log import record
from study.records import BadStudy

# State → the states that may follow it.
NEXT: Mapping[str, tuple[str, ...]] = {
    "draft": ("active",),
    "active": ("paused", "closed"),
    "paused": ("active", "closed"),
    "closed": ("active",),
}


def versions(store: Store, slug: str) -> tuple[Version, ...]:
    """Return the versions of a study, the first one first; none for an unknown slug."""
    with store.reading() as tx:
        return tuple(queries.versions(tx.connection, slug))


def all_versions(store: Store) -> tuple[Version, ...]:
    """Return the versions of all studies, ordered by slug and version."""
    with store.reading() as tx:
        return tuple(queries.versions(tx.connection))


def activate(store: Store, slug: str, version: int | None, who: str) -> None:
    """Open a draft after the checks of its folder, or go on with a paused study.

    Where an earlier version of the study was the default, this one becomes it. Reads every picture of a
    draft, so call it in a thread. Raises BadStudy for another state, and with every error of the folder, one
    a line.
    """
    with store.reading() as tx:
        study = tx.study(slug, version)
    _check_next(study, "active", "draft", "paused")
    if study.status == "draft":
        _check_folder(study)
    with store.transaction() as tx:
        found = _locked(tx, study)
        _check_next(found, "active", "draft", "paused")
        _enter(tx, found, "active", who)
        if queries.default_slug(tx.connection) == slug:
            tx.set_default(tx.study(slug).id)


def open_folder(store: Store, folder: str | Path, who: str) -> StudyRow:
    """Register a study folder and activate it; return its row. Raises BadStudy like `activate`."""
    study = register(store, folder)
    move(store, study.slug, study.version, "active", who)
    return study


def pause(store: Store, slug: str, version: int | None, who: str) -> None:
    """Admit nobody and show no further pairs until the study goes on. Raises BadStudy for another state."""
    _change(store, slug, version, who, "paused", "active")


def close(store: Store, slug: str, version: int | None, who: str) -> None:
    """End a study that is active or paused. Raises BadStudy for another state."""
    _change(store, slug, version, who, "closed", "active", "paused")


def reopen(store: Store, slug: str, version: int | None, who: str) -> None:
    """Open a closed study again. Raises BadStudy for another state."""
    _change(store, slug, version, who, "active", "closed")


def move(store: Store, slug: str, version: int | None, state: str, who: str) -> None:
    """Change to a state by the function above for it; nothing where the study has that state.

    Raises BadStudy where this state cannot follow.
    """
    with store.reading() as tx:
        study = tx.study(slug, version)
    if study.status == state:
        return
    if state == "active":
        (reopen if study.status == "closed" else activate)(store, slug, study.version, who)
    elif state == "paused":
        pause(store, slug, study.version, who)
    elif state == "closed":
        close(store, slug, study.version, who)
    else:
        raise BadStudy("A study can become active, paused or closed. Please choose one of these.")


def make_default(store: Store, slug: str, version: int | None, who: str) -> None:
    """Let a bare address serve this study.

    Raises BadStudy for a draft, and where a later version was opened.
    """
    with store.transaction() as tx:
        study = tx.study(slug, version)
        current = tx.study(slug).version
        if study.activated_at is None:
            raise BadStudy(f"{_name(study)} is a draft. Please activate it first.")
        if study.version != current:
            raise BadStudy(f"Version {current} of {slug} was opened later. Please choose that one.")
        tx.set_default(study.id)
        record(tx, who, "default", study)


def delete_draft(store: Store, slug: str, version: int | None, who: str) -> None:
    """Delete a draft with its rehearsals; the folder of its pictures stays. Raises BadStudy for others."""
    with store.transaction() as tx:
        tx.lock_studies()
        study = tx.study(slug, version)
        if study.status != "draft" or organizer_queries.has_people(tx, study.id):
            raise BadStudy(f"{_name(study)} is not a draft, so it stays. Close it instead.")
        record(tx, who, "delete", study)
        organizer_queries.delete_study(tx, study.id)


def _change(store: Store, slug: str, version: int | None, who: str, state: str, *allowed: str) -> None:
    """Change to a state from one of those allowed."""
    with store.transaction() as tx:
        study = _locked(tx, tx.study(slug, version))
        _check_next(study, state, *allowed)
        _enter(tx, study, state, who)


def _locked(tx: Transaction, study: StudyRow) -> StudyRow:
    """Return the row as it is once nobody else can change it."""
    tx.lock_study(study.id)
    return tx.study(study.slug, study.version)


def _enter(tx: Transaction, study: StudyRow, state: str, who: str) -> None:
    tx.set_status(study.id, state)
    record(tx, who, state, study, before=study.status)


def _check_next(study: StudyRow, state: str, *allowed: str) -> None:
    if study.status not in allowed:
        following = " or ".join(NEXT[study.status])
        raise BadStudy(f"{_name(study)} is {study.status}: it cannot become {state}, only {following}.")


def _check_folder(study: StudyRow) -> None:
    """Raise BadStudy where the pictures are not here, or would break the study or reveal a method."""
    folder = Path(study.folder).parent
    errors = [str(finding) for finding in check_study(folder) if finding.level == "error"]
    if manifest_sha256(folder) != study.sha256:
        errors.append(f"error: study.json: was changed after {_name(study)} was registered: build it again.")
    if errors:
        raise BadStudy("\n".join([*errors, f"{_name(study)} stays a draft."]))


def _name(study: StudyRow) -> str:
    return f"{study.slug}, version {study.version},"
