"""Call a running app as a browser does: the workbench, and handlers through Gradio's queue."""

import json
import secrets
import struct
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx


class Visitor:
    """Hold one session of Gradio's queue, as an open page does."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.session = secrets.token_hex(6)

    async def upload(self, path: Path) -> str:
        """Upload a file and return its path on the server."""
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
    """Find the number of a handler by its page, the elem_id of its component, and its event.

    Raises LookupError where the page has no such handler.
    """
    config = (await client.get("/config")).raise_for_status().json()
    named = {part["id"]: part["props"].get("elem_id") for part in config["components"]}
    pages = {number: name for name, found in config["page"].items() for number in found["dependencies"]}
    for found in config["dependencies"]:
        targets = [(named.get(target), kind) for target, kind in found["targets"]]
        if (component or None, event) in targets and pages.get(found["id"]) == page and found["backend_fn"]:
            return int(found["id"])
    raise LookupError((page, component, event))


async def open_workbench(client: httpx.AsyncClient) -> None:
    """Open the first page's example, and return when it is harmonized. Raises httpx.HTTPStatusError."""
    session = (await client.post("/api/workbench", json={})).raise_for_status().json()
    headers = {"X-Workbench": session["token"]}
    answer = await client.post("/api/workbench/examples/0", json={}, headers=headers)
    answer.raise_for_status()


def large_png(path: Path, side: int, planes: int = 3, bits: int = 16) -> Path:
    """Write a black PNG of `side` × `side` pixels: a small file that decodes to hundreds of megabytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    packer = zlib.compressobj(1)
    row = bytes(1 + side * planes * bits // 8)
    pixels = b"".join([*(packer.compress(row) for _ in range(side)), packer.flush()])
    head = struct.pack(">IIBBBBB", side, side, bits, {1: 0, 3: 2}[planes], 0, 0, 0)
    png = [b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", head), chunk(b"IDAT", pixels), chunk(b"IEND", b"")]
    path.write_bytes(b"".join(png))
    return path
