"""Photographs the four pages: starts the real server with an empty data folder and drives it with Chromium.

Run as `make screenshots`. The README shows those in docs/images/; git ignores the others, in screenshots/.
The votes behind the results page are simulated, and the page says so.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
README_IMAGES = ROOT / "docs" / "images"
OTHERS = ROOT / "screenshots"
START_SECONDS = 300
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
]
# Route, and what is there once the page has its content.
PAGES = {
    "harmonize": ("/", ".stage[data-result=yes]"),
    "compare": ("/compare", ".grid:not(:has(.grid-card:not([data-state=done]))) .grid-card"),
    "study": ("/study", "#go-on"),
    "results": ("/results", ".results"),
}


@dataclass(frozen=True)
class Look:
    """A screen to photograph the pages on."""

    name: str
    viewport: ViewportSize
    dark: bool = False
    folder: Path = OTHERS

    def path(self, page: str) -> Path:
        return self.folder / (f"{page}.png" if self.folder == README_IMAGES else f"{page}_{self.name}.png")


LOOKS = (
    Look("desktop", {"width": 1440, "height": 900}, folder=README_IMAGES),
    Look("desktop_dark", {"width": 1440, "height": 900}, dark=True),
    Look("phone", {"width": 390, "height": 844}),
    Look("phone_dark", {"width": 390, "height": 844}, dark=True),
)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_until_up(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    sys.exit("The server did not start; its messages are above.")


@contextmanager
def served(data: Path, **settings: str) -> Iterator[str]:
    """Run the app on a free port and give its address."""
    environment = (
        os.environ | {"HOST": "127.0.0.1", "PORT": str(free_port()), "DATA_DIR": str(data)} | settings
    )
    environment.pop("DATABASE_URL", None)
    url = f"http://127.0.0.1:{environment['PORT']}"
    server = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=environment)
    try:
        wait_until_up(url, server)
        yield url
    finally:
        server.terminate()
        server.wait(timeout=30)


def simulate_votes(data: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "study",
        "simulate",
        "--participants",
        "30",
        "--votes",
        "12",
        "--seed",
        "7",
    ]
    environment = os.environ | {"DATA_DIR": str(data)}
    environment.pop("DATABASE_URL", None)
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)


def settle(page: Page, sign: str) -> None:
    """Wait for the sign that the page has its content, and for every picture."""
    page.locator(sign).first.wait_for(timeout=120_000)
    page.wait_for_function("[...document.images].every(image => image.complete)")
    page.wait_for_timeout(800)


def begin_study(page: Page) -> None:
    """Agree and start, so that the first trial shows."""
    page.locator("#agree input").check()
    page.locator("#go-on").click()
    page.locator("#start").click()


def photograph(browser: Browser, url: str, look: Look) -> None:
    context = browser.new_context(viewport=look.viewport, color_scheme="dark" if look.dark else "light")
    page = context.new_page()
    for name, (route, sign) in PAGES.items():
        page.goto(url + route)
        settle(page, sign)
        if name == "study":
            begin_study(page)
            settle(page, ".trial[data-state=ready]")
        look.path(name).parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=look.path(name))
    context.close()


def main() -> None:
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        sys.exit("Chromium was not found: install it, or set CHROMIUM to a Chrome or Chromium program.")
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder)) as url,
        sync_playwright() as playwright,
    ):
        simulate_votes(Path(folder))
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for look in LOOKS:
            photograph(browser, url, look)
        browser.close()


if __name__ == "__main__":
    main()
