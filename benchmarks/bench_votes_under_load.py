"""Votes while pictures are compared and uploaded as fast as the server takes them, against votes alone.

    python -m benchmarks.bench_votes_under_load docs/performance/votes_under_load.json [--participants 50]

Visitors with addresses of their own open Compare again and again, so that the line before the renderer is
always full, and others upload pictures. Idle and loaded are measured in turn, several times, on one server.
"""

import argparse
import asyncio
import json
import multiprocessing
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import numpy as np

from benchmarks.bench_participants import BEHIND_A_PROXY, Load, measure, served, study
from benchmarks.machine import machine
from study.stimuli import register
from study.store import Store

VISITORS = 24
UPLOADERS = 2
UPLOAD = 4_000_000  # bytes, about a photograph of a phone


def comparison_of(config: dict[str, Any]) -> tuple[int, list[Any]]:
    """Return the number of the handler that Compare calls when it is opened, and what it is given."""
    boxes = {c["id"]: c["props"]["value"] for c in config["components"] if c["type"] == "checkboxgroup"}
    for call in config["dependencies"]:
        opening = any(target[1] == "load" for target in call["targets"])
        if opening and call["inputs"] and set(call["inputs"]) <= set(boxes):
            return call["id"], [boxes[box] for box in call["inputs"]]
    raise LookupError("Compare has no handler for its opening")


async def visit(client: httpx.AsyncClient, number: int, counts: Counter[str]) -> None:
    """Open Compare, wait for every method, and open it again."""
    headers = {"X-Forwarded-For": f"10.9.0.{number}"}
    call, data = comparison_of((await client.get("/config", headers=headers)).json())
    while True:
        session = uuid4().hex
        body = {"fn_index": call, "data": data, "session_hash": session, "event_data": None}
        joined = await client.post("/gradio_api/queue/join", json=body, headers=headers)
        counts[f"join {joined.status_code}"] += 1
        if joined.status_code != 200:
            await asyncio.sleep(1)
            continue
        query = {"session_hash": session}
        async with client.stream("GET", "/gradio_api/queue/data", params=query, headers=headers) as stream:
            async for line in stream.aiter_lines():
                if '"process_completed"' in line:
                    counts["comparisons"] += 1
                    break


async def upload(client: httpx.AsyncClient, number: int, counts: Counter[str]) -> None:
    """Upload a file, one after another."""
    headers = {"X-Forwarded-For": f"10.8.0.{number}"}
    picture = np.random.default_rng(number).bytes(UPLOAD)
    while True:
        answer = await client.post("/gradio_api/upload", files={"files": ("a.png", picture)}, headers=headers)
        counts[f"upload {answer.status_code}"] += 1
        await asyncio.sleep(0.2 if answer.status_code == 200 else 1)


async def occupy(url: str, started: Any, stop: Any, results: Any) -> None:
    """Keep the renderer and the uploads busy until told to stop."""
    counts: Counter[str] = Counter()
    limits = httpx.Limits(max_connections=4 * (VISITORS + UPLOADERS))
    async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits) as client:
        tasks = [asyncio.create_task(visit(client, n, counts)) for n in range(VISITORS)]
        tasks += [asyncio.create_task(upload(client, n, counts)) for n in range(UPLOADERS)]
        await asyncio.sleep(5)
        started.set()
        while not stop.is_set():
            await asyncio.sleep(0.2)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    results.put(counts)


def be_the_visitors(url: str, started: Any, stop: Any, results: Any) -> None:
    """Run `occupy` in a process of its own."""
    asyncio.run(occupy(url, started, stop, results))


def under_load(url: str, pid: int, load: Load) -> dict[str, Any]:
    """Return the row of `measure` while the renderer is busy, and what it was busy with."""
    context = multiprocessing.get_context("spawn")
    started, stop, results = context.Event(), context.Event(), context.Queue()
    process = context.Process(target=be_the_visitors, args=(url, started, stop, results))
    process.start()
    started.wait(120)
    row, _ = measure(url, pid, load)
    stop.set()
    row["beside"] = dict(results.get(timeout=60))
    process.join()
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
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
        register(store, study(Path(root) / "study"))
        store.close()
        with served(data, **BEHIND_A_PROXY) as (url, pid):
            measure(url, pid, Load(20, 8.0))  # everything is loaded once
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
