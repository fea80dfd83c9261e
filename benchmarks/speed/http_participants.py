"""Simulate many participants of a study over HTTP, each with a connection, a token and pauses between votes.

The HTTP client is written for this, because a general one takes more processor time than the measured server.
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

from study.votes import OUTCOMES

ANSWER_SECONDS = 30.0  # after so long without an answer, a request has failed
SLUG = "voters"


@dataclass
class Log:
    """Hold the latencies of all participants, milliseconds, and the ids of the acknowledged votes.

    votes: from sending a vote to having the next pair. pictures: of one picture. arrivals: from the first
    request to having the first pair. refused: how often each kind of failure occurred.
    """

    votes: list[float] = field(default_factory=list)
    pictures: list[float] = field(default_factory=list)
    arrivals: list[float] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)


class Connection:
    """Represent a connection that is kept open, as browsers do, and opened again where the server closed it.

    address: the client's address that is sent as a trusted proxy sends it.
    """

    def __init__(self, url: str, address: str) -> None:
        parts = urlsplit(url)
        self._address = address
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, verb: str, path: str, body: Any = None, token: str = "") -> tuple[int, bytes]:
        """Send a request, and return status and body of the answer. Raises OSError where none comes."""
        data = b"" if body is None else json.dumps(body).encode()
        head = [f"{verb} {path} HTTP/1.1", f"Host: {self._host}:{self._port}", f"Content-Length: {len(data)}"]
        head += [f"X-Forwarded-For: {self._address}"]
        head += ["Content-Type: application/json"] if data else []
        head += [f"Authorization: Bearer {token}"] if token else []
        request = "\r\n".join([*head, "", ""]).encode() + data
        if self._streams is not None and self._streams[0].at_eof():
            self.close()  # the server closes connections that are not used for a while
        try:
            return await asyncio.wait_for(self._exchange(request), ANSWER_SECONDS)
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
    """Represent a simulated participant, who enrols anew after each finished session until the time is over.

    until: when to end, on the monotonic clock. pause: mean seconds before an answer. pictures: load both
    pictures of each pair. page: load the page of the study before enrolling.
    """

    url: str
    until: float
    pause: float
    log: Log
    pictures: bool = True
    page: bool = False

    async def take_part(self, seed: int, within: float) -> None:
        """Begin at a random moment in the first `within` seconds, and vote; count failures and try again."""
        rng = random.Random(seed)
        connection = Connection(self.url, f"10.{seed >> 16 & 255}.{seed >> 8 & 255}.{seed & 255}")
        await asyncio.sleep(rng.uniform(0, within))
        while time.monotonic() < self.until:
            try:
                await self._one_session(connection, rng)
            except OSError as error:
                self.log.refused[type(error).__name__] += 1
                await asyncio.sleep(0.5)
        connection.close()

    async def _one_session(self, connection: Connection, rng: random.Random) -> None:
        began = time.perf_counter()
        if self.page:
            await connection.ask("GET", f"/study?study={SLUG}")
            await connection.ask("GET", f"/api/study/{SLUG}")
        state = await self._call(connection, "enrol", {"claim": str(uuid4())}, "")
        if state is None:
            await asyncio.sleep(1)
            return
        token = state["token"]
        await self._load_pictures(connection, state["trial"])
        self.log.arrivals.append(1000 * (time.perf_counter() - began))
        while state is not None and state["state"] == "trial" and time.monotonic() < self.until:
            await asyncio.sleep(rng.expovariate(1 / self.pause) if self.pause else 0)
            state = await self._vote(connection, token, state["trial"])

    async def _vote(self, connection: Connection, token: str, trial: dict[str, Any]) -> dict[str, Any] | None:
        uuid = str(uuid4())
        began = time.perf_counter()
        answer = {"trial": trial["trial"], "choice": random.choice(OUTCOMES), "uuid": uuid, "rt_ms": 900}
        state = await self._call(connection, "vote", answer, token)
        if state is None:
            return None
        self.log.votes.append(1000 * (time.perf_counter() - began))
        self.log.acknowledged.append(uuid)
        if state["state"] == "trial":
            await self._load_pictures(connection, state["trial"])
        return state

    async def _load_pictures(self, connection: Connection, trial: dict[str, Any]) -> None:
        if not self.pictures:
            return
        for side in ("left", "right"):
            began = time.perf_counter()
            await connection.ask("GET", trial[side])
            self.log.pictures.append(1000 * (time.perf_counter() - began))

    async def _call(
        self, connection: Connection, action: str, body: Any, token: str
    ) -> dict[str, Any] | None:
        status, text = await connection.ask("POST", f"/api/study/{SLUG}/{action}", body, token)
        if status == 200:
            found: dict[str, Any] = json.loads(text)
            return found
        self.log.refused[f"{action} {status}"] += 1
        return None


async def crowd(participants: list[Participant], within: float) -> None:
    """Run all participants at once; they begin within the first `within` seconds."""
    await asyncio.gather(*(person.take_part(seed, within) for seed, person in enumerate(participants)))
