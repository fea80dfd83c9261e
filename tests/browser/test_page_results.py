"""The results page, with and without votes, in several widths."""

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
ROUTES = ("/", "/compare", "/study", "/results")


def test_results_show_counts(page: Page) -> None:
    page.goto("/results")
    expect(page.locator(".tiles dd")).to_have_count(4)


@pytest.mark.parametrize("width", [390, 1024, 1440])
@pytest.mark.parametrize("route", ROUTES)
def test_no_page_is_wider_than_the_screen(page: Page, route: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(route)
    expect(page.locator(".stage, .grid, #agree, .results").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_every_page_marks_itself_in_the_header(page: Page) -> None:
    for route, name in zip(ROUTES, ("Harmonize", "Compare", "Study", "Results"), strict=True):
        page.goto(route)
        expect(page.locator(".nav-pages [aria-current=page]")).to_have_text(name)
