"""Let one server alone write to an address: a file there names it, rewritten while the server lives."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta, timezone
from secrets import token_hex

from study.durability.remote import Remote
from study.records import BadStudy

FILE = "lease.json"
STALE = timedelta(minutes=2)
BEATS = 3  # a server that wrote nothing for so many intervals has ended

TAKEN = (
    "Another server copies its votes to {address} now. Two servers must never share an address: please stop "
    "the other one, or set another BACKUP_URL."
)


@dataclass(frozen=True)
class Lease:
    """Name the server that writes to an address.

    owner: of all servers that replace each other, such as the name of a Space; "" for others. history: that
    of its database. until: every change stored before this time (ISO 8601, UTC) was copied. released: the
    server has ended, and copied everything. at: the time of the last renewal.
    """

    server: str
    owner: str
    generation: int
    history: str
    until: str
    released: bool = False
    at: str = ""


class Lost(RuntimeError):
    """Report that another server has taken over the address; `owner` is the one of that server."""

    def __init__(self, owner: str) -> None:
        super().__init__("another server has taken over the address")
        self.owner = owner


def now() -> str:
    """Return the time as ISO 8601 text in UTC."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")


def read_lease(remote: Remote) -> Lease | None:
    """Return the lease at an address, None without a readable one. Raises RemoteFault."""
    content = remote.read(FILE)
    try:
        return Lease(**json.loads(content)) if content else None
    except (ValueError, TypeError):
        return None


def is_held(remote: Remote) -> bool:
    """Return True where a server that has not ended renewed the lease lately. Raises RemoteFault."""
    lease = read_lease(remote)
    return lease is not None and not lease.released and not _is_stale(lease, 0)


@dataclass
class Holder:
    """Hold the lease of this server.

    before: the lease of the server before it, None for the first one. seconds: between two renewals.
    """

    remote: Remote
    seconds: float
    lease: Lease
    before: Lease | None

    @classmethod
    def take(cls, remote: Remote, owner: str, seconds: float, generation: int) -> "Holder":
        """Take the lease; wait until it is clear that a server which held it has ended.

        A server of the same owner is asked to end, and has time for its last changes. generation: the latest
        one in the names of files. Raises BadStudy where another server uses the address, RemoteFault.
        """
        before = read_lease(remote)
        asked = before is not None and owner != "" and before.owner == owner
        if before is not None and not before.released and not asked:
            _wait_for_the_end(remote, before, seconds)
        latest = max(generation, before.generation if before else 0)
        history = before.history if before else ""
        until = before.until if before else ""
        lease = Lease(token_hex(8), owner, latest + 1, history, until, at=now())
        holder = cls(remote, seconds, lease, before)
        holder._write()
        if before is not None and not before.released and asked:
            holder.before = _wait_for_release(holder, before)
        return holder

    def insist(self) -> None:
        """Write the lease again where the server before has just renewed its own. Raises RemoteFault."""
        found = read_lease(self.remote)
        if found is None or found.server != self.lease.server:
            self._write()

    def renew(self, until: str = "", history: str = "") -> None:
        """Show that this server lives; store the time up to which all changes were copied, unless "".

        Raises Lost, RemoteFault.
        """
        self.check()
        old = self.lease
        self.lease = replace(old, until=until or old.until, history=history or old.history, at=now())
        self._write()

    def check(self) -> None:
        """Raise Lost where another server has taken over; RemoteFault."""
        found = read_lease(self.remote)
        if found is not None and found.server != self.lease.server:
            raise Lost(found.owner)

    def release(self, until: str) -> None:
        """State that this server ended, and copied everything before `until`. Raises Lost, RemoteFault."""
        self.check()
        self.lease = replace(self.lease, until=until, released=True)
        self._write()

    def give_back(self) -> None:
        """Put the lease of the server before in its place again. Raises RemoteFault."""
        if self.before is None:
            self.remote.delete([FILE])
        else:
            self.remote.write(FILE, json.dumps(asdict(self.before)).encode())

    def hand_over(self, until: str) -> None:
        """Tell the server that took over that everything before `until` was copied. Raises RemoteFault."""
        content = json.dumps(asdict(replace(self.lease, until=until, released=True)))
        self.remote.write(_release_of(self.lease), content.encode())

    def _write(self) -> None:
        self.remote.write(FILE, json.dumps(asdict(self.lease)).encode())


def _release_of(lease: Lease) -> str:
    return f"released/{lease.server}.json"


def _wait_for_the_end(remote: Remote, before: Lease, seconds: float) -> None:
    """Return when a server has written nothing for some intervals. Raises BadStudy where it has."""
    if _is_stale(before, seconds):
        return

    def ended() -> bool:
        found = read_lease(remote)
        if found is not None and found != before and not found.released:
            raise BadStudy(TAKEN.format(address=remote.address))
        return found is None or found.released

    _wait(ended, BEATS * seconds, seconds)


def _wait_for_release(holder: Holder, before: Lease) -> Lease:
    """Return the last words of a server, or its lease where it has ended without any."""
    remote, seconds = holder.remote, holder.seconds

    def released() -> bool:
        holder.insist()  # the other server may have read the lease before this one wrote it
        return remote.read(_release_of(before)) is not None

    _wait(released, BEATS * seconds, seconds)
    holder.insist()
    content = remote.read(_release_of(before))
    if content is None:
        return before
    remote.delete([_release_of(before)])
    return Lease(**json.loads(content))


def _is_stale(lease: Lease, seconds: float) -> bool:
    """Return True where a lease was renewed so long ago that its server has ended."""
    return datetime.now(timezone.utc) - _time(lease.at) > STALE + timedelta(seconds=BEATS * seconds)


def _wait(done: Callable[[], bool], limit: float, every: float) -> None:
    """Wait until a function returns True, at most `limit` seconds."""
    until = time.monotonic() + limit
    while time.monotonic() < until and not done():
        time.sleep(min(every / 4, 1.0))


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return datetime.fromtimestamp(0, timezone.utc)
