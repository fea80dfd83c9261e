"""Send random requests to every route and handler: no errors, no disclosed paths, no growth.

FUZZ_SECONDS sets the time (10, and 60 where CI is set), FUZZ_SEED repeats a run.
"""

import json
import logging
import os
import random
import resource
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from demo.gradio_fixes.restarting_queue import queue_alive
from demo.guard.rules.routes import EXACT
from tests.demo.guard.conftest import Target
from tests.demo.guard.test_the_queue_lives import works

SECONDS = float(os.environ.get("FUZZ_SECONDS") or (60 if os.environ.get("CI") else 10))
SEED = int(os.environ.get("FUZZ_SEED") or random.SystemRandom().randrange(10**6))
GROWTH = 700 << 20
# Some of these responses never end, and the others are kept open.
STREAMS = ("queue/data", "heartbeat", "upload_progress", "/call/", "mcp")
DISCLOSED = ("Traceback (most", 'File "', "site-packages", "/demo/", "sqlalchemy", "0x7f")
TEXTS = ["", "x", "é" * 9, "\x00", "\ud800", "../../secret", "/etc/passwd", "<img src=x onerror=x>", "9" * 40]
TEXTS += [
    "a" * 5000,
    "null",
    "' OR 1=1 --",
    "{{7*7}}",
    "%s%n",
    "http://127.0.0.1:1/",
    "data:image/png;base64,AA",
]
KEYS = [
    "path",
    "meta",
    "_type",
    "value",
    "__type__",
    "url",
    "index",
    "choice",
    "trial",
    "x",
    "kind",
    "chosen",
]
ACTIONS = ("enrol", "next", "vote", "undo", "withdraw", "decline", "", "../x")


class RandomRequests:
    """Make random requests, most of them malformed."""

    def __init__(self, found: Target) -> None:
        self.found = found
        self.chance = random.Random(SEED)
        self.handlers = found.handlers()
        self.file = found.upload(b"nonsense")

    def text(self) -> str:
        if self.chance.random() < 0.1:
            return self.file
        return self.chance.choice(TEXTS)

    def value(self, depth: int = 3) -> Any:
        kind = self.chance.randrange(9 if depth else 6)
        if kind == 6:
            return [self.value(depth - 1) for _ in range(self.chance.randrange(4))]
        if kind >= 7:
            count = self.chance.randrange(5)
            return {self.chance.choice(KEYS): self.value(depth - 1) for _ in range(count)}
        plain: list[Any] = [
            None,
            True,
            self.chance.randrange(-3, 50),
            10**18,
            self.chance.random(),
            self.text(),
        ]
        return plain[kind]

    def encoded(self, value: Any) -> bytes:
        """Return JSON, in one of ten cases with a random byte changed."""
        raw = bytearray(json.dumps(value).encode())
        if raw and self.chance.random() < 0.1:
            raw[self.chance.randrange(len(raw))] = self.chance.randrange(256)
        return bytes(raw)

    def session(self) -> Any:
        return self.chance.choice([f"f{self.chance.randrange(40)}", self.value(0)])

    def call(self) -> tuple[str, str, bytes]:
        handler = self.chance.choice(self.handlers)
        data = [self.value() for _ in handler["inputs"]]
        body = {"fn_index": handler["id"], "data": data, "session_hash": self.session()}
        for name in ("event_data", "trigger_id", "batched", "simple_format", "fn_index", "data", "event_id"):
            if self.chance.random() < 0.15:
                body[name] = self.value()
        route = self.chance.choice(
            ["queue/join"] * 5 + ["run/predict", "call/harmonize", "call/v2/harmonize"]
        )
        return "POST", f"/gradio_api/{route}", self.encoded(body)

    def cancel(self) -> tuple[str, str, bytes]:
        body = {"session_hash": self.session(), "event_id": self.value(0), "fn_index": self.value(0)}
        return "POST", self.chance.choice(["/gradio_api/cancel", "/gradio_api/reset"]), self.encoded(body)

    def upload(self) -> tuple[str, str, bytes]:
        part = f'--x\r\nContent-Disposition: form-data; name="{self.chance.choice(["files", "", "y"])}"'
        name = self.chance.choice(
            ["", '; filename="a.png"', '; filename=""', f'; filename="{self.chance.random()}"']
        )
        raw = bytearray(f"{part}{name}\r\n\r\n{'z' * self.chance.randrange(99)}\r\n--x--\r\n".encode())
        if self.chance.random() < 0.4:
            raw[self.chance.randrange(len(raw))] = self.chance.randrange(256)
        return "POST", "/gradio_api/upload", bytes(raw)

    def tool(self) -> tuple[str, str, bytes]:
        method = self.chance.choice(["tools/call", "tools/list", "initialize", "x", ""])
        named = {"name": self.chance.choice(["harmonize", "x"]), "arguments": self.value()}
        body: Any = {"jsonrpc": "2.0", "id": self.value(0), "method": method, "params": named}
        return "POST", "/gradio_api/mcp/", self.encoded(self.chance.choice([body, [body], self.value()]))

    def study(self) -> tuple[str, str, bytes]:
        place = f"/api/study/{self.chance.choice(['first-look', 'x', ''])}/{self.chance.choice(ACTIONS)}"
        return self.chance.choice(["POST", "GET"]), place, self.encoded(self.value())

    def bench(self) -> tuple[str, str, bytes]:
        action = self.chance.choice(
            ["", "document", "files?kind=mask", "answer", "masks", "examples/0", "%00"]
        )
        method = self.chance.choice(["POST", "PUT", "GET"])
        return method, f"/api/workbench/{action}".rstrip("/"), self.encoded(self.value())

    def route(self) -> tuple[str, str, bytes]:
        path = self.chance.choice(
            [*EXACT, "/media/", "/view/", "/assets/", "/gradio_api/file=", "/organizer/"]
        )
        if self.chance.random() < 0.3:
            path += self.chance.choice(
                ["/", "x", "%2e%2e/", "%00", "?session_hash=", "?page=x", "?deep_link=x", "%ff"]
            )
        if any(part in path for part in STREAMS):
            path = f"/healthz?{self.chance.random()}"
        return self.chance.choice(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"]), path, b""

    def request(self) -> tuple[str, str, bytes]:
        made: Callable[[], tuple[str, str, bytes]] = self.chance.choice(
            [
                self.call,
                self.call,
                self.call,
                self.cancel,
                self.upload,
                self.tool,
                self.study,
                self.bench,
                self.route,
            ]
        )
        return made()

    def headers(self, path: str) -> dict[str, str]:
        kind = "multipart/form-data; boundary=x" if "upload" in path else "application/json"
        usual = {"content-type": kind, "accept": "application/json, text/event-stream"}
        odd = self.chance.choice(
            ["authorization", "cookie", "range", "x-forwarded-for", "if-none-match", "host"]
        )
        text = self.chance.choice(["", "Bearer x", "bytes=9-1", "a=b; c", "1.2.3.4", "[", "bytes=-1,x"])
        return {**usual, odd: text} if self.chance.random() < 0.2 else usual


def memory() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def received_by(found: Target, session: int) -> str:
    """Return what a session receives in a moment, then close the connection."""
    received = ""
    try:
        url = f"/gradio_api/queue/data?session_hash=f{session}"
        with found.client.stream("GET", url, timeout=0.2) as answer:
            for line in answer.iter_lines():
                received += line
    except httpx.HTTPError:
        pass
    return received


def judge(found: Target, sent: Any, status: int, text: str) -> None:
    assert status not in (500, 502), (SEED, sent, text)
    text_without_uploads = text.replace(str(found.uploads), "")
    assert not any(part in text_without_uploads for part in (*DISCLOSED, str(found.settings.data_dir))), (
        SEED,
        sent,
        text[:2000],
    )


@pytest.mark.slow
def test_random_requests_cause_no_errors(attacked: Target, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    made, count, statuses = RandomRequests(attacked), 0, set()
    before, end = memory(), time.monotonic() + SECONDS
    while time.monotonic() < end:
        sent = method, path, body = made.request()
        answer = attacked.client.request(method, path, content=body, headers=made.headers(path))
        judge(attacked, sent, answer.status_code, answer.text)
        statuses.add(answer.status_code)
        count += 1
        if count % 40 == 0:
            judge(attacked, "stream", 200, received_by(attacked, made.chance.randrange(40)))
    summary = (
        f"seed {SEED}: {count} requests, answers {sorted(statuses)}, {(memory() - before) >> 20} MB more"
    )
    logging.getLogger("tests.fuzz").warning(summary)
    tracebacks = [record for record in caplog.records if record.exc_info]
    assert queue_alive(attacked.blocks) and works(attacked)
    assert len(tracebacks) <= 20, (SEED, [record.getMessage() for record in tracebacks])
    assert memory() - before < GROWTH
    assert sum(file.stat().st_size for file in attacked.uploads.rglob("*")) < 50 << 20
