"""Let a participant begin, answer, take back and withdraw: one transaction each, with every rule."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from study.collect.enrolment import Applicant, admit, decline, enrol, expire, hash_token, plain, prepare
from study.database.store import Store
from study.database.study_queries import Row
from study.database.transaction import Transaction
from study.records import Ended, Refused, TrialView
from study.votes import INPUT_KINDS, OUTCOMES, TIE

MAX_UUID = 64
MAX_RT_MS = 24 * 3600 * 1000
STOPPED = ("paused", "closed")

__all__ = [
    "Answer",
    "Applicant",
    "Ended",
    "Refused",
    "Step",
    "TrialView",
    "UnknownMedia",
    "answer",
    "begin",
    "cast_vote",
    "decline",
    "enrol",
    "expire",
    "media_stimulus",
    "go_on",
    "next_trial",
    "undo",
    "withdraw",
]


class UnknownMedia(KeyError):
    """No trial has a picture with this token."""


@dataclass(frozen=True)
class Answer:
    """Hold what a browser sends for a trial: "L", "R" or "T", and how long it took, in milliseconds.

    uuid: made by the browser for this click; the same again is the same click again.
    """

    trial: str
    choice: str
    uuid: str
    rt_ms: int | None = None
    input: str = "mouse"


@dataclass(frozen=True)
class Step:
    """Hold where a participant is after a request; `trial` is None once all are answered.

    study: id of the participant's study. counted: False where an answer was stored before. stopped: "paused"
    or "closed" where trials are left that the study does not show now.
    """

    token: str
    study: int
    trial: TrialView | None
    counted: bool = True
    stopped: str = ""


def begin(store: Store, slug: str, applicant: Applicant) -> Step:
    """Enrol somebody and show the first trial, in one transaction. Raises Refused like `enrol`."""
    prepare(store, slug)
    with store.transaction() as tx:
        token = admit(store, tx, slug, applicant)
        participant = _who(tx, token, slug)
        return Step(token, participant["study_id"], _show_next(tx, participant))


def go_on(store: Store, token: str, slug: str = "", *, returning: bool = False) -> Step:
    """Show the participant's next unanswered trial, which counts as shown from now on.

    slug: the study that the token has to belong to, any if empty. returning: remember that the participant
    came back. Raises Refused for an unknown token and a study that is paused or closed, Ended for somebody
    who withdrew or was away for too long.
    """
    # What a crash of the machine can take away here is shown again.
    with store.transaction(durable=False) as tx:
        participant = _who(tx, token, slug)
        if participant["status"] != "complete":
            tx.touch(participant["id"])
            if returning:
                tx.add_event(participant["study_id"], participant["id"], "resumed")
        return Step(token, participant["study_id"], _show_next(tx, participant))


def next_trial(store: Store, token: str) -> TrialView | None:
    """Return the trial that `go_on` shows; None at the end."""
    return go_on(store, token).trial


def answer(store: Store, token: str, given: Answer, slug: str = "") -> Step:
    """Store the answer to the trial that was shown, once and durably, and show the next: one transaction.

    The same `uuid` again is the same click again: not counted, nothing changes, also when that answer was
    taken back since. Raises Refused for an unknown participant, a trial that is not theirs or not shown yet,
    one that is answered already, and for values no page of ours sends; Ended like `go_on`.
    """
    _check_answer(given)
    with store.transaction() as tx:
        participant = _who(tx, token, slug)
        study, counted = participant["study_id"], _add_answer(tx, participant, given)
        if counted:
            tx.touch(participant["id"])
        if participant["study_status"] in STOPPED and tx.next_trial(participant["id"]) is not None:
            return Step(token, study, None, counted, participant["study_status"])
        return Step(token, study, _show_next(tx, participant), counted)


def cast_vote(
    store: Store,
    token: str,
    trial_token: str,
    choice: str,
    *,
    client_uuid: str,
    rt_ms: int | None = None,
    input: str = "mouse",
) -> Literal["counted", "repeated"]:
    """Store an answer like `answer` does; "repeated" where it was stored before."""
    given = Answer(trial_token, choice, client_uuid, rt_ms, input)
    return "counted" if answer(store, token, given).counted else "repeated"


def _add_answer(tx: Transaction, participant: Row, given: Answer) -> bool:
    """Add the vote; False where this very click was stored before. Raises Refused."""
    trial = tx.trial_of(participant["id"], plain(given.trial))
    if trial is None or trial["state"] == "planned":
        raise Refused("not_shown")
    if trial["client_uuid"] == given.uuid or (
        trial["taken_back"] and tx.was_taken_back(trial["id"], given.uuid)
    ):
        return False
    if given.choice == OUTCOMES[TIE] and not participant["allow_ties"]:
        raise Refused("no_ties")
    row = {"client_uuid": given.uuid, "rt_ms": given.rt_ms, "input": given.input}
    if tx.add_vote(trial["id"], outcome=given.choice, **row):
        return True
    if tx.client_uuid(trial["id"]) == given.uuid:  # the same click came in beside this one
        return False
    raise Refused("already_answered")


def _show_next(tx: Transaction, participant: Row) -> TrialView | None:
    """Show the next trial, or mark a participant without any as complete and return None.

    Raises Refused where trials are left and the study is paused or closed.
    """
    if participant["status"] == "complete":
        return None
    trial = tx.next_trial(participant["id"])
    if trial is None:
        tx.finish(participant["id"])
        return None
    if participant["study_status"] in STOPPED:
        raise Refused(participant["study_status"])
    if trial["state"] == "planned":
        tx.show(trial["id"])
    return TrialView(
        trial_token=trial["token"],
        left_media=trial["left_token"],
        right_media=trial["right_token"],
        number=trial["seq"] + 1,
        total=trial["total"],
        width=trial["width"],
        height=trial["height"],
        allow_tie=participant["allow_ties"],
        question=participant["question"],
        practice=trial["kind"] == "practice",
        can_undo=trial["seq"] > 0 and not trial["taken_back"],
    )


def undo(store: Store, token: str, slug: str = "", shown: str | None = None) -> Step:
    """Take back the answer before the trial that is shown now; it stays in the history.

    shown: the token of that trial; where another is shown, nothing is taken back, so that the same request
    can be sent twice. Only the last answer: before another can be taken back, its trial must be answered
    again. Raises Refused where there is none, and after the end of the study; Ended like `go_on`.
    """
    with store.transaction() as tx:
        participant = _who(tx, token, slug)
        now = tx.next_trial(participant["id"])
        if now is None:
            raise Refused("complete")
        if shown is None or now["token"] == plain(shown):
            if now["taken_back"] or not tx.take_back(participant["id"], now["seq"] - 1):
                raise Refused("only_last")
            tx.add_event(participant["study_id"], participant["id"], "undone", seq=now["seq"] - 1)
        tx.touch(participant["id"])
        return Step(token, participant["study_id"], _show_next(tx, participant))


def withdraw(store: Store, token: str, slug: str = "") -> int:
    """Delete everything that a participant did; return how many answers there were.

    What stays is that somebody withdrew, and when. Withdrawing again changes nothing. Raises Refused for an
    unknown token.
    """
    with store.transaction() as tx:
        participant = _known(tx, token, slug)
        if participant["status"] == "withdrawn":
            return 0
        answers = tx.forget(participant["id"])
        tx.add_event(participant["study_id"], participant["id"], "withdrawn", answers=answers)
        return answers


def media_stimulus(store: Store, media_token: str) -> int:
    """Return the id of the stimulus on one side of a trial. Raises UnknownMedia."""
    with store.reading() as tx:
        found = tx.media(plain(media_token))
    if found is None:
        raise UnknownMedia(media_token)
    return found


def _check_answer(given: Answer) -> None:
    if given.choice not in OUTCOMES:
        raise Refused("bad_choice")
    if not 0 < len(plain(given.uuid)) <= MAX_UUID or given.input not in INPUT_KINDS:
        raise Refused("not_understood")
    if given.rt_ms is not None and not 0 <= given.rt_ms <= MAX_RT_MS:
        raise Refused("bad_time")


def _known(tx: Transaction, token: str, slug: str) -> Row:
    participant = tx.participant(hash_token(token))
    if participant is None or slug not in ("", participant["slug"]):
        raise Refused("unknown_participant")
    return participant


def _who(tx: Transaction, token: str, slug: str) -> Row:
    """Return somebody who may go on, or has come to the end."""
    participant = _known(tx, token, slug)
    if participant["status"] == "withdrawn":
        raise Ended("withdrawn")
    hours = participant["resume_hours"]
    away = hours is not None and participant["last_seen_at"] < tx.ago(timedelta(hours=hours))
    if participant["status"] == "expired" or (participant["status"] == "active" and away):
        raise Ended("away", hours=hours or 0)
    return participant
