"""Let people vote through two servers on one PostgreSQL database, kill one of them, and count.

    python -m benchmarks.durability.replicas [--people 1000] [--votes 6]

Each server has its own data folder; pictures come from one address. Every request of a participant goes to
either server at random. One server is killed in the middle, and started again.
"""

import csv
import math
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import select

from benchmarks.arguments import parser_of
from benchmarks.durability.killed_server import Browser, Kill, app_ended_by
from benchmarks.postgresql import server
from benchmarks.running_app import free_port
from benchmarks.speed.voters import METHODS, SLUG, study
from study.database.schema import Participant, VoteRow
from study.database.store import Store
from study.manage.states import open_folder

KEY = "k" * 32
CLIENTS = 12
UNLIMITED = {"RATE_ENROLMENTS": "0", "RATE_VOTES": "0", "RATE_PAGES": "0"}
START_SECONDS = 180


@dataclass(frozen=True)
class Found:
    """Hold the result.

    acknowledged: votes with an answer; lost and doubled: of these. unfinished: participants. unequal: largest
    difference between the numbers of votes on two pairs of methods. differing: names of files that the two
    servers gave differently. seconds: from the first vote to the last.
    """

    people: int
    acknowledged: int
    lost: int
    doubled: int
    unfinished: int
    unequal: int
    differing: tuple[str, ...]
    seconds: float

    @property
    def row(self) -> str:
        """Return the row of the table in Markdown."""
        numbers = (
            f"{self.people:,} | {self.acknowledged:,} | {self.lost} | {self.doubled} | {self.unfinished}"
        )
        return f"| {numbers} | {self.unequal} | {self.acknowledged / self.seconds:.0f} |"


@dataclass
class Wanderer(Browser):
    """Represent people who send each request to any of the servers; `left` is the number still to come."""

    ports: tuple[int, ...] = ()
    left: list[int] = field(default_factory=list)

    def begins_another(self) -> bool:
        """Take one of those still to come; return False where nobody is left."""
        try:
            self.left.pop()
        except IndexError:
            return False
        return True

    def _send(self, action: str, body: Any, token: str) -> tuple[int, bytes]:
        self.port = random.choice(self.ports)
        return super()._send(action, body, token)


@dataclass
class Servers:
    """Represent two servers with data folders of their own below `root`, on the database at `url`.

    end_by: the signal that ends a server. settings: further environment variables.
    """

    root: Path
    url: str
    end_by: signal.Signals = signal.SIGKILL
    settings: dict[str, str] = field(default_factory=dict)
    ports: tuple[int, int] = field(default_factory=lambda: (free_port(), free_port()))
    kills: dict[int, Kill] = field(default_factory=dict)

    def data(self, number: int) -> Path:
        """Return the data folder of a server."""
        return self.root / f"server{number}"

    def start(self, number: int) -> None:
        """Start a server, and wait until it is ready."""
        settings = {
            "DATABASE_URL": self.url,
            "BACKUP_URL": f"file://{self.root / 'copies'}",
            "BACKUP_SECONDS": "1",
            "ORGANIZER_KEY": KEY,
        }
        start = app_ended_by(self.end_by, self.data(number), settings | UNLIMITED | self.settings)
        self.kills[number] = start(self.ports[number])
        until = time.monotonic() + START_SECONDS
        while not self._is_ready(number):
            if time.monotonic() > until:
                raise RuntimeError(f"server {number} does not start")
            time.sleep(0.2)

    def _is_ready(self, number: int) -> bool:
        try:
            address = f"http://127.0.0.1:{self.ports[number]}/readyz"
            return httpx.get(address, timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def end(self) -> None:
        """End both servers."""
        for kill in self.kills.values():
            kill()

    def files(self, number: int) -> dict[str, bytes]:
        """Return the files about the study that an organizer gets from a server."""
        address = f"http://127.0.0.1:{self.ports[number]}"
        with httpx.Client(base_url=address, timeout=60) as client:
            client.post("/organizer/sign-in", json={"key": KEY}).raise_for_status()
            names = ("votes.csv", "participants.csv", "report.md")
            return {
                name: client.get(f"/organizer/files/{SLUG}/{name}").raise_for_status().content
                for name in names
            }


def open_on_two_servers(servers: Servers, votes: int) -> Store:
    """Open a study of `votes` votes a person, start both servers, and return the store of the database."""
    data = servers.data(0)
    data.mkdir(parents=True)
    store = Store.open(servers.url, home=data)
    open_folder(store, study(data / "studies" / SLUG, items=10, votes=votes), "drill")
    for number in (0, 1):
        servers.start(number)
    return store


def vote_on_two_servers(root: Path, url: str, people: int, votes: int) -> Found:
    """Let people vote while one server is killed and started again, and count."""
    servers = Servers(root, url)
    store = open_on_two_servers(servers, votes)
    left = list(range(people))
    clients = [
        Wanderer(servers.ports[0], threading.Event(), ports=servers.ports, left=left) for _ in range(CLIENTS)
    ]

    def kill_one() -> None:
        while len(left) > people / 2:
            time.sleep(0.02)
        servers.kills[1]()
        servers.start(1)

    try:
        seconds = while_they_vote(clients, kill_one)
        given = [servers.files(number) for number in (0, 1)]
    finally:
        left.clear()
        servers.end()
    return count(store, people, clients, given, seconds)


def while_they_vote(clients: Sequence[Browser], act: Callable[[], None]) -> float:
    """Let all clients vote, and do something meanwhile; return the seconds until the last has finished.

    Raises RuntimeError for a refusal.
    """
    threads = [threading.Thread(target=one.take_part) for one in clients]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    act()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - began
    failures = [failure for one in clients for failure in one.failures]
    if failures:
        raise RuntimeError(failures[0])
    return seconds


def count(
    store: Store, people: int, clients: Sequence[Browser], given: list[dict[str, bytes]], seconds: float
) -> Found:
    """Compare the votes in the database with those that the clients know of, and close the store.

    people: how many have begun. given: the files that each server gives.
    """
    with store.reading() as tx:
        stored = Counter(tx.connection.scalars(select(VoteRow.client_uuid)))
        states = Counter(tx.connection.scalars(select(Participant.status)))
    store.close()
    lines = csv.DictReader(given[0]["votes.csv"].decode("utf-8-sig").splitlines())
    pairs = Counter(frozenset((line["left"], line["right"])) for line in lines)
    fewest = min(pairs.values()) if len(pairs) == math.comb(METHODS, 2) else 0
    acknowledged = {uuid for one in clients for uuid in one.acknowledged}
    return Found(
        people,
        len(acknowledged),
        len(acknowledged - stored.keys()),
        sum(stored.values()) - len(stored.keys() & acknowledged),
        people - states["complete"],
        max(pairs.values()) - fewest,
        tuple(name for name in given[0] if given[0][name] != given[1][name]),
        seconds,
    )


def main() -> int:
    """Print the table; return 1 where something was lost, is there twice, or differs."""
    parser = parser_of(__doc__)
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--votes", type=int, default=6)
    options = parser.parse_args()
    os.environ.pop("DATABASE_URL", None)
    print(
        "| people | acknowledged | lost | doubled | unfinished | largest difference between pairs | votes/s |"
    )
    print("|---:|---:|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as root, server() as url:
        found = vote_on_two_servers(Path(root), url, options.people, options.votes)
    print(found.row)
    return int(bool(found.lost or found.doubled or found.unfinished or found.unequal > 1 or found.differing))


if __name__ == "__main__":
    sys.exit(main())
