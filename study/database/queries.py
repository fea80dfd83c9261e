"""Query the answers with the keys of the methods, and count them, for analysis and simulated raters."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, select
from sqlalchemy.orm import aliased

from study.database.rows import DELETED, StudyRow, TrialContent, Version
from study.database.schema import (
    FurtherPicture,
    Item,
    Method,
    Pair,
    Participant,
    Stimulus,
    Study,
    Trial,
    VoteRow,
)
from study.records import MethodRow, People, StudySummary
from study.votes import LEFT, OUTCOMES, RIGHT

LeftStimulus, RightStimulus = aliased(Stimulus), aliased(Stimulus)
LeftMethod, RightMethod = aliased(Method), aliased(Method)
MAIN = Participant.phase == "main"  # no pilot, no rehearsal
COUNTED = and_(MAIN, Participant.status.not_in(("rejected", "screened")))  # people whose answers count
# Those whose answers a table or a report is made of.
PEOPLE: Mapping[People, ColumnElement[bool]] = {
    "counted": COUNTED,
    "pilot": and_(Participant.phase == "pilot", Participant.status.not_in(("rejected", "screened"))),
    "all": MAIN,
}


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


def trial_contents(connection: Connection, participant: int) -> list[TrialContent]:
    """Return what the trials of a participant compare, in their order, for simulated raters only."""
    better = case(
        (Pair.expected_stim == Trial.left_stim, OUTCOMES[LEFT]),
        (Pair.expected_stim.is_not(None), OUTCOMES[RIGHT]),
    )
    counts = and_(Pair.kind == "main", Trial.repeat_of.is_(None))
    query = _trials(Trial.id, LeftMethod.key, RightMethod.key, better, counts, gold=True)
    query = query.join(Pair, Trial.pair_id == Pair.id).where(Trial.participant_id == participant)
    rows = connection.execute(query.order_by(Trial.seq))
    further = _further_methods(connection, participant)
    return [
        TrialContent(key, left, right, side, bool(vote), tuple(further.get(key, ())))
        for key, left, right, side, vote in rows
    ]


def _further_methods(connection: Connection, participant: int) -> dict[int, list[str]]:
    """Return the keys of the methods of the third and the fourth picture, by trial of a participant."""
    query = (
        select(FurtherPicture.trial_id, Method.key)
        .join(Trial, FurtherPicture.trial_id == Trial.id)
        .join(Stimulus, FurtherPicture.stim == Stimulus.id)
        .join(Method, Stimulus.method_id == Method.id)
        .where(Trial.participant_id == participant)
        .order_by(FurtherPicture.position)
    )
    found: dict[int, list[str]] = {}
    for trial, key in connection.execute(query):
        found.setdefault(trial, []).append(key)
    return found


def current_slug(connection: Connection) -> str | None:
    """Return the slug of the default study, else of the only active one, else None."""
    default = default_slug(connection)
    if default is not None:
        return default
    active = list(connection.scalars(select(Study.slug).where(Study.status == "active").distinct().limit(2)))
    return active[0] if len(active) == 1 else None


def running_versions(connection: Connection) -> list[tuple[str, int]]:
    """Return slug and version of all studies that are active or paused."""
    running = select(Study.slug, Study.version).where(Study.status.in_(("active", "paused")))
    rows = connection.execute(running.order_by(Study.slug, Study.version))
    return [(slug, version) for slug, version in rows]


def default_slug(connection: Connection) -> str | None:
    """Return the slug of the default study, None without one."""
    return connection.scalar(select(Study.slug).where(Study.is_default))


def versions(connection: Connection, slug: str | None = None) -> list[Version]:
    """Return all versions of a study, or of all studies, by slug and version, with people and votes."""
    people, votes = _people(), _votes()
    query = (
        select(
            *(Study.id, Study.slug, Study.version, Study.title, Study.status),
            *(Study.created_at, Study.activated_at, Study.is_default),
            func.coalesce(people.c.people, 0).label("participants"),
            func.coalesce(people.c.completed, 0).label("completed"),
            func.coalesce(votes.c.votes, 0).label("votes"),
        )
        .outerjoin(people, people.c.study_id == Study.id)
        .outerjoin(votes, votes.c.study_id == Study.id)
        .order_by(Study.slug, Study.version)
    )
    chosen = (
        query.where(Study.slug.not_like(f"{DELETED}%")) if slug is None else query.where(Study.slug == slug)
    )
    return [Version(**row) for row in connection.execute(chosen).mappings()]


def _people() -> Any:
    """Count the participants of each study whose answers count, and those who completed it."""
    completed = func.sum(case((Participant.status == "complete", 1), else_=0))
    counts = (func.count().label("people"), completed.label("completed"))
    return select(Participant.study_id, *counts).where(COUNTED).group_by(Participant.study_id).subquery()


def _votes() -> Any:
    """Count the votes of each study: no practice, no gold pairs, no repeats."""
    votes = (
        select(Participant.study_id, func.count().label("votes"))
        .select_from(VoteRow)
        .join(Trial, VoteRow.trial_id == Trial.id)
        .join(Pair, Trial.pair_id == Pair.id)
        .join(Participant, Trial.participant_id == Participant.id)
        .where(COUNTED, Pair.kind == "main", Trial.repeat_of.is_(None))
    )
    return votes.group_by(Participant.study_id).subquery()


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
    people = select(Participant.status, func.count()).where(Participant.study_id == study.id, COUNTED)
    rows = connection.execute(people.group_by(Participant.status))
    by_status = {row[0]: int(row[1]) for row in rows}
    return StudySummary(
        version=study.version,
        methods=tuple(MethodRow(row.key, row.title, row.is_anchor) for row in methods),
        participants=sum(by_status.values()),
        completed=by_status.get("complete", 0),
    )
