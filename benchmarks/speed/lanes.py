"""Measure the server's memory for pictures against its estimate, and time in a render process against direct.

    python -m benchmarks.speed.lanes [FILE.json]

Memory: every kind of picture is harmonized and exported in the largest format in the process of a lane, whose
peak memory is read from /proc (Linux). Time: the same task alternately in the lane and in this process.
Finally, four pictures of 100 megapixels are uploaded to a server at once, and the memory of all its processes
is recorded.
"""

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np

from benchmarks.arguments import parser_of
from benchmarks.common import machine
from benchmarks.running_app import RunningApp, running_app, watch_memory
from benchmarks.speed.peak_memory import peak_of
from benchmarks.visitor import large_png, open_workbench
from demo.pictures.inputs import Inputs
from demo.pictures.picture_files import PictureFiles
from demo.pictures.scenes.scene import Scene, SceneObject
from demo.pictures.scenes.scene_files import SceneFiles
from demo.pictures.view_cache import ViewCache
from demo.renders import scene_tasks, tasks
from demo.renders.contexts import EditContext
from demo.renders.lane import Lane, LaneLimits
from model import Edit, load_harmonizer
from model.bulk.memory import memory_of
from model.edit.curves import identity_curves
from model.edit.layers import Look
from model.edit.placement import Placement
from model.edit.render import warm_up
from model.images.decoded_files import DecodedFiles
from model.images.files import read_header

SIDE = 4000
REPEATS = 15
DECODED_BYTES = 1_000_000_000


@dataclass(frozen=True)
class Memory:
    """Hold the peak memory of one step for one kind of picture, and its estimate, in bytes for each pixel."""

    kind: str
    step: str
    took: float
    expected: float


@dataclass(frozen=True)
class Timing:
    """Hold the milliseconds of a task in a lane and in this process, medians of all repeats."""

    task: str
    lane: float
    direct: float


def pictures(folder: Path, side: int) -> dict[str, Inputs]:
    """Write a composite and a mask of every kind, `side` pixels wide, and return the files of each kind."""
    noise = np.random.default_rng(0).integers(0, 256, (side // 8, side // 8, 3), np.uint8)
    colours = cv2.resize(noise, (side, side), interpolation=cv2.INTER_LINEAR)
    mask = np.zeros((side, side), np.uint8)
    mask[side // 4 : side // 2, side // 4 : side // 2] = 255

    def write(name: str, pixels: Any) -> str:
        cv2.imwrite(str(folder / name), pixels)
        return str(folder / name)

    deep = colours.astype(np.uint16) * 257
    image, grey = write("8.png", colours), write("mask.png", mask)
    deep_image = write("16.png", deep)
    deep_mask = write("mask16.png", cv2.merge([mask.astype(np.uint16) * 257] * 3))
    cutout = write("cutout.png", np.dstack([colours, mask]))
    deep_cutout = write("cutout16.png", np.dstack([deep, mask.astype(np.uint16) * 257]))
    return {
        "JPEG": Inputs(write("8.jpg", colours), grey),
        "PNG, 8 bits": Inputs(image, grey),
        "PNG, 16 bits": Inputs(deep_image, grey),
        "PNG, 16 bits, mask of 16-bit colours": Inputs(deep_image, deep_mask),
        "cut-out, 8 bits": Inputs(background=image, cutout=cutout, pasted=True),
        "cut-out, 16 bits": Inputs(background=deep_image, cutout=deep_cutout, pasted=True),
    }


async def run(lane: Lane, function: Callable[..., Any], *arguments: Any) -> Any:
    """Run a task in the lane, and return its result."""
    with lane.enter("", function, *arguments) as ticket:
        await ticket.done()
        return ticket.result()


def scene_of(inputs: Inputs) -> Scene:
    """Return the files as a picture with one object, which an edit changes."""
    mask, cutout = (None, Path(inputs.cutout)) if inputs.pasted else (Path(inputs.mask), None)
    look = Look(Edit(identity_curves() ** np.float32(0.9), np.full((32, 32), 0.05, np.float32)))
    one = SceneObject("o1", "Object 1", True, mask, cutout, Placement(), look)
    return Scene(inputs.main, inputs.main.name, (one,))


async def measure_memory(lane: Lane, kinds: dict[str, Inputs]) -> list[Memory]:
    """Measure and print the peak memory of harmonizing and of writing a PNG, for each kind of picture."""
    first = next(iter(kinds.values()))
    await run(lane, scene_tasks.find_answer, scene_of(first), "o1")  # not measured: loads the libraries
    found = []
    for kind, inputs in kinds.items():
        expected = memory_of([read_header(path) for path in inputs.files]) / SIDE**2
        scene = scene_of(inputs)
        for step, work in (
            ("harmonize", (scene_tasks.find_answer, scene, "o1")),
            ("write PNG", (scene_tasks.write_export, scene, "png", None)),
        ):
            took = await run(lane, peak_of, *work)
            found.append(Memory(kind, step, took / SIDE**2, expected))
            print(f"{kind}, {step}: {took / SIDE**2:.1f} of {expected:.1f} bytes a pixel", flush=True)
    return found


async def measure_time(lane: Lane, inputs: Inputs, context: EditContext) -> list[Timing]:
    """Measure and print the milliseconds of two tasks, alternately in the lane and in this process."""
    scene = scene_of(inputs)
    works: dict[str, tuple[Any, ...]] = {
        "part of 16 MP": (scene_tasks.draw_view, scene, (0.0, 0.0, 1.0, 1.0), 1600),
        "answer": (scene_tasks.find_answer, scene, "o1"),
    }

    async def run_here(function: Callable[..., Any], *arguments: Any) -> None:
        function(context, *arguments)

    found = []
    for name, work in works.items():
        in_lane, here = [], []
        for _ in range(REPEATS):
            in_lane.append(await milliseconds(run(lane, *work)))
            here.append(await milliseconds(run_here(*work)))
        found.append(Timing(name, statistics.median(in_lane), statistics.median(here)))
        print(f"{name}: {found[-1].lane:.1f} ms in the lane, {found[-1].direct:.1f} ms without", flush=True)
    return found


async def milliseconds(task: Awaitable[Any]) -> float:
    """Wait for a task, and return how long it took."""
    began = time.perf_counter()
    await task
    return 1000 * (time.perf_counter() - began)


async def attack(server: RunningApp, folder: Path) -> dict[str, float]:
    """Upload four pictures of 100 megapixels at once, and return the server's memory in MB.

    Keys: processes (their number), idle (before), peak, after.
    """
    data = large_png(folder / "huge.png", 9990).read_bytes()
    async with httpx.AsyncClient(base_url=server.url, timeout=600) as client:
        await open_workbench(client)
        await asyncio.sleep(5)
        idle, peaks = server.memory(), [0.0]
        tokens = [(await client.post("/api/workbench")).json()["token"] for _ in range(4)]
        watching = asyncio.create_task(watch_memory(server, peaks))
        sent = (
            client.post("/api/workbench/files?name=huge.png", content=data, headers={"X-Workbench": token})
            for token in tokens
        )
        await asyncio.gather(*sent)
        watching.cancel()
        after = server.memory()
    found = {"processes": len(server.processes()), "idle": idle, "peak": max(peaks), "after": after}
    print("four pictures of 100 MP: " + ", ".join(f"{name} {value:.0f}" for name, value in found.items()))
    return found


def main() -> None:
    """Print all measurements, and write the numbers as JSON."""
    parser = parser_of(__doc__)
    parser.add_argument("file", type=Path, nargs="?", metavar="FILE.json")
    file = parser.parse_args().file
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        views = ViewCache(folder / "views", "key")
        kinds = pictures(folder, SIDE)
        decoded = DecodedFiles(DECODED_BYTES)
        scenes = SceneFiles(views, decoded)
        context = EditContext(load_harmonizer(), PictureFiles(views, decoded), scenes)
        warm_up()

        async def lanes() -> tuple[list[Memory], list[Timing]]:
            lane = Lane("edit", partial(tasks.set_up_edits, views, DECODED_BYTES), LaneLimits(600))
            try:
                return await measure_memory(lane, kinds), await measure_time(lane, kinds["JPEG"], context)
            finally:
                await lane.close()

        memory, timings = asyncio.run(lanes())
        with running_app(folder / "data"):
            pass  # only the first start builds a study; a later start is measured
        with running_app(folder / "data") as server:
            attacked = asyncio.run(attack(server, folder))
    if file:
        report = {
            "machine": machine(),
            "memory": [asdict(each) for each in memory],
            "timings": [asdict(each) for each in timings],
            "attack": attacked,
        }
        file.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
