"""Take part in a study on its page, by keys or by touch."""

import re

from playwright.sync_api import Page, expect

READY = ".trial[data-state=ready]"


def begin_by_keyboard(page: Page) -> None:
    """Consent with keys alone, and wait for the first pair."""
    expect(page.locator("#agree")).to_be_visible()
    page.locator("#agree input").press("Space")
    expect(page.locator("#go-on")).to_be_enabled()
    page.locator("#go-on").press("Enter")
    expect(page.locator("#start")).to_be_visible()
    page.locator("#start").press("Enter")
    expect(page.locator(READY)).to_be_visible()


def begin_by_touch(page: Page) -> None:
    """Consent by touch, and wait for the first pair."""
    page.locator("#agree").tap()
    page.locator("#go-on").tap()
    page.locator("#start").tap()
    expect(page.locator(READY)).to_be_visible()


def at_pair(page: Page, number: int) -> None:
    """Wait until this pair can be answered."""
    expect(page.locator(".trial-count")).to_have_text(re.compile(f"^{number} of"))
    expect(page.locator(READY)).to_be_visible()


def code_on(page: Page) -> str:
    """Wait for the end; return the code that the page shows."""
    expect(page.locator("#thanks .code")).not_to_be_empty()
    return page.locator("#thanks .code").inner_text()
