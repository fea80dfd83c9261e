"""Check the start report and the requests for a GPU, against a small server in the platform's place.

The package `spaces` is the real one. It reads its variables at import, so each case has a process of its own.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from demo.zero_gpu import on_zero_gpu, with_gpu
from model.methods import available_methods
from tests.support.paths import ROOT

# `spaces` patches PyTorch for graphics cards; PyTorch's build for processors lacks what it patches.
PROGRAM = """
import sys
sys.modules["torch"] = None
import spaces
del sys.modules["torch"]
import numpy as np
from dataclasses import replace
from demo.zero_gpu import report_start, with_gpu
from demo.pictures.method_runner import outcome_of
from model import Composite
from model.methods import available_methods
from threading import Event

methods = available_methods()
diffusion = replace(methods["mean_gain"], name="diffusion", tier=3, predict=None)
methods = {"mean_gain": methods["mean_gain"], "diffusion": diffusion}
report_start(methods)
matte = np.zeros((32, 32), np.float32)
matte[8:24, 8:24] = 1
composite = Composite(np.full((32, 32, 3), 90, np.uint8), matte)
for method in with_gpu(methods).values():
    outcome = outcome_of(method, composite, Event())
    print(method.name, outcome.picture is not None, outcome.error)
"""


@dataclass
class Platform:
    """Answer as the platform does, and keep the paths of the requests. status: of every request for a GPU."""

    status: int = 503
    asked: list[str] = field(default_factory=list)

    def handler(self) -> type[BaseHTTPRequestHandler]:
        platform = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                platform.asked.append(self.path)
                schedules = self.path.startswith("/schedule")
                self.send_response(platform.status if schedules else 200)
                self.send_header("Content-Type", "application/json")
                body = json.dumps({"left": 0, "wait": 60}).encode()
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


@pytest.fixture
def platform() -> Iterator[tuple[Platform, str]]:
    answers = Platform()
    server = ThreadingHTTPServer(("127.0.0.1", 0), answers.handler())
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield answers, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def run_on_zero_gpu(address: str) -> str:
    env = {**os.environ, "SPACES_ZERO_GPU": "true", "SPACES_ZERO_DEVICE_API_URL": address}
    env |= {"GRADIO_ANALYTICS_ENABLED": "False", "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, env=env, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_elsewhere_methods_stay_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPACES_ZERO_GPU", raising=False)
    methods = available_methods()
    assert not on_zero_gpu()
    assert with_gpu(methods) == methods


@pytest.mark.slow
def test_the_start_is_reported_and_only_diffusion_asks_for_a_gpu(platform: tuple[Platform, str]) -> None:
    answers, address = platform
    lines = run_on_zero_gpu(address).splitlines()
    assert answers.asked[0] == "/startup-report"
    assert [path.partition("?")[0] for path in answers.asked[1:]] == ["/schedule"]
    assert "durationSeconds=120" in answers.asked[1]
    assert "mean_gain True " in lines
    assert "diffusion False The graphics card could not be used: No GPU was available" in lines
