"""Photographs the four pages: starts the real server with an empty data folder and drives it with Chromium.

Run as `make screenshots`. The README shows those in docs/images/; git ignores the others, in screenshots/.
The votes behind the results page are simulated, and the page says so.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from benchmarks.chromium import FLAGS
from benchmarks.running_app import ROOT, running_app

README_IMAGES = ROOT / "docs" / "images"
OTHERS = ROOT / "screenshots"
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
        running_app(Path(folder)) as app,
        sync_playwright() as playwright,
    ):
        simulate_votes(Path(folder))
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for look in LOOKS:
            photograph(browser, app.url, look)
        browser.close()


if __name__ == "__main__":
    main()
