"""Check that the process for pictures ends without visitors, and starts with the first request of one."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from demo.api.checks import render_workers
from demo.pictures.view_cache import ViewCache
from demo.renders import service
from demo.workbench.bench_api import ADDRESS, Bench, bench_routes
from demo.workbench.bench_files import BenchFiles
from demo.workbench.sessions import Sessions


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_process_ends_without_visitors_and_starts_with_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "EDIT_IDLE_SECONDS", 0.3)
    views = ViewCache(tmp_path / "views", "key")
    renders = service.open_renders(views, 2000, 60, 50)
    bench = Bench(Sessions(tmp_path / "sessions"), BenchFiles(renders, views, 10**7), renders, views, {})

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        renders.start()
        yield
        await renders.close()

    app = FastAPI(lifespan=lifespan)
    app.include_router(bench_routes(bench))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        until(lambda: renders.edit.state().pid is not None)
        until(lambda: renders.edit.state().pid is None)
        assert render_workers(renders.problems).run().ok
        token = client.post(ADDRESS).json()["token"]
        until(lambda: renders.edit.state().pid is not None)
        until(lambda: renders.edit.state().pid is None)
        assert client.get(f"{ADDRESS}/document", headers={"X-Workbench": token}).status_code == 200
        until(lambda: renders.edit.state().pid is not None)
        assert renders.edit.state().restarts == 0
        # A task that arrives while there is no process waits for it.
        until(lambda: renders.edit.state().pid is None)
        found = client.post(f"{ADDRESS}/examples/0", headers={"X-Workbench": token})
        assert found.status_code == 200, found.text
