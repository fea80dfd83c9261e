"""Read a table for a report: votes on pairs, choices of the best of several, or rankings."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from study.records import MethodRow
from study.vote_files.dataframe import data_of, read_votes_of
from study.vote_files.foreign_formats import read_rankings
from study.vote_files.rankings import BEST
from study.vote_files.read import BadVotes
from study.vote_files.read_rankings import RankingTable
from study.votes import NONE, Choices, Ints, StudyData


def read_report_table(path: Path) -> StudyData:
    """Return a table of votes or of rankings as a study with the name of the file. Raises BadVotes."""
    table = read_rankings(path)
    return read_votes_of(path) if table is None else data_of_rankings(table, path.stem)


def data_of_rankings(table: RankingTable, name: str) -> StudyData:
    """Return a study named `name` from rankings of equally many methods by named people. Raises BadVotes."""
    rankings, cells = table.rankings, table.cells
    sizes = np.unique(np.bincount(rankings.trial))
    if len(sizes) > 1:
        listed = " and ".join(map(str, sizes.tolist()))
        raise BadVotes(
            f"A report needs trials of equally many methods, but these show {listed}. Please divide the "
            "table, or use `python -m study fit`."
        )
    if cells is None or not len(sizes):
        raise BadVotes("The table has no ranking of two or more methods.")
    place = np.arange(len(rankings.trial)) if rankings.position is None else rankings.position
    rows = np.lexsort((place, rankings.trial)).reshape(-1, int(sizes[0]))
    rows = rows[np.repeat(np.arange(len(rows)), rankings.weight.astype(int))]
    # One line for each trial, in the form of a vote: it has the person, the picture and the times.
    heads = cells.iloc[rows[:, 0]].assign(left=table.names[0], right=table.names[1], outcome="T", expected="")
    unused = ["position", "kind", "grade", *(["item"] if rankings.item is None else [])]
    found = data_of(heads.drop(columns=unused, errors="ignore").reset_index(drop=True), name)
    ranks, none = rankings.rank[rows], np.zeros(len(rows), bool)
    best = ranks == ranks.min(axis=1, keepdims=True)
    answers = found.responses
    choices = Choices(
        participant=answers.participant,
        item=answers.item,
        methods=rankings.method[rows],
        chosen=np.where(best.sum(axis=1) == 1, np.argmax(best, axis=1), NONE),
        rt_ms=answers.rt_ms,
        at=found.at,
        inputs=found.inputs,
        ranks=None if _only_the_best(ranks, best) else ranks,
        placed=rankings.position is not None,
    )
    return replace(
        found,
        methods=tuple(MethodRow(key, key, False) for key in table.names),
        responses=answers.only(none),
        at=found.at[none],
        inputs=found.inputs[none],
        details=None,
        choices=choices,
        notes=table.warnings,
    )


def _only_the_best(ranks: Ints, best: Ints) -> bool:
    """Return True where each trial has one best method and others of one rank, or one rank for all."""
    single = (best.sum(axis=1) == 1) | best.all(axis=1)
    others = np.where(best, ranks.max(axis=1, keepdims=True), ranks)
    return bool(single.all() and (others == others[:, :1]).all() and ranks.min(initial=BEST) == BEST)
