"""Load what is stored with answers beyond their outcome: grades, further questions, and views of pairs."""

import json
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, or_, select

from study.database.responses.columns import ROWS
from study.database.schema import Participant, Trial, VoteRow
from study.votes import NONE, OUTCOME_CODES, VIEW_COLUMNS, Bools, VoteDetails

ANY = or_(VoteRow.grade.is_not(None), VoteRow.answers_json != "", VoteRow.view_json != "")
# Columns that have another form or name in the JSON of a browser.
FROM_VIEW = {
    "zoomed_ms": lambda view: view["milliseconds_zoomed"],
    "shown_width": lambda view: view["shown"][0],
    "shown_height": lambda view: view["shown"][1],
    "pixel_ratio": lambda view: view["ratio"],
    "outline": lambda view: view.get("outline", 0),  # earlier releases had none
    "beside": lambda view: view.get("beside", 0),
}


def load_details(connection: Connection, condition: ColumnElement[bool], kept: Bools) -> VoteDetails | None:
    """Return the details of the answers of some participants, in the order of the answers; None without any.

    condition: of participants. kept: marks the answers that are wanted.
    """
    of_people = (
        select(VoteRow.grade, VoteRow.answers_json, VoteRow.view_json)
        .join(Trial, VoteRow.trial_id == Trial.id)
        .join(Participant, Trial.participant_id == Participant.id)
        .where(condition)
    )
    if connection.execute(of_people.where(ANY).limit(1)).first() is None:
        return None
    rows = [row for row, wanted in zip(_rows(connection, of_people), kept, strict=True) if wanted]
    return VoteDetails(
        grade=np.array([NONE if row.grade is None else row.grade for row in rows], np.int8),
        answers=_answers([json.loads(row.answers_json or "{}") for row in rows]),
        views=_views([json.loads(row.view_json or "{}") for row in rows]),
    )


def _rows(connection: Connection, query: Any) -> Any:
    return connection.execution_options(yield_per=ROWS).execute(query.order_by(VoteRow.id))


def _answers(found: list[dict[str, str]]) -> dict[str, Any]:
    keys = sorted({key for answers in found for key in answers})
    return {
        key: np.array([OUTCOME_CODES.get(answers.get(key, ""), NONE) for answers in found], np.int8)
        for key in keys
    }


def _views(found: list[dict[str, Any]]) -> dict[str, Any]:
    values = np.full((len(VIEW_COLUMNS), len(found)), np.nan)
    for row, view in enumerate(found):
        if view:
            values[:, row] = [FROM_VIEW.get(name, _by_name(name))(view) for name in VIEW_COLUMNS]
    return dict(zip(VIEW_COLUMNS, values, strict=True))


def _by_name(name: str) -> Any:
    return lambda view: view[name]
