"""Measure the start of the app, its memory, and the first visit after a time without visitors.

    python -m benchmarks.start [--times 4]

The first start has an empty data folder and makes the example study; the others find it. The browser is open
before. Memory is that of all processes together: without what they share, and with the pages of program
files. On a busy machine, the seconds of the processor say more than the others. The last app then waits
until its process for pictures has ended. Linux only.
"""

import json
import tempfile
import time
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from benchmarks.arguments import parser_of
from benchmarks.chromium import FLAGS, find_chromium
from benchmarks.running_app import RunningApp, free_port, started, wait_for_study, wait_until_up
from benchmarks.speed.first_picture import DRAWN
from demo.renders.service import EDIT_IDLE_SECONDS
from demo.workbench.bench_api import ADDRESS

SETTLED = 20.0  # seconds after which the memory is read


@dataclass(frozen=True)
class Start:
    """Hold seconds from the command until the server answered, and until the example was drawn.

    processor: seconds that the processes of the app have used until then, on all cores together.
    """

    answers: float
    drawn: float
    processor: float


@dataclass(frozen=True)
class Wake:
    """Hold seconds of a first visit: until the example was drawn, and until the network answered an example.

    The example that is drawn was harmonized before; the other one needs the process for pictures, which
    starts when the visitor's session is made.
    """

    drawn: float
    answered: float


def start(page: Page, data: Path, open_apps: ExitStack) -> tuple[RunningApp, Start]:
    """Start the app on a data folder and open it; it runs until `open_apps` is closed."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    began = time.perf_counter()
    process = open_apps.enter_context(started(data, PORT=str(port)))
    wait_until_up(url, process, pause=0.02)
    answers = time.perf_counter() - began
    _draw(page, url)
    drawn = time.perf_counter() - began
    app = RunningApp(url, process.pid)
    processor = app.processor_seconds()
    page.goto("about:blank")
    wait_for_study(url, process)  # the process that makes it needs memory, too
    return app, Start(answers, drawn, processor)


def wake(page: Page, app: RunningApp) -> Wake:
    """Ask an app without a process for pictures for an answer, then open its page after another idle time."""
    began = time.perf_counter()
    token = json.loads(_post(app.url + ADDRESS, ""))["token"]
    _post(f"{app.url}{ADDRESS}/examples/2", token)
    answered = time.perf_counter() - began
    wait_until_idle()
    began = time.perf_counter()
    _draw(page, app.url)
    return Wake(time.perf_counter() - began, answered)


def wait_until_idle() -> None:
    """Wait until the process for pictures has ended."""
    time.sleep(EDIT_IDLE_SECONDS + SETTLED)


def _draw(page: Page, url: str) -> None:
    page.goto(url, wait_until="commit")
    page.locator(DRAWN).wait_for(timeout=120_000)


def _post(url: str, token: str) -> bytes:
    request = urllib.request.Request(url, method="POST", headers={"X-Workbench": token})
    with urllib.request.urlopen(request, timeout=60) as answer:
        content: bytes = answer.read()
        return content


def _memory(app: RunningApp) -> str:
    return f"{app.memory():.0f} | {app.memory_with_files():.0f}"


def main() -> None:
    """Print two tables."""
    parser = parser_of(__doc__)
    parser.add_argument("--times", type=int, default=4)
    options = parser.parse_args()
    print("| start | answers, s | example drawn, s | processor, s | memory, MB | with program files, MB |")
    print("|---|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
        page = browser.new_page()
        for number in range(options.times):
            with ExitStack() as open_apps:
                app, found = start(page, Path(folder), open_apps)
                time.sleep(SETTLED)
                name = "first, with the example study" if number == 0 else "later"
                seconds = f"{found.answers:.1f} | {found.drawn:.1f} | {found.processor:.1f}"
                print(f"| {name} | {seconds} | {_memory(app)} |", flush=True)
                if number < options.times - 1:
                    continue
                wait_until_idle()
                idle = _memory(app)
                visit = wake(page, app)
        print("\n| without visitors: memory, MB | with program files, MB | example drawn, s | an answer, s |")
        print("|---:|---:|---:|---:|")
        print(f"| {idle} | {visit.drawn:.1f} | {visit.answered:.1f} |")
        browser.close()


if __name__ == "__main__":
    main()
