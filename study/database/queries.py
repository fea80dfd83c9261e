"""Query the answers with the keys of the methods, and count them, for analysis and simulated raters."""

from typing import Any

from sqlalchemy import Connection, and_, case, func, select
from sqlalchemy.orm import aliased

from study.database.rows import StudyRow, TrialContent
from study.database.schema import Item, Method, Pair, Participant, Stimulus, Trial, VoteRow
from study.records import MethodRow, StudySummary
from study.votes import LEFT, OUTCOMES, RIGHT

LeftStimulus, RightStimulus = aliased(Stimulus), aliased(Stimulus)
LeftMethod, RightMethod = aliased(Method), aliased(Method)


def _trials(*columns: Any, gold: bool = False) -> Any:
    """Select columns of trials, their methods and their item; gold: also gold pairs, without methods."""
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


def _answered(*columns: Any) -> Any:
    """Select columns of answered comparisons of methods: no practice, no gold pairs, no repeats."""
    answered = _trials(*columns).join(VoteRow, VoteRow.trial_id == Trial.id)
    return answered.join(Pair, Trial.pair_id == Pair.id).where(Pair.kind == "main", Trial.repeat_of.is_(None))


def trial_content(connection: Connection, trial_token: str) -> TrialContent:
    """Return what a trial compares, for simulated raters only."""
    better = case(
        (Pair.expected_stim == Trial.left_stim, OUTCOMES[LEFT]),
        (Pair.expected_stim.is_not(None), OUTCOMES[RIGHT]),
    )
    counts = and_(Pair.kind == "main", Trial.repeat_of.is_(None))
    query = _trials(LeftMethod.key, RightMethod.key, better, counts, gold=True)
    query = query.join(Pair, Trial.pair_id == Pair.id).where(Trial.token == trial_token)
    left, right, side, is_vote = connection.execute(query).one()
    return TrialContent(left, right, side, bool(is_vote))


def sources(connection: Connection, study: int) -> set[str]:
    """Return the recruitment sources of the participants who voted."""
    query = _answered(Participant.source).where(Participant.study_id == study).distinct()
    return set(connection.scalars(query))


def summary(connection: Connection, study: StudyRow) -> StudySummary:
    """Return the methods of a study, and count its participants."""
    methods = connection.execute(
        select(Method.key, Method.title, Method.is_anchor)
        .where(Method.study_id == study.id)
        .order_by(Method.id)
    )
    people = select(Participant.status, func.count()).where(Participant.study_id == study.id)
    rows = connection.execute(people.group_by(Participant.status))
    by_status = {row[0]: int(row[1]) for row in rows}
    return StudySummary(
        version=study.version,
        methods=tuple(MethodRow(row.key, row.title, row.is_anchor) for row in methods),
        participants=sum(by_status.values()),
        completed=by_status.get("complete", 0),
    )
