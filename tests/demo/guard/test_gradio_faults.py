"""Check the faults of Gradio that the guard works around; a failure shows that an upgrade changed one."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from gradio.queueing import Event
from gradio.server_messages import HeartbeatMessage

from demo.gradio_fixes.hardening import harden, served_pages
from tests.demo.guard.conftest import blocks_of, in_a_loop

FILE = {"meta": {"_type": "gradio.FileData"}}


def echo(value: Any) -> Any:
    """Return the value unchanged, as a careless handler does."""
    return value


@contextmanager
def mounted(folder: Path, hardened: bool) -> Iterator[TestClient]:
    """Mount one page of Gradio alone, without the guard."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(folder / "uploads"))
        patch.setenv("GRADIO_ANALYTICS_ENABLED", "False")
        with gr.Blocks(analytics_enabled=False) as demo:
            shown = gr.HTML()
            button = gr.Button()
            button.click(echo, shown, shown)
        demo.queue()
        app = gr.mount_gradio_app(FastAPI(), demo, path="/", ssr_mode=False, run_history=False)
        if hardened:
            harden(served_pages(app), "http://127.0.0.1:1/", [folder / "secret"])
        with TestClient(app, raise_server_exceptions=False) as client:
            yield client


@pytest.fixture(params=[False, True], ids=["as it comes", "hardened"])
def hardened(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def client(tmp_path: Path, hardened: bool) -> Iterator[TestClient]:
    (tmp_path / "secret").write_text("the secret")
    with mounted(tmp_path, hardened) as client:
        yield client


def called(client: TestClient, index: int, value: Any) -> str:
    """Call a handler through the queue and return all of its messages."""
    body = {"fn_index": index, "data": [value], "session_hash": "abc"}
    assert client.post("/gradio_api/queue/join", json=body).status_code == 200
    return client.get("/gradio_api/queue/data", params={"session_hash": "abc"}).text


def test_mounting_leaves_every_file_of_the_server_open(
    client: TestClient, tmp_path: Path, hardened: bool
) -> None:
    messages = called(client, 0, {"path": str(tmp_path / "secret"), **FILE})
    copies = [file.read_text() for file in (tmp_path / "uploads").rglob("secret")]
    assert copies == ([] if hardened else ["the secret"])
    assert ("uploads" in messages) is not hardened


def test_an_echo_discloses_uploads_of_others(client: TestClient, tmp_path: Path, hardened: bool) -> None:
    upload = tmp_path / "uploads" / "x" / "a.txt"
    upload.parent.mkdir(parents=True)
    upload.write_text("of another visitor")
    messages = called(client, 0, {"path": str(upload), **FILE})
    assert ("cannot be shown" in messages) is hardened


def test_an_empty_session_is_stored_under_another_name(tmp_path: Path) -> None:
    with mounted(tmp_path, hardened=False) as client:
        blocks = blocks_of(client.app)  # type: ignore[arg-type]
        request: Any = None
        assert Event("", blocks.fns[0], request, None).session_hash != ""
        with pytest.raises(KeyError):
            blocks._queue.send_message(Event("", blocks.fns[0], request, None), HeartbeatMessage())


def test_the_queue_stops_for_good_at_an_exception() -> None:
    with gr.Blocks() as demo:
        gr.Button().click(lambda: None)
    demo.queue()

    async def run() -> bool:
        broken: Any = None
        demo._queue.event_queue_per_concurrency_id["x"] = broken
        with pytest.raises(AttributeError):
            await demo._queue.start_processing()
        return bool(demo._queue.stopped)

    assert in_a_loop(run())


def test_a_new_session_describes_every_component(tmp_path: Path, hardened: bool) -> None:
    with mounted(tmp_path, hardened) as client:
        blocks = blocks_of(client.app)  # type: ignore[arg-type]
        assert called(client, 0, "hello").count("process_completed") == 1
        session = served_pages(client.app).state_holder.session_data["abc"]  # type: ignore[arg-type]
        assert set(session.config_values) == (set() if hardened else set(blocks.blocks))


def test_startup_events_can_be_requested_from_outside(tmp_path: Path) -> None:
    with mounted(tmp_path, hardened=False) as client:
        assert client.get("/gradio_api/startup-events").json() is True


def test_every_origin_is_allowed_with_credentials(tmp_path: Path) -> None:
    with mounted(tmp_path, hardened=False) as client:
        headers = client.get("/config", headers={"origin": "https://evil.org"}).headers
    assert headers["access-control-allow-origin"] == "https://evil.org"
    assert headers["access-control-allow-credentials"] == "true"


def test_a_forwarded_host_is_trusted_from_every_client(tmp_path: Path) -> None:
    with mounted(tmp_path, hardened=False) as client:
        config = client.get("/config", headers={"x-forwarded-host": "evil.org"}).json()
    assert config["root"] == "http://evil.org"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("component_server", {"component_id": 10**9, "session_hash": "x", "fn_name": "x", "data": None}),
        ("queue/join", {"fn_index": 10**9, "session_hash": "x", "data": []}),
    ],
)
def test_an_unknown_number_is_an_error_of_the_server(tmp_path: Path, path: str, body: Any) -> None:
    with mounted(tmp_path, hardened=False) as client:
        assert client.post(f"/gradio_api/{path}", json=body).status_code == 500


def test_an_upload_without_a_file_is_an_error_of_the_server(tmp_path: Path) -> None:
    with mounted(tmp_path, hardened=False) as client:
        assert client.post("/gradio_api/upload", files={"files": (None, b"x")}).status_code == 500


def test_our_own_pages_are_hardened(attacked: Any) -> None:
    blocks = attacked.blocks
    assert blocks.has_launched and str(attacked.settings.data_dir / "secret") in blocks.blocked_paths
    assert blocks.mcp_server_obj.local_url == attacked.settings.own_address
    assert json.dumps(blocks.blocked_paths).count(os.sep)
