"""Measure votes a second of app processes on one PostgreSQL that waits for its disk, and what they need.

    python -m benchmarks.scale.rates [--seconds 5] [--clients 1,2,4,8,16,32]

Clients vote one vote after another without a pause, and enrol again at the end of a session. They run in a
process of their own on the same machine. The last rows leave HTTP out: threads of one process call the
function that stores a vote.
"""

import asyncio
import multiprocessing
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np

from benchmarks.arguments import parser_of
from benchmarks.postgresql import Cluster, cluster
from benchmarks.running_app import ROOT, RunningApp, free_port, wait_until_up
from benchmarks.speed.http_participants import Log, Participant, crowd
from benchmarks.speed.participants import TICKS
from benchmarks.speed.voters import SLUG, study
from study.collect.enrolment import enrol
from study.collect.participation import Answer, cast_vote, resume
from study.database.store import Store
from study.manage.states import open_folder

ITEMS, EACH = 20, 30
UNLIMITED = {"RATE_ENROLMENTS": "0", "RATE_VOTES": "0", "RATE_PAGES": "0", "TRUSTED_PROXIES": "127.0.0.1"}
LIKE_SERVERS = "-c shared_buffers=256MB -c max_connections=200"
HEAD = (
    "| apps | clients | votes/s | vote 50 %, ms | 99 %, ms | app, CPU ms a vote | PostgreSQL, CPU ms a vote "
    "| WAL, bytes a vote | cores used by these | by others |\n"
    "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
)


@dataclass(frozen=True)
class Meter:
    """Hold what was used up to a moment: seconds of processors, and bytes of the write-ahead log."""

    at: float
    app: float
    database: float
    machine: float
    log: int


@dataclass(frozen=True)
class Rate:
    """Hold a measurement. apps: their number, "none" without HTTP. clients: seconds of their processor."""

    apps: str
    clients: int
    times: Sequence[float]
    before: Meter
    after: Meter
    own: float

    @property
    def row(self) -> str:
        """Return the row of the table."""
        votes, seconds = max(1, len(self.times)), self.after.at - self.before.at
        app, database = self.after.app - self.before.app, self.after.database - self.before.database
        these = (app + database + self.own) / seconds
        cells = (
            *(self.apps, self.clients, f"{votes / seconds:.0f}"),
            *(f"{value:.1f}" for value in np.percentile(self.times or [0], [50, 99])),
            *(f"{1000 * app / votes:.2f}", f"{1000 * database / votes:.2f}"),
            *(f"{(self.after.log - self.before.log) / votes:,.0f}", f"{these:.2f}"),
            f"{(self.after.machine - self.before.machine) / seconds - these:.2f}",
        )
        return f"| {' | '.join(map(str, cells))} |"


@contextmanager
def apps(url: str, root: Path, number: int) -> Iterator[list[RunningApp]]:
    """Start app processes with data folders of their own on the database at `url`; wait until they answer."""
    found = []
    with ExitStack() as stack:
        for n in range(number):
            port = free_port()
            own = {"HOST": "127.0.0.1", "PORT": str(port), "DATA_DIR": str(root / f"app{n}")}
            settings = {
                "DATABASE_URL": url,
                "BACKUP_URL": f"file://{root / 'copies'}",
                "ORGANIZER_KEY": "k" * 32,
            }
            process = subprocess.Popen(
                [sys.executable, "app.py"],
                cwd=ROOT,
                env={**os.environ, **UNLIMITED, **settings, **own},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            stack.callback(process.wait, 30)
            stack.callback(process.terminate)
            wait_until_up(f"http://127.0.0.1:{port}", process)
            found.append(RunningApp(f"http://127.0.0.1:{port}", process.pid))
        yield found


def read_meter(store: Store, running: Sequence[RunningApp], server: Cluster) -> Meter:
    """Read what has been used so far."""
    with store.reading() as tx:
        log = tx.connection.exec_driver_sql("SELECT pg_current_wal_lsn() - '0/0'").scalar_one()
    app = sum(used(one.pid) for one in running) if running else time.process_time()
    return Meter(time.monotonic(), app, used(server.pid), busy(), int(log))


def used(pid: int) -> float:
    """Return the processor seconds of a process, of its living descendants and its ended children."""
    total = 0
    for one in RunningApp("", pid).processes():
        try:
            fields = Path(f"/proc/{one}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        total += sum(map(int, fields[11:15] if one == pid else fields[11:13]))
    return total / TICKS


def busy() -> float:
    """Return the seconds that all processors of this machine have worked."""
    user, nice, system, _, _, *interrupts = map(int, Path("/proc/stat").read_text().split()[1:8])
    return (user + nice + system + sum(interrupts)) / TICKS


def run_clients(urls: Sequence[str], clients: int, seconds: float, results: Any) -> None:
    """Run clients (in a child process), and put their times and their processor time into the queue."""
    log, until = Log(), time.monotonic() + seconds
    people = [Participant(urls[n % len(urls)], until, 0, log, pictures=False) for n in range(clients)]
    asyncio.run(crowd(people, 0.1))
    if log.refused:
        raise RuntimeError(f"refused: {log.refused}")
    results.put((log.votes, time.process_time()))


def over_http(
    store: Store, server: Cluster, running: Sequence[RunningApp], clients: int, seconds: float
) -> Rate:
    """Measure votes over HTTP, spread over these apps."""
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    before = read_meter(store, running, server)
    arguments = ([one.url for one in running], clients, seconds, results)
    process = context.Process(target=run_clients, args=arguments)
    process.start()
    times, own = results.get(timeout=seconds + 60)
    process.join()
    return Rate(str(len(running)), clients, times, before, read_meter(store, running, server), own)


def without_http(store: Store, server: Cluster, clients: int, seconds: float) -> Rate:
    """Measure the function that stores a vote and shows the next pair, called by threads of this process."""
    sessions = iter([enrol(store, SLUG) for _ in range(clients + int(100 * seconds / EACH) * 8)])
    times: list[float] = []
    until = time.monotonic() + seconds
    before = read_meter(store, (), server)
    threads = [threading.Thread(target=_vote, args=(store, sessions, until, times)) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Rate("none", clients, times, before, read_meter(store, (), server), 0.0)


def _vote(store: Store, sessions: Iterator[str], until: float, times: list[float]) -> None:
    for token in sessions:
        trial = resume(store, token).trial
        while trial is not None:
            if time.monotonic() > until:
                return
            began = time.perf_counter()
            trial = cast_vote(store, token, Answer(trial.trial_token, "L", str(uuid4()), 900)).trial
            times.append(1000 * (time.perf_counter() - began))


def enrolments(store: Store, number: int = 200) -> float:
    """Return the seconds of one enrolment, one after another: enrolments in one study wait for each other."""
    began = time.perf_counter()
    for _ in range(number):
        enrol(store, SLUG)
    return (time.perf_counter() - began) / number


def open_study(store: Store, home: Path) -> None:
    """Build a study in the data folder of the first app, and open it."""
    open_folder(store, study(home / "studies" / SLUG, ITEMS, EACH), "benchmark")


def measure(root: Path, server: Cluster, clients: Sequence[int], seconds: float) -> Iterator[Rate]:
    """Yield all measurements: one app process, two, and the function without HTTP."""
    home = root / "app0"
    home.mkdir(parents=True)
    with closing(Store.open(server.url, home=home)) as store:
        open_study(store, home)
        for number in (1, 2):
            with apps(server.url, root, number) as running:
                over_http(store, server, running, 4, min(2, seconds))  # not measured: loads every module
                for n in clients:
                    yield over_http(store, server, running, n, seconds)
        for n in clients:
            yield without_http(store, server, n, seconds)


def main() -> None:
    """Print the tables."""
    parser = parser_of(__doc__)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--clients", default="1,2,4,8,16,32")
    options = parser.parse_args()
    print(HEAD)
    with tempfile.TemporaryDirectory() as root, cluster(LIKE_SERVERS) as server:
        for rate in measure(
            Path(root), server, [int(n) for n in options.clients.split(",")], options.seconds
        ):
            print(rate.row, flush=True)
        with closing(Store.open(server.url)) as store:
            print(f"\nan enrolment with {EACH} pairs: {1000 * enrolments(store):.1f} ms")


if __name__ == "__main__":
    main()
