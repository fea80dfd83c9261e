"""Read a table of rankings into arrays: one line for each method that was shown in a trial.

Columns: trial, method, rank (1 is the best; equal ranks are ties, in the last place they are not ordered, so
that 1 and then only 2 is a choice of the best); optional participant, item, position (where the method was
shown, from 1), count (number of trials that the trial stands for) and kind (only main lines are answers).
Trials are numbered anew for each participant, or throughout.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from study.statistics.answers.stages import Rankings
from study.vote_files.read import (
    MISSING,
    NO_VOTES,
    OWN,
    counts_of,
    items_of,
    look_alikes,
    participants_of,
    refuse,
    sentences,
    without_item,
)
from study.votes import Bools, Ints

REQUIRED = ("trial", "method", "rank")
WHOLE = r"[1-9]\d{0,5}"
MOST_METHODS = 200  # in one trial


@dataclass(frozen=True, eq=False)
class RankingTable:
    """Hold rankings as arrays, and the sorted names of the methods.

    warnings: sentences about lines that were left out or are doubtful. cells: the texts of the lines that
    the rankings are of, in the same order.
    """

    names: tuple[str, ...]
    rankings: Rankings
    warnings: tuple[str, ...] = ()
    cells: pd.DataFrame | None = None


def has_rankings(frame: pd.DataFrame) -> bool:
    """Return True for a table with the columns of rankings."""
    return set(REQUIRED) <= set(frame.columns)


def parse_rankings(frame: pd.DataFrame) -> RankingTable:
    """Check a table of texts with the columns of REQUIRED and convert it to arrays. Raises BadVotes."""
    silent = frame["rank"].str.upper().isin(MISSING)
    other = frame["kind"].str.lower().isin(NO_VOTES) if "kind" in frame.columns else silent & False
    refuse(frame, (frame["method"] == "") & ~other, "method", "the name of a method")
    trial = _trials(frame)
    unanswered = silent.groupby(trial).transform("all").to_numpy(bool)
    refuse(frame, silent & ~unanswered & ~other, "rank", "a number, as the others of this trial have one")
    single = (trial.groupby(trial).transform("size") < 2).to_numpy(bool)
    left_out = other.to_numpy(bool) | unanswered | single
    cast, trial = frame[~left_out], trial[~left_out]
    _check_trials(cast, trial)
    warned = {
        "Lines left out as they are gold pairs, repeats or practice": other.to_numpy(bool),
        "Lines left out as they have no rank": unanswered & ~other,
        "Lines left out as their trial shows one method only": single & ~unanswered & ~other,
    }
    names = sorted(set(cast["method"]))
    rankings, more = _arrays(cast, trial, names)
    warnings = (*sentences(warned), *sentences(more), *look_alikes(names))
    return RankingTable(tuple(names), rankings, warnings, cast)


def _trials(frame: pd.DataFrame) -> "pd.Series[str]":
    """Return a text that identifies the trial of each line."""
    refuse(frame, frame["trial"].str.upper().isin(MISSING), "trial", "the number of a trial")
    person = frame["participant"] if "participant" in frame.columns else pd.Series("", frame.index)
    return person + "\n" + frame["trial"]


def _check_trials(frame: pd.DataFrame, trial: "pd.Series[str]") -> None:
    """Refuse trials that show a method or use a position twice, that are too large, or have two items."""
    refuse(frame, ~frame["rank"].str.fullmatch(WHOLE), "rank", "a whole number from 1")
    refuse(
        frame,
        pd.DataFrame({"t": trial, "m": frame["method"]}).duplicated(),
        "method",
        "another one than before in this trial",
    )
    large = trial.groupby(trial).cumcount() >= MOST_METHODS
    refuse(frame, large, "method", f"one of at most {MOST_METHODS} in a trial")
    for column in ("item", "count"):
        if column in frame.columns:
            first = frame[column].groupby(trial).transform("first")
            refuse(frame, frame[column] != first, column, "the same on all lines of a trial")
    if "position" in frame.columns:
        known = ~frame["position"].str.upper().isin(MISSING)
        refuse(frame, known & ~frame["position"].str.fullmatch(WHOLE), "position", "a whole number from 1")
        twice = pd.DataFrame({"t": trial, "p": frame["position"]}).duplicated() & known
        refuse(frame, twice, "position", "another one than before in this trial")


def _arrays(
    frame: pd.DataFrame, trial: "pd.Series[str]", names: list[str]
) -> tuple[Rankings, Mapping[str, Bools]]:
    """Return the arrays, and lines by what is missing in them."""
    codes, firsts = pd.factorize(trial)
    first = frame[~trial.duplicated()]
    participant, unknown = participants_of(first)
    position, unplaced = _positions(frame)
    places = {name: i for i, name in enumerate(names)}
    rankings = Rankings(
        trial=codes.astype(np.int64),
        method=frame["method"].map(places).to_numpy(np.int64),
        rank=frame["rank"].astype(int).to_numpy(np.int64),
        position=position,
        participant=participant,
        item=items_of(first),
        count=counts_of(first) if len(firsts) else None,
    )
    return rankings, {
        f"Trials that do not say who answered, {OWN}": unknown,
        "Trials without an item, so that there are no errors by item": without_item(first),
        "Lines without a position, so that there are no effects of positions": unplaced,
    }


def _positions(frame: pd.DataFrame) -> tuple[Ints | None, Bools]:
    """Return positions from 0, None unless all lines have one; and mark lines without, if others have one."""
    if "position" not in frame.columns or not len(frame):
        return None, np.zeros(len(frame), bool)
    missing = frame["position"].str.upper().isin(MISSING).to_numpy(bool)
    if missing.any():
        return None, missing & ~missing.all()
    return frame["position"].astype(int).to_numpy(np.int64) - 1, missing
