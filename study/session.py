"""What a participant can do. Each use case is one transaction, and every rule of the study is kept here."""

from datetime import timedelta
from pathlib import Path
from typing import Literal

from study.catalogue import Row
from study.enrolment import decline, enrol, expire, hash_token, plain
from study.records import Ended, Refused, TrialView
from study.store import Store
from study.transaction import Transaction

MAX_UUID = 64
MAX_RT_MS = 24 * 3600 * 1000
CHOICES = ("L", "R", "T")
INPUTS = ("mouse", "keyboard", "touch")

__all__ = [
    "Ended",
    "Refused",
    "TrialView",
    "UnknownMedia",
    "cast_vote",
    "decline",
    "enrol",
    "expire",
    "media_file",
    "next_trial",
    "resume",
    "undo",
    "withdraw",
]


class UnknownMedia(KeyError):
    """No trial has a picture with this token."""


def next_trial(store: Store, token: str) -> TrialView | None:
    """The participant's next unanswered trial, which counts as shown from now on; None when all are answered.

    Raises Refused for an unknown token and a study that is paused or closed, Ended for somebody who withdrew
    or was away for too long.
    """
    # What a crash of the machine can take away here is shown again.
    with store.transaction(durable=False) as tx:
        participant = _who(tx, token)
        if participant["status"] == "complete":
            return None
        if participant["study_status"] in ("paused", "closed"):
            raise Refused(f"This study is {participant['study_status']}. Thank you for taking part.")
        tx.touch(participant["id"])
        trial = tx.next_trial(participant["id"])
        if trial is None:
            return None
        tx.show(trial["id"])
        return TrialView(
            trial_token=trial["token"],
            left_media=trial["left_token"],
            right_media=trial["right_token"],
            number=trial["seq"] + 1,
            total=tx.count_trials(participant["id"]),
            width=trial["width"],
            height=trial["height"],
            allow_tie=participant["allow_ties"],
            question=participant["question"],
            practice=trial["kind"] == "practice",
            can_undo=trial["seq"] > 0 and not trial["taken_back"],
        )


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
    """Store the answer to the trial that was shown: once, durably.

    The same `client_uuid` again is the same click again: "repeated", nothing changes, also when that answer
    was taken back since. Raises Refused for an unknown participant, a trial that is not theirs or not shown
    yet, one that is answered already, and for values no page of ours sends; Ended like `next_trial`.
    """
    _check_answer(choice, client_uuid, rt_ms, input)
    with store.transaction() as tx:
        participant = _who(tx, token)
        trial = tx.trial_of(participant["id"], plain(trial_token))
        if trial is None or trial["state"] == "planned":
            raise Refused("This pair is not the one you were shown. Please answer the pair on the screen.")
        if trial["client_uuid"] == client_uuid or tx.was_taken_back(trial["id"], client_uuid):
            return "repeated"
        if choice == "T" and not participant["allow_ties"]:
            raise Refused("Please choose one of the two pictures.")
        if not tx.add_vote(trial["id"], outcome=choice, client_uuid=client_uuid, rt_ms=rt_ms, input=input):
            if tx.client_uuid(trial["id"]) == client_uuid:  # the same click came in beside this one
                return "repeated"
            raise Refused("This pair was already answered. Please go on with the next one.")
        tx.touch(participant["id"])
        if tx.is_done(participant["id"]):
            tx.finish(participant["id"])
        return "counted"


def undo(store: Store, token: str) -> None:
    """Take back the answer before the trial that is shown now; it stays in the history.

    Only the last answer: before another can be taken back, its trial must be answered again. Raises Refused
    where there is none, and after the end of the study; Ended like `next_trial`.
    """
    with store.transaction() as tx:
        participant = _who(tx, token)
        shown = tx.next_trial(participant["id"])
        if shown is None:
            raise Refused("The study is complete: its answers stay as they are.")
        if shown["taken_back"] or not tx.take_back(participant["id"], shown["seq"] - 1):
            raise Refused("Only the last answer can be taken back.")
        tx.touch(participant["id"])
        tx.add_event(participant["study_id"], participant["id"], "undone", seq=shown["seq"] - 1)


def resume(store: Store, token: str) -> None:
    """Remember that a participant came back to go on. Raises Refused and Ended like `next_trial`."""
    with store.transaction() as tx:
        participant = _who(tx, token)
        tx.touch(participant["id"])
        tx.add_event(participant["study_id"], participant["id"], "resumed")


def withdraw(store: Store, token: str) -> int:
    """Delete everything that a participant did; how many answers there were.

    What stays is that somebody withdrew, and when. Withdrawing again changes nothing. Raises Refused for an
    unknown token.
    """
    with store.transaction() as tx:
        participant = _known(tx, token)
        if participant["status"] == "withdrawn":
            return 0
        answers = tx.forget(participant["id"])
        tx.add_event(participant["study_id"], participant["id"], "withdrawn", answers=answers)
        return answers


def media_file(store: Store, media_token: str) -> Path:
    """The picture on one side of a trial. Raises UnknownMedia."""
    with store.reading() as tx:
        found = tx.media(plain(media_token))
    path = Path(*found) if found else None
    if path is None or not path.is_file():
        raise UnknownMedia(media_token)
    return path


def _check_answer(choice: str, client_uuid: str, rt_ms: int | None, source: str) -> None:
    if choice not in CHOICES:
        raise Refused("Please choose the left picture, the right picture, or no difference.")
    if not 0 < len(plain(client_uuid)) <= MAX_UUID or source not in INPUTS:
        raise Refused("The answer was not understood. Please reload the page.")
    if rt_ms is not None and not 0 <= rt_ms <= MAX_RT_MS:
        raise Refused("The answer's time makes no sense. Please reload the page.")


def _known(tx: Transaction, token: str) -> Row:
    participant = tx.participant(hash_token(token))
    if participant is None:
        raise Refused("We do not know this participant. Please start again.")
    return participant


def _who(tx: Transaction, token: str) -> Row:
    """Somebody who may go on, or has come to the end."""
    participant = _known(tx, token)
    if participant["status"] == "withdrawn":
        raise Ended("You withdrew from this study, and your answers were deleted.")
    hours = participant["resume_hours"]
    away = hours is not None and participant["last_seen_at"] < tx.ago(timedelta(hours=hours))
    if participant["status"] == "expired" or (participant["status"] == "active" and away):
        raise Ended(f"You were away for more than {hours or 0:g} hours, so this visit has ended.")
    return participant
