"""Test that header and content share their edges, and that a stray file leaves the page where it is."""

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

STRAY = """place => {
  const data = new DataTransfer();
  data.items.add(new File(['x'], 'photo.png', { type: 'image/png' }));
  return ['dragover', 'drop'].map(kind => {
    const event = new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true });
    place.dispatchEvent(event);
    return event.defaultPrevented;
  });
}"""


@pytest.mark.parametrize("width", [390, 1360, 1920, 2560])
def test_header_and_content_share_their_edges(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("/compare")
    left, right = (sides(page, name) for name in (".nav-brand svg", ".nav-theme svg"))
    for name in (".lead h1", ".grid-bar", ".grid-cards", ".gallery-top"):
        assert sides(page, name)[0] == pytest.approx(left[0], abs=1), name
    for name in (".grid-bar", ".grid-cards", "#run"):
        assert sides(page, name)[1] == pytest.approx(right[1], abs=1), name
    assert page.evaluate("document.documentElement.scrollWidth") == width


def sides(page: Page, name: str) -> tuple[float, float]:
    """Return the left and right edge of an element."""
    box = page.locator(name).first.bounding_box()
    assert box
    return box["x"], box["x"] + box["width"]


@pytest.mark.parametrize("address", ["/compare", "/study", "/results"])
def test_a_file_dropped_beside_the_fields_does_not_replace_the_page(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator(".nav")).to_be_visible()
    assert page.locator("main").first.evaluate(STRAY) == [True, True]
