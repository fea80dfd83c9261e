"""Kill voting processes, or make their disk fail, and count lost and doubled votes."""

import multiprocessing
import os
import random
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

from benchmarks.speed.voters import SLUG, missing
from study.collect.enrolment import enrol
from study.collect.participation import Answer, cast_vote, show_next_trial
from study.database.store import Store
from study.manage.states import open_folder
from study.records import Reason, Unavailable

DISK_MB = 24
PAUSE = 0.005  # seconds between two votes, at most
LONGEST_LIFE = 0.5  # seconds of voting before a kill

T = TypeVar("T")
# Each process is forked from one that has imported everything; it shares no connection with this one.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(
    ["benchmarks.durability.killed_voters", "benchmarks.durability.killed_server"]
)


@dataclass(frozen=True)
class Result:
    """Hold the result of a drill: numbers of votes, and the reasons or repetitions reported."""

    drill: str
    acknowledged: int
    lost: int
    doubled: int
    reported: str = ""

    @property
    def row(self) -> str:
        """Return the row of the table in Markdown."""
        numbers = f"{self.acknowledged:,} | {self.lost} | {self.doubled}"
        return f"| {self.drill} | {numbers} | {self.reported} |"

    @property
    def good(self) -> bool:
        """Return True where every acknowledged vote is stored exactly once."""
        return self.lost == self.doubled == 0


def vote_forever(url: str, record: Path) -> None:
    """Vote nearly without pauses and append each acknowledged id to `record`, until killed."""
    store, token = Store.open(url), None
    with open(record, "ab", buffering=0) as file:
        while True:
            token = token or until_available(lambda: enrol(store, SLUG))
            trial = until_available(partial(show_next_trial, store, token))
            if trial is None:
                token = None
                continue
            uuid = str(uuid4())
            until_available(partial(cast_vote, store, token, Answer(trial.trial_token, "R", uuid)))
            file.write(f"{uuid}\n".encode())
            time.sleep(random.uniform(0, PAUSE))  # without it, the other voters would rarely get the lock


def until_available(run: Callable[[], T]) -> T:
    """Repeat a call until the store is available, as browsers do, and return its value."""
    while True:
        try:
            return run()
        except Unavailable:
            time.sleep(PAUSE)


def _start(url: str, record: Path) -> BaseProcess:
    """Start a voting process, and return it once a vote of it was acknowledged."""
    process = PROCESSES.Process(target=vote_forever, args=(url, record))
    process.start()
    while not record.exists() or not record.stat().st_size:
        if not process.is_alive():
            raise RuntimeError("A voter ended before its first vote.")
        time.sleep(0.01)
    return process


def _kill(process: BaseProcess) -> None:
    os.kill(process.pid or 0, signal.SIGKILL)
    process.join()


def kills(name: str, url: str, folder: Path, times: int, voters: int) -> Result:
    """Kill `times` voting processes, one at a time, and count lost and doubled votes.

    name: of the database, for the row. voters: how many processes vote at once.
    """
    records = Path(tempfile.mkdtemp(dir=folder.parent))
    store = Store.open(url)
    open_folder(store, folder, "benchmark")
    crowd: list[BaseProcess] = []
    try:
        for number in range(times):
            while len(crowd) < voters:
                crowd.append(_start(url, records / uuid4().hex))
            time.sleep(random.uniform(0, LONGEST_LIFE))
            _kill(crowd.pop(number % voters))
    finally:
        for process in crowd:
            _kill(process)
    acknowledged = [line for record in records.iterdir() for line in record.read_text().split()]
    lost, doubled = missing(store, acknowledged)
    store.close()
    return Result(f"{name}: {times} kills of {voters} voters", len(acknowledged), lost, doubled)


@contextmanager
def small_disk() -> Iterator[Path]:
    """Mount a disk of DISK_MB megabytes in memory, and yield its folder. Needs root."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", folder], check=True)
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", folder], check=True)


def vote_until_refused(store: Store, acknowledged: list[str]) -> Reason:
    """Vote until the store refuses a vote, and return the reason."""
    token = None
    while True:
        try:
            token = token or enrol(store, SLUG)
            trial = show_next_trial(store, token)
            if trial is None:
                token = None
                continue
            uuid = str(uuid4())
            cast_vote(store, token, Answer(trial.trial_token, "L", uuid))
        except Unavailable as error:
            return error.reason
        acknowledged.append(uuid)


def broken_disk(folder: Path) -> Result:
    """Fill a disk and vote, then mount it read-only and vote; three times, with some votes between."""
    acknowledged: list[str] = []
    reasons: list[str] = []
    with small_disk() as disk:
        store = Store.open(f"sqlite:///{disk}/votes.db")
        open_folder(store, folder, "benchmark")
        for _ in range(3):
            _fill(disk / "filler")
            reasons += [vote_until_refused(store, acknowledged), str(store.test_writing().reason)]
            (disk / "filler").unlink()
            _vote_some(store, acknowledged)
            store.close()  # nothing may be open for writing
            subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
            reasons += [vote_until_refused(store, acknowledged), str(store.test_writing().reason)]
            subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
            _vote_some(store, acknowledged)
        lost, doubled = missing(store, acknowledged)
        store.close()
    reported = ", ".join(f"{reason} {reasons.count(reason)}" for reason in dict.fromkeys(reasons))
    return Result(
        "sqlite: disk full, then read-only, three times", len(acknowledged), lost, doubled, reported
    )


def _fill(file: Path) -> None:
    """Write zeros until the disk is full."""
    with open(file, "wb", buffering=0) as filler:
        try:
            while True:
                filler.write(bytes(4096))
        except OSError:
            return


def _vote_some(store: Store, acknowledged: list[str]) -> None:
    token = enrol(store, SLUG)
    while (trial := show_next_trial(store, token)) is not None:
        uuid = str(uuid4())
        cast_vote(store, token, Answer(trial.trial_token, "L", uuid))
        acknowledged.append(uuid)
