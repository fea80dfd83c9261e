"""What a participant can do. Each use case is one transaction, and every rule of the study is kept here."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, Literal

from study.design import plan_trials
from study.records import BadStudy, Refused, TrialView
from study.store import Store, timestamp
from study.transaction import Transaction, index_cells

ACTIVE = timedelta(minutes=30)  # who was seen within this time is expected to go on
MAX_UUID = 64
MAX_RT_MS = 24 * 3600 * 1000
CHOICES = ("L", "R", "T")
INPUTS = ("mouse", "keyboard", "touch")
SOURCES = ("open", "prolific", "mturk", "simulated")

__all__ = ["Refused", "TrialView", "UnknownMedia", "cast_vote", "enrol", "media_file", "next_trial"]


class UnknownMedia(KeyError):
    """No trial has a picture with this token."""


def enrol(
    store: Store,
    slug: str,
    *,
    source: str = "open",
    external_id: str | None = None,
    secret: str = "",
    device: Mapping[str, Any] | None = None,
) -> str:
    """Plan the trials of somebody who agreed to take part; returns the participant's secret token.

    With an `external_id` of a recruitment service the same person gets the same token again; `secret` then
    keys its hash, which is all that is stored. Raises Refused for an unknown study or source.
    """
    if external_id is not None and not secret:
        raise ValueError("an external id needs the server's secret")
    if source not in SOURCES:
        raise Refused("This link is not complete. Please use the one that you were given.")
    token, ext_hash = secrets.token_urlsafe(24), None
    with store.transaction() as tx:
        try:
            study = tx.study(slug, lock=True)
        except BadStudy:
            raise Refused("This study is not open.") from None
        if external_id is not None:
            ext_hash = _keyed_hash(secret, f"{study['id']} {source} {external_id}")
            token = _keyed_hash(secret, f"token {ext_hash}")
        seed = secrets.randbits(31)
        participant = tx.add_participant(
            study_id=study["id"],
            token_hash=_hash(token),
            source=source,
            ext_hash=ext_hash,
            device_json=json.dumps(dict(device or {}), sort_keys=True),
            seed=seed,
        )
        if participant is not None:
            active_since = timestamp(store.clock() - ACTIVE)
            _plan(tx, study["id"], participant, study["votes_per_participant"], Random(seed), active_since)
    return token


def _plan(tx: Transaction, study: int, participant: int, count: int, rng: Random, active_since: str) -> None:
    methods, items = [row["id"] for row in tx.methods(study)], tx.items(study)
    so_far = index_cells(tx.planned_cells(study, active_since), methods, items)
    stimuli, pairs = tx.stimuli(study), tx.pairs(study)
    rows = []
    for seq, trial in enumerate(plan_trials(len(methods), len(items), count, so_far, rng)):
        left, right = (stimuli[methods[m], items[trial.item]] for m in (trial.left, trial.right))
        rows.append(
            {
                "participant_id": participant,
                "seq": seq,
                "pair_id": pairs[min(left, right), max(left, right)],
                "left_stim": left,
                "right_stim": right,
                **{name: secrets.token_urlsafe(16) for name in ("token", "left_token", "right_token")},
            }
        )
    tx.add_trials(rows)


def next_trial(store: Store, token: str) -> TrialView | None:
    """The participant's next unanswered trial, which counts as shown from now on; None when all are answered.

    Raises Refused for an unknown token.
    """
    with store.transaction() as tx:
        participant = _who(tx, token)
        tx.touch(participant)
        trial = tx.next_trial(participant)
        if trial is None:
            return None
        tx.show(trial["id"])
        return TrialView(
            trial_token=trial["token"],
            left_media=trial["left_token"],
            right_media=trial["right_token"],
            number=trial["seq"] + 1,
            total=tx.count_trials(participant),
            width=trial["width"],
            height=trial["height"],
            allow_tie=trial["allow_ties"],
            question=trial["question"],
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

    The same `client_uuid` again is the same click again: "repeated", nothing changes. Raises Refused for an
    unknown participant, a trial that is not theirs or not shown yet, one that is answered already, and for
    values no page of ours sends.
    """
    _check_answer(choice, client_uuid, rt_ms, input)
    with store.transaction() as tx:
        participant = _who(tx, token)
        trial = tx.trial_of(participant, _plain(trial_token))
        if trial is None or trial["state"] == "planned":
            raise Refused("This pair is not the one you were shown. Please answer the pair on the screen.")
        if trial["client_uuid"] == client_uuid:
            return "repeated"
        if choice == "T" and not trial["allow_ties"]:
            raise Refused("Please choose one of the two pictures.")
        if not tx.add_vote(trial["id"], outcome=choice, client_uuid=client_uuid, rt_ms=rt_ms, input=input):
            if tx.client_uuid(trial["id"]) == client_uuid:  # the same click came in beside this one
                return "repeated"
            raise Refused("This pair was already answered. Please go on with the next one.")
        tx.touch(participant)
        if tx.next_trial(participant) is None:
            tx.finish(participant)
        return "counted"


def media_file(store: Store, media_token: str) -> Path:
    """The picture on one side of a trial. Raises UnknownMedia."""
    with store.reading() as tx:
        found = tx.media(_plain(media_token))
    path = Path(*found) if found else None
    if path is None or not path.is_file():
        raise UnknownMedia(media_token)
    return path


def _check_answer(choice: str, client_uuid: str, rt_ms: int | None, source: str) -> None:
    if choice not in CHOICES:
        raise Refused("Please choose the left picture, the right picture, or no difference.")
    if not 0 < len(_plain(client_uuid)) <= MAX_UUID or source not in INPUTS:
        raise Refused("The answer was not understood. Please reload the page.")
    if rt_ms is not None and not 0 <= rt_ms <= MAX_RT_MS:
        raise Refused("The answer's time makes no sense. Please reload the page.")


def _who(tx: Transaction, token: str) -> int:
    participant = tx.participant(_hash(token))
    if participant is None:
        raise Refused("We do not know this participant. Please start again.")
    return int(participant["id"])


def _plain(text: str) -> str:
    """The text if it can be one of our tokens, else nothing: databases fail on half a surrogate or a NUL."""
    return text if text.isascii() and text.isprintable() else ""


def _hash(token: str) -> str:
    """Tokens are long and random, so a plain hash is enough."""
    return hashlib.sha256(_plain(token).encode()).hexdigest()


def _keyed_hash(secret: str, text: str) -> str:
    return hmac.digest(secret.encode(), text.encode(), "sha256").hex()
