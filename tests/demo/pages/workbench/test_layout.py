"""Check that the picture is visible and usable on every window, in both themes, by everybody."""

from contextlib import closing
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, FloatRect, Page, ViewportSize, expect

from model.images.files import write_picture
from tests.demo.pages.conftest import PHONE, Server
from tests.demo.pages.workbench.walk import choose, expect_edited, open_bench, title

pytestmark = pytest.mark.browser
LOW: ViewportSize = {"width": 844, "height": 390}
DOUBLED: ViewportSize = {"width": 680, "height": 450}  # 1360 × 900 at a zoom of 200 %


def box_of(page: Page, name: str) -> FloatRect:
    found = page.locator(name).first.bounding_box()
    assert found, name
    return found


@pytest.fixture
def portrait(tmp_path: Path) -> tuple[Path, Path]:
    """Write a tall picture with a disc in it, and the mask of the disc."""
    picture = np.full((1200, 500, 3), 120, np.uint8)
    mask = np.zeros((1200, 500, 3), np.uint8)
    cv2.circle(picture, (150, 900), 90, (220, 160, 40), -1)
    cv2.circle(mask, (150, 900), 90, (255, 255, 255), -1)
    write_picture(tmp_path / "tall.png", picture)
    write_picture(tmp_path / "tall_mask.png", mask)
    return tmp_path / "tall.png", tmp_path / "tall_mask.png"


@pytest.mark.parametrize(
    "size", [LOW, DOUBLED, {"width": 900, "height": 700}, {"width": 1920, "height": 1080}]
)
def test_the_whole_picture_is_visible(page: Page, size: ViewportSize) -> None:
    page.set_viewport_size(size)
    open_bench(page)
    sheet, view = box_of(page, ".wb-sheet"), box_of(page, ".wb-view")
    assert view["y"] + view["height"] <= size["height"]
    assert sheet["y"] >= view["y"] - 1
    assert sheet["y"] + sheet["height"] <= view["y"] + view["height"] + 1
    # It fills the stage in one direction.
    assert max(sheet["width"] / view["width"], sheet["height"] / view["height"]) > 0.99
    assert page.evaluate("document.documentElement.scrollWidth") == size["width"]


@pytest.mark.parametrize("width", [1360, 1920])
def test_header_and_workbench_share_their_edges(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    open_bench(page)
    brand, theme = box_of(page, ".nav-brand svg"), box_of(page, ".nav-theme svg")
    stage, rail = box_of(page, ".wb-stage"), box_of(page, ".wb-rail")
    assert stage["x"] == pytest.approx(brand["x"], abs=2)
    assert rail["x"] + rail["width"] == pytest.approx(theme["x"] + theme["width"], abs=2)


def test_a_portrait_covers_no_button_in_any_view(page: Page, portrait: tuple[Path, Path]) -> None:
    open_bench(page)
    choose(page, *portrait)
    expect(title(page)).to_have_text("tall.png")
    expect_edited(page)
    for mode in ("split", "before", "after", "mask", "light"):
        page.locator(f".wb-bar [data-mode={mode}]").click(timeout=5000)
        expect(page.locator(".wb-stage")).to_have_attribute("data-mode", mode)
        page.locator(".wb-download").click(timeout=5000)
        page.keyboard.press("Escape")


def test_on_a_phone_the_picture_stays_in_view_and_targets_are_large(browser: Browser, server: Server) -> None:
    with closing(browser.new_context(viewport=PHONE, has_touch=True, base_url=server.url)) as phone:
        page = phone.new_page()
        open_bench(page)
        page.get_by_role("tab", name="Colour").click()
        last = page.locator("[data-panel=curves] input[type=range]").last
        last.scroll_into_view_if_needed()
        view = box_of(page, ".wb-view")
        assert view["y"] >= 0 and view["y"] + view["height"] <= 0.7 * PHONE["height"]
        slider = box_of(page, "[data-panel=curves] input[type=range] >> nth=-1")
        assert slider["y"] > view["y"] + view["height"]
        small = page.evaluate(
            """() => [...document.querySelectorAll('.wb button, .wb [role=tab]')]
                .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 43.5)
                .map((one) => one.className + ' ' + one.textContent)"""
        )
        assert small == []
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_two_fingers_zoom(browser: Browser, server: Server) -> None:
    with closing(browser.new_context(viewport=PHONE, has_touch=True, base_url=server.url)) as phone:
        page = phone.new_page()
        open_bench(page)
        area = box_of(page, ".wb-view")
        # Beside the object, whose handles take fingers too.
        x, y = area["x"] + area["width"] / 4, area["y"] + area["height"] / 4
        session = phone.new_cdp_session(page)
        for kind, apart in (("touchStart", 20), ("touchMove", 40), ("touchMove", 60)):
            touches = [{"x": x - apart, "y": y, "id": 0}, {"x": x + apart, "y": y, "id": 1}]
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        expect(page.locator(".wb-view.zoomed")).to_be_visible()


def test_a_dark_page_is_dark_from_the_first_paint_on(browser: Browser, server: Server) -> None:
    with closing(browser.new_context(color_scheme="dark")) as context:
        page = context.new_page()
        page.route("**/assets/**", lambda _route: None)  # Gradio itself never comes up
        page.goto(server.url, wait_until="commit")
        page.locator("html.lab-dark").wait_for()
        colour = "getComputedStyle(document.documentElement).backgroundColor"
        assert page.evaluate(colour) == "rgb(20, 20, 21)"
