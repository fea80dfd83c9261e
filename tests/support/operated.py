"""Serve the whole application on a real port with a tiny study, and call its pages without a browser."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi.testclient import TestClient

from demo.server import build_app
from demo.serving import bind_socket
from demo.settings import Settings
from study.database.store import Store
from tests.support.study_world import open_store

KEY = "k" * 32
TIMEOUT = 60.0  # seconds for an answer, for the start and for the end


@dataclass(frozen=True)
class Operated:
    """Hold a running server's address, its settings and its database."""

    url: str
    settings: Settings
    store: Store

    def client(self, **headers: str) -> httpx.Client:
        """Return a client without cookies that sends nothing but what the test passes."""
        return httpx.Client(base_url=self.url, headers=headers, timeout=TIMEOUT, trust_env=False)

    @contextmanager
    def organizer(self) -> Iterator[httpx.Client]:
        """Yield a client that has signed in as organizer."""
        with self.client() as client:
            assert client.post("/organizer/sign-in", json={"key": KEY}).status_code == 200
            yield client


@contextmanager
def operated(folder: Path, build: bool = True, **environment: str) -> Iterator[Operated]:
    """Serve the application in a thread.

    build: create the small study of `study_world` first; without it the folder has a database already.
    environment: variables as in the environment of `app.py`.
    """
    if build:
        open_store(folder).close()
    database = f"sqlite:///{folder / 'votes.db'}"
    given = {"DATA_DIR": str(folder / "data"), "DATABASE_URL": database, "ORGANIZER_KEY": KEY}
    settings = Settings.from_env(given | environment)
    store = Store.open(database)
    listener = bind_socket("127.0.0.1", 0)
    config = uvicorn.Config(
        build_app(settings), log_config=None, access_log=False, timeout_graceful_shutdown=2
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])))
    thread.start()
    try:
        until = time.monotonic() + TIMEOUT
        while not server.started and thread.is_alive() and time.monotonic() < until:
            time.sleep(0.02)
        yield Operated(f"http://127.0.0.1:{listener.getsockname()[1]}", settings, store)
    finally:
        server.should_exit = True
        thread.join(TIMEOUT)
        store.close()


def wait_for_the_example_study(client: httpx.Client | TestClient) -> None:
    """Wait until a server on an empty database has made its study."""
    until = time.monotonic() + 300
    while not client.get("/readyz").json()["checks"]["example_study"]["ok"]:
        assert time.monotonic() < until
        time.sleep(0.1)


def handlers_of(client: httpx.Client, page: str) -> list[int]:
    """Return the numbers of a page's handlers, from the public configuration of the app."""
    config = client.get("/config").json()
    ids = set(config["page"][page]["dependencies"])
    return [each["id"] for each in config["dependencies"] if each["id"] in ids and each["backend_fn"]]


def handler_on(client: httpx.Client, event: str) -> int:
    """Return the number of the handler of an event that exactly one component has."""
    found = [
        each["id"]
        for each in client.get("/config").json()["dependencies"]
        if any(target[1] == event for target in each["targets"])
    ]
    assert len(found) == 1, found
    return int(found[0])


def called(
    client: httpx.Client | TestClient,
    handler: int,
    data: list[Any],
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Call a handler through the queue, as a browser does, and return its last answer.

    Where the queue refuses the call, the answer is {"status": HTTP status, "output": JSON body}.
    """
    session = f"s{handler}{time.monotonic_ns()}"
    body = {"data": data, "fn_index": handler, "session_hash": session}
    joined = client.post("/gradio_api/queue/join", json=body, headers=headers)
    if joined.status_code != 200:
        return {"status": joined.status_code, "output": joined.json()}
    # Read the whole stream: where a client closes it early, Gradio logs an error.
    events = client.get("/gradio_api/queue/data", params={"session_hash": session}).text.splitlines()
    messages = [json.loads(line.removeprefix("data:")) for line in events if line.startswith("data:")]
    (answer,) = (dict(each) for each in messages if each["msg"] == "process_completed")
    return answer
