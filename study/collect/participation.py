"""Show trials, store answers, take them back and withdraw: each is one transaction that checks every rule."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from study.collect.answer_rules import check_asked
from study.collect.enrolment import (
    Applicant,
    PreparedStudy,
    admit,
    hash_token,
    identify,
    is_enrolled,
    plain,
)
from study.collect.stimulus_files import Wanted
from study.database.counts.tallies import unlink
from study.database.rows import NewVote, NextTrialRow, ParticipantRow, TrialRow
from study.database.store import Store
from study.database.transaction import Transaction
from study.records import Ended, PairView, Refused, TrialView
from study.votes import INPUT_KINDS, OUTCOMES, POSITIONS, TIE

MAX_UUID = 64
MAX_DETAILS = 500  # characters of JSON about an answer
MAX_RT_MS = 24 * 3600 * 1000
REFERENCE = ".reference"  # after the token of a trial: the picture that is shown beside both stimuli
OUTLINE = ".outline"  # the same: that which is shown over both


class UnknownMedia(KeyError):
    """Report a token that belongs to no picture of a trial, or a width in which it is not stored."""


@dataclass(frozen=True)
class Answer:
    """Hold the answer that a browser sends for a trial.

    trial: token of the trial. choice: "L", "R" or "T"; the position of the best, from "1", instead of a side
    where the trial has more than two pictures. uuid: made by the browser for this click; the same
    again is the same click again. rt_ms: response time in milliseconds. grade: 1 better, 2 much better, None
    where it was not asked. answers, view: JSON objects as in `schema.VoteRow`.
    """

    trial: str
    choice: str
    uuid: str
    rt_ms: int | None = None
    input: str = "mouse"
    grade: int | None = None
    answers: str = ""
    view: str = ""


@dataclass(frozen=True)
class Step:
    """Hold the state of a participant after a request; `trial` is None once all are answered.

    study: id of the participant's study. counted: False where an answer was stored before. stopped: "paused"
    or "closed" where trials remain that the study does not show now. better: the better side of the practice
    pair that was answered, None for all other pairs.
    """

    token: str
    study: int
    trial: TrialView | None
    counted: bool = True
    stopped: str = ""
    better: Literal["L", "R"] | None = None


def begin(store: Store, study: PreparedStudy, applicant: Applicant) -> Step:
    """Enrol an applicant and show the first trial, in one transaction. Raises Refused like `enrol`.

    For an applicant who has enrolled before, show the next trial, like `resume`.
    """
    identity = identify(study, applicant)
    if is_enrolled(store, identity):
        return resume(store, identity.token, study.row.slug)
    with store.transaction() as tx:
        participant = _checked(tx, admit(tx, study, applicant, identity))
        return Step(identity.token, participant.study_id, _show_next(tx, participant))


def resume(store: Store, token: str, slug: str = "", *, returning: bool = False) -> Step:
    """Show the participant's next unanswered trial, and store that it was shown and when.

    Nothing is written for a participant who has completed the study, or where the request is refused.
    slug: the study that the token has to belong to, any if empty. returning: store that the participant
    opened the page again. Raises Refused for an unknown token and a study that is paused or closed, Ended
    for a participant who withdrew or was away for too long.
    """
    with store.reading() as tx:
        participant = _find(tx, token, slug)
        _next_unanswered(tx, participant)
    if participant.status == "complete":
        return Step(token, participant.study_id, None)
    # After a crash of the machine these changes are made again by the next request.
    with store.transaction(durable=False) as tx:
        participant = _find(tx, token, slug)
        if participant.status != "complete":
            tx.touch(participant.id)
            if returning:
                tx.add_event(participant.study_id, participant.id, "resumed")
        return Step(token, participant.study_id, _show_next(tx, participant))


def show_next_trial(store: Store, token: str) -> TrialView | None:
    """Show the next unanswered trial like `resume`; return it, or None at the end."""
    return resume(store, token).trial


def cast_vote(store: Store, token: str, given: Answer, slug: str = "") -> Step:
    """Store the answer to the trial that was shown, once and durably, and show the next: one transaction.

    The same `uuid` again is the same click again: not counted, nothing changes, also after that answer was
    taken back. Raises Refused for an unknown participant, a trial that is not theirs or not shown yet, a
    trial that has another answer, a grade or a further answer that is not asked for, one that is missing, and
    for values that no page of ours sends; Ended like `resume`.
    """
    _check_answer(given)
    with store.transaction() as tx:
        participant = _find(tx, token, slug)
        trial = tx.trial_of(participant.id, plain(given.trial))
        if trial is None or trial.state == "planned":
            raise Refused("not_shown")
        study, counted = participant.study_id, _add_answer(tx, participant, trial, given)
        if counted:
            tx.touch(participant.id)
        if participant.stopped and tx.next_trial(participant.id) is not None:
            return Step(token, study, None, counted, participant.stopped, trial.better)
        return Step(token, study, _show_next(tx, participant), counted, better=trial.better)


def _add_answer(tx: Transaction, participant: ParticipantRow, trial: TrialRow, given: Answer) -> bool:
    """Add the vote; return False where this click was stored before. Raises Refused."""
    if trial.client_uuid == given.uuid or (trial.taken_back and tx.was_taken_back(trial.id, given.uuid)):
        return False
    sides = OUTCOMES[:TIE] if trial.pictures == 2 else POSITIONS[: trial.pictures]
    if given.choice not in (*sides, OUTCOMES[TIE]):
        raise Refused("bad_choice")
    if given.choice == OUTCOMES[TIE] and not participant.allow_ties:
        raise Refused("no_ties")
    check_asked(tx, participant.study_id, given.grade, given.answers)
    vote = NewVote(
        trial_id=trial.id,
        outcome=given.choice,
        rt_ms=given.rt_ms,
        client_uuid=given.uuid,
        input=given.input,
        grade=None if given.choice == OUTCOMES[TIE] else given.grade,
        answers_json=given.answers,
        view_json=given.view,
    )
    if tx.add_vote(vote):
        return True
    if tx.client_uuid(trial.id) == given.uuid:  # stored by another request of the same click meanwhile
        return False
    raise Refused("already_answered")


def _next_unanswered(
    tx: Transaction, participant: ParticipantRow
) -> tuple[NextTrialRow | None, NextTrialRow | None]:
    """Return the next trial and the one after it, None at the end.

    Raises Refused for trials of a paused or closed study.
    """
    if participant.status == "complete":
        return None, None
    trial, upcoming = tx.next_trials(participant.id)
    if trial is not None and participant.stopped:
        raise Refused(participant.stopped)
    return trial, upcoming


def _show_next(tx: Transaction, participant: ParticipantRow) -> TrialView | None:
    """Store that the next trial is shown, and return it; without one mark the participant as complete."""
    trial, upcoming = _next_unanswered(tx, participant)
    if trial is None:
        if participant.status != "complete":
            tx.finish(participant.id)
        return None
    if trial.state == "planned":
        tx.mark_shown(trial.id)
    return TrialView(
        trial_token=trial.token,
        left_media=trial.left_token,
        right_media=trial.right_token,
        number=trial.seq + 1,
        total=trial.total,
        width=trial.width,
        height=trial.height,
        allow_tie=participant.allow_ties,
        question=participant.question,
        practice=trial.kind == "practice",
        can_undo=trial.seq > 0 and not trial.taken_back,
        sizes=trial.sizes,
        reference=_reference(trial),
        outline=_outline(trial),
        prompt=trial.prompt or "",
        upcoming=None if upcoming is None else _unseen(upcoming),
        further_media=trial.further,
    )


def _unseen(trial: NextTrialRow) -> PairView:
    media = tuple(sorted((trial.left_token, trial.right_token, *trial.further)))
    return PairView(media, trial.sizes, _reference(trial), _outline(trial))


def _reference(trial: NextTrialRow) -> str:
    return trial.token + REFERENCE if trial.has_reference else ""


def _outline(trial: NextTrialRow) -> str:
    return trial.token + OUTLINE if trial.has_outline else ""


def undo(store: Store, token: str, slug: str = "", shown: str | None = None) -> Step:
    """Take back the answer before the trial that is shown now; it stays in the history.

    shown: the token of that trial; where another is shown, nothing is taken back, so that the same request
    can be sent twice. Only the last answer can be taken back: before the one before it, its trial has to be
    answered again. Raises Refused where there is none, and after the end of the study; Ended like `resume`.
    """
    with store.transaction() as tx:
        participant = _find(tx, token, slug)
        trial = tx.next_trial(participant.id)
        if trial is None:
            raise Refused("complete")
        if shown is None or trial.token == plain(shown):
            if trial.taken_back or not tx.take_back(participant.id, trial.seq - 1):
                raise Refused("only_last")
            tx.add_event(participant.study_id, participant.id, "undone", seq=trial.seq - 1)
        tx.touch(participant.id)
        return Step(token, participant.study_id, _show_next(tx, participant))


def withdraw(store: Store, token: str, slug: str = "") -> int:
    """Delete the trials, answers and events of a participant; return the number of answers.

    The fact and the time of the withdrawal stay. Withdrawing again changes nothing. Raises Refused for an
    unknown token.
    """
    with store.transaction() as tx:
        participant = _known(tx, token, slug)
        if participant.status == "withdrawn":
            return 0
        answers = tx.forget(participant.id)
        unlink(tx, participant.id)
        tx.add_event(participant.study_id, participant.id, "withdrawn", answers=answers)
        return answers


def media_picture(store: Store, media_token: str) -> Wanted:
    """Return the picture with a token, in its largest size. Raises UnknownMedia."""
    name, dot, ending = plain(media_token).partition(".")
    with store.reading() as tx:
        find = {REFERENCE: tx.reference_of, OUTLINE: tx.outline_of, "": tx.media}.get(dot + ending)
        found = find(name) if find else None
    if found is None:
        raise UnknownMedia(media_token)
    return Wanted(found, "context" if ending else "stimulus")


def _check_answer(given: Answer) -> None:
    if given.choice not in (*OUTCOMES, *POSITIONS):
        raise Refused("bad_choice")
    if not 0 < len(plain(given.uuid)) <= MAX_UUID or given.input not in INPUT_KINDS:
        raise Refused("not_understood")
    if given.grade not in (None, 1, 2) or max(len(given.answers), len(given.view)) > MAX_DETAILS:
        raise Refused("not_understood")
    if given.rt_ms is not None and not 0 <= given.rt_ms <= MAX_RT_MS:
        raise Refused("bad_time")


def _known(tx: Transaction, token: str, slug: str) -> ParticipantRow:
    """Return the participant with this token. Raises Refused for an unknown one."""
    participant = tx.participant(hash_token(token))
    if participant is None or slug not in ("", participant.slug):
        raise Refused("unknown_participant")
    return participant


def _find(tx: Transaction, token: str, slug: str) -> ParticipantRow:
    """Return the participant with this token. Raises Refused for an unknown one, and Ended."""
    return _checked(tx, _known(tx, token, slug))


def _checked(tx: Transaction, participant: ParticipantRow) -> ParticipantRow:
    """Return a participant who is active or complete. Raises Ended for others."""
    if participant.status in ("withdrawn", "screened", "rejected"):
        raise Ended(participant.status)
    hours = participant.resume_hours
    away = hours is not None and participant.last_seen_at < tx.ago(timedelta(hours=hours))
    if participant.status == "expired" or (participant.status == "active" and away):
        raise Ended("away", hours=hours or 0)
    return participant
