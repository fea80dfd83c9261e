"""Test that header and content share their edges, and that a stray file leaves the page where it is."""

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

COMPARE = {"en": "Compare", "de": "Vergleich"}
STRAY = """place => {
  const data = new DataTransfer();
  data.items.add(new File(['x'], 'photo.png', { type: 'image/png' }));
  return ['dragover', 'drop'].map(kind => {
    const event = new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true });
    place.dispatchEvent(event);
    return event.defaultPrevented;
  });
}"""


@pytest.mark.parametrize(
    ("width", "language"),
    [(390, "en"), (390, "de"), (1360, "en"), (1920, "en"), (2560, "en")],
)
def test_header_and_content_share_their_edges(page: Page, width: int, language: str) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"/compare?lang={language}")
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator(".nav-pages [aria-current]")).to_have_text(COMPARE[language])
    expect(page.locator(".grid-cards").first).to_be_visible()
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
