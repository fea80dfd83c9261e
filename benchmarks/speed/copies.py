"""Measure what copying votes elsewhere costs: a vote with and without it, and a large database.

    python -m benchmarks.speed.copies docs/performance/copies.json

People vote in two databases in turn: one whose changes are copied to a folder every five seconds, and one
without. The milliseconds are those of the functions that store a vote, without the network. Then a
database with 100,000 votes is copied as a whole and restored.
"""

import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import numpy as np

from benchmarks.arguments import parser_of
from benchmarks.common import machine
from benchmarks.speed.report import fill
from benchmarks.speed.voters import SLUG, study
from study.collect.enrolment import enrol
from study.collect.participation import Answer, cast_vote, show_next_trial
from study.database.store import Store
from study.durability.durability import Durability, Place
from study.durability.one_off import back_up, restore_database
from study.durability.remote import Remote
from study.manage.states import open_folder

PARTICIPANTS = 150
PICTURES = 20  # of the study
VOTES = 100_000

T = TypeVar("T")


@dataclass
class Times:
    """Hold milliseconds of each step."""

    vote: list[float] = field(default_factory=list)
    following: list[float] = field(default_factory=list)
    enrolment: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Quantiles:
    """Hold the median and the 99 % quantile of one step in milliseconds, without and with copies."""

    step: str
    without: tuple[float, float]
    copied: tuple[float, float]


@dataclass(frozen=True)
class Whole:
    """Hold seconds and megabytes of copying a whole database, and of restoring it."""

    votes: int
    database_mb: float
    copy_mb: float
    copy_seconds: float
    restore_seconds: float


def voted(store: Store, times: Times) -> None:
    """Let one participant answer all trials, and note the times."""
    token = _timed(times.enrolment, lambda: enrol(store, SLUG))
    while (trial := _timed(times.following, lambda: show_next_trial(store, token))) is not None:
        answer = Answer(trial.trial_token, "L", str(uuid4()))
        _timed(times.vote, partial(cast_vote, store, token, answer))


def compare(folder: Path) -> list[Quantiles]:
    """Let people vote in a database without copies and one with them, in turn."""
    stores, times = [], (Times(), Times())
    for name, address in (("without", ""), ("copied", f"file://{folder}/copies")):
        data = folder / name
        file = data / "harmonylab.db"
        durability = Durability.prepare(Place(file, data, address))
        store = Store.open(f"sqlite:///{file}", home=data)
        durability.attach(store)
        open_folder(store, study(data / "studies" / "voters", PICTURES), "benchmark")
        durability.start()
        stores.append((store, durability))
    for _ in range(PARTICIPANTS):
        for (store, _), each in zip(stores, times, strict=True):
            voted(store, each)
    for store, durability in stores:
        durability.stop()
        store.close()
    return [
        Quantiles(name, _quantiles(getattr(times[0], name)), _quantiles(getattr(times[1], name)))
        for name in vars(times[0])
    ]


def whole(folder: Path) -> Whole:
    """Copy a database with many votes, and restore it."""
    file, remote = folder / "large.db", Remote(f"file://{folder}/large_copies")
    url = f"sqlite:///{file}"
    store = Store.open(url)
    fill(store, folder / "large", VOTES)
    began = time.perf_counter()
    back_up(url, folder, remote)
    copied = time.perf_counter()
    store.close()
    restore_database(folder / "restored.db", folder, remote)
    restored = time.perf_counter()
    (snapshot,) = (folder / "large_copies" / "snapshots").iterdir()
    sizes = (file.stat().st_size / 1e6, snapshot.stat().st_size / 1e6)
    return Whole(VOTES, *sizes, copied - began, restored - copied)


def _timed(into: list[float], run: Callable[[], T]) -> T:
    began = time.perf_counter()
    result = run()
    into.append(1000 * (time.perf_counter() - began))
    return result


def _quantiles(values: list[float]) -> tuple[float, float]:
    return float(np.median(values)), float(np.percentile(values, 99))


def main() -> None:
    """Measure, and write the results as JSON."""
    parser = parser_of(__doc__)
    parser.add_argument("out", type=Path, help="file to write, .json")
    out = parser.parse_args().out
    with tempfile.TemporaryDirectory() as folder:
        steps = [asdict(one) for one in compare(Path(folder))]
        found = {"machine": machine(), "steps": steps, "whole": asdict(whole(Path(folder)))}
    out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
