"""A table of votes from any tool, read into arrays.

Columns: left, right, outcome (L, R or T); optional participant, item, count (how often the row happened, or
how much it weighs, default 1) and position (1 where the side term applies to the row, default 1). Commas,
semicolons or tabs between; other columns are ignored.
"""

import csv
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from study.bradley_terry import Bools, Floats, Ints, Votes

OUTCOMES = {"L": 0, "R": 1, "T": 2, "LEFT": 0, "RIGHT": 1, "TIE": 2}
MISSING = ("", "NA", "NAN")  # as R and pandas write them
REQUIRED = ("left", "right", "outcome")
LINES_BEFORE = 2  # the header is line 1


class BadVotes(ValueError):
    """A table that cannot be read. The message names the line and what to do."""


@dataclass(frozen=True, eq=False)
class VoteTable:
    """Votes as arrays, and the names that their indices stand for, sorted.

    item: index of the picture of each vote, None unless all rows have one. warnings: what was left out.
    """

    names: tuple[str, ...]
    votes: Votes
    item: Ints | None = None
    warnings: tuple[str, ...] = ()


def read_votes(path: str | Path) -> VoteTable:
    """Read a CSV file. Raises BadVotes; nothing unknown is ever taken for a tie."""
    try:
        return parse_votes(_read(Path(path)))
    except pd.errors.EmptyDataError:
        raise BadVotes("The table is empty: it needs a header with left,right,outcome.") from None
    except (pd.errors.ParserError, UnicodeError, csv.Error) as error:
        raise BadVotes(
            f"{Path(path).name} is not a CSV table in UTF-8: {' '.join(str(error).split())}"
        ) from None


def _read(path: Path) -> pd.DataFrame:
    """Texts; the index counts lines after the header."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        header = file.readline()
    # The separator is the one that cuts the header into most names.
    mark = max(",;\t", key=lambda mark: len(next(csv.reader([header], delimiter=mark), [])))

    def read(**how: Any) -> pd.DataFrame:
        frame: pd.DataFrame = pd.read_csv(
            path,
            sep=mark,
            dtype=str,
            encoding="utf-8-sig",
            keep_default_na=False,
            skip_blank_lines=False,
            **how,
        )
        return frame

    frame = read()
    if not isinstance(frame.index, pd.RangeIndex):  # rows have more cells than the header
        if (frame.iloc[:, -1] == "").all():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", pd.errors.ParserWarning)
                frame = read(index_col=False)  # by a separator at their ends
        elif frame.index.nlevels == 1 and frame.index.is_unique:
            frame = frame.reset_index(drop=True)  # by names of rows in front, as R writes them
        else:
            raise pd.errors.ParserError("its lines have more cells than the header")
    frame.columns = [str(name).strip().lower() for name in frame.columns]
    frame = frame.fillna("").apply(lambda column: column.str.strip())
    written: pd.DataFrame = frame.loc[(frame != "").any(axis=1)]
    return written


def parse_votes(frame: pd.DataFrame) -> VoteTable:
    """Check a table of text and turn it into arrays. Raises BadVotes."""
    doubled = list(frame.columns[frame.columns.duplicated()])
    if doubled:
        raise BadVotes(f"The table has two columns {doubled[0]!r}.")
    missing = [name for name in REQUIRED if name not in frame.columns]
    if missing:
        raise BadVotes(
            f"The table has no column {missing[0]!r}: it needs left, right and outcome. "
            "`python -m study import` makes such a table of those of other tools."
        )
    answers = frame["outcome"].str.upper()
    answered = ~answers.isin(MISSING)
    _refuse(frame, answered & ~answers.isin(OUTCOMES), "outcome", "L (left), R (right) or T (tie)")
    left, right = frame["left"], frame["right"]
    for side in ("left", "right"):
        _refuse(frame, frame[side] == "", side, "the name of a method")
        _refuse(frame, frame[side].str.contains("[\r\n]"), side, "a name on one line: is a quote missing?")
    _refuse(frame, left == right, "right", "another method than on the left")
    names = sorted(set(left) | set(right))
    places = {name: i for i, name in enumerate(names)}
    votes = Votes(
        left=left.map(places).to_numpy(np.int64)[answered],
        right=right.map(places).to_numpy(np.int64)[answered],
        outcome=answers[answered].map(OUTCOMES).to_numpy(np.int64),
        count=_counts(frame)[answered],
        sided=_sides(frame)[answered],
        participant=_participants(frame, answered),
    )
    return VoteTable(tuple(names), votes, _items(frame, answered), _left_out(frame, answered))


def _refuse(frame: pd.DataFrame, bad: Any, column: str, wanted: str) -> None:
    if bad.any():
        row = int(np.flatnonzero(bad.to_numpy())[0])
        line, found = int(frame.index[row]) + LINES_BEFORE, frame[column].iloc[row]
        raise BadVotes(f"Line {line}: {column} is {found!r}, but should be {wanted}.")


def _counts(frame: pd.DataFrame) -> Floats:
    """Finite numbers of 0 or more, with a point or a comma; 1 where there is no such column."""
    if "count" not in frame.columns:
        return np.ones(len(frame))
    numbers = pd.to_numeric(frame["count"].str.replace(",", "."), errors="coerce").astype(float)
    _refuse(frame, ~((numbers >= 0) & (numbers < 1e15)), "count", "a number of 0 or more")
    return np.asarray(numbers.to_numpy(), np.float64)


def _sides(frame: pd.DataFrame) -> Bools:
    if "position" not in frame.columns:
        return np.ones(len(frame), bool)
    words = frame["position"].str.upper()
    sides = pd.to_numeric(words.replace({"TRUE": "1", "FALSE": "0"}), errors="coerce")
    _refuse(frame, ~sides.isin([0, 1]), "position", "0 or 1")
    return np.asarray(sides.to_numpy() == 1)


def _participants(frame: pd.DataFrame, answered: Any) -> Ints | None:
    if "participant" not in frame.columns:
        return None
    unknown = answered & frame["participant"].str.upper().isin(MISSING)
    _refuse(frame, unknown, "participant", "who voted, in every line or in none")
    return np.asarray(pd.factorize(frame["participant"][answered])[0], np.int64)


def _items(frame: pd.DataFrame, answered: Any) -> Ints | None:
    if "item" not in frame.columns or frame["item"].str.upper().isin(MISSING).any():
        return None
    return np.asarray(pd.factorize(frame["item"][answered])[0], np.int64)


def _left_out(frame: pd.DataFrame, answered: Any) -> tuple[str, ...]:
    silent = int((~answered).sum())
    told = [f"{silent} lines have no outcome and are left out."] if silent else []
    if "item" in frame.columns and _items(frame, answered) is None:
        told.append("Some lines have no item: errors by item are not given.")
    return tuple(told)
