"""Start Caddy with the file of deploy/ in front of servers of this machine, for benchmarks and tests."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from benchmarks.running_app import ROOT, free_port

START_SECONDS = 20


@contextmanager
def caddy(folder: Path, *ports: int) -> Iterator[int]:
    """Yield the port of Caddy in front of servers on `ports`. Skip the test without Caddy; on CI, fail it.

    folder: where Caddy keeps its files. Raises RuntimeError where it does not start.
    """
    port = free_port()
    config = folder / "Caddyfile"
    # The port of its administration would be the same for every Caddy of this machine.
    config.write_text("{\n\tadmin off\n}\n" + (ROOT / "deploy" / "Caddyfile").read_text(encoding="utf-8"))
    environment = os.environ | {
        "DOMAIN": f"http://127.0.0.1:{port}",
        "UPSTREAM": " ".join(f"127.0.0.1:{each}" for each in ports),
        "COOKIE_SECRET": "c" * 32,
        "HOME": str(folder),
    }
    command = [_program(), "run", "--adapter", "caddyfile", "--config", str(config)]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        _wait_until_up(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def _program() -> str:
    found = shutil.which("caddy")
    if found is None and os.environ.get("CI"):
        pytest.fail("Caddy is not installed")
    return found or pytest.skip("Caddy is not installed")


def _wait_until_up(port: int) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        try:
            httpx.get(f"http://127.0.0.1:{port}", timeout=START_SECONDS)
        except httpx.ConnectError:
            time.sleep(0.1)
        except httpx.HTTPError:
            return  # its servers do not answer
        else:
            return
    raise RuntimeError("Caddy did not start")
