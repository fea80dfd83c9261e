"""Be many participants of a study over HTTP: each a connection, a token, a pause between votes.

A small client of its own, because a general one costs more than the server that is to be measured.
"""

import asyncio
import json
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

PATIENCE = 30.0  # seconds to wait for an answer
SLUG = "voters"


@dataclass
class Log:
    """What the participants measured, in milliseconds, and the ids of the votes that were acknowledged."""

    votes: list[float] = field(default_factory=list)
    pictures: list[float] = field(default_factory=list)
    arrivals: list[float] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)


class Line:
    """One connection that is kept open, as browsers do; opened again where the server closed it.

    address: what a trusted proxy would say of where it comes from.
    """

    def __init__(self, url: str, address: str) -> None:
        parts = urlsplit(url)
        self._address = address
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, verb: str, path: str, body: Any = None, token: str = "") -> tuple[int, bytes]:
        """Send a request; the status and the body of the answer. Raises OSError without a server."""
        data = b"" if body is None else json.dumps(body).encode()
        head = [f"{verb} {path} HTTP/1.1", f"Host: {self._host}:{self._port}", f"Content-Length: {len(data)}"]
        head += [f"X-Forwarded-For: {self._address}"]
        head += ["Content-Type: application/json"] if data else []
        head += [f"Authorization: Bearer {token}"] if token else []
        request = "\r\n".join([*head, "", ""]).encode() + data
        if self._streams is not None and self._streams[0].at_eof():
            self.close()  # the server closes connections that nobody used for a while
        try:
            return await asyncio.wait_for(self._exchange(request), PATIENCE)
        except (asyncio.IncompleteReadError, asyncio.TimeoutError) as error:
            self.close()
            raise ConnectionError(str(error)) from error
        except OSError:
            self.close()
            raise

    async def _exchange(self, request: bytes) -> tuple[int, bytes]:
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port)
        reader, writer = self._streams
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
        return int(lines[0].split()[1]), await self._body(reader, headers)

    async def _body(self, reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding") != "chunked":
            body = await reader.readexactly(int(headers.get("content-length", 0)))
        else:
            body = b""
            while size := int(await reader.readline(), 16):
                body += (await reader.readexactly(size + 2))[:-2]
            await reader.readline()
        if headers.get("connection") == "close":
            self.close()
        return body

    def close(self) -> None:
        """Close the connection, if it is open."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


@dataclass
class Participant:
    """Somebody who votes until the time is over, as one person after another where a study ends.

    pictures: load both pictures of each pair. page: load the page of the study before enrolling.
    """

    url: str
    until: float
    pause: float
    log: Log
    pictures: bool = True
    page: bool = False

    async def take_part(self, seed: int, within: float) -> None:
        """Come at a moment chosen by chance, and vote; what goes wrong is counted, and tried again."""
        rng = random.Random(seed)
        line = Line(self.url, f"10.{seed >> 16 & 255}.{seed >> 8 & 255}.{seed & 255}")
        await asyncio.sleep(rng.uniform(0, within))
        while time.monotonic() < self.until:
            try:
                await self._one_person(line, rng)
            except OSError as error:
                self.log.refused[type(error).__name__] += 1
                await asyncio.sleep(0.5)
        line.close()

    async def _one_person(self, line: Line, rng: random.Random) -> None:
        began = time.perf_counter()
        if self.page:
            await line.ask("GET", f"/study?study={SLUG}")
            await line.ask("GET", f"/api/study/{SLUG}")
        state = await self._call(line, "enrol", {"claim": str(uuid4())}, "")
        if state is None:
            await asyncio.sleep(1)
            return
        token = state["token"]
        await self._look(line, state["trial"])
        self.log.arrivals.append(1000 * (time.perf_counter() - began))
        while state is not None and state["state"] == "trial" and time.monotonic() < self.until:
            await asyncio.sleep(rng.expovariate(1 / self.pause) if self.pause else 0)
            state = await self._vote(line, token, state["trial"])

    async def _vote(self, line: Line, token: str, trial: dict[str, Any]) -> dict[str, Any] | None:
        uuid = str(uuid4())
        began = time.perf_counter()
        answer = {"trial": trial["trial"], "choice": random.choice("LRT"), "uuid": uuid, "rt_ms": 900}
        state = await self._call(line, "vote", answer, token)
        if state is None:
            return None
        self.log.votes.append(1000 * (time.perf_counter() - began))
        self.log.acknowledged.append(uuid)
        if state["state"] == "trial":
            await self._look(line, state["trial"])
        return state

    async def _look(self, line: Line, trial: dict[str, Any]) -> None:
        if not self.pictures:
            return
        for side in ("left", "right"):
            began = time.perf_counter()
            await line.ask("GET", trial[side])
            self.log.pictures.append(1000 * (time.perf_counter() - began))

    async def _call(self, line: Line, action: str, body: Any, token: str) -> dict[str, Any] | None:
        status, text = await line.ask("POST", f"/api/study/{SLUG}/{action}", body, token)
        if status == 200:
            found: dict[str, Any] = json.loads(text)
            return found
        self.log.refused[f"{action} {status}"] += 1
        return None


async def crowd(participants: list[Participant], within: float) -> None:
    """Let all of them take part at once, having come within so many seconds."""
    await asyncio.gather(*(person.take_part(seed, within) for seed, person in enumerate(participants)))
