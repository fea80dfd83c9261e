"""Test all pages in a browser: the header, the widths, and the numbers of the results page."""

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
# Route, name in the header, and an element that exists once the page has loaded.
PAGES = (
    ("/", "Harmonize", ".wb-stage[data-result=yes]"),
    ("/compare", "Compare", ".grid-card[data-state=done] >> nth=4"),
    ("/study", "Study", "#agree"),
    ("/results", "Results", ".results"),
)


@pytest.mark.parametrize("width", [390, 1440])
def test_each_count_is_on_one_line_in_its_tile(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/results")
    numbers = page.locator(".tiles dd")
    expect(numbers).to_have_count(4)
    heights = [box["height"] for number in numbers.all() if (box := number.bounding_box())]
    assert len(heights) == 4 and max(heights) < 50
    assert page.locator(".tiles").evaluate("tiles => tiles.scrollWidth <= tiles.clientWidth")


@pytest.mark.parametrize("width", [390, 1024, 1440])
@pytest.mark.parametrize(("route", "name", "loaded"), PAGES)
def test_pages_fit_the_screen_and_name_themselves(
    page: Page, route: str, name: str, loaded: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(route)
    expect(page.locator(loaded)).to_be_visible()
    if name != "Study":  # whose header leads to no other page
        expect(page.locator(".nav-pages [aria-current=page]")).to_have_text(name)
    assert page.title() == f"{name} · HarmonyLab"
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_an_unknown_study_gives_a_message(page: Page) -> None:
    page.goto("/results?study=nowhere")
    expect(page.locator(".results h1")).to_have_text("There is no such study")
