"""Measure how smoothly a cut-out is dragged over a large photograph, and how often its colours are answered.

    python -m benchmarks.speed.drag docs/performance/drag.json [--seconds 10] [--megapixels 12]

The app and Chromium run on this machine and share its processor; Chromium draws without a graphics card. The
mouse goes around the picture without a pause. A frame counts when Chromium has drawn it to the screen, not
when a script was called.
"""

import json
import math
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import cv2
import httpx
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.arguments import parser_of
from benchmarks.chromium import FLAGS, find_chromium
from benchmarks.common import machine
from benchmarks.running_app import running_app
from demo.examples import FOLDER

ADDRESS = "/api/workbench"
KEY = "harmonylab-workbench"
PLACE = {"x": 0.5, "y": 0.5, "scale": 0.5, "angle": 0.0, "flip": False}
OBJECT = {"id": "o1", "name": "Object 1", "visible": True, "mask": None, "edit": None, "opacity": 1.0,
          "shadow": None, "answer": None, "controls": None}  # fmt: skip
READY = ".wb[data-state=ready] .wb-stage[data-drawn=yes]"
STILL = "!document.querySelector('.wb-sprite') && document.querySelector('.wb').bench.ask('settled', 'o1')"
DRAWN = "DrawFrame"  # the event of a frame that went to the screen


def background(folder: Path, megapixels: float) -> Path:
    """Write the background of an example at a size, in the ratio 4:3, and return its path."""
    width = round(math.sqrt(megapixels * 1e6 * 4 / 3))
    picture = cv2.imread(str(FOLDER / "astronaut_background.jpg"))
    assert picture is not None
    large = cv2.resize(picture, (width, round(width * 0.75)), interpolation=cv2.INTER_CUBIC)
    path = folder / "background.jpg"
    cv2.imwrite(str(path), large, [cv2.IMWRITE_JPEG_QUALITY, 92])
    return path


def prepare(url: str, picture: Path) -> str:
    """Make a document with the cut-out of an example over the picture; return the token of its session."""
    with httpx.Client(base_url=url, timeout=120) as client:
        token = str(client.post(ADDRESS, json={}).raise_for_status().json()["token"])
        client.headers["X-Workbench"] = token

        def upload(path: Path, kind: str) -> str:
            query = {"name": path.name, "kind": kind}
            answer = client.post(
                f"{ADDRESS}/files", params=query, content=path.read_bytes()
            ).raise_for_status()
            return str(answer.json()["id"])

        cutout = upload(FOLDER / "astronaut_cutout.webp", "cutout")
        thing = {**OBJECT, "cutout": cutout, "placement": PLACE}
        document = {
            "version": 1,
            "background": upload(picture, "picture"),
            "objects": [thing],
            "reference": None,
        }
        client.put(f"{ADDRESS}/document", json=document).raise_for_status()
    return token


def open_page(browser: Browser, url: str, token: str) -> Page:
    """Open the workbench with a session, and wait until the object has its colours."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.add_init_script(f"localStorage.setItem('{KEY}', '{token}')")
    page.goto(url)
    page.locator(READY).wait_for(timeout=120_000)
    page.wait_for_function("document.querySelector('.wb').bench.object?.edit", timeout=120_000)
    page.wait_for_timeout(2000)
    return page


def drag(page: Page, seconds: float) -> float:
    """Drag the object around for some time, and return the seconds that it took."""
    box = page.locator(".wb-place-box").bounding_box()
    assert box
    x, y = box["x"] + 0.6 * box["width"], box["y"] + 0.75 * box["height"]
    page.mouse.move(x, y)
    page.mouse.down()
    begin = time.perf_counter()
    while (passed := time.perf_counter() - begin) < seconds:
        turn = 2 * math.pi * passed / 5
        page.mouse.move(x + 220 * math.sin(turn), y + 70 * (math.cos(turn) - 1))
        time.sleep(0.004)
    page.mouse.up()
    return time.perf_counter() - begin


def measure(browser: Browser, page: Page, seconds: float) -> dict[str, Any]:
    """Return frames and answers of one drag."""
    answers: list[float] = []

    def finished(request: Any) -> None:
        if request.url.endswith("/answer"):
            answers.append(request.timing["responseEnd"])

    drag(page, 2)  # so that code and pictures are warm
    page.wait_for_function(STILL, timeout=60_000)
    page.on("requestfinished", finished)
    browser.start_tracing(
        page=page, categories=["disabled-by-default-devtools.timeline.frame", "devtools.timeline.frame"]
    )
    took = drag(page, seconds)
    count = len(answers)
    trace = json.loads(browser.stop_tracing())
    times = sorted(event["ts"] / 1000 for event in trace["traceEvents"] if event["name"] == DRAWN)
    gaps = sorted(after - before for before, after in zip(times, times[1:], strict=False))
    return {
        "seconds": took,
        "frames_per_second": len(times) / took,
        "gap_ms": [statistics.median(gaps), gaps[int(0.95 * len(gaps))], gaps[-1]],
        "answers_per_second": count / took,
        "answer_ms": statistics.median(answers) if answers else None,
        "load": os.getloadavg()[0],
    }


def main() -> None:
    """Measure, and write the result as JSON."""
    parser = parser_of(__doc__)
    parser.add_argument("output", type=Path)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--megapixels", type=float, default=12)
    options = parser.parse_args()
    chromium = find_chromium()
    if not chromium:
        parser.exit(1, "Chromium was not found: install it, or set CHROMIUM.\n")
    with (
        tempfile.TemporaryDirectory() as folder,
        running_app(Path(folder) / "data") as app,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        token = prepare(app.url, background(Path(folder), options.megapixels))
        page = open_page(browser, app.url, token)
        found = {
            "machine": machine(),
            "megapixels": options.megapixels,
            **measure(browser, page, options.seconds),
        }
        browser.close()
    options.output.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
