"""Measure the bytes that a server sends to a participant: the page, the answers of the API, and the pictures.

    python -m benchmarks.scale.egress

The page of the example study is opened by Chromium with an empty cache, and again. Then a client takes part
and loads every picture in its largest size, as a large screen does. Bytes are those on the line for the page,
and bodies with headers for the rest.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from playwright.sync_api import BrowserContext, sync_playwright

from benchmarks.arguments import parser_of
from benchmarks.chromium import FLAGS, find_chromium
from benchmarks.running_app import running_app
from demo.example_study import SLUG

PAIRS = 30


@dataclass(frozen=True)
class Session:
    """Hold the bytes of one session. answers: of the API, for enrolment and all votes. pairs: shown."""

    pairs: int
    pictures: int
    answers: int
    cache: str


def load(context: BrowserContext, url: str) -> tuple[int, int]:
    """Open the page of the study; return the requests and the bytes on the line."""
    page, sizes = context.new_page(), list[float]()
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(f"{url}/study?study={SLUG}")
    page.locator("#agree").wait_for(timeout=120_000)
    page.wait_for_timeout(2000)  # for what the page loads in the background
    page.close()
    return len(sizes), round(sum(sizes))


def take_part(client: httpx.Client) -> Session:
    """Answer all pairs of the study, load their pictures, and count bytes."""
    call = f"/api/study/{SLUG}"
    answer = client.post(f"{call}/enrol", json={"claim": str(uuid4())}).raise_for_status()
    state, answers, pictures, pairs, cache = answer.json(), _bytes(answer), 0, 0, ""
    headers = {"Authorization": f"Bearer {state['token']}"}
    while state["state"] == "trial":
        trial = state["trial"]
        for side in ("left", "right"):
            picture = client.get(trial[side]).raise_for_status()
            pictures, cache = pictures + _bytes(picture), picture.headers["Cache-Control"]
        pairs += 1
        body = {"trial": trial["trial"], "choice": "L", "uuid": str(uuid4()), "rt_ms": 900}
        answer = client.post(f"{call}/vote", json=body, headers=headers).raise_for_status()
        state, answers = answer.json(), answers + _bytes(answer)
    return Session(pairs, pictures, answers, cache)


def _bytes(answer: httpx.Response) -> int:
    return len(answer.content) + sum(len(name) + len(value) + 4 for name, value in answer.headers.raw)


def measure(data: Path) -> dict[str, Any]:
    """Start the app on a data folder, and return all numbers."""
    with running_app(data) as app:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
            context = browser.new_context()
            first, again = load(context, app.url), load(context, app.url)
            browser.close()
        with httpx.Client(base_url=app.url, timeout=60) as client:
            session = take_part(client)
    return {"first visit": first, "second visit": again, "session": session}


def main() -> None:
    """Print the numbers, and those of a session of PAIRS pairs."""
    parser_of(__doc__).parse_args()
    with tempfile.TemporaryDirectory() as root:
        found = measure(Path(root) / "data")
    session: Session = found["session"]
    (requests, first), (kept, again) = found["first visit"], found["second visit"]
    print(f"page: {first / 1e3:.0f} kB in {requests} requests, again {again / 1e3:.0f} kB in {kept}")
    print(f"answers of the API: {session.answers / session.pairs / 1e3:.2f} kB a pair")
    print(f"pictures: {session.pictures / session.pairs / 1e3:.0f} kB a pair ({session.cache})")
    whole = first + (session.answers + session.pictures) * PAIRS / session.pairs
    print(f"{PAIRS} pairs: {whole / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
