"""Measure the latency of many simultaneous voters on one store, with SQLite and with PostgreSQL.

    python -m benchmarks.speed.voters [--seconds 60] [--voters 50]

Every voter is a thread: it pauses (exponential, mean PAUSE), votes, and takes the next trial; after the last
trial of a participant it enrols the next. The times are those of `show_next_trial` and `cast_vote` alone, in
a study of 20 methods and 200 items. benchmarks/durability/drills.py tests killed processes and full disks.
"""

import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
from sqlalchemy import select

from benchmarks.arguments import parser_of
from benchmarks.postgresql import server
from study.collect.enrolment import enrol
from study.collect.participation import Answer, cast_vote, show_next_trial
from study.collect.stimuli import StudySources, build_study
from study.config.config import config_from_options
from study.database.schema import VoteRow
from study.database.store import Store
from study.manage.states import open_folder

METHODS, ITEMS, EACH, SLUG = 20, 200, 20, "voters"
PAUSE = 1.0  # mean seconds before a vote; people take three or more
ARRIVAL = 5.0  # all voters begin within this number of seconds


@dataclass
class Log:
    """Hold the latencies of voters in milliseconds, the ids of acknowledged votes, and exceptions."""

    next_ms: list[float] = field(default_factory=list)
    vote_ms: list[float] = field(default_factory=list)
    enrol_ms: list[float] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def study(folder: Path, items: int = ITEMS, votes: int = EACH) -> Path:
    """Build a study of METHODS methods in `folder`, and return its folder; votes: of each participant."""
    picture = np.zeros((8, 8, 3), np.uint8)
    methods = {f"m{m}": lambda p, m=m: p + m for m in range(METHODS)}
    config = config_from_options(list(methods), {"slug": SLUG, "title": "Voters"}, {"votes": votes})
    sources = StudySources({f"scene{i}": picture for i in range(items)}, methods)
    return build_study(folder, config, sources, freeze=False)


def timed(into: list[float], run: Callable[[], Any]) -> Any:
    """Run a function, append its milliseconds to a list, and return its value."""
    began = time.perf_counter()
    result = run()
    into.append(1000 * (time.perf_counter() - began))
    return result


def voter(store: Store, until: float, pause: float, log: Log, seed: int) -> None:
    """Vote as one participant after another until the time is over; record the exception that ends it."""
    rng = random.Random(seed)
    token: str | None = None
    time.sleep(rng.uniform(0, ARRIVAL))
    try:
        while time.monotonic() < until:
            if token is None:
                token = timed(log.enrol_ms, partial(enrol, store, SLUG))
            trial = timed(log.next_ms, partial(show_next_trial, store, token))
            if trial is None:
                token = None
                continue
            time.sleep(rng.expovariate(1 / pause) if pause else 0)
            uuid = str(uuid4())
            cast = partial(cast_vote, store, token, Answer(trial.trial_token, "L", uuid))
            timed(log.vote_ms, cast)
            log.acknowledged.append(uuid)
    except Exception as error:  # noqa: BLE001 - every kind of failure is counted
        log.failures.append(repr(error))


def crowd(url: str, folder: Path, voters: int, seconds: float, pause: float) -> str:
    """Run voters at once for some seconds on the database at `url`, and return a row of the table."""
    store = Store.open(url)
    open_folder(store, folder, "benchmark")
    log = _merged(_all_at_once(store, voters, time.monotonic() + seconds, pause))
    lost, doubled = missing(store, log.acknowledged)
    store.close()
    times = (log.vote_ms, log.next_ms, log.enrol_ms)
    shares = [f"{np.percentile(values, q):.1f}" for values in times for q in (50, 99)]
    kind = f"{_kind(url)}, {'a vote a second each' if pause else 'as fast as they can'}"
    return _row(kind, f"{len(log.vote_ms):,}", *shares, lost, doubled, len(log.failures))


def _all_at_once(store: Store, voters: int, until: float, pause: float) -> list[Log]:
    """Run all voters until the time is over, and return the log of each."""
    logs = [Log() for _ in range(voters)]
    threads = [
        threading.Thread(target=voter, args=(store, until, pause, log, n)) for n, log in enumerate(logs)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return logs


def _merged(logs: list[Log]) -> Log:
    """Return one log with the entries of all logs."""
    return Log(**{f.name: [entry for log in logs for entry in getattr(log, f.name)] for f in fields(Log)})


def _kind(url: str) -> str:
    return url.split(":")[0].split("+")[0]


def _row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def missing(store: Store, acknowledged: list[str]) -> tuple[int, int]:
    """Return how many acknowledged votes are missing in the database, and how many are stored twice."""
    with store.reading() as tx:
        stored = Counter(tx.connection.scalars(select(VoteRow.client_uuid)))
    return sum(uuid not in stored for uuid in acknowledged), sum(count > 1 for count in stored.values())


def main() -> None:
    """Print a row for each database, first with pauses and then without."""
    parser = parser_of(__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--voters", type=int, default=50)
    options = parser.parse_args()
    print(f"{options.voters} voters for {options.seconds:g} s; milliseconds, half and 99 % of them below")
    print("| | votes | vote | 99 % | next | 99 % | enrol | 99 % | lost | double | failed |")
    print("|---|" + 10 * "---:|")
    with tempfile.TemporaryDirectory() as root, server() as postgres:
        folder = study(Path(root) / "study")
        for pause in (PAUSE, 0.0):
            for url in (f"sqlite:///{root}/crowd{pause:g}.db", postgres):
                print(crowd(url, folder, options.voters, options.seconds, pause), flush=True)


if __name__ == "__main__":
    main()
