"""Keep the scores of studies up to date while votes arrive, by reading new votes only."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from study.config.study_configs import config_of
from study.database import pair_queries
from study.database.pair_queries import ArrivedVote
from study.database.rows import StudyRow
from study.database.store import Store
from study.database.transaction import Transaction
from study.statistics.leaderboard import Leaderboard
from study.votes import OUTCOME_CODES, OUTCOMES, Floats, Ints

# Servers on one database may store a vote after another that got a higher number. Votes are read again until
# they are older than twice the longest transaction (POSTGRESQL_TIMEOUTS: 10 s).
SETTLED = timedelta(seconds=30)


@dataclass(frozen=True)
class LiveScore:
    """Hold the score of a method now: its log-worth, None without a ranking, and its comparisons."""

    title: str
    log_worth: float | None
    comparisons: int


@dataclass(frozen=True)
class LiveScores:
    """Hold the scores of all votes so far, the best method first.

    explain: why there are no scores, or "". everybody: the study has rules that leave people out of its
    report, but not out of these scores.
    """

    votes: int
    explain: str
    methods: tuple[LiveScore, ...]
    everybody: bool


@dataclass(frozen=True, eq=False)
class _Kept:
    """Hold what is known of a study: K×K×3 counts of the votes up to the id `last`, and the scores of all."""

    mark: tuple[object, ...]
    methods: tuple[int, ...]
    last: int
    settled: Floats
    board: Leaderboard


class LiveBoards:
    """Hold the scores of the studies of a store. Safe to share between threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: dict[int, _Kept] = {}
        self._lock = threading.Lock()

    def of(self, study: StudyRow) -> LiveScores | None:
        """Return the scores of all votes so far; None for a study with more than two pictures at a time.

        Only new votes are read; all are counted again where some were lost or came back.
        """
        if study.pictures != 2:
            return None
        with self._lock, self._store.reading() as tx:
            kept = self._kept[study.id] = _updated(tx, study.id, self._kept.get(study.id))
        return _described(kept.board, everybody=bool(config_of(study).exclude.rules))


def _updated(tx: Transaction, study: int, kept: _Kept | None) -> _Kept:
    """Return the present scores. The mark is read first: what is lost after it is found the next time."""
    mark = pair_queries.lost_votes_mark(tx, study)
    if kept is None or kept.mark != mark:
        kept = _counted(tx, study, mark)
    arrived = pair_queries.votes_after(tx, study, kept.last)
    settled = _settled(arrived, tx.ago(SETTLED))
    counts = kept.settled + _tabulated(arrived[:settled], kept.methods)
    whole = counts + _tabulated(arrived[settled:], kept.methods)
    board = kept.board if (whole == kept.board.counts[1]).all() else kept.board.at(whole)
    last = arrived[settled - 1].id if settled else kept.last
    return _Kept(mark, kept.methods, last, counts, board)


def _settled(arrived: Sequence[ArrivedVote], moment: str) -> int:
    """Return the number of votes up to the last one before a time."""
    return max((n for n, vote in enumerate(arrived, start=1) if vote.at < moment), default=0)


def _counted(tx: Transaction, study: int, mark: tuple[object, ...]) -> _Kept:
    """Return a study with all votes counted anew."""
    methods, titles = zip(*pair_queries.methods_of(tx, study), strict=True)
    last = pair_queries.last_vote_before(tx, tx.ago(SETTLED))
    counts = np.zeros((len(methods), len(methods), len(OUTCOMES)))
    for left, right, outcome, number in pair_queries.count_votes(tx, study, last):
        counts[methods.index(left), methods.index(right), OUTCOME_CODES[outcome]] = number
    return _Kept(mark, methods, last, counts, Leaderboard.of(counts, titles, order_effect=True))


def _tabulated(votes: Sequence[ArrivedVote], methods: Sequence[int]) -> Floats:
    """Count votes by left method, right method and outcome."""
    index = {method: place for place, method in enumerate(methods)}
    cells: Ints = np.array(
        [(index[vote.left], index[vote.right], OUTCOME_CODES[vote.outcome]) for vote in votes], np.int64
    ).reshape(-1, 3)
    counts = np.zeros((len(methods), len(methods), len(OUTCOMES)))
    np.add.at(counts, tuple(cells.T), 1)
    return counts


def _described(board: Leaderboard, *, everybody: bool) -> LiveScores:
    counts = board.counts[1]
    by_method = counts.sum((1, 2)) + counts.sum((0, 2))
    worths = board.fit.log_worths if board.fit.status == "ok" else None
    order = range(len(board.names)) if worths is None else np.argsort(-worths, kind="stable").tolist()
    scores = tuple(
        LiveScore(board.names[i], None if worths is None else float(worths[i]), int(by_method[i]))
        for i in order
    )
    return LiveScores(int(counts.sum()), "" if worths is not None else board.fit.explain, scores, everybody)
