"""Participants against latency: one server process, people who think for four seconds between votes.

    python -m benchmarks.speed.participants docs/performance/participants.json [--participants 100,500,1000]

Times are those that a client on the same machine measures from sending a vote to having the next pair; the
client has a process of its own and takes a part of the cores. CPU is the server's own, user and system, for
each vote. Participants come at 50 a second. The last row lets 300 people come within five seconds, and load
the page and the pictures.
"""

import argparse
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

from benchmarks.common import machine
from benchmarks.running_app import running_app
from benchmarks.speed.http_participants import SLUG, Log, Participant, crowd
from study.collect.config import config_from_options
from study.collect.registration import register
from study.collect.stimuli import StudySources, build_study
from study.database.store import Store

METHODS, ITEMS, EACH = 6, 50, 20
THINK = 4.0  # seconds between the pictures and the answer
ARRIVALS = 50.0  # participants who come in a second
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Load:
    """Who comes: so many people within some seconds, who stay for a while, with or without pictures."""

    participants: int
    seconds: float = 30.0
    within: float = 4.0
    pictures: bool = False
    page: bool = False


def study(folder: Path) -> Path:
    """Build a study whose pictures are as large as those of a real one."""
    noise = np.random.default_rng(1).integers(0, 60, (400, 600, 3), np.uint8)
    methods = {f"m{m}": lambda p, m=m: p + m for m in range(METHODS)}
    config = config_from_options(list(methods), {"slug": SLUG, "title": "Voters"}, {"votes": EACH})
    sources = StudySources({f"scene{i}": np.roll(noise, i, axis=0) for i in range(ITEMS)}, methods)
    return build_study(folder, config, sources, freeze=False)


def cpu_seconds(pid: int) -> float:
    """Return user and system time of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_mib(pid: int) -> float:
    """Return the resident memory of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def be_the_crowd(url: str, load: Load, results: Any) -> None:
    """Take part in a process of its own, and put the log into the queue."""
    log, until = Log(), time.monotonic() + load.seconds
    people = [Participant(url, until, THINK, log, load.pictures, load.page) for _ in range(load.participants)]
    asyncio.run(crowd(people, load.within))
    results.put(log)


def measure(url: str, pid: int, load: Load) -> tuple[dict[str, Any], Log]:
    """Let a crowd take part; a row of the table."""
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    before, memory, began = cpu_seconds(pid), memory_mib(pid), time.monotonic()
    process = context.Process(target=be_the_crowd, args=(url, load, results))
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
    """Return the 50th, 95th and 99th percentile."""
    return [float(p) for p in np.percentile(values, [50, 95, 99])] if values else None


def lost_and_doubled(database: Path, acknowledged: Sequence[str]) -> tuple[int, int]:
    """Return how many acknowledged votes are not in the database, and how many are there twice."""
    with closing(sqlite3.connect(database)) as connection:
        stored = [row[0] for row in connection.execute("SELECT client_uuid FROM vote")]
    return len(set(acknowledged) - set(stored)), len(stored) - len(set(stored))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--participants", default="100,500,1000")
    parser.add_argument("--seconds", type=float, default=30)
    options = parser.parse_args()
    numbers = [int(number) for number in options.participants.split(",")]
    loads = [
        Load(number, options.seconds + number / ARRIVALS, number / ARRIVALS, pictures=seen)
        for number in numbers
        for seen in (False, True)
    ]
    loads.append(Load(300, 15.0, within=5.0, pictures=True, page=True))
    rows, acknowledged = [], []
    with tempfile.TemporaryDirectory() as root:
        data = Path(root) / "data"
        data.mkdir()
        database = data / "harmonylab.db"
        store = Store.open(f"sqlite:///{database}")
        register(store, study(Path(root) / "study"))
        store.close()
        with running_app(data, **BEHIND_A_PROXY) as app:
            url, pid = app.url, app.pid
            measure(url, pid, Load(20, 8.0))  # everything is loaded once
            for load in loads:
                row, log = measure(url, pid, load)
                rows.append(row)
                acknowledged += log.acknowledged
                print(json.dumps(row), flush=True)
        lost, doubled = lost_and_doubled(database, acknowledged)
    print(f"{len(acknowledged):,} acknowledged, {lost} lost, {doubled} doubled")
    found = {"machine": machine(), "rows": rows, "lost": lost, "doubled": doubled}
    options.out.write_text(json.dumps(found, indent=1), encoding="utf-8")


# Every participant has an address of their own, which the server believes only if it trusts the client.
BEHIND_A_PROXY = {"TRUSTED_PROXIES": "127.0.0.1"}

if __name__ == "__main__":
    main()
