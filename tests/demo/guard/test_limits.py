"""Check that large, frequent and slow requests are refused with a message."""

import json
import os
import resource
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request

from demo.guard.bodies.calls import Handlers
from demo.guard.bodies.checked_bodies import BodyCheck
from demo.guard.bodies.json_body import read_json
from demo.guard.bodies.upload_budget import DAY, HOUR, UploadBudget, delete_old_files
from demo.guard.bodies.uploaded_files import UploadFolder
from demo.guard.connections import OTHER_FILES, raise_file_limit
from demo.guard.guard import Guard, ProtectedApp
from demo.guard.rules.policy import MEGABYTE, Rate, UploadLimits
from demo.guard.rules.rates import Buckets
from demo.guard.rules.refusals import Refusal
from demo.settings import Settings
from tests.demo.guard.conftest import Target, serving

LOW_LIMITS = {
    "RATE_PAGES": "5/0.5",
    "RATE_ENROLMENTS": "3/0.1",
    "RATE_VOTES": "4/0.1",
    "RATE_CALLS": "2/0.1",
    "HEADER_SECONDS": "0.4",
    "BODY_SECONDS": "0.4",
    "CONNECTIONS_PER_ADDRESS": "20",
    "UPLOAD_MB": "1",
    "UPLOAD_HOUR_MB": "2",
}


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a small application behind a guard with low limits."""
    app, folder = FastAPI(), tmp_path_factory.mktemp("little")
    settings = Settings.from_env({"DATA_DIR": str(folder), **LOW_LIMITS})

    @app.post("/{path:path}")
    async def echo(path: str, request: Request) -> dict[str, Any]:
        return {"path": path, "size": len(await request.body())}

    @app.get("/{path:path}")
    async def shown(path: str) -> dict[str, str]:
        return {"path": path}

    checks = BodyCheck(Handlers({0: 0}, {}, frozenset()), UploadFolder.at(folder / "uploads"))
    app.add_middleware(Guard, policy=settings.guard, protected=ProtectedApp(checks))
    with serving(app, settings) as url:
        yield url


def post(url: str, path: str, **options: Any) -> httpx.Response:
    return httpx.post(url + path, **options)


@pytest.mark.parametrize(
    ("path", "allowed"),
    [("/api/study/a/enrol", 3), ("/api/study/a/vote", 4), ("/gradio_api/queue/join", 2)],
)
def test_too_many_requests_are_refused_with_a_waiting_time(limited: str, path: str, allowed: int) -> None:
    body = {"fn_index": 0, "data": [], "session_hash": "a"}
    answers = [post(limited, path, json=body) for _ in range(allowed + 1)]
    assert [answer.status_code for answer in answers] == [200] * allowed + [429]
    assert 0 < int(answers[-1].headers["retry-after"]) <= 11
    refused = answers[-1].json()
    words = refused["error"]["message"] if path.startswith("/api/") else refused["detail"]
    assert "try again in" in words


def test_the_api_takes_small_json_only(attacked: Target) -> None:
    send = attacked.client.post
    assert send("/api/study/x/vote", content=b"x" * 17_000).status_code == 413
    for body in (b"{", b"nonsense", b"[" * 5000, b'{"a": NaN}', b'{"a": 1e999}', b'"\\ud800"', b'"\\u0000"'):
        answer = send("/api/study/x/vote", content=body)
        assert answer.status_code == 400 and answer.json()["error"]["code"] == "bad_request", body


def test_a_call_of_60_mb_is_not_read(attacked: Target) -> None:
    answer = attacked.client.post("/gradio_api/queue/join", content=b"[" + b"0," * (1 << 20) + b"0]")
    assert answer.status_code == 413 and "1 MB" in answer.json()["detail"]

    def endless() -> Iterator[bytes]:
        for _ in range(40):
            yield b" " * 65536

    assert attacked.client.post("/gradio_api/queue/join", content=endless()).status_code == 413
    assert attacked.client.post("/gradio_api/upload", content=endless()).status_code == 411


@pytest.mark.parametrize("value", [{"a": [1, {"b": "ü"}], "c": None, "d": 1.5}, [], "x", 0, True])
def test_usual_json_is_read(value: Any) -> None:
    assert read_json(json.dumps(value).encode()) == value


@pytest.mark.parametrize("raw", [b"9" * 19, b"[" * 30 + b"]" * 30, b"[" + b"0," * 200_000 + b"0]", b"\xff"])
def test_unusual_json_is_refused(raw: bytes) -> None:
    with pytest.raises(Refusal):
        read_json(raw)


def test_a_bucket_refills_and_keeps_a_bounded_number_of_visitors() -> None:
    now = [0.0]
    bucket = Buckets(Rate(2, 0.5), clock=lambda: now[0], kept=3)
    assert [bucket.take("a") for _ in range(3)] == [0, 0, 2]
    assert bucket.wait("a") == 2 and bucket.wait("b") == 0
    now[0] = 2
    assert bucket.take("a") == 0
    for name in "bcde":
        bucket.take(name)
    assert len(bucket.left) == 3
    assert Buckets(Rate(0, 0)).take("a", 100) == 0


def test_uploads_have_a_budget(tmp_path: Path) -> None:
    limits = UploadLimits(file=100_000, visitor=300_000, folder=500_000, at_once=2)
    budget = UploadBudget((tmp_path,), limits)
    assert code(budget, "a", 200_000) == "too_large"
    with budget.reserved("a", 10), budget.reserved("a", 10):
        assert code(budget, "a", 10) == "uploads_at_once"
        assert code(budget, "b", 10) == ""
    assert [code(budget, "a", 100_000) for _ in range(4)] == ["", "", "upload_hour", "upload_hour"]
    assert [code(budget, "c", 100_000) for _ in range(3)] == ["", "", "uploads_full"]
    assert not budget.under_way and not budget.reserved_bytes


def code(budget: UploadBudget, visitor: str, size: int) -> str:
    try:
        with budget.reserved(visitor, size):
            return ""
    except Refusal as refusal:
        assert refusal.message.endswith(".")
        return refusal.code


def test_old_uploads_are_deleted_from_a_full_folder(tmp_path: Path) -> None:
    for name, age in (("old/a", DAY + 1), ("new/a", 2 * HOUR), ("tmp1", HOUR + 1), ("tmp2", 1)):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"x" * 1000)
        os.utime(file, (time.time() - age,) * 2)
    (tmp_path / "new" / "folder").mkdir()  # not a file, so it is neither counted nor deleted
    assert delete_old_files(tmp_path, DAY) == 2000
    (tmp_path / "new" / "folder").rmdir()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "tmp2"]
    budget = UploadBudget((tmp_path,), UploadLimits(file=9000, visitor=9000, folder=2000))
    assert code(budget, "a", 900) == ""  # uploads older than an hour are deleted when the folder is full
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tmp2"]


def test_an_upload_without_its_length_or_beyond_the_limits_is_refused(limited: str) -> None:
    sent = b"x" * (MEGABYTE // 2)
    assert post(limited, "/gradio_api/upload", content=b"x" * 2 * MEGABYTE).status_code == 413
    codes = [post(limited, "/gradio_api/upload", content=sent).status_code for _ in range(5)]
    assert codes == [200] * 4 + [429]


def connect(url: str) -> socket.socket:
    host, port = url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=10)


def all_of(connection: socket.socket) -> bytes:
    """Read until the server closes the connection."""
    answer = b""
    try:
        while part := connection.recv(65536):
            answer += part
    except ConnectionError:
        pass
    connection.close()
    return answer


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"", b"408"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX", b"408"),
        (b"POST /organizer/slow HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900\r\n\r\n{", b"408"),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 70_000, b"431"),
        (b"nonsense\r\n\r\n", b"400"),
    ],
)
def test_an_incomplete_request_times_out(limited: str, sent: bytes, answer: bytes) -> None:
    connection = connect(limited)
    connection.sendall(sent)
    began = time.monotonic()
    assert all_of(connection).split(b" ")[1] == answer
    assert time.monotonic() - began < 5


def test_a_slow_header_times_out(limited: str) -> None:
    deadline = time.monotonic() + 5
    with connect(limited) as connection, pytest.raises(ConnectionError):
        while time.monotonic() < deadline:
            connection.sendall(b"X")
            time.sleep(0.05)
    assert time.monotonic() < deadline


def test_one_address_has_a_bounded_number_of_connections(limited: str) -> None:
    kept = [connect(limited) for _ in range(20)]
    assert all_of(connect(limited)).startswith(b"HTTP/1.1 503")
    for connection in kept:
        connection.close()
    deadline = time.monotonic() + 5
    while httpx.get(f"{limited}/healthz").status_code != 200:
        assert time.monotonic() < deadline


def test_the_limit_of_open_files_is_raised_for_the_connections() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(
            resource.RLIMIT_NOFILE, (max(700, len(os.listdir("/proc/self/fd")) + 99), before[1])
        )
        assert raise_file_limit(800) == 800
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 800 + OTHER_FILES
        assert raise_file_limit(10**9) < 10**9
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_slow_body_that_continues_is_read(limited: str) -> None:
    connection = connect(limited)
    connection.sendall(b"POST /organizer/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n\r\n")
    for _ in range(4):
        time.sleep(0.15)
        connection.sendall(b"x" * 15_000)
    assert connection.recv(65536).startswith(b"HTTP/1.1 200")
    connection.close()
