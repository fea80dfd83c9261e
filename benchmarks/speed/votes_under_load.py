"""Measure the latency of votes while the server compares and receives pictures, against votes alone.

    python -m benchmarks.speed.votes_under_load docs/performance/votes_under_load.json [--participants 50]

Visitors with different addresses compare all methods on different pictures, so that tasks always wait for the
render process; other visitors upload files. Both cases are measured alternately on one server.
"""

import asyncio
import itertools
import json
import multiprocessing
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import cv2
import httpx
import numpy as np

from benchmarks.arguments import parser_of
from benchmarks.common import machine
from benchmarks.running_app import running_app
from benchmarks.speed.participants import BEHIND_A_PROXY, Load, measure, study
from study.database.store import Store
from study.manage.states import open_folder

VISITORS = 24
UPLOADERS = 2
UPLOAD = 4_000_000  # bytes, about a photograph of a phone


@dataclass(frozen=True)
class Calls:
    """Hold the numbers of Compare's handlers for the composite, the mask and the button, and all methods."""

    composite: int
    mask: int
    run: int
    names: list[str]


def calls_of(config: dict[str, Any]) -> Calls:
    """Find the handlers of Compare by their components. Raises StopIteration or KeyError."""
    parts = {c["id"]: c["props"] for c in config["components"]}
    boxes = {key: props["value"] for key, props in parts.items() if props.get("elem_id") == "methods"}
    run = next(call for _, call in _bound_to(config, "click") if set(call["inputs"]) & set(boxes))
    chosen = next(key for key in run["inputs"] if key not in boxes)
    picked = {
        parts[part]["elem_id"]: call["id"]
        for part, call in _bound_to(config, "picked")
        if call["inputs"] == [chosen]
    }
    return Calls(picked["drop-composite"], picked["drop-mask"], run["id"], next(iter(boxes.values())))


def _bound_to(config: dict[str, Any], event: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the component and the handler of every event of this name."""
    for call in config["dependencies"]:
        if call["targets"][0][1] == event:
            yield call["targets"][0][0], call


@dataclass(frozen=True)
class Visitor:
    """Represent a visitor who repeatedly uploads a new picture and compares all methods on it.

    number: sets the visitor's address. counts: of answers by status, and of finished comparisons.
    """

    client: httpx.AsyncClient
    number: int
    counts: Counter[str]

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers of every request: the visitor's own address."""
        return {"X-Forwarded-For": f"10.9.0.{self.number}"}

    async def stay(self) -> None:
        """Upload a composite and its mask and compare all methods on them, until cancelled."""
        calls = calls_of((await self.client.get("/config", headers=self.headers)).json())
        for turn in itertools.count():
            session = uuid4().hex
            picture, mask = (_png(self.number, turn, grey) for grey in (False, True))
            await self._call(session, calls.composite, [None], {"path": await self._upload(picture)})
            await self._call(session, calls.mask, [None], {"path": await self._upload(mask)})
            done = await self._call(session, calls.run, [None, calls.names], None)
            self.counts["comparisons"] += done

    async def _upload(self, data: bytes) -> str:
        files = {"files": ("a.png", data)}
        answer = await self.client.post("/gradio_api/upload", files=files, headers=self.headers)
        return str(answer.json()[0])

    async def _call(self, session: str, call: int, data: list[Any], event: Any) -> bool:
        """Call a handler and wait until it has finished; return False where the call was refused."""
        body = {"fn_index": call, "data": data, "session_hash": session, "event_data": event}
        joined = await self.client.post("/gradio_api/queue/join", json=body, headers=self.headers)
        self.counts[f"join {joined.status_code}"] += 1
        if joined.status_code != 200:
            await asyncio.sleep(1)
            return False
        stream = self.client.stream(
            "GET", "/gradio_api/queue/data", params={"session_hash": session}, headers=self.headers
        )
        async with stream as answer:
            async for line in answer.aiter_lines():
                if '"process_completed"' in line:
                    return True
        return False


def _png(number: int, turn: int, grey: bool) -> bytes:
    """Return a new picture of two megapixels, or its mask (`grey`), as PNG."""
    height, width = 1200, 1600
    if grey:
        pixels = np.zeros((height, width), np.uint8)
        pixels[400:800, 500:1100] = 255
    else:
        ramp = np.linspace(0, 200, width, dtype=np.uint8)
        pixels = np.broadcast_to(ramp[:, None], (height, width, 3)).copy()
        pixels[400:800, 500:1100, 0] += 50
        pixels[0, :2, 0] = number, turn % 256
    return bytes(cv2.imencode(".png", pixels)[1])


async def upload(client: httpx.AsyncClient, number: int, counts: Counter[str]) -> None:
    """Upload a file of UPLOAD bytes repeatedly, until cancelled."""
    headers = {"X-Forwarded-For": f"10.8.0.{number}"}
    picture = np.random.default_rng(number).bytes(UPLOAD)
    while True:
        answer = await client.post("/gradio_api/upload", files={"files": ("a.png", picture)}, headers=headers)
        counts[f"upload {answer.status_code}"] += 1
        await asyncio.sleep(0.2 if answer.status_code == 200 else 1)


async def occupy(url: str, started: Any, stop: Any, results: Any) -> None:
    """Run visitors and uploads until `stop` is set, then put their counts into the queue `results`."""
    counts: Counter[str] = Counter()
    limits = httpx.Limits(max_connections=4 * (VISITORS + UPLOADERS))
    async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits) as client:
        tasks = [asyncio.create_task(Visitor(client, n, counts).stay()) for n in range(VISITORS)]
        tasks += [asyncio.create_task(upload(client, n, counts)) for n in range(UPLOADERS)]
        await asyncio.sleep(5)
        started.set()
        while not stop.is_set():
            await asyncio.sleep(0.2)
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        counts["failed"] = sum(isinstance(one, Exception) for one in ended)
    results.put(counts)


def run_visitors(url: str, started: Any, stop: Any, results: Any) -> None:
    """Run `occupy` (in a child process)."""
    asyncio.run(occupy(url, started, stop, results))


def under_load(url: str, pid: int, load: Load) -> dict[str, Any]:
    """Return the row of `measure` while the renderer is busy; its key `beside` counts the other requests."""
    context = multiprocessing.get_context("spawn")
    started, stop, results = context.Event(), context.Event(), context.Queue()
    process = context.Process(target=run_visitors, args=(url, started, stop, results))
    process.start()
    started.wait(120)
    row, _ = measure(url, pid, load)
    stop.set()
    row["beside"] = dict(results.get(timeout=60))
    process.join()
    return row


def main() -> None:
    """Measure votes alone and under load in turn, and write all pairs of rows as JSON."""
    parser = parser_of(__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--participants", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    load = Load(options.participants, options.seconds, within=2.0, pictures=True)
    pairs = []
    with tempfile.TemporaryDirectory() as root:
        data = Path(root) / "data"
        data.mkdir()
        store = Store.open(f"sqlite:///{data / 'harmonylab.db'}")
        open_folder(store, study(Path(root) / "study"), "benchmark")
        store.close()
        with running_app(data, **BEHIND_A_PROXY) as app:
            url, pid = app.url, app.pid
            measure(url, pid, Load(20, 8.0))  # not measured: loads every module once
            for _ in range(options.rounds):
                idle, _ = measure(url, pid, load)
                pairs.append({"idle": idle, "loaded": under_load(url, pid, load)})
                print(json.dumps(pairs[-1]), flush=True)
    ratios = [pair["loaded"]["vote_ms"][1] / pair["idle"]["vote_ms"][1] for pair in pairs]
    print(
        f"p95 under load : idle = {np.median(ratios):.2f} (rounds: {', '.join(f'{r:.2f}' for r in ratios)})"
    )
    found = {"machine": machine(), "pairs": pairs, "ratios": ratios}
    options.out.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
