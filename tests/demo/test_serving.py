"""Check the started server: the text in the terminal, the log, and its message where it cannot start."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from benchmarks.running_app import ROOT, free_port, wait_until_up
from demo.serving import bind_socket, start_message
from demo.settings import BadSettings, Settings
from tests.support.study_world import open_store


@contextmanager
def started(folder: Path, **given: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Run the real program with its terminal in a file; stop it as a service manager does."""
    open_store(folder).close()
    port = str(free_port())
    environment = os.environ | {
        "HOST": "127.0.0.1",
        "PORT": port,
        "DATA_DIR": str(folder / "data"),
        "DATABASE_URL": f"sqlite:///{folder / 'votes.db'}",
    }
    environment |= given
    with (folder / "terminal").open("wb") as terminal:
        program = [sys.executable, "app.py"]
        server = subprocess.Popen(program, cwd=ROOT, env=environment, stdout=terminal, stderr=terminal)
        try:
            wait_until_up(f"http://127.0.0.1:{port}", server)
            yield f"http://127.0.0.1:{port}", server
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=30)


def test_the_terminal_shows_the_sign_in_address_and_the_log_has_no_key(tmp_path: Path) -> None:
    with ExitStack() as opened, started(tmp_path, LOG_FILE=str(tmp_path / "log" / "lab.log")) as (url, _):
        key = (tmp_path / "data" / "organizer_key").read_text()
        link = f"{url}/organizer/sign-in#key={key}"
        signed_in = httpx.post(f"{url}/organizer/sign-in", json={"key": key}, trust_env=False)
        assert signed_in.status_code == 200 and "server" not in signed_in.headers
        assert httpx.get(f"{url}/media/a-token?who=anna", trust_env=False).status_code == 404
        page = opened.enter_context(httpx.Client(trust_env=False))
        stream = page.build_request("GET", f"{url}/gradio_api/heartbeat/a1")
        assert page.send(stream, stream=True).status_code == 200  # open until the server stops
    terminal = (tmp_path / "terminal").read_text()
    assert terminal.count(link) == terminal.count(key) == 1 and str(tmp_path / "data") in terminal
    log = (tmp_path / "log" / "lab.log").read_text()
    assert "GET /media answered 404" in log and "Serving on port" in log
    for private in (key, "a-token", "anna", "Uvicorn", "Exception in ASGI"):
        assert private not in log
    assert (tmp_path / "log" / "lab.log").stat().st_mode & 0o077 == 0


def test_a_port_in_use_gives_a_message(tmp_path: Path) -> None:
    with bind_socket("127.0.0.1", 0) as other:
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(BadSettings, match=f"port {port}.*another program"):
            bind_socket("127.0.0.1", port)
        environment = os.environ | {"PORT": str(port), "HOST": "127.0.0.1", "DATA_DIR": str(tmp_path)}
        done = subprocess.run([sys.executable, "app.py"], cwd=ROOT, env=environment, capture_output=True)
    assert done.returncode == 2 and b"Traceback" not in done.stderr and b"PORT" in done.stderr


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ({}, "http://127.0.0.1:7860/organizer/sign-in#key="),
        ({"HOST": "0.0.0.0", "PORT": "81"}, "http://127.0.0.1:81/organizer/sign-in#key="),
        ({"HOST": "::1"}, "http://[::1]:7860/organizer/sign-in#key="),
        (
            {"SPACE_ID": "a/b", "SPACE_HOST": "a-b.hf.space", "ORGANIZER_KEY": "k" * 12},
            "https://a-b.hf.space/organizer (with ORGANIZER_KEY)",
        ),
        ({"SPACE_ID": "a/b"}, "Nobody can sign in as an organizer"),
    ],
)
def test_the_printed_address_can_be_opened(tmp_path: Path, given: dict[str, str], address: str) -> None:
    assert address in start_message(Settings.from_env({"DATA_DIR": str(tmp_path)} | given))


def test_a_key_that_was_given_is_not_shown(tmp_path: Path) -> None:
    key = "a key of the owner"
    assert key not in start_message(Settings.from_env({"DATA_DIR": str(tmp_path), "ORGANIZER_KEY": key}))
