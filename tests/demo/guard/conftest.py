"""Serve the real application on a real port, in this process, for attacks by the tests."""

import asyncio
import socket
import threading
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import gradio as gr
import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from demo.gradio_fixes.hardening import served_pages
from demo.guard.connections import serving_options
from demo.server import build_app
from demo.settings import Settings

NO_LIMITS = {f"RATE_{name}": "0" for name in ("PAGES", "CALLS", "UPLOADS", "ENROLMENTS", "VOTES")}
PATIENCE = 60
T = TypeVar("T")


@dataclass(frozen=True)
class Target:
    """Hold the attacked server."""

    url: str
    settings: Settings
    blocks: gr.Blocks
    client: httpx.Client

    @property
    def uploads(self) -> Path:
        return self.settings.cache_dir / "uploads"

    def join(self, **body: Any) -> httpx.Response:
        return self.client.post("/gradio_api/queue/join", json={"data": [], **body})

    def upload(self, content: bytes, name: str = "a.png") -> str:
        answer = self.client.post("/gradio_api/upload", files={"files": (name, content)})
        return str(answer.json()[0])

    def handlers(self) -> list[dict[str, Any]]:
        """Return every dependency that /config lists."""
        listed = self.client.get("/config").json()["dependencies"]
        assert isinstance(listed, list) and listed
        return listed


def in_a_loop(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in a thread: a test that drives a browser has an event loop in its own thread."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


@contextmanager
def serving(app: FastAPI, settings: Settings) -> Iterator[str]:
    """Serve an application on a free port, in a thread, with the guard's options."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    config = uvicorn.Config(
        app, port=port, log_level="critical", timeout_graceful_shutdown=1, **serving_options(settings.guard)
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + PATIENCE
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(PATIENCE)


def blocks_of(app: FastAPI) -> gr.Blocks:
    """Return the pages that are mounted."""
    return served_pages(app).get_blocks()


@contextmanager
def target(folder: Path, **environment: str) -> Iterator[Target]:
    """Build the application with this environment and serve it."""
    settings = Settings.from_env({"DATA_DIR": str(folder), **environment})
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.gradio_environment.items():
            patch.setenv(name, value)
        app = build_app(settings)
        with serving(app, settings) as url, httpx.Client(base_url=url, timeout=PATIENCE) as client:
            yield Target(url, settings, blocks_of(app), client)


@pytest.fixture(scope="session")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """Serve the application without rate limits: all attacks come from one address."""
    with target(tmp_path_factory.mktemp("attacked"), **NO_LIMITS) as found:
        yield found
