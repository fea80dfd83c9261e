"""Measure the latency of votes against the number of participants, on one server process.

    python -m benchmarks.speed.participants docs/performance/participants.json [--participants 100,500,1000]

Simulated participants pause for four seconds on average between votes. A client on the same machine measures
the time from sending a vote to having the next pair; it has its own process and takes a part of the cores.
The processor time is the server's, user and system, for each vote. 50 participants begin in each second. In
the last row, 300 participants begin within five seconds, and load the page and the pictures.
"""

import asyncio
import json
import multiprocessing
import os
import sqlite3
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.arguments import parser_of
from benchmarks.common import machine
from benchmarks.running_app import running_app
from benchmarks.speed.http_participants import SLUG, Log, Participant, crowd
from study.collect.stimuli import StudySources, build_study
from study.config.config import config_from_options
from study.database.store import Store
from study.manage.states import open_folder

METHODS, ITEMS, EACH = 6, 50, 20
THINK = 4.0  # mean seconds between the pictures and the answer
ARRIVALS = 50.0  # participants who begin in a second
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Load:
    """Describe a crowd of simulated participants.

    seconds: duration of the measurement. within: the seconds in which they begin. pictures: load the pictures
    of each pair. page: load the page of the study first.
    """

    participants: int
    seconds: float = 30.0
    within: float = 4.0
    pictures: bool = False
    page: bool = False


def study(folder: Path) -> Path:
    """Build a study in `folder` whose pictures have the usual size, 600×400 pixels."""
    noise = np.random.default_rng(1).integers(0, 60, (400, 600, 3), np.uint8)
    methods = {f"m{m}": lambda p, m=m: p + m for m in range(METHODS)}
    config = config_from_options(list(methods), {"slug": SLUG, "title": "Voters"}, {"votes": EACH})
    sources = StudySources({f"scene{i}": np.roll(noise, i, axis=0) for i in range(ITEMS)}, methods)
    return build_study(folder, config, sources, freeze=False)


def cpu_seconds(pid: int) -> float:
    """Return user and system time of a process, in seconds. Linux only."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_mib(pid: int) -> float:
    """Return the resident memory of a process, in MiB. Linux only."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def run_crowd(url: str, load: Load, results: Any) -> None:
    """Run the crowd (in a child process), and put its log into the queue `results`."""
    log, until = Log(), time.monotonic() + load.seconds
    people = [Participant(url, until, THINK, log, load.pictures, load.page) for _ in range(load.participants)]
    asyncio.run(crowd(people, load.within))
    results.put(log)


def measure(url: str, pid: int, load: Load) -> tuple[dict[str, Any], Log]:
    """Run a crowd in a child process, and return a row of the table and its log."""
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    before, memory, began = cpu_seconds(pid), memory_mib(pid), time.monotonic()
    process = context.Process(target=run_crowd, args=(url, load, results))
    process.start()
    log: Log = results.get(timeout=load.seconds + 120)
    process.join()
    cpu, took = cpu_seconds(pid) - before, time.monotonic() - began
    row = {
        "participants": load.participants,
        "pictures": load.pictures,
        "votes": len(log.votes),
        "votes_per_second": len(log.votes) / took,
        "vote_ms": percentiles(log.votes),
        "picture_ms": percentiles(log.pictures),
        "arrival_ms": percentiles(log.arrivals),
        "cpu_ms_per_vote": 1000 * cpu / max(1, len(log.votes)),
        "memory_mib": [memory, memory_mib(pid)],
        "refused": dict(log.refused),
    }
    return row, log


def percentiles(values: Sequence[float]) -> list[float] | None:
    """Return the 50th, 95th and 99th percentiles, or None without values."""
    return [float(p) for p in np.percentile(values, [50, 95, 99])] if values else None


def lost_and_doubled(database: Path, acknowledged: Sequence[str]) -> tuple[int, int]:
    """Return how many acknowledged votes are not in the database, and how many are there twice."""
    with closing(sqlite3.connect(database)) as connection:
        stored = [row[0] for row in connection.execute("SELECT client_uuid FROM vote")]
    return len(set(acknowledged) - set(stored)), len(stored) - len(set(stored))


def main() -> None:
    """Measure every crowd on one server, and write all rows as JSON."""
    parser = parser_of(__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--participants", default="100,500,1000")
    parser.add_argument("--seconds", type=float, default=30)
    options = parser.parse_args()
    numbers = [int(number) for number in options.participants.split(",")]
    loads = [
        Load(number, options.seconds + number / ARRIVALS, number / ARRIVALS, pictures=pictures)
        for number in numbers
        for pictures in (False, True)
    ]
    loads.append(Load(300, 15.0, within=5.0, pictures=True, page=True))
    rows, acknowledged = [], []
    with tempfile.TemporaryDirectory() as root:
        data = Path(root) / "data"
        data.mkdir()
        database = data / "harmonylab.db"
        store = Store.open(f"sqlite:///{database}")
        open_folder(store, study(Path(root) / "study"), "benchmark")
        store.close()
        with running_app(data, **BEHIND_A_PROXY) as app:
            url, pid = app.url, app.pid
            measure(url, pid, Load(20, 8.0))  # not measured: loads every module once
            for load in loads:
                row, log = measure(url, pid, load)
                rows.append(row)
                acknowledged += log.acknowledged
                print(json.dumps(row), flush=True)
        lost, doubled = lost_and_doubled(database, acknowledged)
    print(f"{len(acknowledged):,} acknowledged, {lost} lost, {doubled} doubled")
    found = {"machine": machine(), "rows": rows, "lost": lost, "doubled": doubled}
    options.out.write_text(json.dumps(found, indent=1), encoding="utf-8")


# Every participant sends a different client address; the server accepts it from trusted proxies only.
BEHIND_A_PROXY = {"TRUSTED_PROXIES": "127.0.0.1"}

if __name__ == "__main__":
    main()
