"""Many voters at once against one store, on SQLite and on PostgreSQL.

    python -m benchmarks.speed.voters [--seconds 60] [--voters 50]

Every voter is a thread: it looks at a pair for a while (exponential, mean PAUSE), votes, and takes the next;
at the end of a block a new participant begins. Times are those of `show_next_trial` and `cast_vote` alone.
A study of 20 methods and 200 items. What kills and full disks leave is for benchmarks/durability/drills.py.
"""

import argparse
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

from benchmarks.postgresql import server
from study.collect.config import config_from_options
from study.collect.enrolment import enrol
from study.collect.participation import Answer, cast_vote, show_next_trial
from study.collect.registration import register
from study.collect.stimuli import StudySources, build_study
from study.database.schema import VoteRow
from study.database.store import Store

METHODS, ITEMS, EACH, SLUG = 20, 200, 20, "voters"
PAUSE = 1.0  # seconds; people take three or more
ARRIVAL = 5.0  # seconds within which all have come


@dataclass
class Log:
    """What the voters measured, and the ids of the votes that were acknowledged."""

    next_ms: list[float] = field(default_factory=list)
    vote_ms: list[float] = field(default_factory=list)
    enrol_ms: list[float] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def study(folder: Path) -> Path:
    picture = np.zeros((8, 8, 3), np.uint8)
    methods = {f"m{m}": lambda p, m=m: p + m for m in range(METHODS)}
    config = config_from_options(list(methods), {"slug": SLUG, "title": "Voters"}, {"votes": EACH})
    sources = StudySources({f"scene{i}": picture for i in range(ITEMS)}, methods)
    return build_study(folder, config, sources, freeze=False)


def timed(into: list[float], run: Callable[[], Any]) -> Any:
    began = time.perf_counter()
    result = run()
    into.append(1000 * (time.perf_counter() - began))
    return result


def voter(store: Store, until: float, pause: float, log: Log, seed: int) -> None:
    """Take part until the time is over, as one participant after another."""
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
    except Exception as error:  # noqa: BLE001 - whatever goes wrong is to be counted
        log.failures.append(repr(error))


def crowd(url: str, folder: Path, voters: int, seconds: float, pause: float) -> str:
    """A row of the table."""
    store = Store.open(url)
    register(store, folder)
    log = _together(_all_at_once(store, voters, time.monotonic() + seconds, pause))
    lost, doubled = missing(store, log.acknowledged)
    store.close()
    times = (log.vote_ms, log.next_ms, log.enrol_ms)
    shares = [f"{np.percentile(values, q):.1f}" for values in times for q in (50, 99)]
    kind = f"{_kind(url)}, {'a vote a second each' if pause else 'as fast as they can'}"
    return _row(kind, f"{len(log.vote_ms):,}", *shares, lost, doubled, len(log.failures))


def _all_at_once(store: Store, voters: int, until: float, pause: float) -> list[Log]:
    """A log of each of so many voters, who all take part until the time is over."""
    logs = [Log() for _ in range(voters)]
    threads = [
        threading.Thread(target=voter, args=(store, until, pause, log, n)) for n, log in enumerate(logs)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return logs


def _together(logs: list[Log]) -> Log:
    """One log of what stands in all of them."""
    return Log(**{f.name: [entry for log in logs for entry in getattr(log, f.name)] for f in fields(Log)})


def _kind(url: str) -> str:
    return url.split(":")[0].split("+")[0]


def _row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def missing(store: Store, acknowledged: list[str]) -> tuple[int, int]:
    """How many acknowledged votes are not in the database, and how many are there twice."""
    with store.reading() as tx:
        stored = Counter(tx.connection.scalars(select(VoteRow.client_uuid)))
    return sum(uuid not in stored for uuid in acknowledged), sum(count > 1 for count in stored.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
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
