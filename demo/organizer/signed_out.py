"""Hold the cookies of organizers that were signed out before they expire."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from study.database.organizer_queries import forget_values, keep_value, shared_values
from study.database.store import Store
from study.records import Unavailable

PREFIX = "signed out "
SECONDS = 1.0  # after which a sign-out at another server is noticed


class SignedOut(Protocol):
    """Hold ids of cookies, each until it expires (seconds since 1970)."""

    def add(self, id_: str, until: float) -> None:
        """Hold an id, and forget those that have expired."""

    def __contains__(self, id_: str) -> bool:
        """Return True for an id that is held."""


@dataclass
class OnThisServer:
    """Hold the ids in memory: for a server that shares its database with no other."""

    now: Callable[[], float] = time.time
    until: dict[str, float] = field(default_factory=dict)

    def add(self, id_: str, until: float) -> None:
        """Hold an id, and forget those that have expired."""
        for expired in [name for name, end in list(self.until.items()) if end < self.now()]:
            self.until.pop(expired, None)
        self.until[id_] = until

    def __contains__(self, id_: str) -> bool:
        return id_ in self.until


class OnAllServers:
    """Hold the ids in the database, for all servers that use it; read at most once a second."""

    def __init__(self, store: Store, now: Callable[[], float] = time.time) -> None:
        self._store = store
        self._now = now
        self._known: dict[str, str] = {}
        self._read_at = float("-inf")
        self._lock = threading.Lock()

    def add(self, id_: str, until: float) -> None:
        """Hold an id, and forget those that have expired. Raises Unavailable."""
        with self._store.transaction() as tx:
            keep_value(tx, f"{PREFIX}{id_}", str(int(until)))
            known = shared_values(tx, PREFIX)
            forget_values(tx, [f"{PREFIX}{name}" for name, end in known.items() if float(end) < self._now()])
        self._known = known

    def __contains__(self, id_: str) -> bool:
        with self._lock:
            if time.monotonic() - self._read_at > SECONDS:
                # Without the database, pages of organizers show nothing that a signed-out cookie could read.
                with suppress(Unavailable), self._store.reading() as tx:
                    self._known = shared_values(tx, PREFIX)
                self._read_at = time.monotonic()
        return id_ in self._known
