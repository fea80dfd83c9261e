"""Harmonize a picture without a mask: find the object in a box and correct it with the brush."""

import re

import pytest
from playwright.sync_api import Page, expect

from demo.examples import EXAMPLES

pytestmark = pytest.mark.browser


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag from one point of the picture to another, both in 0-1."""
    area = page.locator(".painter-picture").bounding_box()
    assert area
    spots = [(area["x"] + x * area["width"], area["y"] + y * area["height"]) for x, y in (start, end)]
    page.mouse.move(*spots[0])
    page.mouse.down()
    page.mouse.move(*spots[1], steps=5)
    page.mouse.up()


def painted(page: Page) -> int:
    """Return the number of painted pixels of the canvas."""
    script = """canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data
        .filter((level, index) => index % 4 === 3 && level > 127).length"""
    return int(page.locator(".painter-picture canvas").evaluate(script))


def open_own(page: Page) -> None:
    """Open the fields for own pictures, with an example in them."""
    page.goto("/compare")
    page.locator("#show-own").click()
    expect(page.locator("#drop-mask .drop-note")).not_to_be_empty()


def test_a_mask_is_found_mended_and_used(page: Page) -> None:
    open_own(page)
    page.set_input_files("#drop-composite input", str(EXAMPLES[1].composite))
    expect(page.locator("#drop-mask .drop")).to_have_attribute("data-state", "empty")
    page.locator(".painter-open").first.click()
    drag(page, (0.1, 0.15), (0.6, 0.95))
    expect(page.locator(".painter-note")).to_have_text(re.compile("^Found"), timeout=60_000)
    found = painted(page)
    assert found > 1000
    drag(page, (0.8, 0.1), (0.95, 0.1))
    assert painted(page) > found
    page.locator("[data-do=undo]").click()
    assert painted(page) == found
    page.locator("[data-do=use]").click()
    expect(page.locator(".painter-dialog")).to_be_hidden()
    expect(page.locator("#drop-mask .drop")).to_have_attribute("data-state", "ready")


def test_an_empty_mask_is_not_used(page: Page) -> None:
    open_own(page)
    page.locator(".painter-open").first.click()
    expect(page.locator(".painter-note")).to_contain_text("your mask")
    assert painted(page) > 1000
    page.locator("[data-do=clear]").click()
    page.locator("[data-do=use]").click()
    expect(page.locator(".painter-note")).to_contain_text("empty")
    page.keyboard.press("Escape")
    expect(page.locator(".painter-dialog")).to_be_hidden()


def test_each_of_many_strokes_is_undone(page: Page) -> None:
    open_own(page)
    page.locator(".painter-open").first.click()
    expect(page.locator(".painter-note")).to_contain_text("your mask")
    page.locator("[data-do=clear]").click()
    page.locator("[data-tool=brush]").click()
    areas = [painted(page)]
    for row in range(20):
        drag(page, (0.1, 0.03 + 0.047 * row), (0.3 + 0.02 * row, 0.03 + 0.047 * row))
        areas.append(painted(page))
    assert areas == sorted(set(areas)) and areas[0] == 0
    for area in reversed(areas[:-1]):
        page.keyboard.press("Control+z")
        assert painted(page) == area
