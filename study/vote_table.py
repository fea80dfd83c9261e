"""A table of votes from any tool: read it, fit it.

Columns: left, right, outcome (L, R or T); optional participant, item, count (how often the row happened,
default 1) and position (1 where the side term applies to the row, default 1).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from study.bradley_terry import Fit, Ties, Votes, fit, tabulate
from study.uncertainty import clustered_covariance, standard_errors

OUTCOMES = {"L": 0, "R": 1, "T": 2}
REQUIRED = ("left", "right", "outcome")
LINES_BEFORE = 2  # the header is line 1


class BadVotes(ValueError):
    """A table that cannot be read. The message names the line and what to do."""


@dataclass(frozen=True, eq=False)
class VoteTable:
    """Votes as arrays, and the names that their indices stand for, sorted."""

    names: tuple[str, ...]
    votes: Votes


def read_votes(path: str | Path) -> VoteTable:
    """Read a CSV file. Raises BadVotes; nothing unknown is ever taken for a tie."""
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, skip_blank_lines=False, index_col=False)
    except pd.errors.EmptyDataError:
        raise BadVotes("The table is empty: it needs a header with left,right,outcome.") from None
    except (pd.errors.ParserError, UnicodeDecodeError) as error:
        raise BadVotes(
            f"{Path(path).name} is not a CSV table in UTF-8: {' '.join(str(error).split())}"
        ) from None
    frame.columns = [str(name).strip().lower() for name in frame.columns]
    filled = np.flatnonzero((frame.fillna("") != "").any(axis=1))
    return parse_votes(frame[: filled[-1] + 1 if len(filled) else 0])  # blank lines at the end mean nothing


def parse_votes(frame: pd.DataFrame) -> VoteTable:
    """Check a table of text and turn it into arrays. Raises BadVotes."""
    doubled = list(frame.columns[frame.columns.duplicated()])
    if doubled:
        raise BadVotes(f"The table has two columns {doubled[0]!r}.")
    missing = [name for name in REQUIRED if name not in frame.columns]
    if missing:
        raise BadVotes(f"The table has no column {missing[0]!r}: it needs left, right and outcome.")
    outcome = frame["outcome"].str.strip()
    _refuse(frame, ~outcome.isin(list(OUTCOMES)), "outcome", "L (left), R (right) or T (tie)")
    left, right = frame["left"].str.strip(), frame["right"].str.strip()
    _refuse(frame, left == "", "left", "the name of a method")
    _refuse(frame, right == "", "right", "the name of a method")
    _refuse(frame, left == right, "right", "another method than on the left")
    names = sorted(set(left) | set(right))
    index = {name: i for i, name in enumerate(names)}
    participant = None
    if "participant" in frame.columns:
        _refuse(frame, frame["participant"].str.strip() == "", "participant", "who voted")
        participant = np.asarray(pd.factorize(frame["participant"].str.strip())[0], np.int64)
    votes = Votes(
        left=left.map(index).to_numpy(np.int64),
        right=right.map(index).to_numpy(np.int64),
        outcome=outcome.map(OUTCOMES).to_numpy(np.int64),
        count=_numbers(frame, "count").to_numpy(float),
        sided=_sides(frame).to_numpy(bool),
        participant=participant,
    )
    return VoteTable(tuple(names), votes)


def _refuse(frame: pd.DataFrame, bad: Any, column: str, wanted: str) -> None:
    if bad.any():
        row = int(np.flatnonzero(bad.to_numpy())[0])
        found = frame[column].iloc[row]
        raise BadVotes(f"Line {row + LINES_BEFORE}: {column} is {found!r}, but should be {wanted}.")


def _numbers(frame: pd.DataFrame, column: str) -> Any:
    """Whole numbers of 0 or more; 1 where there is no such column."""
    if column not in frame.columns:
        return pd.Series(np.ones(len(frame)))
    text = frame[column].str.strip()
    _refuse(frame, ~text.str.fullmatch(r"\d{1,15}"), column, "a whole number of 0 or more")
    return text.astype(np.int64)


def _sides(frame: pd.DataFrame) -> Any:
    sides = _numbers(frame, "position")
    _refuse(frame, sides > 1, "position", "0 or 1")
    return sides == 1


def fit_table(table: VoteTable, *, ties: Ties = "davidson", position: bool = False) -> dict[str, Any]:
    """Scores in the shape of `python -m study fit --json`; what there is no number for is None.

    Log-worths sum to zero. `se_cluster`, by participant, is there when the table says who voted.
    """
    count = len(table.names)
    result = fit(tabulate(table.votes, count), table.names, ties=ties, position=position)
    model = None if result.covariance is None else standard_errors(result.covariance)
    clustered = clustered_covariance(result, table.votes, count)
    methods = _scores(result, table.names, model)
    if table.votes.participant is not None:
        errors = [None] * count if clustered is None else standard_errors(clustered)[:count].tolist()
        for name, error in zip(table.names, errors, strict=True):
            methods[name]["se_cluster"] = error
    return {
        "methods": methods,
        "log_nu": result.log_nu,
        "log_nu_se": None if result.log_nu is None or model is None else float(model[count + 1]),
        "position": result.position,
        "position_se": None if result.position is None or model is None else float(model[count]),
        "loglik": result.loglik,
        "status": result.status,
        "explain": result.explain or "All methods are on one scale.",
    }


def _scores(result: Fit, names: Sequence[str], model: Any) -> dict[str, dict[str, float | None]]:
    if result.log_worths is None or model is None:
        return {name: {"log_worth": None, "se_model": None} for name in names}
    worths = zip(names, result.log_worths.tolist(), model.tolist(), strict=False)
    return {name: {"log_worth": worth, "se_model": se} for name, worth, se in worths}
