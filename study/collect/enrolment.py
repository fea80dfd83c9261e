"""Enrol participants: check that they may take part, and plan their trials."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from study.collect.design.planning import plan_block, trial_rows
from study.collect.recruitment import SERVICES
from study.config.config import StudyConfig
from study.config.study_configs import config_of
from study.database.rows import NewParticipant, ParticipantRow, StudyRow
from study.database.store import Store
from study.database.transaction import Transaction
from study.records import BadStudy, Layout, Refused
from study.sealed_ids import seal

SOURCES = ("open", *SERVICES, "test", "simulated")
NOT_OPEN = {"paused": "study_paused", "closed": "study_closed"}  # state of a study → code of the refusal
CODE_LENGTH = 8
CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # no 0 and O, 1, I and L
REHEARSED_BLOCKS = 1000  # rehearsals draw one of the first blocks, and leave them to people


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
    recruited: ids of a recruitment service, stored as hashes and encrypted; None without a service.
    secret: the key of the server for hashes, tokens and ids; needed with a claim or with ids.
    phase: "main", or "rehearsal" of an organizer, which works in every state of a study and counts nowhere.
    """

    source: str = "open"
    recruited: Recruited | None = None
    claim: str = ""
    secret: str = ""
    device: Mapping[str, Any] = field(default_factory=dict)
    consent: Consented = Consented()
    phase: str = "main"

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
        config = config_of(row) if row.config_json else None
        return PreparedStudy(row, config, store.layout(tx, row.id))


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
    block, place = _place(tx, row, status, applicant, identity)
    person = new_participant(row.id, applicant, identity, place)
    participant = tx.add_participant(person)
    _store_consent(tx, row.id, participant, applicant.consent)
    plan = plan_block(tx, row, study.layout, block)
    tx.add_trials(trial_rows(study.layout, plan, participant))
    return ParticipantRow(
        id=participant,
        study_id=row.id,
        status="active",
        phase=person.phase,
        last_seen_at=tx.now,
        slug=row.slug,
        allow_ties=row.allow_ties,
        question=row.question,
        resume_hours=row.resume_hours,
        study_status=status,
    )


def _place(
    tx: Transaction, study: StudyRow, status: str, applicant: Applicant, identity: Identity
) -> tuple[int, int | None]:
    """Return the block to plan, and the same to be stored; a rehearsal takes no block of the design.

    Raises Refused where this applicant may not enrol.
    """
    check_open(tx, study, status, applicant, identity)
    if applicant.phase == "rehearsal":
        return secrets.randbelow(REHEARSED_BLOCKS), None
    if study.resume_hours is not None:
        tx.expire(study.id, timedelta(hours=study.resume_hours))
    block = tx.take_block(study.id)
    return block, block


def is_over(study: StudyRow, now: str) -> bool:
    """Return True from the time on at which nobody enrols any more; now: as `Transaction.now`."""
    return study.closes_at is not None and study.closes_at <= now


def check_open(
    tx: Transaction, study: StudyRow, status: str, applicant: Applicant, identity: Identity
) -> None:
    """Raise Refused where this applicant may not enrol now. status: of the study, newer than its row.

    A rehearsal is possible in every state.
    """
    if applicant.phase == "rehearsal":
        return
    if status != "active":
        raise Refused(NOT_OPEN.get(status, "not_open"))
    if is_over(study, tx.now):
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
        code="".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH)),
        phase=applicant.phase,
        ids_sealed=seal(vars(person), applicant.secret) if person else None,
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
