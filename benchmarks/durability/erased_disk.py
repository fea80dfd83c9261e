"""Kill a server, erase its disk, start it again from its copies, and count what is lost.

    python -m benchmarks.durability.erased_disk [--kills 10] [--seconds 5]

A vote may be lost only if the server was killed before the next copy. Everything that was answered before the
time that the restarted server states must be there, once.
"""

import json
import os
import random
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from sqlalchemy import select

from benchmarks.arguments import parser_of
from benchmarks.durability.killed_server import BROWSERS, Browser, Kill, Start, app
from benchmarks.durability.killed_voters import PROCESSES
from benchmarks.postgresql import server
from benchmarks.running_app import free_port
from benchmarks.speed.voters import study
from demo.api.study import study_api
from study.database.connections import sqlite_file
from study.database.schema import Trial, VoteRow
from study.database.store import Store
from study.durability.durability import Durability, Place
from study.manage.states import open_folder

PICTURES = 10  # of the study
LONGEST_LIFE = 3.0  # copies between two kills, at most


@dataclass(frozen=True)
class Erased:
    """Hold the result: numbers of votes, and how long before the kill the oldest lost vote was answered.

    lost_before: lost votes that were answered before the time that the server stated after its restart.
    """

    drill: str
    acknowledged: int
    lost: int
    lost_before: int
    doubled: int
    oldest_seconds: float
    missing_pictures: int

    @property
    def row(self) -> str:
        """Return the row of the table in Markdown."""
        numbers = f"{self.acknowledged:,} | {self.lost} | {self.oldest_seconds:.1f} | {self.lost_before}"
        return f"| {self.drill} | {numbers} | {self.doubled} |"


@dataclass
class Person(Browser):
    """Represent a client that starts again as another participant after its own was lost."""

    def take_part(self) -> None:
        """Vote until `stop` is set."""
        while not self.stop.is_set():
            try:
                self.one_participant()
            except RuntimeError as error:
                self.failures.append(str(error))


@dataclass
class Machine:
    """Represent a machine whose disk `data` is erased with every kill; `copies` is another disk.

    kills: time of each kill, and the time up to which the copy had everything.
    """

    url: str
    data: Path
    copies: Path
    start: Start
    port: int = field(default_factory=free_port)
    kills: list[tuple[float, float]] = field(default_factory=list)
    _kill: Kill | None = None

    def boot(self) -> None:
        """Start the server."""
        self._kill = self.start(self.port)

    def crash(self) -> None:
        """Kill the server and erase the disk."""
        assert self._kill is not None
        self._kill()
        self.kills.append((time.time(), self._stated()))
        shutil.rmtree(self.data)

    def _stated(self) -> float:
        lease = self.copies / "lease.json"
        if not lease.exists():  # votes are in PostgreSQL
            return time.time()
        until = json.loads(lease.read_text())["until"]
        return (
            time.mktime(time.strptime(until[:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone + float(until[19:23])
        )


def api_with_copies(url: str, data: Path, copies: Path, seconds: float) -> Start:
    """Return a function that starts a server of the API without the pages, which copies its votes."""

    def start(port: int) -> Kill:
        process = PROCESSES.Process(target=_serve, args=(url, data, copies, seconds, port))
        process.start()

        def kill() -> None:
            process.kill()
            process.join()

        return kill

    return start


def _serve(url: str, data: Path, copies: Path, seconds: float, port: int) -> None:
    durability = Durability.prepare(Place(sqlite_file(url), data, f"file://{copies}", seconds=seconds))
    store = Store.open(url, home=data)
    durability.attach(store)
    durability.start()
    app = FastAPI()
    app.mount("/api", study_api(store, "key", 4))
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="critical")


def erase_disks(name: str, machine: Machine, times: int, seconds: float) -> Erased:
    """Kill the server `times` times while clients vote, each time with its disk, and count."""
    store = Store.open(machine.url, home=machine.data)
    open_folder(store, study(machine.data / "studies" / "voters", PICTURES), "drill")
    store.close()
    machine.boot()
    stop = threading.Event()
    people = [Person(machine.port, stop) for _ in range(BROWSERS)]
    threads = [threading.Thread(target=one.take_part) for one in people]
    for thread in threads:
        thread.start()
    try:
        for _ in range(times):
            _wait_for_votes(machine, people)
            time.sleep(seconds * random.uniform(0, LONGEST_LIFE))
            machine.crash()
            machine.boot()
        _wait_for_votes(machine, people)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        time.sleep(3 * seconds)  # everything is copied
        machine.crash()
        machine.boot()
    return _count(name, machine, people)


def _wait_for_votes(machine: Machine, people: list[Person]) -> None:
    """Wait until each client has voted again, and the pictures are copied. Raises RuntimeError after long."""
    wanted = [len(one.acknowledged) + 1 for one in people]
    until = time.monotonic() + 180
    while time.monotonic() < until:
        voted = all(len(one.acknowledged) >= least for one, least in zip(people, wanted, strict=True))
        snapshots = sqlite_file(machine.url) is None or any(machine.copies.glob("snapshots/*"))
        if voted and snapshots and any(machine.copies.glob("studies/*/index.json")):
            return
        time.sleep(0.01)
    raise RuntimeError(f"No votes: {[one.failures[-1:] for one in people]}")


def _count(name: str, machine: Machine, people: list[Person]) -> Erased:
    while not (machine.data / "studies" / "voters").is_dir():  # restored at the start
        time.sleep(0.1)
    store = Store.open(machine.url, home=machine.data)
    with store.reading() as tx:
        stored = Counter(tx.connection.scalars(select(VoteRow.client_uuid)))
        trials = Counter(tx.connection.scalars(select(VoteRow.trial_id).join(Trial)))
    store.close()
    if machine._kill is not None:
        machine._kill()
    answered = {
        uuid: at for one in people for uuid, at in zip(one.acknowledged, one.answered_at, strict=True)
    }
    lost = [at for uuid, at in answered.items() if uuid not in stored]
    ages = [next((kill, until) for kill, until in machine.kills if kill > at) for at in lost]
    return Erased(
        name,
        len(answered),
        len(lost),
        sum(at < until for at, (_, until) in zip(lost, ages, strict=True)),
        sum(count - 1 for count in [*stored.values(), *trials.values()]),
        max((kill - at for at, (kill, _) in zip(lost, ages, strict=True)), default=0.0),
        int(not any((machine.data / "studies" / "voters" / "stimuli").iterdir())),
    )


def on_sqlite(root: Path, times: int, seconds: float) -> Erased:
    """Run the drill with the API alone on SQLite."""
    data, copies = root / "data", root / "copies"
    url = f"sqlite:///{data}/harmonylab.db"
    machine = Machine(url, data, copies, api_with_copies(url, data, copies, seconds))
    return erase_disks(f"sqlite: {times} kills, copies every {seconds:g} s", machine, times, seconds)


def on_postgresql(root: Path, url: str, times: int, seconds: float) -> Erased:
    """Run the drill with the API alone on PostgreSQL, whose disk is not erased."""
    data, copies = root / "data", root / "copies"
    machine = Machine(url, data, copies, api_with_copies(url, data, copies, seconds))
    return erase_disks(f"postgresql: {times} kills", machine, times, seconds)


def of_the_app(root: Path, times: int, seconds: float) -> Erased:
    """Run the drill with the whole app on SQLite."""
    data, copies = root / "data", root / "copies"
    settings = {"BACKUP_URL": f"file://{copies}", "BACKUP_SECONDS": f"{seconds:g}", "SECRET": "s" * 32}
    machine = Machine(f"sqlite:///{data}/harmonylab.db", data, copies, app(data, **settings))
    return erase_disks(f"sqlite: {times} kills of the app", machine, times, seconds)


def main() -> int:
    """Print the table; return 1 where more was lost than stated, or something is there twice."""
    parser = parser_of(__doc__)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=5.0)
    options = parser.parse_args()
    os.environ.pop("DATABASE_URL", None)
    print("| drill | acknowledged | lost | oldest of them, s | of the time stated as safe | doubled |")
    print("|---|---:|---:|---:|---:|---:|")
    results = []
    with tempfile.TemporaryDirectory() as root, server() as url:
        folder = Path(root)
        results.append(on_sqlite(folder / "sqlite", options.kills, options.seconds))
        results.append(of_the_app(folder / "app", max(1, options.kills // 5), options.seconds))
        results.append(on_postgresql(folder / "postgresql", url, options.kills, 1.0))
    for result in results:
        print(result.row, flush=True)
    bad = any(result.lost_before or result.doubled or result.missing_pictures for result in results)
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
