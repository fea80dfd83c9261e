"""Kill a server while clients vote through its API, start it again, and count lost and doubled votes."""

import http.client
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import uvicorn
from fastapi import FastAPI
from sqlalchemy import select

from benchmarks.durability.killed_voters import LONGEST_LIFE, PAUSE, PROCESSES, Result
from benchmarks.running_app import ROOT, free_port
from benchmarks.speed.voters import SLUG
from demo.api.study import study_api
from study.database.schema import VoteRow
from study.database.store import Store
from study.manage.states import open_folder
from study.votes import OUTCOMES

BROWSERS = 6
ANSWER_SECONDS = 90  # a request is repeated for so long: the server may have to start in this time
RETRY_STATUS = (429, 502, 503, 504)  # after which the page of the study waits and sends again

Kill = Callable[[], None]
Start = Callable[[int], Kill]  # start a server on a port, and return the function that ends it


def serve(url: str, port: int) -> None:
    """Serve the API without the pages, until the process is killed."""
    app = FastAPI()
    app.mount("/api", study_api(Store.open(url), "key", 4))
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="critical")


def api_alone(url: str) -> Start:
    """Return a function that starts a server of the API without the pages, which takes less than a second."""

    def start(port: int) -> Kill:
        process = PROCESSES.Process(target=serve, args=(url, port))
        process.start()

        def kill() -> None:
            process.kill()
            process.join()

        return kill

    return start


def app(data: Path, **settings: str) -> Start:
    """Return a function that starts the whole app on the data folder `data`, with environment variables."""
    return app_ended_by(signal.SIGKILL, data, settings)


def app_ended_by(end_by: signal.Signals, data: Path, settings: Mapping[str, str]) -> Start:
    """Return what `app` returns, with a signal that ends the app."""
    data.mkdir(parents=True, exist_ok=True)

    def start(port: int) -> Kill:
        environment = os.environ | {"HOST": "127.0.0.1", "PORT": str(port), "DATA_DIR": str(data), **settings}
        command, silent = [sys.executable, "app.py"], subprocess.DEVNULL
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=silent, stderr=silent)

        def kill() -> None:
            process.send_signal(end_by)
            process.wait()

        return kill

    return start


@dataclass
class Browser:
    """Represent a client that votes and repeats each request until it is answered.

    acknowledged: ids of the answered votes. answered_at: the time of each. repeated: how many of them the
    server had stored before already. failures: the exceptions that ended the thread.
    """

    port: int
    stop: threading.Event
    acknowledged: list[str] = field(default_factory=list)
    answered_at: list[float] = field(default_factory=list)
    repeated: int = 0
    failures: list[str] = field(default_factory=list)

    def take_part(self) -> None:
        """Vote as one participant after another; record the exception that ends it."""
        try:
            while self.begins_another():
                self.one_participant()
        except Exception as error:  # noqa: BLE001 - every kind of failure is counted
            self.failures.append(repr(error))

    def begins_another(self) -> bool:
        """Return True until `stop` is set."""
        return not self.stop.is_set()

    def one_participant(self) -> None:
        """Enrol a participant, and answer all trials."""
        state = self._answered("enrol", {"claim": str(uuid4())}, "")
        token = state["token"]
        while state["state"] == "trial" and not self.stop.is_set():
            uuid = str(uuid4())
            answer = {"trial": state["trial"]["trial"], "choice": random.choice(OUTCOMES), "uuid": uuid}
            state = self._answered("vote", answer, token)
            self.answered_at.append(time.time())
            self.acknowledged.append(uuid)
            self.repeated += not state["counted"]
            time.sleep(random.uniform(0, PAUSE))

    def _answered(self, action: str, body: Any, token: str) -> dict[str, Any]:
        """Send a request until it is answered. Raises RuntimeError after ANSWER_SECONDS, or when refused."""
        until = time.monotonic() + ANSWER_SECONDS
        while time.monotonic() < until:
            try:
                status, text = self._send(action, body, token)
            except (OSError, http.client.HTTPException):
                time.sleep(0.02)
                continue
            if status == 200:
                found: dict[str, Any] = json.loads(text)
                return found
            if status not in RETRY_STATUS:
                raise RuntimeError(f"{action}: {status} {text!r}")
            time.sleep(0.1)
        raise RuntimeError(f"{action}: no answer in {ANSWER_SECONDS} s")

    def _send(self, action: str, body: Any, token: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        headers = {"Content-Type": "application/json"} | (
            {"Authorization": f"Bearer {token}"} if token else {}
        )
        try:
            connection.request("POST", f"/api/study/{SLUG}/{action}", json.dumps(body), headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


def kill_servers(url: str, folder: Path, start: Start, times: int) -> Result:
    """Kill `times` servers while clients vote, and return how many votes were lost or stored twice."""
    store, port = Store.open(url), free_port()
    open_folder(store, folder, "benchmark")
    with _running(start, port) as restart, _voting(port) as browsers:
        for _ in range(times):
            _wait_for_votes(browsers)
            time.sleep(random.uniform(0, LONGEST_LIFE))
            restart()
        _wait_for_votes(browsers)
    with store.reading() as tx:
        stored = Counter(tx.connection.scalars(select(VoteRow.client_uuid)))
    store.close()
    acknowledged = {uuid for browser in browsers for uuid in browser.acknowledged}
    # Each client repeated every vote until it was acknowledged: all other stored votes are duplicates.
    doubled = sum(stored.values()) - len(stored.keys() & acknowledged)
    again = f"{sum(browser.repeated for browser in browsers)} sent again after they were stored"
    drill = f"{url.split(':')[0]}: {times} kills of the server"
    return Result(drill, len(acknowledged), len(acknowledged - stored.keys()), doubled, again)


def _wait_for_votes(browsers: list[Browser]) -> None:
    """Wait until one more vote for each client was acknowledged. Raises RuntimeError if one failed."""
    wanted = sum(len(browser.acknowledged) for browser in browsers) + len(browsers)
    while sum(len(browser.acknowledged) for browser in browsers) < wanted:
        failures = [failure for browser in browsers for failure in browser.failures]
        if failures:
            raise RuntimeError(failures[0])
        time.sleep(0.01)


@contextmanager
def _running(start: Start, port: int) -> Iterator[Callable[[], None]]:
    """Start a server, and yield a function that kills it and starts the next."""
    kill = start(port)

    def restart() -> None:
        nonlocal kill
        kill()
        kill = start(port)

    try:
        yield restart
    finally:
        kill()


@contextmanager
def _voting(port: int) -> Iterator[list[Browser]]:
    """Yield clients that vote; at the end, wait until each has an answer to its last request."""
    stop = threading.Event()
    browsers = [Browser(port, stop) for _ in range(BROWSERS)]
    threads = [threading.Thread(target=browser.take_part) for browser in browsers]
    for thread in threads:
        thread.start()
    try:
        yield browsers
    finally:
        stop.set()
        for thread in threads:
            thread.join()
