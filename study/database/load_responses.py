"""A study out of the database, as arrays: a million answers in seconds, and in little memory."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, func, select
from sqlalchemy.engine import RowMapping

from study.database.schema import Item, Method, Pair, Participant, Stimulus, Trial, VoteRow
from study.database.store import Store
from study.database.study_queries import Row
from study.records import MethodRow
from study.votes import INPUT_CODES, LEFT, NONE, OUTCOME_CODES, RIGHT, Ints, Responses, StudyData

ROWS = 50_000  # fetched at a time


def read_study(store: Store, slug: str) -> StudyData:
    """The newest version of a study. Raises BadStudy for an unknown slug."""
    with store.reading() as tx:
        return _read(tx.connection, tx.study(slug))


def state_of(store: Store, slug: str) -> tuple[int | str | None, ...]:
    """Differs whenever a report on the newest version might. Raises BadStudy for an unknown slug."""
    with store.reading() as tx:
        study = tx.study(slug)["id"]
        votes = select(func.count(), func.max(VoteRow.id), func.max(VoteRow.server_at)).select_from(VoteRow)
        people = select(Participant.status, func.count()).where(Participant.study_id == study)
        counts = tx.connection.execute(people.group_by(Participant.status).order_by(Participant.status))
        return (study, *tx.connection.execute(votes).one(), *(value for row in counts for value in row))


def taking_part(store: Store, minutes: float = 10) -> int:
    """Count participants of all studies who have not finished and were here in the last minutes."""
    with store.reading() as tx:
        here = Participant.last_seen_at >= tx.ago(timedelta(minutes=minutes))
        query = select(func.count()).select_from(Participant).where(Participant.status == "active", here)
        return tx.connection.execute(query).scalar_one()


def _read(connection: Connection, study: Row) -> StudyData:
    methods = _rows_of(connection, study["id"], Method)
    items = _scored(_rows_of(connection, study["id"], Item))
    people = _rows_of(connection, study["id"], Participant)
    responses, at, inputs = _ballots(connection, study["id"], methods, items, people)
    voted = set(np.unique(responses.participant).tolist())
    return StudyData(
        slug=study["slug"],
        title=study["title"],
        question=study["question"],
        version=study["version"],
        sha256=study["sha256"],
        seed=study["seed"],
        config_json=study["config_json"],
        simulated=any(row["source"] == "simulated" for n, row in enumerate(people) if n in voted),
        methods=tuple(MethodRow(row["key"], row["title"], row["is_anchor"]) for row in methods),
        items=tuple(row["key"] for row in items),
        participants=len(people),
        completed=sum(row["status"] == "complete" for row in people),
        sources=tuple(row["source"] for row in people),
        responses=responses,
        at=at,
        inputs=inputs,
    )


def _rows_of(
    connection: Connection, study: int, table: type[Method | Item | Participant]
) -> Sequence[RowMapping]:
    """All rows of a study in a table, the oldest first."""
    query = select(table.__table__).where(table.study_id == study).order_by(table.id)
    return connection.execute(query).mappings().all()


def _scored(items: Sequence[RowMapping]) -> list[RowMapping]:
    """Those whose votes make the scores: neither gold pairs nor for practice."""
    return [row for row in items if not row["is_gold"] and not row["is_practice"]]


def _ballots(
    connection: Connection, study: int, *tables: Sequence[RowMapping]
) -> tuple[Responses, NDArray[np.datetime64], Ints]:
    """All answers but those of practice; gold pairs have no methods and no item.

    tables: methods, items and participants of the study, in the order of their indices.
    """
    pictures = select(Stimulus.id, Stimulus.method_id, Stimulus.item_id).join(Item).order_by(Stimulus.id)
    stimulus, its_method, its_item = _columns(connection, pictures.where(Item.study_id == study), "iii")
    method, item, participant = (_numbered([row["id"] for row in rows]) for rows in tables)
    row_of = _numbered(stimulus.tolist())
    its_item, its_method = _places(item, its_item), _places(method, its_method)
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
        .where(Participant.study_id == study)
        .order_by(VoteRow.id)
    )
    columns = _columns(connection, answers, "iiiioitp")
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
        repeat_of=_repeat_of(connection, study, trial),
    )
    return found, at, inputs


def _expected(connection: Connection, study: int, left: Ints, right: Ints) -> Ints:
    """The outcome that rows with these stimuli should have; -1 where any may be."""
    better = select(Pair.expected_stim).where(Pair.study_id == study, Pair.kind == "gold")
    (found,) = _columns(connection, better, "i")
    return np.where(np.isin(left, found), LEFT, np.where(np.isin(right, found), RIGHT, NONE)).astype(np.int8)


def _repeat_of(connection: Connection, study: int, trial: Ints) -> Ints:
    """The row of the trial that each row repeats, -1 for none. trial: the id of each row's trial."""
    repeats = select(Trial.id, Trial.repeat_of).join(Participant, Trial.participant_id == Participant.id)
    repeats = repeats.where(Participant.study_id == study, Trial.repeat_of.is_not(None))
    again, first = _columns(connection, repeats, "ii")
    if not len(again):
        return np.full(len(trial), NONE, np.int32)
    rows = _numbered(trial.tolist())
    answered = np.isin(again, trial)
    found = np.full(len(trial), NONE, np.int32)
    found[rows[again[answered]]] = rows[first[answered]]
    return found


def _places(places: Ints, ids: Ints) -> Ints:
    """The places of these ids; -1 for ids that have none."""
    return np.append(places, NONE)[np.where(ids < len(places), ids, NONE)]


def _numbered(ids: Sequence[int]) -> Ints:
    """From id to its place in the list; -1 for other ids."""
    places = np.full(max(ids, default=0) + 1, -1, np.int32)
    places[list(ids)] = np.arange(len(ids))
    return places


def _columns(connection: Connection, query: Any, kinds: str) -> list[Any]:
    """Arrays of i: whole numbers (-1 for NULL), o: outcomes, t: times, p: inputs."""
    parts: list[list[Any]] = [[_column(kind, ())] for kind in kinds]
    for rows in connection.execution_options(yield_per=ROWS).execute(query).partitions(ROWS):
        for part, kind, values in zip(parts, kinds, zip(*rows, strict=True), strict=True):
            part.append(_column(kind, values))
    return [np.concatenate(part) for part in parts]


def _column(kind: str, values: Sequence[Any]) -> Any:
    if kind == "o":
        return np.array([OUTCOME_CODES[value] for value in values], np.int8)
    if kind == "p":
        return np.array([INPUT_CODES[value] for value in values], np.int8)
    if kind == "t":
        return np.array([value[:-1] for value in values], "datetime64[ms]")
    return np.array([NONE if value is None else value for value in values], np.int32)
