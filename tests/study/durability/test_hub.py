"""Check reading from a bucket of the Hugging Face Hub, served by this machine; writing needs the real one."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import huggingface_hub.hf_file_system
import pytest

from study.durability.remote import Remote, RemoteFault

BUCKET = {
    "id": "lab/votes",
    "private": True,
    "createdAt": "2026-01-01T00:00:00.000Z",
    "size": 1,
    "totalFiles": 1,
}
FILE = {"type": "file", "path": "a/journal/1.json", "size": 3, "xetHash": "x"}


class Hub(BaseHTTPRequestHandler):
    """Answer the requests for one bucket with one file in it."""

    requests: list[str] = []

    def do_GET(self) -> None:
        """Answer, and note the path."""
        path = self.path.partition("?")[0]
        self.requests.append(path)
        answers = {
            "/api/buckets/lab/votes": json.dumps(BUCKET),
            "/api/buckets/lab/votes/tree/a%2Fjournal": json.dumps([FILE]),
            "/api/buckets/lab/votes/tree/a%2Fsnapshots": "[]",
            "/api/buckets/lab/votes/tree/a": "[]",
            "/buckets/lab/votes/resolve/a/journal/1.json": "one",
        }
        found = answers.get(path)
        self.send_response(404 if found is None else 200)
        if found is None:
            self.send_header("X-Error-Code", "EntryNotFound" if "resolve" in path else "RepoNotFound")
        body = (found or "").encode()
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Write no log."""


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", address)
    Hub.requests.clear()
    yield Hub.requests
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_bucket_is_listed_and_read_with_few_requests(hub: list[str]) -> None:
    remote = Remote("hf://buckets/lab/votes/a")
    assert remote.names("journal") == ["1.json"] and remote.names("snapshots") == []
    hub.clear()
    assert remote.read("journal/1.json") == b"one"
    assert hub == ["/buckets/lab/votes/resolve/a/journal/1.json"]


def test_a_missing_file_is_none(hub: list[str]) -> None:
    assert Remote("hf://buckets/lab/votes/a").read("lease.json") is None
    assert hub


@pytest.mark.usefixtures("hub")
def test_a_missing_bucket_or_token_is_a_fault() -> None:
    with pytest.raises(RemoteFault, match="HF_TOKEN"):
        Remote("hf://buckets/lab/nothing").read("lease.json")
