"""Query and store what people answer about themselves, and what the end of their participation needs."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from study.database.rows import StudyRow
from study.database.schema import (
    FurtherPicture,
    Pair,
    Participant,
    QuestionnaireAnswer,
    Study,
    Trial,
    VoteRow,
)

RECENT = 20  # participants whose times give the expected duration


@dataclass(frozen=True)
class EndingRow:
    """Hold the columns of a participant and their study that decide what they see at the end."""

    id: int
    source: str
    code: str
    status: str
    language: str
    study_id: int
    slug: str
    study_status: str
    results_access: str


@dataclass(frozen=True)
class OwnChoice:
    """Hold an answer of a participant, for this participant: tokens of both pictures, and L, R or T.

    further: tokens of the third and the fourth picture; outcome is then the position of the best, or T.
    """

    left: str
    right: str
    outcome: str
    further: tuple[str, ...] = ()


@dataclass(frozen=True)
class PersonRow:
    """Hold a participant and their answers to forms, by key of the question.

    code: pseudonym, empty for participants of earlier releases.
    """

    id: int
    code: str
    phase: str
    source: str
    status: str
    language: str
    consent_version: str
    answers: Mapping[str, str]


def ending_row(connection: Connection, token_hash: str) -> EndingRow | None:
    """Return the participant whose token has this hash, None without one."""
    query = (
        select(
            *(Participant.id, Participant.source, Participant.code, Participant.status, Participant.language),
            *(Study.id.label("study_id"), Study.slug, Study.status.label("study_status")),
            Study.results_access,
        )
        .join(Study, Participant.study_id == Study.id)
        .where(Participant.token_hash == token_hash)
    )
    found = connection.execute(query).mappings().one_or_none()
    return None if found is None else EndingRow(**found)


def study_of(connection: Connection, token_hash: str) -> StudyRow | None:
    """Return the version of a study in which the participant with this token enrolled, None without one."""
    query = select(Study.__table__).join(Participant, Participant.study_id == Study.id)
    found = connection.execute(query.where(Participant.token_hash == token_hash)).mappings().one_or_none()
    return None if found is None else StudyRow(**found)


def has_answered(connection: Connection, participant: int, stage: str) -> bool:
    """Return True where a participant has answered a form."""
    own = (QuestionnaireAnswer.participant_id == participant, QuestionnaireAnswer.stage == stage)
    return connection.scalar(select(QuestionnaireAnswer.id).where(*own).limit(1)) is not None


def people_of(connection: Connection, study: int) -> list[PersonRow]:
    """Return the participants of a study with their answers, as they enrolled; rehearsals are left out."""
    given: dict[int, dict[str, str]] = {}
    columns = (QuestionnaireAnswer.participant_id, QuestionnaireAnswer.question, QuestionnaireAnswer.value)
    answers = select(*columns).join(Participant, QuestionnaireAnswer.participant_id == Participant.id)
    for person, question, value in connection.execute(answers.where(Participant.study_id == study)):
        given.setdefault(person, {})[question] = value
    about = (Participant.code, Participant.phase, Participant.source, Participant.status)
    people = select(Participant.id, *about, Participant.language, Participant.consent_version)
    chosen = (Participant.study_id == study, Participant.phase != "rehearsal")
    rows = connection.execute(people.where(*chosen).order_by(Participant.id))
    return [PersonRow(*row, given.get(row[0], {})) for row in rows]


def own_choices(connection: Connection, participant: int) -> list[OwnChoice]:
    """Return the answers of a participant on pairs of methods, in the order in which they were given."""
    query = (
        select(Trial.id, Trial.left_token, Trial.right_token, VoteRow.outcome)
        .join(VoteRow, VoteRow.trial_id == Trial.id)
        .join(Pair, Trial.pair_id == Pair.id)
        .where(Trial.participant_id == participant, Pair.kind == "main")
        .order_by(Trial.seq)
    )
    pictures = (
        select(FurtherPicture.trial_id, FurtherPicture.token)
        .join(Trial, FurtherPicture.trial_id == Trial.id)
        .where(Trial.participant_id == participant)
        .order_by(FurtherPicture.position)
    )
    further: dict[int, list[str]] = {}
    for trial, token in connection.execute(pictures):
        further.setdefault(trial, []).append(token)
    return [
        OwnChoice(left, right, outcome, tuple(further.get(trial, ())))
        for trial, left, right, outcome in connection.execute(query)
    ]


def gold_answers(connection: Connection, participant: int) -> tuple[int, int]:
    """Return how many gold pairs a participant answered rightly, and how many in all."""
    left = (Pair.expected_stim == Trial.left_stim) & (VoteRow.outcome == "L")
    right = (Pair.expected_stim == Trial.right_stim) & (VoteRow.outcome == "R")
    query = (
        select(func.count().filter(left | right), func.count())
        .select_from(Trial)
        .join(Pair, Trial.pair_id == Pair.id)
        .join(VoteRow, VoteRow.trial_id == Trial.id)
        .where(Trial.participant_id == participant, Pair.kind == "gold")
    )
    rightly, all_of_them = connection.execute(query).one()
    return int(rightly), int(all_of_them)


def recent_times(connection: Connection, study: int) -> list[int]:
    """Return response times, in milliseconds, of the participants who completed a study last."""
    last = (
        select(Participant.id)
        .where(Participant.study_id == study, Participant.status == "complete")
        .where(Participant.source != "simulated")
        .order_by(Participant.id.desc())
        .limit(RECENT)
    )
    query = (
        select(VoteRow.rt_ms)
        .join(Trial, VoteRow.trial_id == Trial.id)
        .where(Trial.participant_id.in_(last), VoteRow.rt_ms.is_not(None))
    )
    return [time for time in connection.scalars(query) if time is not None]
