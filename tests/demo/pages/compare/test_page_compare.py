"""Test the page that shows all methods side by side, and one large."""

import pytest
from playwright.sync_api import Page, expect

from model.methods import Method, available_methods

pytestmark = pytest.mark.browser


@pytest.fixture
def compared(page: Page) -> Page:
    """Open the page and wait until every method is done."""
    page.goto("/compare")
    expect(page.locator(".grid-card[data-state=done]")).to_have_count(len(usual()), timeout=60_000)
    return page


def usual() -> list[Method]:
    """Return the methods that are chosen when the page opens."""
    return [method for method in available_methods().values() if method.available and not method.optional]


def test_every_method_has_a_card_of_the_same_size(compared: Page) -> None:
    cards = compared.locator(".grid-card")
    assert cards.locator(".grid-title").all_text_contents() == [m.title for m in usual()]
    boxes = [card.bounding_box() for card in cards.all()]
    assert len({(round(box["width"]), round(box["height"])) for box in boxes if box}) == 1


def test_a_card_opens_large_and_the_arrows_change_the_method(compared: Page) -> None:
    compared.locator(".grid-card").first.click()
    title = compared.locator(".grid-large-title")
    first = title.text_content() or ""
    compared.keyboard.press("ArrowRight")
    expect(title).not_to_have_text(first)
    compared.keyboard.down(" ")
    expect(title).to_have_text("Original")
    compared.keyboard.up(" ")
    compared.keyboard.press("Escape")
    expect(compared.locator(".grid-large")).to_be_hidden()


def test_another_example_is_compared(compared: Page) -> None:
    source = compared.locator(".grid-card img").first.get_attribute("src") or ""
    compared.locator(".strip button").nth(1).click()
    expect(compared.locator(".grid-card img").first).not_to_have_attribute("src", source)
    expect(compared.locator(".grid-card[data-state=waiting]")).to_have_count(0)
