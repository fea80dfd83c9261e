"""Compute scores of votes in Python: what `python -m study fit` does, from tables in memory or files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd
from numpy.typing import NDArray

from study.statistics.bradley_terry import Ties
from study.statistics.penalised import Penalty
from study.vote_files.covariates import check_stimuli, covariates_of_table, read_stimuli
from study.vote_files.fit import fit_table
from study.vote_files.fit_rankings import fit_ranking_table
from study.vote_files.fit_text import table_to_text
from study.vote_files.foreign_formats import answers_of, read_answers
from study.vote_files.read import BadVotes, VoteTable
from study.vote_files.read_rankings import RankingTable

# A file, a table, columns by name, or rows of the columns ROW.
Source: TypeAlias = str | Path | pd.DataFrame | Mapping[str, Any] | Sequence[Any] | NDArray[Any]
Answers: TypeAlias = VoteTable | RankingTable
ROW = ("left", "right", "outcome", "participant", "item")


@dataclass(frozen=True, eq=False)
class FitResult:
    """Hold the scores of votes or rankings. values: the object that `python -m study fit --json` prints."""

    values: Mapping[str, Any]

    @property
    def status(self) -> str:
        """Return "ok", or the reason for which there are no scores: separated, disconnected, no_votes."""
        return str(self.values["status"])

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return sentences about what may make the scores inaccurate."""
        return tuple(self.values["warnings"])

    @property
    def log_worths(self) -> dict[str, float]:
        """Return the log-worth of each method, best first; empty without scores. They sum to zero."""
        scores = {name: score["log_worth"] for name, score in self.values["methods"].items()}
        ranked = {name: worth for name, worth in scores.items() if worth is not None}
        return dict(sorted(ranked.items(), key=lambda pair: -pair[1]))

    def summary(self) -> str:
        """Return the text that `python -m study fit` prints: warnings, scores, and other terms."""
        return table_to_text(dict(self.values))

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each method, best first, with the columns of `values["methods"]`."""
        frame = pd.DataFrame.from_dict(self.values["methods"], orient="index").rename_axis("method")
        return frame.sort_values("log_worth", ascending=False, kind="stable", na_position="last")

    def pairs(self) -> pd.DataFrame:
        """Return a row for the difference of each two methods; without scores, no rows."""
        return pd.DataFrame(list(self.values.get("pairs", ())))

    def __str__(self) -> str:
        return self.summary()


def read_votes(
    source: Source, *, covariates: Sequence[str] = (), stimuli: str | Path | pd.DataFrame | None = None
) -> Answers:
    """Read votes on pairs, or rankings, and check them.

    source: a file (CSV, JSON, JSON Lines, Parquet); a DataFrame or a mapping from names of columns to values,
    with the columns of such files; or an array or a list of rows with left, right, outcome and perhaps
    participant and item. covariates: names of columns for which scores are adjusted too. stimuli: a table
    with columns item, method and numbers, or its file. Raises BadVotes, which states the line (the first row
    is line 2) and what to change.
    """
    table = read_answers(Path(source)) if isinstance(source, str | Path) else answers_of(_frame(source))
    if not covariates:
        return table
    if isinstance(table, RankingTable):
        raise BadVotes("Covariates are for votes on pairs; please leave them out.")
    if isinstance(stimuli, pd.DataFrame):
        own: pd.DataFrame | None = check_stimuli(stimuli.reset_index(drop=True).astype(str))
    else:
        own = None if stimuli is None else read_stimuli(Path(stimuli))
    return replace(table, covariates=covariates_of_table(table, covariates, own))


def fit(
    votes: Source | Answers,
    *,
    ties: Ties = "davidson",
    position: bool = False,
    penalty: Penalty | None = None,
    bootstrap: int = 0,
    anchor: str = "",
) -> FitResult:
    """Compute scores with their errors; see the options of `python -m study fit`.

    votes: from `read_votes`, or what it reads. bootstrap: number of samples of the participants. Raises
    BadVotes for votes that cannot be read; votes without scores have a `status` that says so.
    """
    table = votes if isinstance(votes, VoteTable | RankingTable) else read_votes(votes)
    how: dict[str, Any]
    if isinstance(table, VoteTable):
        how = {"ties": ties, "penalty": penalty, "replicates": bootstrap, "anchor": anchor}
        return FitResult(fit_table(table, position=position, **how))
    if ties != "davidson":
        raise BadVotes("ties is for votes on pairs; please leave it out.")
    if penalty == "firth":
        raise BadVotes('This penalty is for votes on pairs; please use penalty="phantom".')
    how = {"penalty": penalty, "replicates": bootstrap, "anchor": anchor}
    return FitResult(fit_ranking_table(table, position=position, **how))


def _frame(source: Any) -> pd.DataFrame:
    """Return a table of columns by name, or of rows with the first columns of ROW. Raises BadVotes."""
    if isinstance(source, pd.DataFrame):
        return source
    if isinstance(source, Mapping) or getattr(getattr(source, "dtype", None), "names", None):
        return pd.DataFrame(source)
    frame = pd.DataFrame(list(source))
    if len(frame.columns) > len(ROW) or 0 < len(frame.columns) < len(ROW[:3]):
        raise BadVotes(
            f"A row has {len(frame.columns)} values, but should have {', '.join(ROW[:3])} "
            f"and perhaps {' and '.join(ROW[3:])}."
        )
    frame = frame.reindex(columns=range(max(3, len(frame.columns))))
    return frame.set_axis(ROW[: len(frame.columns)], axis=1)
