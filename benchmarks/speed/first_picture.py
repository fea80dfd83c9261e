"""Measure how many bytes the first page needs, and how long a slow line waits for its picture.

    python -m benchmarks.speed.first_picture OUT.json [--kilobits 1600] [--delay 150]

Chromium limits the line and begins with an empty cache each time; the app has opened its first example
before. The picture is there when its pixels were painted; the workbench is there when it has drawn the
example with its edit. Bytes are those on the line, headers included, until then.
"""

import json
import os
import statistics
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.arguments import parser_of
from benchmarks.chromium import FLAGS, find_chromium
from benchmarks.common import machine
from benchmarks.running_app import running_app

DRAWN = ".wb-stage[data-result=yes][data-drawn=yes]"
# Two frames after both pictures are decoded, they are on the screen.
PAINTED = """() => new Promise((done) => {
    const look = async () => {
        const images = [...document.querySelectorAll('.first-look img')];
        if (!images.length) return setTimeout(look, 20);
        await Promise.all(images.map((image) => image.decode()));
        requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now())));
    };
    look();
})"""
TIMES = 5


@dataclass(frozen=True)
class Line:
    """Describe a line: kilobits a second in each direction, milliseconds before each answer."""

    kilobits: float
    delay: float


@dataclass(frozen=True)
class Visit:
    """Hold one visit: milliseconds until picture and workbench, requests and bytes until then."""

    picture_ms: float
    workbench_ms: float
    requests: int
    bytes: float


def visit(browser: Browser, url: str, line: Line) -> Visit:
    """Open the page in a browser that has nothing of it."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    sizes = _limited(page, line)
    page.goto(url, wait_until="commit")
    picture = page.evaluate(PAINTED)
    page.locator(DRAWN).wait_for(timeout=120_000)
    found = Visit(picture, page.evaluate("performance.now()"), len(sizes), sum(sizes))
    context.close()
    return found


def _limited(page: Page, line: Line) -> list[float]:
    """Limit the line of a page; return a list to which the bytes of each finished request are appended."""
    sizes: list[float] = []
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    rate = line.kilobits * 1000 / 8
    limits = {"offline": False, "latency": line.delay, "downloadThroughput": rate, "uploadThroughput": rate}
    session.send("Network.emulateNetworkConditions", limits)
    return sizes


def warm(browser: Browser, url: str) -> None:
    """Open the page once, so that the server has the example and its compressed files."""
    page = browser.new_page()
    page.goto(url)
    page.locator(DRAWN).wait_for(timeout=120_000)
    time.sleep(1)
    page.context.close()


def report(visits: list[Visit], line: Line) -> dict[str, Any]:
    """Return the measurements with their medians, for JSON."""
    columns = {name: [asdict(one)[name] for one in visits] for name in asdict(visits[0])}
    return {
        "machine": machine(),
        **asdict(line),
        "median": {name: statistics.median(values) for name, values in columns.items()},
        "visits": [asdict(one) for one in visits],
        "load": os.getloadavg()[0],
    }


def main() -> None:
    """Measure, and write the result as JSON."""
    parser = parser_of(__doc__)
    parser.add_argument("output", type=Path)
    parser.add_argument("--kilobits", type=float, default=1600)
    parser.add_argument("--delay", type=float, default=150)
    options = parser.parse_args()
    chromium = find_chromium()
    if not chromium:
        parser.exit(1, "Chromium was not found: install it, or set CHROMIUM.\n")
    line = Line(options.kilobits, options.delay)
    with (
        tempfile.TemporaryDirectory() as folder,
        running_app(Path(folder)) as app,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        warm(browser, app.url)
        found = report([visit(browser, app.url, line) for _ in range(TIMES)], line)
        browser.close()
    options.output.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
