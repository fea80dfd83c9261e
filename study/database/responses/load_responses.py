"""Load a study as arrays: a million answers in seconds."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, Row, and_, func, select

from study.database import queries
from study.database.responses.columns import columns_of, index_by_id, indices
from study.database.responses.load_details import load_details
from study.database.rows import StudyRow
from study.database.schema import (
    FurtherPicture,
    Item,
    Method,
    OrganizerLog,
    Pair,
    Participant,
    Stimulus,
    Trial,
    VoteRow,
)
from study.database.store import Store
from study.records import MethodRow, People
from study.votes import (
    LEFT,
    NONE,
    RIGHT,
    Bools,
    Choices,
    Ints,
    Responses,
    StudyData,
)

PAIRS = Trial.pictures == 2


def read_study(store: Store, slug: str, version: int | None = None, people: People = "counted") -> StudyData:
    """Return a version of a study with the answers of these people. Raises BadStudy like `tx.study`."""
    with store.reading() as tx:
        return read_version(tx.connection, tx.study(slug, version), people)


def state_of(store: Store, slug: str, version: int | None = None) -> tuple[int | str | None, ...]:
    """Return a value that changes whenever a report on a version of a study may change.

    Raises BadStudy like `Transaction.study`.
    """
    with store.reading() as tx:
        study = tx.study(slug, version)
        votes = select(func.count(), func.max(VoteRow.id), func.max(VoteRow.server_at)).select_from(VoteRow)
        groups = (Participant.phase, Participant.status)
        people = select(*groups, func.count()).where(Participant.study_id == study.id)
        counts = tx.connection.execute(people.group_by(*groups).order_by(*groups))
        numbers = (value for row in counts for value in row)
        return (study.id, study.status, study.changes_json, *tx.connection.execute(votes).one(), *numbers)


def count_active(store: Store, minutes: float = 10) -> int:
    """Count active participants of all studies with a request in the last minutes."""
    with store.reading() as tx:
        recent = Participant.last_seen_at >= tx.ago(timedelta(minutes=minutes))
        query = select(func.count()).select_from(Participant).where(Participant.status == "active", recent)
        return tx.connection.execute(query).scalar_one()


def read_version(connection: Connection, study: StudyRow, whose: People) -> StudyData:
    """Return this version of a study with the answers of these people."""
    methods = _rows_of(connection, study.id, Method, "key", "title", "is_anchor")
    items = _scored_items(connection, study.id)
    condition = and_(Participant.study_id == study.id, queries.PEOPLE[whose])
    people = _participants(connection, condition)
    responses, at, inputs, kept = _answers(connection, study.id, condition, methods, items, people)
    choices = _choices(connection, study, condition, methods, items, people)
    answered = [responses.participant, *([choices.participant] if choices is not None else [])]
    voters = set(np.unique(np.concatenate(answered)).tolist())
    return StudyData(
        slug=study.slug,
        title=study.title,
        question=study.question,
        version=study.version,
        sha256=study.sha256,
        seed=study.seed,
        config_json=study.config_json,
        simulated=any(row.source == "simulated" for n, row in enumerate(people) if n in voters),
        methods=tuple(MethodRow(row.key, row.title, row.is_anchor) for row in methods),
        items=tuple(row.key for row in items),
        participants=len(people),
        completed=sum(row.status == "complete" for row in people),
        rejected=_count_rejected(connection, study.id) if whose == "counted" else 0,
        changes=changes_of(connection, study),
        other_versions=_other_versions(connection, study),
        sources=tuple(row.source for row in people),
        responses=responses,
        at=at,
        inputs=inputs,
        details=load_details(connection, and_(condition, PAIRS), kept),
        choices=choices,
        closed=study.status == "closed",
        complete=np.array([row.status == "complete" for row in people], np.bool_),
    )


def read_answers(connection: Connection, study: StudyRow, whose: People) -> tuple[Responses, int]:
    """Return the answers of these people on pairs, a part of `read_version`, and the number of the people."""
    methods = _rows_of(connection, study.id, Method, "key", "title", "is_anchor")
    condition = and_(Participant.study_id == study.id, queries.PEOPLE[whose])
    people = _participants(connection, condition)
    items = _scored_items(connection, study.id)
    return _answers(connection, study.id, condition, methods, items, people)[0], len(people)


def answers_of(connection: Connection, study: StudyRow, ids: Sequence[int]) -> tuple[Responses, list[int]]:
    """Return the answers of these participants on pairs, like `read_answers`, and the participants' ids."""
    methods = _rows_of(connection, study.id, Method, "key", "title", "is_anchor")
    condition = and_(Participant.study_id == study.id, Participant.id.in_(ids))
    people, items = _participants(connection, condition), _scored_items(connection, study.id)
    return _answers(connection, study.id, condition, methods, items, people)[0], [row.id for row in people]


def _participants(connection: Connection, condition: ColumnElement[bool]) -> Sequence[Row[Any]]:
    columns: tuple[Any, ...] = (Participant.id, Participant.source, Participant.status)
    query = select(*columns).where(condition).order_by(Participant.id)
    return connection.execute(query).all()


def number_of_items(connection: Connection, study: int) -> int:
    """Return the number of the items whose votes are scored, which the answers index."""
    return len(_scored_items(connection, study))


def _count_rejected(connection: Connection, study: int) -> int:
    rejected = (Participant.study_id == study, queries.MAIN, Participant.status == "rejected")
    return connection.execute(select(func.count()).select_from(Participant).where(*rejected)).scalar_one()


def changes_of(connection: Connection, study: StudyRow) -> tuple[tuple[str, Mapping[str, Any]], ...]:
    """Return time and values of what organizers changed after the start, the first change first."""
    query = select(OrganizerLog.at, OrganizerLog.details_json).order_by(OrganizerLog.id)
    since = (OrganizerLog.study_id == study.id, OrganizerLog.at > (study.activated_at or OrganizerLog.at))
    rows = connection.execute(query.where(OrganizerLog.action == "change", *since))
    return tuple((row.at, json.loads(row.details_json)["changes"]) for row in rows)


def _other_versions(connection: Connection, study: StudyRow) -> tuple[tuple[int, int], ...]:
    """Return the number of each other version of the study that has votes, and that of its votes."""
    found = queries.versions(connection, study.slug)
    return tuple((one.version, one.votes) for one in found if one.votes and one.version != study.version)


def _rows_of(
    connection: Connection, study: int, table: type[Method | Item], *columns: str
) -> Sequence[Row[Any]]:
    """Return id and these columns of all rows of a study in a table, the oldest first."""
    chosen = [getattr(table, name) for name in ("id", *columns)]
    return connection.execute(select(*chosen).where(table.study_id == study).order_by(table.id)).all()


def _scored_items(connection: Connection, study: int) -> list[Row[Any]]:
    """Return the items whose votes are scored: not for gold pairs, not for practice."""
    items = _rows_of(connection, study, Item, "key", "is_gold", "is_practice")
    return [row for row in items if not row.is_gold and not row.is_practice]


def _answers(
    connection: Connection, study: int, condition: ColumnElement[bool], *tables: Sequence[Row[Any]]
) -> tuple[Responses, NDArray[np.datetime64], Ints, Bools]:
    """Return all answers on pairs except practice, and which these are; gold pairs have no methods, no item.

    condition: of participants. tables: methods, items and participants, in the order of their indices.
    """
    pictures = select(Stimulus.id, Stimulus.method_id, Stimulus.item_id).join(Item).order_by(Stimulus.id)
    stimulus, its_method, its_item = columns_of(connection, pictures.where(Item.study_id == study), "iii")
    method, item, participant = (index_by_id([row.id for row in rows]) for rows in tables)
    row_of = index_by_id(stimulus.tolist())
    its_item, its_method = indices(item, its_item), indices(method, its_method)
    answers = (
        select(
            Trial.id,
            Trial.participant_id,
            Trial.left_stim,
            Trial.right_stim,
            VoteRow.outcome,
            VoteRow.rt_ms,
            VoteRow.server_at,
            VoteRow.input,
        )
        .join(Trial, VoteRow.trial_id == Trial.id)
        .join(Participant, Trial.participant_id == Participant.id)
        .where(condition, PAIRS)
        .order_by(VoteRow.id)
    )
    columns = columns_of(connection, answers, "iiiioitp")
    expected = _expected(connection, study, columns[2], columns[3])
    picture = row_of[columns[2]]
    kept = (expected != NONE) | (its_item[picture] != NONE)
    trial, who, left, right, outcome, rt_ms, at, inputs = (column[kept] for column in columns)
    left, right = row_of[left], row_of[right]
    found = Responses(
        participant=participant[who],
        item=its_item[left],
        left=its_method[left],
        right=its_method[right],
        outcome=outcome,
        rt_ms=rt_ms,
        expected=expected[kept],
        repeat_of=_repeat_of(connection, condition, trial),
    )
    return found, at, inputs, kept


def _choices(
    connection: Connection,
    study: StudyRow,
    condition: ColumnElement[bool],
    *tables: Sequence[Row[Any]],
) -> Choices | None:
    """Return the choices of the best of more than two pictures, without practice; None in a study of pairs.

    condition, tables: as in `_answers`.
    """
    if study.pictures == 2:
        return None
    answers = (
        select(
            *(Trial.id, Trial.participant_id, Trial.left_stim, Trial.right_stim, Stimulus.item_id),
            *(VoteRow.outcome, VoteRow.rt_ms, VoteRow.server_at, VoteRow.input),
        )
        .join(Trial, VoteRow.trial_id == Trial.id)
        .join(Participant, Trial.participant_id == Participant.id)
        .join(Stimulus, Trial.left_stim == Stimulus.id)
        .join(Pair, Trial.pair_id == Pair.id)
        .where(condition, Trial.pictures > 2, Pair.kind == "main")
        .order_by(VoteRow.id)
    )
    trial, who, left, right, on, chosen, rt_ms, at, inputs = columns_of(connection, answers, "iiiiicitp")
    pictures = select(Stimulus.id, Stimulus.method_id).join(Item).where(Item.study_id == study.id)
    stimulus, its_method = columns_of(connection, pictures.order_by(Stimulus.id), "ii")
    row_of = index_by_id(stimulus.tolist())
    method, item, participant = (index_by_id([row.id for row in rows]) for rows in tables)
    shown = np.full((len(trial), study.pictures), NONE)
    shown[:, 0], shown[:, 1] = left, right
    further = (
        select(FurtherPicture.trial_id, FurtherPicture.position, FurtherPicture.stim)
        .join(Trial, FurtherPicture.trial_id == Trial.id)
        .join(Participant, Trial.participant_id == Participant.id)
        .where(condition)
    )
    of_trial, position, stim = columns_of(connection, further, "iii")
    wanted = np.isin(of_trial, trial)
    shown[index_by_id(trial.tolist())[of_trial[wanted]], position[wanted] - 1] = stim[wanted]
    methods = indices(method, its_method[row_of[shown]])
    return Choices(participant[who], indices(item, on), methods, chosen, rt_ms, at, inputs)


def _expected(connection: Connection, study: int, left: Ints, right: Ints) -> Ints:
    """Return the expected outcome of rows with these stimuli; -1 for all but gold pairs."""
    better = select(Pair.expected_stim).where(Pair.study_id == study, Pair.kind == "gold")
    (found,) = columns_of(connection, better, "i")
    return np.where(np.isin(left, found), LEFT, np.where(np.isin(right, found), RIGHT, NONE)).astype(np.int8)


def _repeat_of(connection: Connection, condition: ColumnElement[bool], trial: Ints) -> Ints:
    """Return the row of the trial that each row repeats, -1 for none. trial: the id of each row's trial."""
    repeats = select(Trial.id, Trial.repeat_of).join(Participant, Trial.participant_id == Participant.id)
    repeats = repeats.where(condition, Trial.repeat_of.is_not(None))
    again, first = columns_of(connection, repeats, "ii")
    if not len(again):
        return np.full(len(trial), NONE, np.int32)
    rows = index_by_id(trial.tolist())
    answered = np.isin(again, trial)
    found = np.full(len(trial), NONE, np.int32)
    found[rows[again[answered]]] = rows[first[answered]]
    return found
