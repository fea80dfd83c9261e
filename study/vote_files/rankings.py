"""Convert choices of the best of three or four pictures to a table, one row for each picture, and back.

Columns: participant, item, trial, method, position (from 1), rank (1 the best, 2 each of the others; 1 for
all where there was no difference), rt_ms, input, at (ISO 8601, UTC) and source. The rows of a trial are
together, trials are numbered from 1 in the order of answering, and participants as in tables of votes.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from study.records import BadStudy
from study.vote_files.read import BadVotes
from study.votes import INPUT_CODES, INPUT_KINDS, NONE, Choices, Ints, StudyData

BEST, OTHER = 1, 2  # ranks


def rankings_of(data: StudyData, *, everything: bool = False) -> pd.DataFrame:
    """Return one row for each picture of each trial. Raises BadStudy for a study of pairs.

    Practice and gold pairs are never included; `everything` exists because all tables take it.
    """
    del everything
    choices = data.choices
    if choices is None:
        raise BadStudy("This study shows two pictures at a time: please export its votes.")
    trials, pictures = choices.methods.shape
    row = np.repeat(np.arange(trials), pictures)
    position = np.tile(np.arange(pictures), trials)
    chosen, times = choices.chosen[row], choices.rt_ms[row]
    at, keys = choices.at[row], np.array([method.key for method in data.methods], object)
    return pd.DataFrame(
        {
            "participant": choices.participant[row] + 1,
            "item": np.array(data.items, object)[choices.item[row]],
            "trial": row + 1,
            "method": keys[choices.methods.ravel()],
            "position": position + 1,
            "rank": np.where((chosen == NONE) | (chosen == position), BEST, OTHER),
            "rt_ms": pd.Series(times, dtype="Int64").mask(times == NONE),
            "input": np.array([*INPUT_KINDS, ""], object)[choices.inputs[row]],
            "at": np.where(np.isnat(at), "", np.datetime_as_string(at, timezone="UTC")),
            "source": np.array(data.sources, object)[choices.participant[row]],
        }
    )


def choices_of(frame: pd.DataFrame, methods: Sequence[str], items: Sequence[str]) -> Choices:
    """Return the choices in a table of texts, which index `methods` and `items`. Raises BadVotes.

    Times and inputs may be missing.
    """
    rows = frame.astype(str).reset_index(drop=True)
    try:
        trial, position = (rows[name].astype(int).to_numpy() for name in ("trial", "position"))
        rank, who = (rows[name].astype(int).to_numpy() for name in ("rank", "participant"))
        method, item = _indices(rows["method"], methods), _indices(rows["item"], items)
    except (KeyError, ValueError) as error:
        raise BadVotes(f"The table of rankings cannot be read ({error}).") from None
    order = np.lexsort((position, trial))
    pictures = int(position.max(initial=1))
    if len(order) % pictures or not (position[order].reshape(-1, pictures) == np.arange(pictures) + 1).all():
        raise BadVotes("The table of rankings should have one row for each position of each trial.")
    ranks, first = rank[order].reshape(-1, pictures), order[::pictures]
    best = (ranks == BEST).sum(axis=1)
    if not np.isin(best, (1, pictures)).all():
        raise BadVotes("In each trial of the table of rankings, one rank should be 1, or all.")
    return Choices(
        participant=who[first] - 1,
        item=item[first],
        methods=method[order].reshape(-1, pictures),
        chosen=np.where(best == 1, np.argmin(ranks, axis=1), NONE),
        rt_ms=_column(rows, "rt_ms").replace("", str(NONE)).astype(float).astype(int).to_numpy()[first],
        at=pd.to_datetime(_column(rows, "at"), utc=True, format="ISO8601")
        .dt.tz_localize(None)
        .to_numpy("datetime64[ms]")[first],
        inputs=_column(rows, "input").map(INPUT_CODES).to_numpy(int)[first],
    )


def _column(rows: pd.DataFrame, name: str) -> "pd.Series[str]":
    return rows[name] if name in rows.columns else pd.Series([""] * len(rows), dtype=str)


def _indices(values: "pd.Series[str]", names: Sequence[str]) -> Ints:
    """Return the index of each value among the names. Raises ValueError for a value that is not there."""
    places = {name: number for number, name in enumerate(names)}
    unknown = sorted(set(values) - set(places))
    if unknown:
        raise ValueError(f"{unknown[0]!r} is unknown")
    return values.map(places).to_numpy(np.int64)
