"""Questions of the analysis: every answer with the names behind the pictures, and the counts of them."""

from typing import Any

from sqlalchemy import Connection, and_, case, func, select
from sqlalchemy.orm import aliased

from study.database.schema import Item, Method, Pair, Participant, Stimulus, Trial, VoteRow
from study.database.study_queries import Row
from study.records import CellCount, MethodRow, Tally, Vote
from study.votes import LEFT, OUTCOMES, RIGHT

LeftStimulus, RightStimulus = aliased(Stimulus), aliased(Stimulus)
LeftMethod, RightMethod = aliased(Method), aliased(Method)


def _trials(*columns: Any, gold: bool = False) -> Any:
    """Trials with both methods and the item; gold pairs, which are of no method, too if they are wanted."""
    return (
        select(*columns)
        .select_from(Trial)
        .join(Participant, Trial.participant_id == Participant.id)
        .join(LeftStimulus, Trial.left_stim == LeftStimulus.id)
        .join(RightStimulus, Trial.right_stim == RightStimulus.id)
        .join(LeftMethod, LeftStimulus.method_id == LeftMethod.id, isouter=gold)
        .join(RightMethod, RightStimulus.method_id == RightMethod.id, isouter=gold)
        .join(Item, LeftStimulus.item_id == Item.id)
    )


def _answers(*columns: Any) -> Any:
    """The same, only comparisons that have an answer: no practice, no gold pairs, no repeats."""
    answered = _trials(*columns).join(VoteRow, VoteRow.trial_id == Trial.id)
    return answered.join(Pair, Trial.pair_id == Pair.id).where(Pair.kind == "main", Trial.repeat_of.is_(None))


def votes(connection: Connection, study: int) -> list[Vote]:
    """Every answer, oldest first."""
    columns = (
        Participant.id.label("participant"), Participant.source, Item.key.label("item"),
        LeftMethod.key.label("left"), RightMethod.key.label("right"),
        VoteRow.outcome, VoteRow.rt_ms, VoteRow.input, VoteRow.server_at.label("at"),
    )  # fmt: skip
    query = _answers(*columns).where(Participant.study_id == study).order_by(VoteRow.id)
    return [Vote(**row) for row in connection.execute(query).mappings()]


def answer_key(connection: Connection, trial_token: str) -> Row:
    """What is behind a trial, for simulated raters only.

    left, right: methods, None of gold pairs. better: which side of a gold pair is (L, R), None of others.
    counts: whether the answer is a vote, so no practice, gold or repeat.
    """
    better = case(
        (Pair.expected_stim == Trial.left_stim, OUTCOMES[LEFT]),
        (Pair.expected_stim.is_not(None), OUTCOMES[RIGHT]),
    )
    counts = and_(Pair.kind == "main", Trial.repeat_of.is_(None))
    columns = (
        LeftMethod.key.label("left"),
        RightMethod.key.label("right"),
        better.label("better"),
        counts.label("counts"),
    )
    query = _trials(*columns, gold=True).join(Pair, Trial.pair_id == Pair.id)
    return dict(connection.execute(query.where(Trial.token == trial_token)).mappings().one())


def sources(connection: Connection, study: int) -> set[str]:
    """Where the participants who answered came from."""
    query = _answers(Participant.source).where(Participant.study_id == study).distinct()
    return set(connection.scalars(query))


def tally(connection: Connection, study: Row) -> Tally:
    """Every count of a study."""
    methods = (
        connection.execute(select(Method.__table__).where(Method.study_id == study["id"]).order_by(Method.id))
        .mappings()
        .all()
    )
    index = {row["id"]: i for i, row in enumerate(methods)}
    keys = (Participant.id, LeftMethod.id, RightMethod.id, VoteRow.outcome)
    query = _answers(*keys, func.count()).where(Participant.study_id == study["id"])
    cells = connection.execute(query.group_by(*keys).order_by(*keys))
    people = select(Participant.status, func.count().label("people")).where(
        Participant.study_id == study["id"]
    )
    counts = connection.execute(people.group_by(Participant.status)).mappings()
    status = {row["status"]: row["people"] for row in counts}
    items = select(func.count()).select_from(Item).where(Item.study_id == study["id"])
    return Tally(
        slug=study["slug"],
        title=study["title"],
        question=study["question"],
        version=study["version"],
        simulated="simulated" in sources(connection, study["id"]),
        ties_allowed=study["allow_ties"],
        methods=tuple(MethodRow(row["key"], row["title"], row["is_anchor"]) for row in methods),
        cells=tuple(CellCount(who, index[a], index[b], outcome, n) for who, a, b, outcome, n in cells),
        items=connection.execute(items).scalar_one(),
        participants=sum(status.values()),
        completed=status.get("complete", 0),
    )
