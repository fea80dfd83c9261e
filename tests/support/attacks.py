"""A server of its own, and a client that talks to it as a browser does, but about as much as it likes."""

import asyncio
import json
import os
import secrets
import struct
import subprocess
import sys
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from scripts.screenshots import free_port, wait_until_up
from tests.support.paths import ROOT


@dataclass(frozen=True)
class Server:
    """Where a server is, and its process."""

    url: str
    pid: int

    def processes(self) -> list[int]:
        """Return the server's process and all that come from it."""
        parents = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:  # ended meanwhile
                continue
        found = {self.pid}
        while more := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= more
        return sorted(found)

    def memory(self) -> float:
        """Return the memory of all these processes in MB."""
        return sum(map(_private_megabytes, self.processes()))


def _private_megabytes(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) / 1e3


@contextmanager
def serving(data: Path, **settings: str) -> Iterator[Server]:
    """Run the app on a free port."""
    own = {"HOST": "127.0.0.1", "PORT": str(free_port()), "DATA_DIR": str(data)}
    environment = {**os.environ, **own, **settings}
    environment.pop("DATABASE_URL", None)
    process = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=environment)
    url = f"http://127.0.0.1:{own['PORT']}"
    try:
        wait_until_up(url, process)
        yield Server(url, process.pid)
    finally:
        process.terminate()
        process.wait(timeout=30)


class Visitor:
    """One open page: a session of Gradio's queue."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.session = secrets.token_hex(6)

    async def upload(self, path: Path) -> str:
        """Send a file; returns where the server keeps it."""
        files = {"files": (path.name, path.read_bytes(), "image/png")}
        answer = await self.client.post("/gradio_api/upload", files=files)
        return str(answer.raise_for_status().json()[0])

    async def call(self, function: int, data: list[Any], event: Any = None) -> Any:
        """Run a handler and return its last outputs, or its error. Raises httpx.HTTPStatusError."""
        return [frame async for frame in self.frames(function, data, event)][-1]

    async def frames(self, function: int, data: list[Any], event: Any = None) -> AsyncIterator[Any]:
        """Yield the outputs of a handler, as they come."""
        body = {
            "fn_index": function, "data": data, "session_hash": self.session, "event_data": event,
            "trigger_id": None,
        }  # fmt: skip
        (await self.client.post("/gradio_api/queue/join", json=body)).raise_for_status()
        query = {"session_hash": self.session}
        async with self.client.stream("GET", "/gradio_api/queue/data", params=query) as stream:
            async for line in stream.aiter_lines():
                message = json.loads(line.removeprefix("data:")) if line.startswith("data:") else {}
                if message.get("msg") in ("process_generating", "process_completed"):
                    yield message["output"].get("data", message["output"])
                if message.get("msg") == "process_completed":
                    return


async def handler(client: httpx.AsyncClient, page: str, component: str, event: str) -> int:
    """Find the number of a handler: by its page, the elem_id of what it belongs to, and the event."""
    config = (await client.get("/config")).raise_for_status().json()
    named = {part["id"]: part["props"].get("elem_id") for part in config["components"]}
    pages = {number: name for name, found in config["page"].items() for number in found["dependencies"]}
    for found in config["dependencies"]:
        targets = [(named.get(target), kind) for target, kind in found["targets"]]
        if (component or None, event) in targets and pages.get(found["id"]) == page and found["backend_fn"]:
            return int(found["id"])
    raise LookupError((page, component, event))


def large_png(path: Path, side: int, planes: int = 3, bits: int = 16) -> Path:
    """Write a black picture: hundreds of megabytes of pixels in a few hundred kilobytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    packer = zlib.compressobj(1)
    row = bytes(1 + side * planes * bits // 8)
    pixels = b"".join([*(packer.compress(row) for _ in range(side)), packer.flush()])
    head = struct.pack(">IIBBBBB", side, side, bits, {1: 0, 3: 2}[planes], 0, 0, 0)
    png = [b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", head), chunk(b"IDAT", pixels), chunk(b"IEND", b"")]
    path.write_bytes(b"".join(png))
    return path


async def watch_memory(server: Server, peaks: list[float]) -> None:
    """Note the server's memory until cancelled."""
    while True:
        peaks.append(await asyncio.to_thread(server.memory))
        await asyncio.sleep(0.05)
