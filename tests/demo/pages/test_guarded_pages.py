"""Test that the guard allows all that the pages need, and that the pages show why a request was refused."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from benchmarks.running_app import running_app
from demo.examples import EXAMPLES

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/compare", "/study", "/results", "/organizer", "/api/docs"])
def test_no_page_breaks_its_policy(page: Page, path: str, theme: str) -> None:
    answer = page.goto(f"{path}?__theme={theme}")
    assert answer and "frame-ancestors 'self'" in (answer.header_value("content-security-policy") or "")
    expect(page.locator("body")).to_contain_text("HarmonyLab" if path != "/api/docs" else "vote")
    page.wait_for_load_state("load")


@pytest.fixture(scope="module")
def narrow(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a server that refuses nearly everything."""
    assert chromium
    with running_app(tmp_path_factory.mktemp("narrow"), UPLOAD_MB="0.01", RATE_CALLS="8/0.01") as app:
        yield app.url


def test_a_refusal_is_read_where_it_happened(browser: Browser, narrow: str) -> None:
    page = browser.new_page()
    page.goto(f"{narrow}/compare")
    page.locator("#show-own").click()
    drop = page.locator("#drop-composite")
    expect(drop).to_contain_text("×")  # the example is there, and will not take the place of the refusal
    photograph: Path = EXAMPLES[0].composite
    drop.locator("input[type=file]").set_input_files(photograph)
    expect(drop).to_contain_text("This is too large: 10 kB are allowed.")
    refusal = page.get_by_text("There are too many requests from your network.").first
    # A click counts only when the previous one has been harmonized, which a busy machine delays.
    deadline = time.monotonic() + 90
    while not refusal.is_visible() and time.monotonic() < deadline:
        page.locator("#run").click()
        page.wait_for_timeout(250)
    expect(refusal).to_be_visible()
    page.close()
