"""Enrol participants: check that they may take part, and plan their trials."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import numpy as np

from study.collect.adaptive_design import AllocationState, adaptive_comparisons
from study.collect.balanced_design import Design, plan_trials
from study.collect.recruitment import SERVICES
from study.config.config import StudyConfig
from study.config.study_configs import parse_config
from study.database.rows import NewParticipant, NewTrial, ParticipantRow, StudyRow
from study.database.store import Store
from study.database.transaction import Transaction
from study.records import BadStudy, Layout, PlannedTrial, Refused
from study.votes import OUTCOME_CODES

SOURCES = ("open", *SERVICES, "test", "simulated")
NOT_OPEN = {"paused": "study_paused", "closed": "study_closed"}  # state of a study → code of the refusal


@dataclass(frozen=True)
class Recruited:
    """Hold the ids of a recruitment service: of the participant, of its study and of this visit."""

    participant: str
    study: str = ""
    session: str = ""


@dataclass(frozen=True)
class Consented:
    """Hold what an applicant consented to, and their answers to the forms before the trials.

    text: the consent as it was shown, in `language`. answers: stage of the form → question → answer.
    """

    version: str = ""
    text: str = ""
    language: str = ""
    answers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Applicant:
    """Describe somebody who consented to take part.

    claim: long random text that the browser made for this enrolment. The same claim again is the same
    participant, so that a request whose response was lost can be sent again.
    recruited: ids of a recruitment service, of which hashes are stored; None without a service.
    secret: the key of the server for hashes and tokens; needed with a claim or with ids.
    """

    source: str = "open"
    recruited: Recruited | None = None
    claim: str = ""
    secret: str = ""
    device: Mapping[str, Any] = field(default_factory=dict)
    consent: Consented = Consented()

    def hashed(self, text: str) -> str:
        """Return the HMAC-SHA256 of a text, hexadecimal. Raises ValueError without a secret."""
        if not self.secret:
            raise ValueError("claims and ids need the server's secret")
        return hmac.digest(self.secret.encode(), text.encode(errors="replace"), "sha256").hex()


@dataclass(frozen=True)
class PreparedStudy:
    """Hold everything about a study that enrolment needs: its row, configuration and ids."""

    row: StudyRow
    config: StudyConfig | None
    layout: Layout


@dataclass(frozen=True)
class Identity:
    """Hold the secret token of a participant, and the hash of the id of a recruitment service, if any."""

    token: str
    ext_hash: str | None


def prepare(store: Store, slug: str, version: int | None = None) -> PreparedStudy:
    """Read a version of a study. Raises BadStudy like `Transaction.study`.

    The ids are read once, which takes long for many pictures: call it outside any write transaction.
    """
    with store.reading() as tx:
        row = tx.study(slug, version)
        return PreparedStudy(row, parse_config(row.config_json), store.layout(tx, row.id))


def enrol(store: Store, slug: str, applicant: Applicant = Applicant()) -> str:
    """Plan the trials of an applicant; return the participant's secret token.

    Raises Refused for an unknown study or source, a study that is not open or has enough participants, an id
    that is not on the study's list, and an id that another browser has enrolled with: ids are no secret.
    """
    try:
        study = prepare(store, slug)
    except BadStudy:
        raise Refused("not_open") from None
    identity = identify(study, applicant)
    if not is_enrolled(store, identity):
        with store.transaction() as tx:
            admit(tx, study, applicant, identity)
    return identity.token


def identify(study: PreparedStudy, applicant: Applicant) -> Identity:
    """Derive the token of an applicant: from the id where ids are enough, else from the claim, else random.

    Raises Refused for an unknown source.
    """
    if applicant.source not in SOURCES:
        raise Refused("incomplete_link")
    person, key = applicant.recruited, study.row.id
    ext_hash = applicant.hashed(f"{key} {applicant.source} {person.participant}") if person else None
    if ext_hash is not None and study.config and study.config.participants.returning == "id":
        return Identity(applicant.hashed(f"token {ext_hash}"), ext_hash)
    if applicant.claim:
        return Identity(applicant.hashed(f"claim {key} {applicant.claim}"), ext_hash)
    return Identity(secrets.token_urlsafe(24), ext_hash)


def is_enrolled(store: Store, identity: Identity) -> bool:
    """Return True where a participant has this token already."""
    with store.reading() as tx:
        return tx.participant(hash_token(identity.token)) is not None


def admit(tx: Transaction, study: PreparedStudy, applicant: Applicant, identity: Identity) -> ParticipantRow:
    """Add a participant with a plan of trials; return the row. Raises Refused like `enrol`.

    Where another request has added the participant meanwhile, return that row.
    """
    row = study.row
    status = tx.lock_study(row.id)
    known = tx.participant(hash_token(identity.token))
    if known is not None:
        return known
    check_open(tx, row, status, applicant, identity)
    if row.resume_hours is not None:
        tx.expire(row.id, timedelta(hours=row.resume_hours))
    block = tx.take_block(row.id)
    participant = tx.add_participant(new_participant(row.id, applicant, identity, block))
    _store_consent(tx, row.id, participant, applicant.consent)
    plan = _plan(tx, study, block)
    tx.add_trials(trial_rows(study.layout, plan, participant))
    return ParticipantRow(
        id=participant,
        study_id=row.id,
        status="active",
        last_seen_at=tx.now,
        slug=row.slug,
        allow_ties=row.allow_ties,
        question=row.question,
        resume_hours=row.resume_hours,
        study_status=status,
    )


def check_open(
    tx: Transaction, study: StudyRow, status: str, applicant: Applicant, identity: Identity
) -> None:
    """Raise Refused where this applicant may not enrol now. status: of the study, newer than its row."""
    if status != "active":
        raise Refused(NOT_OPEN.get(status, "not_open"))
    if study.closes_at is not None and study.closes_at <= tx.now:
        raise Refused("study_closed")
    person = applicant.recruited
    if identity.ext_hash is not None and tx.has_recruited(study.id, applicant.source, identity.ext_hash):
        raise Refused("id_in_use")
    if tx.has_invitations(study.id) and not (
        person and tx.is_invited(study.id, invitation_hash(study.id, person.participant))
    ):
        raise Refused("id_not_invited")
    if study.max_participants is not None and tx.count_expected(study.id) >= study.max_participants:
        raise Refused("full")


def _store_consent(tx: Transaction, study: int, participant: int, consent: Consented) -> None:
    """Store the answers before the trials, and which text the participant consented to.

    Each text is stored once for a study, under its SHA-256.
    """
    for stage, answers in consent.answers.items():
        tx.add_person_answers(participant, stage, answers)
    if consent.text:
        sha256 = hashlib.sha256(consent.text.encode()).hexdigest()
        tx.add_event_once(study, "consent_text", sha256=sha256, text=consent.text)
        tx.add_event(study, participant, "consented", sha256=sha256, language=consent.language)


def new_participant(
    study: int, applicant: Applicant, identity: Identity, block: int | None
) -> NewParticipant:
    """Return the row of somebody who enrols now; block: part of the design, None without trials."""
    person = applicant.recruited
    return NewParticipant(
        study_id=study,
        token_hash=hash_token(identity.token),
        source=applicant.source,
        ext_hash=identity.ext_hash,
        ext_study=applicant.hashed(f"study {person.study}") if person and person.study else None,
        ext_session=applicant.hashed(f"session {person.session}") if person and person.session else None,
        device_json=json.dumps(dict(applicant.device), sort_keys=True),
        seed=secrets.randbits(31),
        block=block,
        consent_version=applicant.consent.version,
        language=applicant.consent.language,
    )


def invite(store: Store, slug: str, ids: Iterable[str], version: int | None = None) -> int:
    """Add recruitment ids to the list of those that may enrol in a study; return the number of new ones.

    Only hashes are stored. Raises BadStudy like `Transaction.study`.
    """
    with store.transaction() as tx:
        study = tx.study(slug, version).id
        hashes = {invitation_hash(study, text.strip()) for text in ids if text.strip()}
        return tx.add_invitations(study, sorted(hashes))


def invitation_hash(study: int, external_id: str) -> str:
    """Return the SHA-256 of an id on the list of a study, hexadecimal."""
    return hashlib.sha256(f"invited {study} {external_id}".encode(errors="replace")).hexdigest()


def _plan(tx: Transaction, study: PreparedStudy, block: int) -> list[PlannedTrial]:
    """Return the trials of a block, by the allocation rule of the study."""
    design, comparisons = design_of(study.row, study.layout), None
    if study.row.allocation == "adaptive":
        state = allocation_state(tx, study.row.id, study.layout)
        comparisons = adaptive_comparisons(design, block, state, study.row.pair_minimum)
    return plan_trials(design, block, comparisons)


def allocation_state(tx: Transaction, study: int, layout: Layout) -> AllocationState:
    """Count how often pairs of methods were planned on each item, and their answers."""
    method = {key: number for number, key in enumerate(layout.methods)}
    item = {key: number for number, key in enumerate(layout.items)}
    cell = {stimulus: (method[m], item[i]) for (m, i), stimulus in layout.stimuli.items()}
    planned = np.zeros((len(method), len(method), len(item)), np.int64)
    counts = np.zeros((len(method), len(method), 3))
    for row in tx.allocated(study):
        (left, on), (right, _) = cell[row.left_stim], cell[row.right_stim]
        planned[left, right, on] += row.count
        if row.outcome is not None:
            counts[left, right, OUTCOME_CODES[row.outcome]] += row.count
    return AllocationState(planned, counts)


def design_of(study: StudyRow, layout: Layout) -> Design:
    """Return the design of a study in the database."""
    return Design(
        methods=len(layout.methods),
        items=len(layout.items),
        count=study.votes_per_participant,
        seed=study.seed,
        gold=study.gold,
        gold_pairs=len(layout.gold),
        repeats=study.repeats,
        practice=study.practice,
        practice_pairs=len(layout.practice),
    )


def trial_rows(layout: Layout, plan: list[PlannedTrial], participant: int) -> list[NewTrial]:
    """Return the plan as rows of the table, with random tokens for trials and pictures."""
    rows = []
    for seq, trial in enumerate(plan):
        left, right = _stimuli(layout, trial)
        pair = layout.pairs[min(left, right), max(left, right)]
        tokens = [secrets.token_urlsafe(16) for _ in range(3)]
        rows.append(NewTrial(participant, seq, pair, left, right, trial.repeat_of, *tokens))
    return rows


def _stimuli(layout: Layout, trial: PlannedTrial) -> tuple[int, int]:
    """Return the ids of the left and the right stimulus."""
    if trial.kind in ("main", "repeat"):
        item = layout.items[trial.item]
        left, right = (layout.stimuli[layout.methods[m], item] for m in (trial.left, trial.right))
        return left, right
    pair = (layout.gold if trial.kind == "gold" else layout.practice)[trial.item]
    return pair[trial.left], pair[trial.right]


def expire(store: Store, slug: str) -> int:
    """Close participants without a request for `resume_hours`; return their number. Raises BadStudy."""
    with store.transaction() as tx:
        study = tx.study(slug)
        hours = study.resume_hours
        return 0 if hours is None else tx.expire(study.id, timedelta(hours=hours))


def plain(text: str) -> str:
    """Return a text that may be one of our tokens, else "": databases fail on lone surrogates and NUL."""
    return text if text.isascii() and text.isprintable() else ""


def hash_token(token: str) -> str:
    """Return the SHA-256 of a token, hexadecimal; tokens are long and random, so no salt is needed."""
    return hashlib.sha256(plain(token).encode()).hexdigest()
