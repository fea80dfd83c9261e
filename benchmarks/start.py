"""Measure the start of the app: until it answers, and until a browser shows the example; and its memory.

    python -m benchmarks.start [--times 4]

The first start has an empty data folder and makes the example study; the others find it. The browser is open
before. Memory is that of all processes together, without what they share, some seconds later. Linux only.
"""

import argparse
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from benchmarks.chromium import FLAGS, find_chromium
from benchmarks.running_app import RunningApp, free_port, started, wait_until_up
from benchmarks.speed.first_picture import DRAWN

SETTLED = 20.0  # seconds after which the memory is read


@dataclass(frozen=True)
class Start:
    """Hold seconds from the command until the server answered, and until the example was drawn; megabytes."""

    answers: float
    drawn: float
    megabytes: float


def start(page: Page, data: Path) -> Start:
    """Start the app on a data folder, open it, and stop it."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    began = time.perf_counter()
    with started(data, PORT=str(port)) as process:
        wait_until_up(url, process, pause=0.02)
        answers = time.perf_counter() - began
        page.goto(url, wait_until="commit")
        page.locator(DRAWN).wait_for(timeout=120_000)
        drawn = time.perf_counter() - began
        page.goto("about:blank")
        time.sleep(SETTLED)
        return Start(answers, drawn, RunningApp(url, process.pid).memory())


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=4)
    options = parser.parse_args()
    print("| start | answers, s | example drawn, s | memory, MB |")
    print("|---|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
        page = browser.new_page()
        for number in range(options.times):
            found = start(page, Path(folder))
            name = "first, with the example study" if number == 0 else "later"
            print(f"| {name} | {found.answers:.1f} | {found.drawn:.1f} | {found.megabytes:.0f} |", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
