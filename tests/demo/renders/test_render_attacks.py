"""Check that pictures of one visitor use bounded memory, and do not delay other pages."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from benchmarks.running_app import RunningApp, running_app, watch_memory
from benchmarks.visitor import Visitor, handler, large_png, open_workbench
from demo.examples import EXAMPLES
from tests.support.loops import in_a_loop

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
BUDGET_MB = 250
SIDE = 3000  # 16 bits and three channels: 54 MB, about 150 MB while it is decoded


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """Start a server with a slow method."""
    folder = tmp_path_factory.mktemp("attacked")
    sleepy = {"command": f"{sys.executable} -c 'import time; time.sleep(120)' {{composite}} {{out}}"}
    (folder / "methods.json").write_text(json.dumps({"sleepy": sleepy}))
    settings = {"HARMONY_METHODS": str(folder / "methods.json"), "PICTURE_MEMORY_MB": str(BUDGET_MB)}
    with running_app(folder / "data", **settings) as server:
        yield server


def client(server: RunningApp) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=300)
    return httpx.AsyncClient(base_url=server.url, timeout=120, limits=limits)


async def ready(browser: httpx.AsyncClient) -> None:
    """Wait until the lanes have started, so that their start is not counted as memory of a picture."""
    await open_workbench(browser)


async def peak_while(server: RunningApp, work: Any) -> float:
    """Return the growth of the memory of the server and its processes at its peak, in megabytes."""
    before, peaks = server.memory(), [0.0]
    watching = asyncio.create_task(watch_memory(server, peaks))
    await work
    watching.cancel()
    return max(peaks) - before


def test_four_large_pictures_at_once_take_the_memory_of_one(server: RunningApp, tmp_path: Path) -> None:
    async def run() -> float:
        async with client(server) as browser:
            await ready(browser)
            picked = await handler(browser, "compare", "drop-composite", "picked")
            visitors = [Visitor(browser) for _ in range(4)]
            files = [large_png(tmp_path / f"{n}.png", SIDE) for n in range(4)]
            paths = [await visitor.upload(file) for visitor, file in zip(visitors, files, strict=True)]

            async def give_all() -> None:
                given = [
                    visitor.call(picked, [None], {"path": path})
                    for visitor, path in zip(visitors, paths, strict=True)
                ]
                for values in await asyncio.gather(*given):
                    assert values[2]["note"] == f"{SIDE}×{SIDE}"

            return await peak_while(server, give_all())

    assert in_a_loop(run()) < 1.25 * BUDGET_MB


def test_a_hundred_megapixels_are_refused_before_they_are_decoded(server: RunningApp, tmp_path: Path) -> None:
    async def run() -> float:
        async with client(server) as browser:
            await ready(browser)
            visitor = Visitor(browser)
            path = await visitor.upload(large_png(tmp_path / "huge.png", 9990))
            picked = await handler(browser, "compare", "drop-composite", "picked")

            async def give() -> None:
                values = await visitor.call(picked, [None], {"path": path})
                assert values[2]["state"] == "refused"
                assert "9990×9990 pixels of 16 bits" in values[2]["note"]
                assert "Please use a picture of at most 16 megapixels" in values[2]["note"]

            return await peak_while(server, give())

    assert in_a_loop(run()) < 60


def test_programs_are_refused_with_the_same_message(server: RunningApp, tmp_path: Path) -> None:
    async def run() -> None:
        async with client(server) as browser:
            visitor = Visitor(browser)
            info = (await browser.get("/config")).json()["dependencies"]
            number = next(found["id"] for found in info if found["api_name"] == "harmonize")
            image = await visitor.upload(large_png(tmp_path / "a.png", 7000))
            mask = await visitor.upload(large_png(tmp_path / "b.png", 7000, planes=1, bits=8))
            small = await visitor.upload(large_png(tmp_path / "c.png", 64, planes=1, bits=8))
            data = [[{"path": path, "meta": {"_type": "gradio.FileData"}} for path in pair]
                    for pair in ((image, mask), (image, small))]  # fmt: skip
            words = [(await visitor.call(number, pair))["error"] for pair in data]
            assert "GB of memory here" in words[0]
            assert "64×64 pixels, but the picture is 7000×7000" in words[1]

    in_a_loop(run())


async def compare(browser: httpx.AsyncClient, number: int, answers: list[str]) -> None:
    """Open the page Compare with the slow method, and keep its first message."""
    async for values in Visitor(browser).frames(number, [["sleepy"]]):
        text = str(values)
        if "before yours" in text or "Please try again" in text:
            answers.append(text)
            break
    await asyncio.sleep(100)


def test_a_hundred_comparisons_do_not_delay_other_pages(server: RunningApp) -> None:
    async def run() -> tuple[list[str], float]:
        async with client(server) as browser:
            await ready(browser)
            number = await handler(browser, "compare", "", "load")
            results = await handler(browser, "results", "", "load")
            answers: list[str] = []
            waiting = [asyncio.create_task(compare(browser, number, answers)) for _ in range(100)]
            while len(answers) < 80:
                await asyncio.sleep(0.1)
            began = asyncio.get_running_loop().time()
            await asyncio.wait_for(Visitor(browser).call(results, []), 30)
            await ready(browser)  # nor does harmonizing wait for comparisons
            took = asyncio.get_running_loop().time() - began
            for task in waiting:
                task.cancel()
            return answers, took

    answers, took = in_a_loop(asyncio.wait_for(run(), 100))
    assert sum("Please try again" in answer for answer in answers) >= 20
    assert any("before yours" in answer for answer in answers)
    assert took < 20


def test_abandoned_comparisons_leave_the_queue(server: RunningApp) -> None:
    """Check, after the test above, that abandoned comparisons have left the queue."""

    async def run() -> None:
        async with client(server) as browser:
            number, url = await handler(browser, "compare", "", "load"), ""
            while not url:  # the server notices after a while that a visitor has left
                values = await Visitor(browser).call(number, [["composite"]])
                grids = [value for value in values if isinstance(value, dict) and "cards" in value]
                url = grids[0]["cards"][0]["url"] if grids else ""  # there is none where the queue is full

    in_a_loop(asyncio.wait_for(run(), 60))


def test_a_worker_that_is_killed_is_replaced(server: RunningApp) -> None:
    async def run() -> None:
        async with client(server) as browser:
            await ready(browser)
            for pid in set(server.processes()) - {server.pid}:
                os.kill(pid, signal.SIGKILL)
            harmonize = next(
                found["id"] for found in (await browser.get("/config")).json()["dependencies"]
                if found["api_name"] == "harmonize"
            )  # fmt: skip
            visitor = Visitor(browser)
            pair = [await visitor.upload(path) for path in (EXAMPLES[0].composite, EXAMPLES[0].mask)]
            data = [{"path": path, "meta": {"_type": "gradio.FileData"}} for path in pair]
            # The first call may reach the process while it ends.
            answers = [await visitor.call(harmonize, data) for _ in range(2)]
            if isinstance(answers[0], dict):
                assert "Please try again" in answers[0]["error"]
            assert answers[1][0]["path"].endswith(".png")

    in_a_loop(asyncio.wait_for(run(), 100))
