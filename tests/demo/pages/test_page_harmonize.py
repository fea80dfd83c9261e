"""Harmonize a photograph in the browser, from the upload to the download."""

import re
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from demo.examples import EXAMPLES
from model.images.files import read_matte, read_picture, write_picture
from tests.demo.pages.conftest import PHONE, Server

pytestmark = pytest.mark.browser
PHOTO = EXAMPLES[1]


@pytest.fixture
def opened(page: Page) -> Page:
    """Open the page and wait until its first example is harmonized."""
    page.goto("/")
    expect(page.locator(".stage[data-result=yes]")).to_be_visible()
    return page


def give(page: Page, slot: str, path: Path) -> Locator:
    drop = page.locator(f"#drop-{slot} .drop")
    page.locator(f"#drop-{slot} input").set_input_files(path)
    expect(drop).to_have_attribute("data-state", "busy")
    expect(drop).not_to_have_attribute("data-state", "busy")
    return drop


def harmonize(page: Page) -> None:
    page.locator("#run").click()
    expect(page.locator(".stage[data-busy=no][data-result=yes]")).to_be_visible()


def never(_route: Route) -> None:
    """Never answer a request."""


def handle_place(page: Page) -> int:
    return int(page.locator(".stage-handle").get_attribute("aria-valuenow") or -1)


def download(page: Page, kind: str, folder: Path) -> Path:
    with page.expect_download() as waiting:
        page.locator(f".exports [data-kind={kind}]").click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def test_it_opens_with_an_example_and_its_result(opened: Page) -> None:
    assert opened.title() == "Harmonize · HarmonyLab"
    expect(opened.locator("#details")).to_contain_text(re.compile(r"[\d,]+ background pixels, none changed"))
    expect(opened.locator("#curves polyline")).to_have_count(3)
    expect(opened.locator(".strip button")).to_have_count(len(EXAMPLES))


def test_an_upload_comes_back_at_full_size_and_untouched_outside_the_mask(
    opened: Page, tmp_path: Path
) -> None:
    give(opened, "composite", PHOTO.composite)
    give(opened, "mask", PHOTO.mask)
    harmonize(opened)
    path = download(opened, "png", tmp_path)
    original, result = read_picture(PHOTO.composite).pixels, read_picture(path).pixels
    outside = read_matte(PHOTO.mask, original.shape[:2]) == 0
    assert path.name == f"{PHOTO.composite.stem}-harmonized.png"
    assert result.shape == original.shape
    assert np.array_equal(result[outside], original[outside])
    assert not np.array_equal(result, original)


def test_the_border_follows_mouse_and_keyboard(opened: Page) -> None:
    canvas = opened.locator(".stage-canvas").bounding_box()
    assert canvas is not None
    opened.mouse.click(canvas["x"] + canvas["width"] / 2, canvas["y"] + 40)
    assert handle_place(opened) == 50
    opened.locator(".stage-handle").focus()
    opened.keyboard.press("ArrowRight")
    assert handle_place(opened) == 52
    opened.keyboard.press("Home")
    assert handle_place(opened) == 0


def test_holding_space_shows_the_original(opened: Page) -> None:
    opened.locator(".stage-handle").focus()
    opened.keyboard.down(" ")
    expect(opened.locator(".stage")).to_have_attribute("data-view", "before")
    opened.keyboard.up(" ")
    expect(opened.locator(".stage")).to_have_attribute("data-view", "split")


def test_strength_changes_the_picture_and_zero_gives_the_composite_back(opened: Page, tmp_path: Path) -> None:
    after = opened.locator(".stage-after").get_attribute("src") or ""
    for control in ("light", "curves"):
        number = opened.locator(f"#strength-{control} input[type=number]")
        number.fill("0")
        number.press("Tab")
    expect(opened.locator(".stage-after")).not_to_have_attribute("src", after)
    result = read_picture(download(opened, "tif", tmp_path)).pixels
    assert np.array_equal(result, read_picture(EXAMPLES[0].composite).pixels)


def test_a_cut_out_is_pasted_and_harmonized(opened: Page) -> None:
    opened.get_by_role("tab", name="Background + cut-out").click()
    assert PHOTO.background and PHOTO.cutout
    give(opened, "background", PHOTO.background)
    give(opened, "cutout", PHOTO.cutout)
    harmonize(opened)
    expect(opened.locator("[role=alert]")).to_have_count(0)


def test_an_example_is_one_click(opened: Page) -> None:
    before = opened.locator(".stage-before").get_attribute("src") or ""
    opened.locator(".strip button").nth(2).click()
    expect(opened.locator(".stage-before")).not_to_have_attribute("src", before)
    expect(opened.locator(".stage-title")).to_have_text(EXAMPLES[2].title)


def test_a_text_file_named_png_is_refused_kindly(opened: Page, tmp_path: Path) -> None:
    fake = tmp_path / "holiday.png"
    fake.write_text("this is not a picture")
    drop = give(opened, "composite", fake)
    expect(drop).to_have_attribute("data-state", "error")
    expect(drop.locator(".drop-hint")).to_contain_text("holiday.png")
    opened.locator("#run").click()
    expect(opened.get_by_role("alert")).to_contain_text("Please add")


def test_a_mask_of_another_size_is_refused_kindly(opened: Page, tmp_path: Path) -> None:
    write_picture(tmp_path / "small.png", np.full((40, 30, 3), 255, np.uint8))
    give(opened, "mask", tmp_path / "small.png")
    opened.locator("#run").click()
    expect(opened.get_by_role("alert")).to_contain_text("40")
    expect(opened.locator(".stage[data-result=no] .stage-before")).to_be_visible()
    give(opened, "mask", EXAMPLES[0].mask)
    harmonize(opened)
    expect(opened.get_by_role("alert")).to_have_count(0)


def test_an_own_picture_takes_the_place_of_an_example_and_all_its_parts(opened: Page) -> None:
    give(opened, "composite", PHOTO.composite)
    expect(opened.locator(".stage-title")).to_have_text(PHOTO.composite.name)
    expect(opened.locator(".stage[data-result=no]")).to_be_visible()
    expect(opened.locator("#drop-mask .drop")).to_have_attribute("data-state", "empty")
    expect(opened.locator("#details")).to_contain_text("Add its mask")
    expect(opened.locator(".strip button[aria-pressed=true]")).to_have_count(0)
    expect(opened.locator(".exports-main")).to_be_disabled()
    give(opened, "mask", PHOTO.mask)
    expect(opened.locator("#details")).to_contain_text("Ready to harmonize")
    opened.locator("[data-view=mask]").click()
    harmonize(opened)
    expect(opened.locator(".stage")).to_have_attribute("data-view", "split")


def test_the_browser_follows_a_strength_as_the_server_does(opened: Page) -> None:
    opened.locator("[data-view=after]").click()
    # The server's answer is held back: what shows is the browser's own.
    opened.route("**/queue/join*", never)
    number = opened.locator("#strength-light input[type=number]")
    number.fill("0")
    opened.locator("#strength-curves input[type=number]").fill("0")
    expect(opened.locator(".stage-live")).to_be_visible()
    differs = """() => {
        const live = document.querySelector('.stage-live'), { width, height } = live;
        const sheet = Object.assign(document.createElement('canvas'), { width, height });
        const pens = [sheet, live].map((canvas) => canvas.getContext('2d'));
        pens[0].drawImage(document.querySelector('.stage-before'), 0, 0, width, height);
        const [a, b] = pens.map((pen) => pen.getImageData(0, 0, width, height).data);
        return a.some((level, k) => level !== b[k]);
    }"""
    opened.wait_for_function(f"() => !({differs})()")
    number.fill("150")
    opened.wait_for_function(f"() => ({differs})()")


def test_two_fingers_zoom(browser: Browser, server: Server) -> None:
    with closing(browser.new_context(viewport=PHONE, has_touch=True, base_url=server.url)) as phone:
        page = phone.new_page()
        page.goto("/")
        expect(page.locator(".stage[data-result=yes]")).to_be_visible()
        area = page.locator(".stage-canvas").bounding_box()
        assert area
        x, y = area["x"] + area["width"] / 2, area["y"] + area["height"] / 2
        session = phone.new_cdp_session(page)
        for kind, apart in (("touchStart", 20), ("touchMove", 40), ("touchMove", 60)):
            touches = [{"x": x - apart, "y": y, "id": 0}, {"x": x + apart, "y": y, "id": 1}]
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        expect(page.locator(".stage-canvas.zoomed")).to_be_visible()


def test_a_dark_page_is_dark_from_the_first_paint_on(browser: Browser, server: Server) -> None:
    with closing(browser.new_context(color_scheme="dark")) as context:
        page = context.new_page()
        page.route("**/assets/**", never)  # Gradio itself never comes up
        page.goto(server.url, wait_until="commit")
        page.locator("html.lab-dark").wait_for()
        colour = "getComputedStyle(document.documentElement).backgroundColor"
        assert page.evaluate(colour) == "rgb(20, 20, 21)"


def test_the_same_file_may_be_given_again(opened: Page) -> None:
    for _ in range(2):
        expect(give(opened, "composite", PHOTO.composite)).to_have_attribute("data-state", "ready")


def test_the_appearance_is_remembered(opened: Page) -> None:
    opened.locator(".nav-theme").click()
    expect(opened.locator("body.dark")).to_be_visible()
    opened.goto("/results")
    expect(opened.locator("body.dark .results")).to_be_visible()
