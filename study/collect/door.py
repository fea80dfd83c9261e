"""Check before the consent if somebody may take part: by their device, their link, and the study."""

from collections.abc import Mapping
from typing import Any

from study.collect.enrolment import (
    Applicant,
    PreparedStudy,
    check_open,
    hash_token,
    identify,
    is_enrolled,
    new_participant,
)
from study.collect.recruitment import SERVICES, Arrival
from study.config.config import StudyConfig
from study.database.store import Store
from study.records import Refused

PHONE_WIDTH = 600  # CSS pixels: the shorter side of a touch screen of phones is smaller, of tablets larger


def check_door(store: Store, study: PreparedStudy, came: Arrival, applicant: Applicant) -> str:
    """Raise Refused where this person may not enrol now; somebody who has enrolled may always go on.

    Return the token of somebody whom the screener did not admit, else "". Nothing is stored, and no place is
    taken: `admit` checks the same again. A rehearsal is always possible.
    """
    if applicant.phase == "rehearsal":
        return ""
    identity = identify(study, applicant)
    if applicant.claim or identity.ext_hash:
        with store.reading() as tx:
            known = tx.participant(hash_token(identity.token))
        if known is not None:
            return identity.token if known.status == "screened" else ""
    check_person(study.config, came, applicant.device)
    with store.reading() as tx:
        check_open(tx, study.row, study.row.status, applicant, identity)
    return ""


def check_person(config: StudyConfig | None, came: Arrival, device: Mapping[str, Any]) -> None:
    """Raise Refused for a link without the ids that the study needs, and for a device that it refuses."""
    if came.problem:
        raise Refused(came.problem, service=SERVICES[came.source].name)
    if config is None:
        return
    source = config.participants.source
    if source not in ("open", came.source) and (source != "any" or came.source == "open"):
        raise Refused("incomplete_link")
    if not config.devices.phones and is_phone(device):
        raise Refused("no_phones")
    if config.minimum_width > device.get("width", 0) > 0:
        raise Refused("small_window", width=config.minimum_width)


def decline(store: Store, slug: str) -> None:
    """Count somebody who did not consent; nothing else is stored. Raises BadStudy for an unknown slug."""
    with store.transaction() as tx:
        tx.add_event(tx.study(slug).id, None, "declined")


def screen_out(store: Store, study: PreparedStudy, applicant: Applicant) -> str:
    """Store that a person's answers do not admit them, without the answers; return the participant's token.

    The same person again is the same participant. Raises Refused like `admit`.
    """
    identity = identify(study, applicant)
    if not is_enrolled(store, identity):
        with store.transaction() as tx:
            check_open(tx, study.row, tx.lock_study(study.row.id), applicant, identity)
            person = new_participant(study.row.id, applicant, identity, None)
            tx.close_participant(tx.add_participant(person), "screened")
    return identity.token


def is_phone(device: Mapping[str, Any]) -> bool:
    """Return True for a small touch screen."""
    sides = [device.get(name, 0) for name in ("screen_width", "screen_height", "width", "height")]
    known = [side for side in (sides[:2] if all(sides[:2]) else sides[2:]) if side > 0]
    return bool(device.get("touch")) and bool(known) and min(known) < PHONE_WIDTH
