"""How somebody comes into a study: who they are, and the part of the design that they see."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

import numpy as np

from study.collect.adaptive_design import Standing, adaptive_comparisons
from study.collect.balanced_design import Design, plan_trials
from study.collect.config import StudyConfig
from study.database.store import Store
from study.database.study_queries import Row
from study.database.transaction import Transaction
from study.records import BadStudy, Layout, PlannedTrial, Refused
from study.votes import OUTCOME_CODES

SOURCES = ("open", "prolific", "mturk", "test", "simulated")


@dataclass(frozen=True)
class Recruited:
    """Hold the ids of a recruitment service: of the participant, of its study and of this visit."""

    participant: str
    study: str = ""
    session: str = ""


@dataclass(frozen=True)
class Applicant:
    """Describe somebody who agreed to take part.

    claim: long random text that the browser made for this enrolment; the same claim again is the same
    participant, so that a request whose answer was lost can be sent again.
    recruited: ids of a recruitment service, of which hashes are stored; None without a service.
    secret: the server's, which keys hashes and tokens; needed with a claim or with ids.
    """

    source: str = "open"
    recruited: Recruited | None = None
    claim: str = ""
    secret: str = ""
    device: Mapping[str, Any] = field(default_factory=dict)
    consent_version: str = ""

    def hashed(self, text: str) -> str:
        """Return the HMAC-SHA256 of a text, hexadecimal. Raises ValueError without a secret."""
        if not self.secret:
            raise ValueError("claims and ids need the server's secret")
        return hmac.digest(self.secret.encode(), text.encode(errors="replace"), "sha256").hex()


def enrol(store: Store, slug: str, applicant: Applicant = Applicant()) -> str:
    """Plan the trials of somebody who agreed to take part; return the participant's secret token.

    Raises Refused for an unknown study or source, a study that is not open or has enough participants, an id
    that is not on the study's list, and an id that somebody has started with: it is a claim, not a key.
    """
    if applicant.source not in SOURCES:
        raise Refused("incomplete_link")
    prepare(store, slug)
    with store.transaction() as tx:
        return admit(store, tx, slug, applicant)


def prepare(store: Store, slug: str) -> None:
    """Read what trials are made of, which takes long for many pictures: once, while nobody waits behind it.

    Raises Refused for an unknown study.
    """
    try:
        with store.reading() as tx:
            store.layout(tx, tx.study(slug)["id"])
    except BadStudy:
        raise Refused("not_open") from None


def admit(store: Store, tx: Transaction, slug: str, applicant: Applicant) -> str:
    """Add a participant with a plan of trials, or find the one of the same claim; return the token.

    Raises Refused like `enrol`.
    """
    study = tx.study(slug, lock=True)
    config = StudyConfig.from_json(study["config_json"]) if study["config_json"] else None
    by_id = config is not None and config.participants.returning == "id"
    values = _values(study["id"], applicant)
    token = _token(study["id"], applicant, values["ext_hash"] if by_id else None)
    if tx.participant(hash_token(token)) is not None:
        return token
    _check_open(tx, study, applicant, values["ext_hash"])
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


def _values(study: int, applicant: Applicant) -> dict[str, Any]:
    """Return the columns of a new participant that the applicant decides."""
    person = applicant.recruited
    return {
        "study_id": study,
        "source": applicant.source,
        "device_json": json.dumps(dict(applicant.device), sort_keys=True),
        "consent_version": applicant.consent_version,
        "seed": secrets.randbits(31),
        "ext_hash": applicant.hashed(f"{study} {applicant.source} {person.participant}") if person else None,
        "ext_study": applicant.hashed(f"study {person.study}") if person and person.study else None,
        "ext_session": applicant.hashed(f"session {person.session}") if person and person.session else None,
    }


def _token(study: int, applicant: Applicant, ext_hash: str | None) -> str:
    """Return the token: that of the id where ids are keys, else that of the claim, else a random one."""
    if ext_hash is not None:
        return applicant.hashed(f"token {ext_hash}")
    if applicant.claim:
        return applicant.hashed(f"claim {study} {applicant.claim}")
    return secrets.token_urlsafe(24)


def _check_open(tx: Transaction, study: Row, applicant: Applicant, ext_hash: str | None) -> None:
    """Raise Refused where this applicant cannot begin now."""
    person = applicant.recruited
    if study["status"] != "active":
        raise Refused("not_open")
    if ext_hash is not None and tx.has_recruited(study["id"], applicant.source, ext_hash):
        raise Refused("id_in_use")
    if tx.has_invitations(study["id"]) and not (
        person and tx.is_invited(study["id"], invitation_hash(study["id"], person.participant))
    ):
        raise Refused("id_not_invited")
    quota = study["max_participants"]
    if quota is not None and tx.count_expected(study["id"]) >= quota:
        raise Refused("full")


def invite(store: Store, slug: str, ids: Iterable[str]) -> int:
    """Let only these recruitment ids begin in a study, beside those named before; return how many are new.

    Only hashes are stored. Raises BadStudy for an unknown study.
    """
    with store.transaction() as tx:
        study = tx.study(slug)["id"]
        hashes = {invitation_hash(study, text.strip()) for text in ids if text.strip()}
        return tx.add_invitations(study, sorted(hashes))


def invitation_hash(study: int, external_id: str) -> str:
    """Return the SHA-256 of an id on the list of a study, hexadecimal."""
    return hashlib.sha256(f"invited {study} {external_id}".encode(errors="replace")).hexdigest()


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
            counts[a, b, OUTCOME_CODES[outcome]] += number
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
