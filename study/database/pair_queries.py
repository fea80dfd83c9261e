"""Query the pairs of a study with the names of their methods, and the votes on them, for organizers only."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, bindparam, case, func, literal, select
from sqlalchemy.orm import aliased

from study.database.queries import COUNTED
from study.database.schema import (
    Item,
    Method,
    OrganizerLog,
    Pair,
    Participant,
    Stimulus,
    Trial,
    VoteHistory,
    VoteRow,
)
from study.database.transaction import Transaction

NOT_SCORED = ("rejected", "screened", "withdrawn")  # people without scored votes

Left, Right = aliased(Stimulus), aliased(Stimulus)


def _scored(*columns: Any) -> Any:
    """Select columns of scored votes on pairs: no practice, no gold pairs, no repeats.

    SQLite would begin with all trials without a repeat, or with all people of a study, for which it has
    indices; a calculated value prevents this, so that it begins with the newest votes.
    """
    first = func.coalesce(Trial.repeat_of, 0) == 0
    return (
        select(*columns)
        .select_from(VoteRow)
        .join(Trial, VoteRow.trial_id == Trial.id)
        .join(Participant, Trial.participant_id == Participant.id)
        .join(Pair, Trial.pair_id == Pair.id)
        .join(Left, Trial.left_stim == Left.id)
        .join(Right, Trial.right_stim == Right.id)
        .where(
            COUNTED,
            Trial.pictures == 2,
            Pair.kind == "main",
            first,
            Participant.study_id + 0 == bindparam("study"),
        )
    )


# Built once, as in `vote_statements`. They have the parameters "study" and "last", the id of a vote.
OUTCOME_COLUMNS = (Left.method_id, Right.method_id, VoteRow.outcome)
COUNTED_VOTES = (
    _scored(*OUTCOME_COLUMNS, func.count()).where(VoteRow.id <= bindparam("last")).group_by(*OUTCOME_COLUMNS)
)
ARRIVED_VOTES = (
    _scored(VoteRow.id, *OUTCOME_COLUMNS, VoteRow.server_at)
    .where(VoteRow.id > bindparam("last"))
    .order_by(VoteRow.id)
)


@dataclass(frozen=True)
class PairRow:
    """Hold a pair: its item, its kind, and titles and stimuli of both sides.

    Sides of a pair with a known answer have the titles "better" and "worse".
    """

    id: int
    item: str
    kind: str
    width: int
    height: int
    first: str
    second: str


@dataclass(frozen=True)
class ArrivedVote:
    """Hold a vote that is scored: ids of the vote and of the methods, "L", "R" or "T", and its time."""

    id: int
    left: int
    right: int
    outcome: str
    at: str


def pairs_of(tx: Transaction, study: int) -> list[PairRow]:
    """Return all pairs of a study in the order of its items."""
    low, high = aliased(Stimulus), aliased(Stimulus)
    first, second = aliased(Method), aliased(Method)
    known = Pair.expected_stim.is_not(None)
    better = Pair.expected_stim == Pair.stim_lo
    titles = (
        case((and_(known, better), literal("better")), (known, literal("worse")), else_=first.title),
        case((and_(known, better), literal("worse")), (known, literal("better")), else_=second.title),
    )
    query = (
        select(Pair.id, Item.key, Pair.kind, Item.width, Item.height, *titles)
        .join(Item, Pair.item_id == Item.id)
        .join(low, Pair.stim_lo == low.id)
        .join(high, Pair.stim_hi == high.id)
        .outerjoin(first, low.method_id == first.id)
        .outerjoin(second, high.method_id == second.id)
        .where(Pair.study_id == study)
        .order_by(Item.id, Pair.id)
    )
    return [PairRow(*row) for row in tx.connection.execute(query)]


def stimulus_of(tx: Transaction, study: int, pair: int, side: str) -> int | None:
    """Return the stimulus of the "first" or "second" side of a pair of this study, None for others."""
    column = Pair.stim_lo if side == "first" else Pair.stim_hi
    return tx.connection.scalar(select(column).where(Pair.id == pair, Pair.study_id == study))


def methods_of(tx: Transaction, study: int) -> list[tuple[int, str]]:
    """Return id and title of the methods of a study, in their order."""
    query = select(Method.id, Method.title).where(Method.study_id == study).order_by(Method.id)
    return [(row.id, row.title) for row in tx.connection.execute(query)]


def lost_votes_mark(tx: Transaction, study: int) -> tuple[object, ...]:
    """Return a value that changes whenever scored votes of a study may have been lost, or came back.

    An answer that is taken back is added to the history; withdrawals and rejections change the number of
    people; pilots, rejections and their end are in the log. Everything is found through an index.
    """
    latest = select(VoteHistory.id, VoteHistory.client_uuid).order_by(VoteHistory.id.desc()).limit(1)
    taken_back = tx.connection.execute(latest).one_or_none()
    gone = select(func.count()).where(Participant.study_id == study, Participant.status.in_(NOT_SCORED))
    entry = select(func.max(OrganizerLog.id)).where(OrganizerLog.study_id == study)
    people, logged = tx.connection.scalar(gone), tx.connection.scalar(entry)
    return (tuple(taken_back) if taken_back else None, people, logged)


def last_vote_before(tx: Transaction, moment: str) -> int:
    """Return the id of the newest vote of all studies before a time (ISO 8601 in UTC), 0 without one."""
    query = select(VoteRow.id).where(VoteRow.server_at < moment).order_by(VoteRow.id.desc()).limit(1)
    return tx.connection.scalar(query) or 0


def count_votes(tx: Transaction, study: int, last: int) -> list[tuple[int, int, str, int]]:
    """Count the scored votes on pairs up to an id, by left method, right method and outcome."""
    rows = tx.connection.execute(COUNTED_VOTES, {"study": study, "last": last})
    return [(left, right, outcome, int(number)) for left, right, outcome, number in rows]


def votes_after(tx: Transaction, study: int, last: int) -> list[ArrivedVote]:
    """Return the scored votes on pairs after an id, in their order."""
    rows = tx.connection.execute(ARRIVED_VOTES, {"study": study, "last": last})
    return [ArrivedVote(*row) for row in rows]
