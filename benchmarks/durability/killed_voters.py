"""Kill voting processes, break their disk: functions of the drills that tests use too."""

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
from study.collect.participation import cast_vote, enrol, next_trial
from study.collect.registration import register
from study.database.store import Store
from study.records import Reason, Unavailable

DISK_MB = 24
PAUSE = 0.005  # seconds, at most
LONGEST_LIFE = 0.5  # seconds of voting before a kill

T = TypeVar("T")
# Each is a copy of one that has imported everything, and shares nothing with this one.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(
    ["benchmarks.durability.killed_voters", "benchmarks.durability.killed_server"]
)


@dataclass(frozen=True)
class Result:
    """What a drill found; `said` are the reasons that voters were given."""

    drill: str
    acknowledged: int
    lost: int
    doubled: int
    said: str = ""

    @property
    def row(self) -> str:
        numbers = f"{self.acknowledged:,} | {self.lost} | {self.doubled}"
        return f"| {self.drill} | {numbers} | {self.said} |"

    @property
    def good(self) -> bool:
        return self.lost == self.doubled == 0


def vote_forever(url: str, diary: Path) -> None:
    """Vote nearly without a pause and write down what was acknowledged, until somebody kills this process."""
    store, token = Store.open(url), None
    with open(diary, "ab", buffering=0) as file:
        while True:
            token = token or patient(lambda: enrol(store, SLUG))
            trial = patient(partial(next_trial, store, token))
            if trial is None:
                token = None
                continue
            uuid = str(uuid4())
            patient(partial(cast_vote, store, token, trial.trial_token, "R", client_uuid=uuid))
            file.write(f"{uuid}\n".encode())
            time.sleep(random.uniform(0, PAUSE))  # else the others would hardly get a turn


def patient(run: Callable[[], T]) -> T:
    """Send the same request until it is answered, as browsers do."""
    while True:
        try:
            return run()
        except Unavailable:
            time.sleep(PAUSE)


def _start(url: str, diary: Path) -> BaseProcess:
    """A process that has had a vote acknowledged."""
    process = PROCESSES.Process(target=vote_forever, args=(url, diary))
    process.start()
    while not diary.exists() or not diary.stat().st_size:
        if not process.is_alive():
            raise RuntimeError("A voter ended before its first vote.")
        time.sleep(0.01)
    return process


def _kill(process: BaseProcess) -> None:
    os.kill(process.pid or 0, signal.SIGKILL)
    process.join()


def kills(name: str, url: str, folder: Path, times: int, voters: int) -> Result:
    """Kill voters of a crowd, one at a time, and then all."""
    diaries = Path(tempfile.mkdtemp(dir=folder.parent))
    store = Store.open(url)
    register(store, folder)
    crowd: list[BaseProcess] = []
    try:
        for number in range(times):
            while len(crowd) < voters:
                crowd.append(_start(url, diaries / uuid4().hex))
            time.sleep(random.uniform(0, LONGEST_LIFE))
            _kill(crowd.pop(number % voters))
    finally:
        for process in crowd:
            _kill(process)
    acknowledged = [line for diary in diaries.iterdir() for line in diary.read_text().split()]
    lost, doubled = missing(store, acknowledged)
    store.close()
    return Result(f"{name}: {times} kills of {voters} voters", len(acknowledged), lost, doubled)


@contextmanager
def small_disk() -> Iterator[Path]:
    """A disk of DISK_MB in memory."""
    with tempfile.TemporaryDirectory() as place:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", place], check=True)
        try:
            yield Path(place)
        finally:
            subprocess.run(["umount", place], check=True)


def vote_until_refused(store: Store, acknowledged: list[str]) -> Reason:
    """Vote until the store cannot keep it; why not."""
    token = None
    while True:
        try:
            token = token or enrol(store, SLUG)
            trial = next_trial(store, token)
            if trial is None:
                token = None
                continue
            uuid = str(uuid4())
            cast_vote(store, token, trial.trial_token, "L", client_uuid=uuid)
        except Unavailable as error:
            return error.reason
        acknowledged.append(uuid)


def broken_disk(folder: Path) -> Result:
    """Three times: fill the disk, vote, make room, vote; mount it for reading only, vote, and undo that."""
    acknowledged: list[str] = []
    said: list[str] = []
    with small_disk() as disk:
        store = Store.open(f"sqlite:///{disk}/votes.db")
        register(store, folder)
        for _ in range(3):
            _fill(disk / "ballast")
            said += [vote_until_refused(store, acknowledged), str(store.health().reason)]
            (disk / "ballast").unlink()
            _vote_some(store, acknowledged)
            store.close()  # nothing may be open for writing
            subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
            said += [vote_until_refused(store, acknowledged), str(store.health().reason)]
            subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
            _vote_some(store, acknowledged)
        lost, doubled = missing(store, acknowledged)
        store.close()
    told = ", ".join(f"{reason} {said.count(reason)}" for reason in dict.fromkeys(said))
    return Result("sqlite: disk full, then read-only, three times", len(acknowledged), lost, doubled, told)


def _fill(file: Path) -> None:
    """Write zeros until there is no room."""
    with open(file, "wb", buffering=0) as ballast:
        try:
            while True:
                ballast.write(bytes(4096))
        except OSError:
            return


def _vote_some(store: Store, acknowledged: list[str]) -> None:
    token = enrol(store, SLUG)
    while (trial := next_trial(store, token)) is not None:
        uuid = str(uuid4())
        cast_vote(store, token, trial.trial_token, "L", client_uuid=uuid)
        acknowledged.append(uuid)
