"""Test the blind mode: names are hidden and shuffled, one result is picked, and then all are revealed."""

import pytest
from playwright.sync_api import Page, expect

from tests.demo.pages.compare.test_page_compare import compared, usual

pytestmark = pytest.mark.browser
__all__ = ["compared"]


def titles(page: Page) -> list[str]:
    return page.locator(".grid-title").all_text_contents()


def test_one_click_picks_and_reveal_shows_the_names(compared: Page) -> None:
    names = titles(compared)
    compared.locator("[data-do=blind]").click()
    letters = [chr(65 + number) for number in range(len(usual()))]
    assert titles(compared) == letters  # in the order of the page, which the keyboard follows
    assert not any(name in compared.locator(".grid").inner_text() for name in names)
    expect(compared.locator(".grid-vote")).to_contain_text("Pick the best")
    pick = compared.get_by_role("button", name="Pick C")
    pick.click()
    expect(compared.locator(".grid-vote")).to_contain_text("You picked C.")
    compared.get_by_role("button", name="Pick D").click()
    expect(compared.locator(".grid-card.picked .grid-title")).to_have_text("D")
    compared.get_by_role("button", name="Reveal all").click()
    assert sorted(titles(compared)) == sorted(names) and titles(compared)[3] in names
    expect(compared.locator(".grid-vote")).to_contain_text(f"Your pick: {titles(compared)[3]}")
    expect(compared.locator(".grid-pick:visible")).to_have_text(["Your pick"])
    compared.get_by_role("button", name="Play again").click()
    assert titles(compared) == letters
    expect(compared.locator(".grid-card.picked")).to_have_count(0)
    compared.locator("[data-do=blind]").click()
    assert titles(compared) == names


def test_the_large_view_hides_names_and_picks_too(compared: Page) -> None:
    compared.locator("[data-do=blind]").click()
    compared.locator(".grid-frame").nth(1).click()
    expect(compared.locator(".grid-large-title")).to_have_text("B")
    compared.keyboard.press("ArrowRight")
    expect(compared.locator(".grid-large-title")).to_have_text("C")
    compared.keyboard.press("p")
    expect(compared.locator("[data-large=pick]")).to_have_attribute("aria-pressed", "true")
    compared.keyboard.press("Escape")
    expect(compared.locator(".grid-vote")).to_contain_text("You picked C.")
