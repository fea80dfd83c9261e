"""Find the covariates of votes: in their table, in a table of the stimuli, or in what a study stored."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from study.summary.second.adjusted import Covariate, recorded
from study.vote_files.read import MISSING, BadVotes, VoteTable, read_texts, refuse
from study.votes import STIMULI, VIEW, VIEW_COLUMNS, Floats, StudyData

SIDES = ("_left", "_right")
UNITS = ("item", "method")


def read_stimuli(path: Path) -> pd.DataFrame:
    """Read a table with columns item, method and numbers of each stimulus. Raises BadVotes."""
    return check_stimuli(read_texts(path))


def check_stimuli(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table of texts with the names of its columns in lower case. Raises BadVotes."""
    frame = frame.rename(columns=lambda name: str(name).strip().lower())
    missing = [name for name in UNITS if name not in frame.columns]
    if missing:
        raise BadVotes(f"The table of stimuli has no column {missing[0]!r}: it needs item, method, numbers.")
    refuse(frame, frame.duplicated(list(UNITS)), "method", "once with each item")
    return frame


def covariates_of_table(
    table: VoteTable, names: Sequence[str], stimuli: pd.DataFrame | None = None
) -> tuple[Covariate, ...]:
    """Return the covariates of each vote.

    NAME is a column of the stimuli, or columns NAME_left and NAME_right of the votes, of which the difference
    counts, or a column of the votes. Raises BadVotes.
    """
    cells = table.cells
    if cells is None:
        raise BadVotes("Covariates need a table with columns left, right and outcome.")
    found = []
    for name in (name.lower() for name in names):
        if stimuli is not None and name in stimuli.columns:
            found.append(_of_stimuli(name, stimuli, cells))
        elif {name + side for side in SIDES} <= set(cells.columns):
            left, right = (_numbers(cells, name + side) for side in SIDES)
            found.append(Covariate(name, left - right, sided=True))
        elif name in cells.columns or VIEW + name in cells.columns:
            column = name if name in cells.columns else VIEW + name
            found.append(Covariate(name, _numbers(cells, column), sided=False))
        else:
            raise BadVotes(f"There is no column {name!r}, nor {name}_left and {name}_right.")
    return tuple(found)


def covariates_of_study(
    data: StudyData, names: Sequence[str], stimuli: pd.DataFrame | None = None
) -> tuple[Covariate, ...]:
    """Return the covariates of each response of a study: of its stimuli, rt_ms, or of VIEW_COLUMNS."""
    responses, own = data.responses, recorded(data)
    keys = np.array([method.key for method in data.methods], object)
    cells = pd.DataFrame({"left": keys[responses.left], "right": keys[responses.right]})
    items = np.array([*data.items, ""], object)
    cells["item"] = items[responses.item]
    found = []
    for name in (name.lower().removeprefix(VIEW).removeprefix(STIMULI) for name in names):
        if stimuli is not None and name in stimuli.columns:
            found.append(_of_stimuli(name, stimuli, cells))
        elif name in own:
            found.append(Covariate(name, np.asarray(own[name], np.float64), sided=False))
        else:
            listed = ", ".join(("rt_ms", *VIEW_COLUMNS))
            raise BadVotes(f"The covariate {name!r} is unknown: please give --stimuli, or one of {listed}.")
    return tuple(found)


def _of_stimuli(name: str, stimuli: pd.DataFrame, cells: pd.DataFrame) -> Covariate:
    """Return the number of the left stimulus less that of the right one, NaN where one has none."""
    if "item" not in cells.columns:
        raise BadVotes("The votes have no column 'item', so that their stimuli are unknown.")
    values = pd.Series(_numbers(stimuli, name), pd.MultiIndex.from_frame(stimuli[list(UNITS)]))
    left, right = (
        values.reindex(pd.MultiIndex.from_arrays([cells["item"], cells[side]])).to_numpy(float)
        for side in ("left", "right")
    )
    return Covariate(name, left - right, sided=True)


def _numbers(frame: pd.DataFrame, name: str) -> Floats:
    """Return the numbers of a column, NaN where they are missing. Raises BadVotes for other cells."""
    cells = frame[name].astype(str).str.strip()
    words = cells.str.lower().replace({"true": "1", "false": "0", "yes": "1", "no": "0"})
    numbers = pd.to_numeric(words, errors="coerce")
    refuse(frame, (numbers.isna() | np.isinf(numbers)) & ~cells.str.upper().isin(MISSING), name, "a number")
    return np.asarray(numbers.to_numpy(float), np.float64)
