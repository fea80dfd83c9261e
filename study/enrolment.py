"""How somebody comes into a study: who they are, and the part of the design that they see."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

import numpy as np

from study.adaptive import Standing, adaptive_comparisons
from study.catalogue import Row
from study.design import Design, plan_trials
from study.records import BadStudy, Layout, PlannedTrial, Refused
from study.store import Store
from study.transaction import Transaction

SOURCES = ("open", "prolific", "mturk", "test", "simulated")


@dataclass(frozen=True)
class Recruited:
    """What a recruitment service calls a participant, its study and this visit; `secret` keys the hashes.

    Hashes are all that is stored.
    """

    participant: str
    secret: str
    study: str = ""
    session: str = ""

    def hashed(self, text: str) -> str:
        """HMAC-SHA256, hexadecimal."""
        return hmac.digest(self.secret.encode(), text.encode(errors="replace"), "sha256").hex()


def enrol(
    store: Store,
    slug: str,
    *,
    source: str = "open",
    external_id: str | None = None,
    secret: str = "",
    device: Mapping[str, Any] | None = None,
    external_study: str = "",
    external_session: str = "",
    consent_version: str = "",
) -> str:
    """Plan the trials of somebody who agreed to take part; returns the participant's secret token.

    With an `external_id` of a recruitment service the same person gets the same token again; `secret` then
    keys its hash, which is all that is stored. Raises Refused for an unknown study or source, a study that is
    not open, and one that has enough participants.
    """
    if external_id is not None and not secret:
        raise ValueError("an external id needs the server's secret")
    if source not in SOURCES:
        raise Refused("This link is not complete. Please use the one that you were given.")
    try:
        with store.reading() as tx:  # long for many pictures, the first time: nobody should wait behind it
            store.layout(tx, tx.study(slug)["id"])
    except BadStudy:
        raise Refused("This study is not open.") from None
    with store.transaction() as tx:
        study = tx.study(slug, lock=True)
        values: dict[str, Any] = {
            "study_id": study["id"],
            "source": source,
            "device_json": json.dumps(dict(device or {}), sort_keys=True),
            "consent_version": consent_version,
            "seed": secrets.randbits(31),
        }
        token = secrets.token_urlsafe(24)
        if external_id is not None:
            person = Recruited(external_id, secret, external_study, external_session)
            token = _recruited(person, values)
        return _admit(store, tx, study, token, values)


def _recruited(person: Recruited, values: dict[str, Any]) -> str:
    """The token of this person in this study; adds the hashes to the values."""
    values["ext_hash"] = person.hashed(f"{values['study_id']} {values['source']} {person.participant}")
    values["ext_study"] = person.hashed(f"study {person.study}") if person.study else None
    values["ext_session"] = person.hashed(f"session {person.session}") if person.session else None
    return person.hashed(f"token {values['ext_hash']}")


def _admit(store: Store, tx: Transaction, study: Row, token: str, values: dict[str, Any]) -> str:
    """Somebody who is known already is let in whatever the state of the study."""
    if tx.participant(hash_token(token)) is not None:
        return token
    if study["status"] != "active":
        raise Refused("This study is not open.")
    quota = study["max_participants"]
    if quota is not None and tx.count_expected(study["id"]) >= quota:
        raise Refused("This study has enough participants for now. Thank you for your interest.")
    if study["resume_hours"] is not None:
        tx.expire(study["id"], timedelta(hours=study["resume_hours"]))
    block, layout = tx.take_block(study["id"]), store.layout(tx, study["id"])
    design, main = design_of(study, layout), None
    if study["allocation"] == "adaptive":
        standing = standing_of(tx, study["id"], layout)
        main = adaptive_comparisons(design, block, standing, study["pair_minimum"])
    participant = tx.add_participant(token_hash=hash_token(token), block=block, **values)
    tx.add_trials(trial_rows(layout, plan_trials(design, block, main), participant))
    return token


def standing_of(tx: Transaction, study: int, layout: Layout) -> Standing:
    """How often pairs of methods were allotted on each item, and what was answered."""
    method = {key: number for number, key in enumerate(layout.methods)}
    item = {key: number for number, key in enumerate(layout.items)}
    place = {stimulus: (method[m], item[i]) for (m, i), stimulus in layout.stimuli.items()}
    planned = np.zeros((len(method), len(method), len(item)), np.int64)
    counts = np.zeros((len(method), len(method), 3))
    for left, right, outcome, number in tx.allotted(study):
        (a, on), (b, _) = place[left], place[right]
        planned[a, b, on] += number
        if outcome is not None:
            counts[a, b, "LRT".index(outcome)] += number
    return Standing(planned, counts)


def design_of(study: Row, layout: Layout) -> Design:
    """The design of a study in the database."""
    return Design(
        methods=len(layout.methods),
        items=len(layout.items),
        count=study["votes_per_participant"],
        seed=study["seed"],
        gold=study["gold"],
        gold_pairs=len(layout.gold),
        repeats=study["repeats"],
        practice=study["practice"],
        practice_pairs=len(layout.practice),
    )


def trial_rows(layout: Layout, plan: list[PlannedTrial], participant: int) -> list[dict[str, Any]]:
    """The plan as rows of the table, with tokens that tell nothing."""
    rows = []
    for seq, trial in enumerate(plan):
        left, right = _stimuli(layout, trial)
        rows.append(
            {
                "participant_id": participant,
                "seq": seq,
                "pair_id": layout.pairs[min(left, right), max(left, right)],
                "left_stim": left,
                "right_stim": right,
                "repeat_of": trial.repeat_of,
                **{name: secrets.token_urlsafe(16) for name in ("token", "left_token", "right_token")},
            }
        )
    return rows


def _stimuli(layout: Layout, trial: PlannedTrial) -> tuple[int, int]:
    """Left and right."""
    if trial.kind in ("main", "repeat"):
        item = layout.items[trial.item]
        left, right = (layout.stimuli[layout.methods[m], item] for m in (trial.left, trial.right))
        return left, right
    pair = (layout.gold if trial.kind == "gold" else layout.practice)[trial.item]
    return pair[trial.left], pair[trial.right]


def decline(store: Store, slug: str) -> None:
    """Count somebody who did not agree to take part; nothing else is kept. Raises BadStudy."""
    with store.transaction() as tx:
        tx.add_event(tx.study(slug)["id"], None, "declined")


def expire(store: Store, slug: str) -> int:
    """Close the participants who were away longer than the study allows; how many. Raises BadStudy."""
    with store.transaction() as tx:
        study = tx.study(slug)
        hours = study["resume_hours"]
        return 0 if hours is None else tx.expire(study["id"], timedelta(hours=hours))


def set_status(store: Store, slug: str, status: Literal["active", "paused", "closed"]) -> None:
    """Let participants in, or not: only an active study is open to them. Raises BadStudy for its slug."""
    with store.transaction() as tx:
        tx.set_status(tx.study(slug)["id"], status)


def plain(text: str) -> str:
    """The text if it can be one of our tokens, else nothing: databases fail on half a surrogate or a NUL."""
    return text if text.isascii() and text.isprintable() else ""


def hash_token(token: str) -> str:
    """SHA-256, hexadecimal: tokens are long and random, so a plain hash is enough."""
    return hashlib.sha256(plain(token).encode()).hexdigest()
