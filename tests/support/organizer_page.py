"""Use the organizer's page, and end a server at once, for tests of whole studies."""

import os
import re
import signal
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from benchmarks.running_app import RunningApp

RIVALS = ("rival one", "rival two")


def next_step(page: Page, heading: str) -> None:
    """Go to the next step of the six."""
    page.get_by_role("link", name="Next", exact=True).click()
    expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()


def choose_material(page: Page, folder: Path) -> None:
    """Begin a study: give twelve composites, and choose two methods of ours and the two of RIVALS."""
    page.get_by_role("button", name="Start").click()
    page.get_by_label("Choose a folder").first.set_input_files(folder)
    expect(page.get_by_text("12 pictures", exact=True)).to_be_visible()
    next_step(page, "Methods")
    for method in (*RIVALS, "No change", "Monge-Kantorovich"):
        expect(page.get_by_label(method, exact=True)).to_be_checked()
    page.get_by_label("Reinhard 2001", exact=True).uncheck()
    page.get_by_label("HarmonyLab model", exact=True).uncheck()


def check_and_make(page: Page) -> None:
    """Check the files, and start to make the study."""
    next_step(page, "Check")
    page.get_by_role("button", name="Check all files").click()
    expect(page.get_by_role("heading", name="To know")).to_be_visible()
    expect(page.get_by_role("heading", name="To be mended")).to_have_count(0)
    next_step(page, "Make")
    page.get_by_role("button", name="Make the study").click()


def making(page: Page) -> None:
    """Wait until some pictures of 48 are made."""
    expect(page.locator(".bld-progress")).to_contain_text(re.compile(r"[1-9]\d* of 48 pictures"))


def tab(page: Page, name: str) -> None:
    """Open a tab of a study."""
    page.get_by_role("navigation", name="About this study").get_by_role("link", name=name).click()


def tile(page: Page, label: str) -> Locator:
    """Return the number with this label on the monitor."""
    return page.locator(".org-tiles > div", has=page.get_by_text(label, exact=True)).locator("dd")


def close_study(page: Page) -> None:
    """Close the study that is open, and say yes to the question."""
    page.get_by_role("button", name="Close").click()
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    expect(page.locator(".org-badge").first).to_have_text("Closed")


def kill(app: RunningApp) -> None:
    """End the process of a server at once, so that it stores nothing more."""
    os.kill(app.pid, signal.SIGKILL)
