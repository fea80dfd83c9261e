"""Count what organizers watch while people vote: a few aggregates, fast with a hundred thousand votes."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import aliased

from study.database.queries import COUNTED, MAIN
from study.database.schema import Event, FurtherPicture, Method, Pair, Participant, Stimulus, Trial, VoteRow
from study.database.transaction import ACTIVE, Transaction

LATEST = 5000  # answers that the response times are of


@dataclass(frozen=True)
class PairCount:
    """Count the answers with a pair of pictures that two methods made; methods: their titles.

    first: answers in which the pair has the first two positions. With two pictures, these are all.
    """

    methods: tuple[str, str]
    answers: int
    first: int


def method_titles(tx: Transaction, study: int) -> list[str]:
    """Return the titles of the methods of a study, in their order."""
    query = select(Method.title).where(Method.study_id == study).order_by(Method.id)
    return list(tx.connection.scalars(query))


def count_people(tx: Transaction, study: int) -> dict[str, int]:
    """Count the participants by status; "away" are active ones without a request in the last half hour."""
    away = and_(Participant.status == "active", Participant.last_seen_at < tx.ago(ACTIVE))
    status = case((away, "away"), else_=Participant.status)
    query = select(status, func.count()).where(Participant.study_id == study, MAIN).group_by(status)
    declined = select(func.count()).where(Event.study_id == study, Event.kind == "declined")
    counts = {row[0]: int(row[1]) for row in tx.connection.execute(query)}
    return {**counts, "declined": tx.connection.execute(declined).scalar_one()}


def count_pairs(tx: Transaction, study: int) -> list[PairCount]:
    """Count the answers that are scored, for each pair of pictures shown together; without repeats."""
    answered = (
        select(Trial.pair_id, func.count())
        .join(Participant, Trial.participant_id == Participant.id)
        .where(Participant.study_id == study, COUNTED)
        .where(Trial.state == "answered", Trial.repeat_of.is_(None))
        .group_by(Trial.pair_id)
    )
    counts = {row[0]: int(row[1]) for row in tx.connection.execute(answered)}
    low, high = aliased(Stimulus), aliased(Stimulus)
    low_method, high_method = aliased(Method), aliased(Method)
    pairs = (
        select(Pair.id, low_method.title, high_method.title, Pair.stim_lo, Pair.stim_hi)
        .join(low, Pair.stim_lo == low.id)
        .join(high, Pair.stim_hi == high.id)
        .join(low_method, low.method_id == low_method.id)
        .join(high_method, high.method_id == high_method.id)
        .where(Pair.study_id == study, Pair.kind == "main")
    )
    more = _count_further_pairs(tx, study)
    return [
        PairCount((one, other), counts.get(pair, 0) + more[frozenset((low, high))], first=counts.get(pair, 0))
        for pair, one, other, low, high in tx.connection.execute(pairs)
    ]


def _count_further_pairs(tx: Transaction, study: int) -> Counter[frozenset[int]]:
    """Count the answers with each pair of pictures of which one, at least, is the third or the fourth."""
    if tx.study_by_id(study).pictures == 2:
        return Counter()
    third, fourth = aliased(FurtherPicture), aliased(FurtherPicture)
    with_fourth = and_(fourth.trial_id == Trial.id, fourth.position > third.position)
    counts: Counter[frozenset[int]] = Counter()
    for other, joined in ((Trial.left_stim, False), (Trial.right_stim, False), (fourth.stim, True)):
        query = (
            select(third.stim, other, func.count())
            .select_from(Trial)
            .join(third, third.trial_id == Trial.id)
            .join(Participant, Trial.participant_id == Participant.id)
            .join(Pair, Trial.pair_id == Pair.id)
            .where(Participant.study_id == study, COUNTED)
            .where(Trial.state == "answered", Pair.kind == "main")
            .group_by(third.stim, other)
        )
        for one, two, count in tx.connection.execute(query.join(fourth, with_fourth) if joined else query):
            counts[frozenset((one, two))] += count
    return counts


def count_gold(tx: Transaction, study: int) -> tuple[int, int]:
    """Return how many gold pairs were answered, and how many of them right."""
    left_is_better = Pair.expected_stim == Trial.left_stim
    right = or_(and_(left_is_better, VoteRow.outcome == "L"), and_(~left_is_better, VoteRow.outcome == "R"))
    gold = select(Pair.id).where(Pair.study_id == study, Pair.kind == "gold")
    query = (
        select(func.count(), _count_if(right))
        .select_from(Trial)
        .join(Participant, Trial.participant_id == Participant.id)
        .join(Pair, Trial.pair_id == Pair.id)
        .join(VoteRow, VoteRow.trial_id == Trial.id)
        .where(Participant.study_id == study, COUNTED, Trial.pair_id.in_(gold))
    )
    answered, good = tx.connection.execute(query).one()
    return int(answered), int(good)


def count_agreeing_repeats(tx: Transaction, study: int) -> tuple[int, int]:
    """Return how many repeated pairs were answered, and how many of them like the first time."""
    first, vote = aliased(Trial), aliased(VoteRow)
    same_side = Trial.left_stim == first.left_stim
    flipped = or_(
        and_(VoteRow.outcome == "L", vote.outcome == "R"), and_(VoteRow.outcome == "R", vote.outcome == "L")
    )
    same = or_(
        and_(same_side, VoteRow.outcome == vote.outcome),
        and_(~same_side, or_(flipped, and_(VoteRow.outcome == "T", vote.outcome == "T"))),
    )
    query = (
        select(func.count(), _count_if(same))
        .select_from(Trial)
        .join(VoteRow, VoteRow.trial_id == Trial.id)
        .join(first, Trial.repeat_of == first.id)
        .join(vote, vote.trial_id == first.id)
        .join(Participant, Trial.participant_id == Participant.id)
        .where(Participant.study_id == study, COUNTED, Trial.repeat_of.is_not(None))
    )
    answered, agreeing = tx.connection.execute(query).one()
    return int(answered), int(agreeing)


def latest_times(tx: Transaction, study: int) -> list[int]:
    """Return the response times of the latest answers in milliseconds, sorted; LATEST or a few more."""
    newest = tx.connection.scalar(select(func.max(VoteRow.id))) or 0
    span, found = LATEST, list[int | None]()
    while True:  # the table has the answers of other studies too
        query = (
            select(VoteRow.rt_ms)
            .join(Trial, VoteRow.trial_id == Trial.id)
            .join(Participant, Trial.participant_id == Participant.id)
            .where(VoteRow.id > newest - span, Participant.study_id == study, COUNTED)
        )
        found = list(tx.connection.scalars(query))
        if span >= newest or len(found) >= LATEST:
            break
        span *= 8
    return sorted(value for value in found if value is not None)


def votes_by_minute(tx: Transaction, study: int, minutes: int) -> dict[str, int]:
    """Count the answers of the last minutes by the first 16 characters of their time, to the minute."""
    minute = func.substr(VoteRow.server_at, 1, 16)
    query = (
        select(minute, func.count())
        .join(Trial, VoteRow.trial_id == Trial.id)
        .join(Participant, Trial.participant_id == Participant.id)
        .where(VoteRow.server_at >= tx.ago(timedelta(minutes=minutes)))
        .where(Participant.study_id == study, COUNTED)
        .group_by(minute)
    )
    return {row[0]: int(row[1]) for row in tx.connection.execute(query)}


def answers_of_dropouts(tx: Transaction, study: int) -> list[int]:
    """Return the number of answered trials of each participant who stopped before the end."""
    stopped = or_(
        Participant.status == "expired",
        and_(Participant.status == "active", Participant.last_seen_at < tx.ago(ACTIVE)),
    )
    query = (
        select(func.count(Trial.id))
        .select_from(Participant)
        .outerjoin(Trial, and_(Trial.participant_id == Participant.id, Trial.state == "answered"))
        .where(Participant.study_id == study, MAIN, stopped)
        .group_by(Participant.id)
    )
    return [int(value) for value in tx.connection.scalars(query)]


def _count_if(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
