"""Read columns of a query as arrays, in chunks that keep memory small, and turn ids into indices."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection

from study.votes import INPUT_CODES, NONE, OUTCOME_CODES, POSITIONS, Ints

POSITION_CODES: Mapping[str, int] = {**{position: code for code, position in enumerate(POSITIONS)}, "T": NONE}
ROWS = 50_000  # fetched at a time


def indices(index_of: Ints, ids: Ints) -> Ints:
    """Return the index of each of these ids; -1 for ids without one."""
    return np.append(index_of, NONE)[np.where(ids < len(index_of), ids, NONE)]


def index_by_id(ids: Sequence[int]) -> Ints:
    """Return an array that gives the index of each id in the list, and -1 for other numbers."""
    index_of = np.full(max(ids, default=0) + 1, NONE, np.int32)
    index_of[list(ids)] = np.arange(len(ids))
    return index_of


def columns_of(connection: Connection, query: Any, kinds: str) -> list[Any]:
    """Return columns as arrays: kind i integers (-1 for NULL), o outcomes, t times, p input kinds.

    Kind c: the chosen position of more than two, from 0; NONE for no difference.
    """
    parts: list[list[Any]] = [[_column(kind, ())] for kind in kinds]
    for rows in connection.execution_options(yield_per=ROWS).execute(query).partitions(ROWS):
        for part, kind, values in zip(parts, kinds, zip(*rows, strict=True), strict=True):
            part.append(_column(kind, values))
    return [np.concatenate(part) for part in parts]


def _column(kind: str, values: Sequence[Any]) -> Any:
    if kind == "o":
        return np.array([OUTCOME_CODES[value] for value in values], np.int8)
    if kind == "c":
        return np.array([POSITION_CODES[value] for value in values], np.int8)
    if kind == "p":
        return np.array([INPUT_CODES[value] for value in values], np.int8)
    if kind == "t":
        return np.array([value[:-1] for value in values], "datetime64[ms]")
    return np.array([NONE if value is None else value for value in values], np.int32)
