"""Copy the whole database to a second address from time to time, in a thread of a running server."""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from threading import Event, Thread

from study.durability.encryption import Cipher, EncryptedRemote
from study.durability.one_off import back_up
from study.durability.remote import Remote
from study.durability.status import shown

LOGGER = logging.getLogger(__name__)
FOLDER = "made"  # at the address: an empty file for each copy, whose name is its time
TIME, NAME = "%Y%m%dT%H%M%SZ", re.compile(r"\d{8}T\d{6}Z")
LOOK_SECONDS = 600.0  # between two looks at whether a copy is due, and between two attempts
FIRST_SECONDS = 60.0  # after the start of the server, which has other work then

OFF = "No regular copy of the database is made: ARCHIVE_URL is not set."
NONE_YET = "The first copy of the database has not been made."
MADE = "The latest copy of the database was made at {moment}."
FAILING = " New ones do not work: the log of the server states the reason."


@dataclass(frozen=True)
class ArchivePlan:
    """Hold what is copied where: a database with the pictures in a data folder to an address, "" for nowhere.

    hours: between two copies. keep: how many of them stay. recipient: the key that copies are encrypted
    for, "" for none.
    """

    database_url: str
    data_dir: Path
    address: str = ""
    hours: float = 24.0
    keep: int = 14
    recipient: str = ""

    def latest(self) -> datetime | None:
        """Return when the newest copy at the address was made. Raises BadStudy, RemoteFault."""
        names = _made(Remote(self.address))
        return datetime.strptime(names[-1], TIME).replace(tzinfo=timezone.utc) if names else None

    def make(self, moment: datetime) -> None:
        """Make a copy, and delete old ones. Raises as `back_up` does."""
        plain = Remote(self.address)
        target = EncryptedRemote(self.address, Cipher.to(self.recipient)) if self.recipient else plain
        back_up(self.database_url, self.data_dir, target, self.keep)
        plain.write(f"{FOLDER}/{moment.strftime(TIME)}", b"")
        plain.delete(f"{FOLDER}/{name}" for name in _made(plain)[: -self.keep])


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(timezone.utc)


@dataclass
class Archive:
    """Make copies by a plan. Servers that share an address make one in turn: whose look comes first.

    latest: when the newest copy was made, None before the first one. fault: why the last attempt failed.
    """

    plan: ArchivePlan
    now: Callable[[], datetime] = utc_now
    latest: datetime | None = None
    fault: str = ""
    _stop: Event = field(default_factory=Event)

    def start(self) -> None:
        """Start the thread, where there is an address; the end of the server does not wait for it."""
        if self.plan.address:
            Thread(target=self._work, name="archive", daemon=True).start()

    def stop(self) -> None:
        """Stop after the copy in progress."""
        self._stop.set()

    def look(self) -> None:
        """Make a copy if the newest one is old enough; log a fault once, and never raise."""
        try:
            self.latest = self.plan.latest()
            moment = self.now()
            if self.latest is None or moment - self.latest >= timedelta(hours=self.plan.hours):
                self.plan.make(moment)
                self.latest = moment
                LOGGER.info("The database was copied to %s.", shown(self.plan.address))
            self.fault = ""
        except Exception as error:  # noqa: BLE001 - whatever fails is tried again, and shown
            said = str(error) or type(error).__name__
            if said != self.fault:
                LOGGER.warning("The regular copy of the database does not work: %s", said)
            self.fault = said

    @property
    def message(self) -> str:
        """Return the state in words that name no address, and so may be public."""
        if not self.plan.address:
            return OFF
        made = NONE_YET if self.latest is None else MADE.format(moment=f"{self.latest:%Y-%m-%d %H:%M} UTC")
        return made + (FAILING if self.fault else "")

    def age(self) -> float:
        """Return the seconds since the newest copy, infinite without one."""
        return float("inf") if self.latest is None else (self.now() - self.latest).total_seconds()

    def _work(self) -> None:
        pause = FIRST_SECONDS
        while not self._stop.wait(pause):
            self.look()
            pause = LOOK_SECONDS


def _made(remote: Remote) -> list[str]:
    """Return the times of the copies as they are written there, the newest last."""
    return sorted(filter(NAME.fullmatch, remote.names(FOLDER)))
