"""Read a table of votes into arrays.

Columns: left, right, outcome (L, R or T); optional participant, item, count (number of votes that the row
stands for, or its weight, default 1), position (1 where the order effect applies to the row, default 1) and
kind (only main rows are votes). Separators are commas, semicolons or tabs; other columns are ignored.
"""

import csv
import unicodedata
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from study.summary.second.adjusted import Covariate
from study.vote_files.formula_cells import meant
from study.votes import LEFT, NONE, OUTCOME_CODES, RIGHT, TIE, Bools, Floats, Ints, Votes

OUTCOME_WORDS = {**OUTCOME_CODES, "LEFT": LEFT, "RIGHT": RIGHT, "TIE": TIE, "DRAW": TIE}
MISSING = ("", "NA", "NAN")  # as R and pandas write them
REQUIRED = ("left", "right", "outcome")
NO_VOTES = ("gold", "repeat", "practice")
OWN = "each counted as a person of its own (if one person gave several, standard errors are too small)"
LINES_BEFORE = 2  # the header is line 1
THOUSANDS = r"[1-9]\d{0,2}(,\d{3})+"  # ambiguous: could be three decimals
NO_OUTCOME = "Lines left out as they have no outcome"


class BadVotes(ValueError):
    """Refuse a table that cannot be read. The message names the line and states what to change."""


@dataclass(frozen=True, eq=False)
class VoteTable:
    """Hold votes as arrays, and the sorted names that their indices refer to.

    item: index of the item of each vote, None unless all rows have one. warnings: sentences about rows that
    were left out or are doubtful. grade: how much better the preferred method is, from 1, NONE where unknown;
    None if no row has one. cells: the texts of all columns, a row for each vote. items: their names. people:
    the names of participants, as far as lines have them. lines: the line of each vote in its file.
    covariates: for which the scores are adjusted in a second analysis.
    """

    names: tuple[str, ...]
    votes: Votes
    item: Ints | None = None
    warnings: tuple[str, ...] = ()
    grade: Ints | None = None
    cells: pd.DataFrame | None = None
    items: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    lines: Ints | None = None
    covariates: tuple[Covariate, ...] = ()


def read_texts(path: Path) -> pd.DataFrame:
    """Read a CSV file as texts without surrounding blanks; the index counts lines below the header.

    Names of columns are in lower case. An apostrophe that our export put before a text is removed. Raises
    BadVotes.
    """
    try:
        return _read(path)
    except pd.errors.EmptyDataError:
        raise BadVotes("The table is empty: it needs a header with left,right,outcome.") from None
    except (pd.errors.ParserError, UnicodeError, csv.Error) as error:
        raise BadVotes(f"{path.name} is not a CSV table in UTF-8: {' '.join(str(error).split())}") from None


def _read(path: Path) -> pd.DataFrame:
    separator, header = _header(path)
    names = [name.strip().lower() for name in header if name.strip()]
    doubled = next((name for name in names if names.count(name) > 1), None)
    if doubled:
        raise BadVotes(f"The table has two columns {doubled!r}.")
    frame = _cells(path, separator)
    frame.columns = [str(name).strip().lower() for name in frame.columns]
    frame = meant(frame.fillna("").apply(lambda column: column.str.strip()))
    written: pd.DataFrame = frame.loc[(frame != "").any(axis=1)]
    return written


def _header(path: Path) -> tuple[str, list[str]]:
    """Return the separator that gives the first line the most names, and these names."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        line = file.readline()
    cut = {mark: next(csv.reader([line], delimiter=mark), []) for mark in ",;\t"}
    return max(cut.items(), key=lambda item: len(item[1]))


def _cells(path: Path, separator: str) -> pd.DataFrame:
    """Read the rows below the header, also where they have more cells than it."""
    frame = _parsed(path, separator)
    if isinstance(frame.index, pd.RangeIndex):
        return frame
    if (frame.iloc[:, -1] == "").all():  # a separator at their ends
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", pd.errors.ParserWarning)
            return _parsed(path, separator, index_col=False)
    if frame.index.nlevels == 1 and frame.index.is_unique:  # row names in the first column, as R writes them
        return frame.reset_index(drop=True)
    raise pd.errors.ParserError("its lines have more cells than the header")


def _parsed(path: Path, separator: str, **how: Any) -> pd.DataFrame:
    frame: pd.DataFrame = pd.read_csv(
        path,
        sep=separator,
        dtype=str,
        encoding="utf-8-sig",
        keep_default_na=False,
        skip_blank_lines=False,
        **how,
    )
    return frame


def parse_votes(frame: pd.DataFrame) -> VoteTable:
    """Check a table of texts with the columns of REQUIRED and convert it to arrays. Raises BadVotes."""
    answers = frame["outcome"].str.upper()
    silent = answers.isin(MISSING)
    refuse(frame, ~silent & ~answers.isin(OUTCOME_WORDS), "outcome", "L (left), R (right) or T (tie)")
    left, right = frame["left"], frame["right"]
    for side in ("left", "right"):
        refuse(frame, frame[side].str.contains("[\r\n]"), side, "a name on one line: is a quote missing?")
    nameless = (left == "") | (right == "")
    other = frame["kind"].str.lower().isin(NO_VOTES) if "kind" in frame.columns else silent & False
    refuse(frame, (left == right) & ~nameless & ~other, "right", "another method than on the left")
    names = sorted((set(left[~other]) | set(right[~other])) - {""})
    places = {name: i for i, name in enumerate(names)}
    cast = frame[~(silent | nameless | other)]
    participant, unknown = participants_of(cast)
    votes = Votes(
        left=cast["left"].map(places).to_numpy(np.int64),
        right=cast["right"].map(places).to_numpy(np.int64),
        outcome=cast["outcome"].str.upper().map(OUTCOME_WORDS).to_numpy(np.int64),
        count=counts_of(cast),
        ordered=_sides(cast),
        participant=participant,
    )
    warned = [
        *sentences(
            {
                NO_OUTCOME: silent,
                "Lines left out as they lack the name of a method": nameless & ~silent,
                "Lines left out as they are gold pairs, repeats or practice": other & ~silent & ~nameless,
                f"Lines that do not say who voted, {OWN}": unknown,
                "Lines without an item, so that there are no errors by item": without_item(cast),
            }
        ),
        *(f"A method is called {name!r}: is it missing there?" for name in names if name.upper() in MISSING),
        *look_alikes(names),
    ]
    grade, doubtful = _grades(cast)
    item = items_of(cast)
    items = () if item is None else tuple(pd.unique(cast["item"]).tolist())
    people = () if participant is None else tuple(pd.factorize(cast["participant"])[1])
    lines = cast.index.to_numpy(np.int64) + LINES_BEFORE
    doubts = (*warned, *doubtful)
    return VoteTable(tuple(names), votes, item, doubts, grade, cast, items, people, lines)


def _grades(frame: pd.DataFrame) -> tuple[Ints | None, list[str]]:
    """Return the grade of each vote, NONE where unknown or 0; or None, with a warning for other values."""
    if "grade" not in frame.columns:
        return None, []
    cells = frame["grade"].str.upper()
    known = ~cells.isin((*MISSING, "0"))
    if not cells[known].str.fullmatch(r"[1-9](\.0)?").all():
        return None, ["The column 'grade' is not used: grades are whole numbers from 1 (better) to 9."]
    if not known.any():
        return None, []
    return np.where(known, pd.to_numeric(cells.where(known, "0")), NONE).astype(np.int64), []


def look_alikes(names: Iterable[str]) -> list[str]:
    """Warn of names that differ only by capitals, blanks or the encoding of accents."""
    groups: dict[str, list[str]] = {}
    for name in names:
        plain = "".join(unicodedata.normalize("NFKC", name).casefold().split())
        groups.setdefault(plain, []).append(name)
    return [
        f"Taken for different methods though their names look alike: {', '.join(map(repr, group))}."
        for group in groups.values()
        if len(group) > 1
    ]


def sentences(lines: Mapping[str, Any]) -> list[str]:
    """Return each sentence that applies to some lines, with their number."""
    return [f"{what}: {int(which.sum())}." for what, which in lines.items() if which.any()]


def refuse(frame: pd.DataFrame, bad: Any, column: str, wanted: str) -> None:
    """Raise BadVotes with the line and the cell of the first marked row."""
    if bad.any():
        row = int(np.flatnonzero(bad.to_numpy())[0])
        line, found = int(frame.index[row]) + LINES_BEFORE, frame[column].iloc[row]
        raise BadVotes(f"Line {line}: {column} is {found!r}, but should be {wanted}.")


def counts_of(frame: pd.DataFrame) -> Floats:
    """Return finite counts of 0 or more, written with a point or a comma; 1 without such a column."""
    if "count" not in frame.columns:
        return np.ones(len(frame))
    doubtful = frame["count"].str.fullmatch(THOUSANDS)
    refuse(frame, doubtful, "count", "a number without a mark for thousands")
    numbers = pd.to_numeric(frame["count"].str.replace(",", "."), errors="coerce").astype(float)
    refuse(frame, ~((numbers >= 0) & (numbers < 1e15)), "count", "a number of 0 or more")
    return np.asarray(numbers.to_numpy(), np.float64)


def _sides(frame: pd.DataFrame) -> Bools:
    if "position" not in frame.columns:
        return np.ones(len(frame), bool)
    words = frame["position"].str.upper()
    sides = pd.to_numeric(words.replace({"TRUE": "1", "FALSE": "0"}), errors="coerce")
    refuse(frame, ~sides.isin([0, 1]), "position", "0 or 1")
    return np.asarray(sides.to_numpy() == 1)


def participants_of(frame: pd.DataFrame) -> tuple[Ints | None, Bools]:
    """Return the index of each voter, None if no line has one; and mark lines without, if others have one."""
    unknown = _missing(frame, "participant")
    if unknown.all():
        return None, unknown & False
    codes, people = pd.factorize(frame["participant"])
    return np.where(unknown, len(people) + np.arange(len(frame)), codes).astype(np.int64), unknown


def items_of(frame: pd.DataFrame) -> Ints | None:
    """Return the index of each item, None unless all lines have one."""
    missing = _missing(frame, "item")
    return None if missing.any() or not len(frame) else np.asarray(pd.factorize(frame["item"])[0], np.int64)


def without_item(frame: pd.DataFrame) -> Bools:
    """Mark lines without an item in a table that has items."""
    missing = _missing(frame, "item")
    return missing & ("item" in frame.columns)


def _missing(frame: pd.DataFrame, column: str) -> Bools:
    """Mark lines without a value in a column; all lines if there is no such column."""
    if column not in frame.columns:
        return np.ones(len(frame), bool)
    return np.asarray(frame[column].str.upper().isin(MISSING).to_numpy(bool))
