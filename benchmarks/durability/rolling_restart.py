"""Let people vote through Caddy while two servers are restarted one after the other, and count.

    python -m benchmarks.durability.rolling_restart [--rounds 3] [--votes 6]

Both servers share one PostgreSQL database. A server is stopped by SIGTERM, as service managers do, and the
next one is stopped as soon as it is ready again. Nobody is told: participants repeat what their page repeats.
"""

import os
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.arguments import parser_of
from benchmarks.caddy import caddy
from benchmarks.durability.killed_server import Browser
from benchmarks.durability.replicas import (
    CLIENTS,
    Found,
    Servers,
    count,
    open_on_two_servers,
    while_they_vote,
)
from benchmarks.postgresql import server


@dataclass
class Visitors(Browser):
    """Represent people who come one after another until `closed` is set; each of them finishes.

    answers: numbers of answers by status, and of connections that broke, as 0. longest: seconds that one
    request took, with all its repetitions.
    """

    closed: threading.Event = field(default_factory=threading.Event)
    begun: int = 0
    answers: Counter[int] = field(default_factory=Counter)
    longest: float = 0.0

    def begins_another(self) -> bool:
        """Return True, and count, until `closed` is set."""
        if self.closed.is_set():
            return False
        self.begun += 1
        return True

    def _answered(self, action: str, body: Any, token: str) -> dict[str, Any]:
        began = time.monotonic()
        found = super()._answered(action, body, token)
        self.longest = max(self.longest, time.monotonic() - began)
        return found

    def _send(self, action: str, body: Any, token: str) -> tuple[int, bytes]:
        try:
            status, text = super()._send(action, body, token)
        except OSError:
            self.answers[0] += 1
            raise
        self.answers[status] += 1
        return status, text


@dataclass(frozen=True)
class Restarted:
    """Hold the result: votes, repeated requests by status, and the seconds of the slowest answer."""

    found: Found
    repeated: dict[int, int]
    longest: float

    @property
    def row(self) -> str:
        """Return the row of the table in Markdown."""
        return f"{self.found.row} {self.statuses} | {self.longest:.1f} |"

    @property
    def statuses(self) -> str:
        """Return how many requests were repeated, by status."""
        return ", ".join(f"{status}: {number}" for status, number in sorted(self.repeated.items())) or "0"

    @property
    def good(self) -> bool:
        """Return True where nothing was lost, doubled, unfinished or different."""
        found = self.found
        return not (found.lost or found.doubled or found.unfinished or found.differing)


def restart_in_turn(root: Path, url: str, rounds: int, votes: int) -> Restarted:
    """Restart both servers `rounds` times while people vote, and count. Raises RuntimeError for a refusal."""
    servers = Servers(root, url, signal.SIGTERM, {"TRUSTED_PROXIES": "127.0.0.1"})
    store = open_on_two_servers(servers, votes)
    closed = threading.Event()

    def restart() -> None:
        for number in (0, 1) * rounds:
            servers.kills[number]()
            servers.start(number)
        closed.set()

    try:
        with caddy(root, *servers.ports) as port:
            clients = [Visitors(port, threading.Event(), closed=closed) for _ in range(CLIENTS)]
            seconds = while_they_vote(clients, restart)
        given = [servers.files(number) for number in (0, 1)]
    finally:
        closed.set()
        servers.end()
    answers = sum((one.answers for one in clients), Counter[int]())
    found = count(store, sum(one.begun for one in clients), clients, given, seconds)
    repeated = {status: number for status, number in answers.items() if status != 200}
    return Restarted(found, repeated, max(one.longest for one in clients))


def main() -> int:
    """Print the table; return 1 where something was lost, is there twice, or differs."""
    parser = parser_of(__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--votes", type=int, default=6)
    options = parser.parse_args()
    os.environ.pop("DATABASE_URL", None)
    print(
        "| people | acknowledged | lost | doubled | unfinished | largest difference between pairs "
        "| votes/s | repeated requests | slowest answer, s |"
    )
    print("|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as root, server() as url:
        done = restart_in_turn(Path(root), url, options.rounds, options.votes)
    print(done.row)
    return int(not done.good)


if __name__ == "__main__":
    sys.exit(main())
