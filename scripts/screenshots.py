"""Take screenshots of the pages: start the app with an empty data folder, and open it in Chromium.

Run `make screenshots`. The README shows those in docs/images/; git ignores the others, in screenshots/. The
votes of the results page are simulated, and the page states it.
"""

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from benchmarks.chromium import FLAGS, find_chromium
from benchmarks.running_app import ROOT, running_app
from demo.examples import EXAMPLES

README_IMAGES = ROOT / "docs" / "images"
OTHERS = ROOT / "screenshots"
# Route, and a selector that matches once the page has its content.
PAGES = {
    "harmonize": ("/", ".wb-variants[data-complete=yes]"),
    "compare": ("/compare", ".grid:not(:has(.grid-card:not([data-state=done]))) .grid-card"),
    "study": ("/study", "#go-on"),
    "results": ("/results", ".results"),
}


@dataclass(frozen=True)
class Screen:
    """Describe a screen: its size, its colour scheme, and the folder of its screenshots."""

    name: str
    viewport: ViewportSize
    dark: bool = False
    folder: Path = OTHERS

    def path(self, page: str) -> Path:
        """Return the file of a page's screenshot."""
        return self.folder / (f"{page}.png" if self.folder == README_IMAGES else f"{page}_{self.name}.png")


SCREENS = (
    Screen("desktop", {"width": 1440, "height": 900}, folder=README_IMAGES),
    Screen("desktop_dark", {"width": 1440, "height": 900}, dark=True),
    Screen("phone", {"width": 390, "height": 844}),
    Screen("phone_dark", {"width": 390, "height": 844}, dark=True),
)


def simulate_votes(data: Path) -> None:
    """Add 120 simulated participants with 20 votes each to the study in the data folder."""
    command = [
        sys.executable,
        "-m",
        "study",
        "simulate",
        "--participants",
        "120",
        "--votes",
        "20",
        "--seed",
        "7",
    ]
    environment = os.environ | {"DATA_DIR": str(data)}
    environment.pop("DATABASE_URL", None)
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)


def settle(page: Page, selector: str) -> None:
    """Wait until the selector matches and every picture is loaded."""
    page.locator(selector).first.wait_for(timeout=120_000)
    page.wait_for_function("[...document.images].every(image => image.complete)")
    page.wait_for_timeout(800)


def begin_study(page: Page) -> None:
    """Give consent and start, so that the first trial is visible."""
    page.locator("#agree input").check()
    page.locator("#go-on").click()
    page.locator("#start").click()


def begin_new_study(page: Page, url: str, key: str) -> None:
    """Sign in as the organizer, upload the examples for a new study, and show the choice of its methods."""
    page.goto(f"{url}/organizer/sign-in#key={key}")
    page.get_by_role("link", name="New study").click()
    page.get_by_role("button", name="Start").click()
    files = [path for example in EXAMPLES for path in (example.composite, example.mask)]
    page.get_by_label("Choose files").first.set_input_files(files)
    page.get_by_text(f"{len(EXAMPLES)} pictures", exact=True).wait_for()
    page.get_by_role("link", name="Next", exact=True).click()


def take_screenshots(browser: Browser, url: str, key: str, screen: Screen) -> None:
    """Take a screenshot of every page on one screen. key: of the organizer."""
    context = browser.new_context(viewport=screen.viewport, color_scheme="dark" if screen.dark else "light")
    page = context.new_page()
    for name, (route, selector) in PAGES.items():
        page.goto(url + route)
        settle(page, selector)
        if name == "study":
            begin_study(page)
            settle(page, ".trial[data-state=ready]")
        screen.path(name).parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=screen.path(name))
    begin_new_study(page, url, key)
    settle(page, ".bld-methods")
    page.screenshot(path=screen.path("organizer"))
    context.close()


def main() -> None:
    """Start the app with simulated votes, and take the screenshots on every screen."""
    chromium = find_chromium()
    if not chromium:
        sys.exit("Chromium was not found: install it, or set CHROMIUM to a Chrome or Chromium program.")
    with (
        tempfile.TemporaryDirectory() as folder,
        running_app(Path(folder)) as app,
        sync_playwright() as playwright,
    ):
        simulate_votes(Path(folder))
        key = (Path(folder) / "organizer_key").read_text(encoding="ascii").strip()
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for screen in SCREENS:
            take_screenshots(browser, app.url, key, screen)
        browser.close()


if __name__ == "__main__":
    main()
