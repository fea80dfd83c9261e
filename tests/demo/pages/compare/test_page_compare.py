"""Test the page that shows all methods side by side, zoomed to the object, and one large."""

import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from demo.examples import EXAMPLES
from model.images.files import read_picture
from model.methods import Method, available_methods
from tests.demo.pages.conftest import PHONE

pytestmark = pytest.mark.browser
VIEW = """cards => ['--zoom', '--x', '--y'].map(
    name => parseFloat(getComputedStyle(cards).getPropertyValue(name)))"""


@pytest.fixture
def compared(page: Page) -> Page:
    """Open the page and wait until every method is done."""
    page.goto("/compare")
    wait_until_done(page)
    return page


def wait_until_done(page: Page) -> None:
    expect(page.locator(".grid-card[data-state=done]")).to_have_count(len(usual()), timeout=60_000)


def usual() -> list[Method]:
    """Return the methods that are chosen when the page opens."""
    return [method for method in available_methods().values() if method.available and not method.optional]


def view(page: Page) -> list[float]:
    """Return the zoom of the cards, and how far their pictures are moved, in percent."""
    return [float(number) for number in page.locator(".grid-cards").evaluate(VIEW)]


@pytest.fixture
def small_object(tmp_path: Path) -> tuple[Path, Path]:
    """Write a composite of 800×600 pixels and a mask: the object is in its upper left quarter."""
    mask = np.zeros((600, 800), np.uint8)
    mask[60:180, 80:280] = 255
    ramp = np.broadcast_to(np.linspace(40, 200, 800).astype(np.uint8)[None, :, None], (600, 800, 3))
    files = tmp_path / "scene.png", tmp_path / "mask.png"
    cv2.imwrite(str(files[0]), np.where(mask[..., None] > 0, 255 - ramp, ramp))
    cv2.imwrite(str(files[1]), mask)
    return files


def give(page: Page, files: tuple[Path, Path]) -> None:
    """Upload a composite and its mask."""
    page.locator("#show-own").click()
    for slot, file in zip(("composite", "mask"), files, strict=True):
        page.set_input_files(f"#drop-{slot} input", str(file))
        expect(page.locator(f"#drop-{slot} .drop-note")).to_have_text("800×600")


def test_every_method_has_a_card_of_the_same_size(compared: Page) -> None:
    cards = compared.locator(".grid-card")
    assert cards.locator(".grid-title").all_text_contents() == [m.title for m in usual()]
    boxes = [card.bounding_box() for card in cards.all()]
    assert len({(round(box["width"]), round(box["height"])) for box in boxes if box}) == 1


@pytest.mark.parametrize("width", [PHONE["width"], 1440])
def test_both_pictures_start_a_comparison_zoomed_to_the_object(
    page: Page, small_object: tuple[Path, Path], width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto("/compare")
    give(page, small_object)
    expect(page.locator("[data-do=object]")).to_have_attribute("aria-pressed", "true")
    wait_until_done(page)
    # The box is 0.1-0.35 of the width and 0.1-0.3 of the height.
    assert view(page) == pytest.approx([1 / (0.25 * 1.2), 27.5, 30], abs=0.5)
    page.locator("[data-do=whole]").click()
    assert view(page) == [1, 0, 0]
    expect(page.locator("[data-do=whole]")).to_have_attribute("aria-pressed", "true")
    page.locator("[data-do=larger]").click()
    assert view(page)[0] == 1.5


def test_a_plain_wheel_scrolls_the_page_over_a_zoomed_picture(compared: Page) -> None:
    compared.set_viewport_size({"width": 1000, "height": 500})
    compared.locator("[data-do=larger]").click()
    before = view(compared)
    compared.locator(".grid-frame").first.hover()
    compared.mouse.wheel(0, 200)
    compared.wait_for_function("scrollY > 100 || document.scrollingElement.scrollTop > 100")
    assert view(compared) == before
    compared.keyboard.down("Control")
    compared.mouse.wheel(0, -50)
    compared.keyboard.up("Control")
    assert view(compared)[0] > before[0]


def test_a_card_opens_large_and_the_arrows_change_the_method(compared: Page) -> None:
    compared.locator(".grid-frame").first.click()
    title = compared.locator(".grid-large-title")
    first = title.text_content() or ""
    compared.keyboard.press("ArrowRight")
    expect(title).not_to_have_text(first)
    compared.keyboard.down(" ")
    expect(title).to_have_text("Original")
    compared.keyboard.up(" ")
    expect(title).not_to_have_text("Original")
    compared.keyboard.press("Escape")
    expect(compared.locator(".grid-large")).to_be_hidden()


def large_width(page: Page) -> float:
    box = page.locator(".grid-large-image").bounding_box()
    assert box
    return box["width"]


def test_the_large_view_zooms_and_moves(compared: Page) -> None:
    compared.locator(".grid-frame").first.click()
    compared.keyboard.press("0")
    whole = large_width(compared)
    compared.keyboard.press("+")
    assert large_width(compared) == pytest.approx(1.5 * whole, rel=0.01)
    compared.locator(".grid-large-sheet").hover()
    compared.mouse.wheel(0, -300)
    assert large_width(compared) > 2 * whole
    before = compared.locator(".grid-large-image").bounding_box()
    compared.mouse.down()
    compared.mouse.move(600, 420, steps=4)
    compared.mouse.up()
    after = compared.locator(".grid-large-image").bounding_box()
    assert before and after and (after["x"], after["y"]) != (before["x"], before["y"])
    compared.keyboard.press("Shift+ArrowRight")
    moved = compared.locator(".grid-large-image").bounding_box()
    assert moved and moved["x"] == pytest.approx(after["x"] - 60, abs=1)
    assert compared.locator(".grid-large-title").text_content() == usual()[0].title


def test_the_large_view_loads_the_full_size_when_it_is_zoomed(compared: Page) -> None:
    compared.locator(".grid-frame").first.click()
    compared.locator("[data-large=whole]").click()
    image = compared.locator(".grid-large-image")
    compared.wait_for_timeout(600)
    preview = image.get_attribute("src") or ""
    assert preview.endswith(".jpg")
    for _ in range(3):
        compared.locator("[data-large=larger]").click()
    expect(image).not_to_have_attribute("src", preview)
    full = compared.request.get(image.get_attribute("src") or "").body()
    shown = np.asarray(cv2.imdecode(np.frombuffer(full, np.uint8), cv2.IMREAD_COLOR))
    assert np.array_equal(shown[..., ::-1], read_picture(EXAMPLES[0].composite).pixels)
    expect(compared.locator(".grid-large-full")).to_be_hidden()
    compared.keyboard.press("ArrowRight")
    expect(compared.locator(".grid-large-title")).to_have_text(usual()[1].title)
    expect(image).to_have_attribute("src", re.compile("png$"))


def test_two_fingers_zoom_the_large_view(context: BrowserContext, page: Page) -> None:
    page.set_viewport_size(PHONE)
    page.goto("/compare")
    wait_until_done(page)
    page.locator(".grid-frame").first.click()
    page.locator("[data-large=whole]").click()
    whole = large_width(page)
    touch = context.new_cdp_session(page)

    def fingers(kind: str, *across: int) -> None:
        points = [{"x": x, "y": 500, "id": number} for number, x in enumerate(across)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    fingers("touchStart", 170, 220)
    for apart in (40, 60, 80):
        fingers("touchMove", 195 - apart, 195 + apart)
    fingers("touchEnd")
    assert large_width(page) == pytest.approx(whole * 160 / 50, rel=0.15)


def test_another_example_is_compared(compared: Page) -> None:
    source = compared.locator(".grid-card img").first.get_attribute("src") or ""
    compared.locator(".strip button").nth(1).click()
    expect(compared.locator(".grid-card img").first).not_to_have_attribute("src", source)
    expect(compared.locator(".grid-card[data-state=waiting]")).to_have_count(0)


def test_a_question_mark_tells_how_near_curves_and_light_come(compared: Page) -> None:
    cards = compared.locator(".grid-card")
    assert "levels" not in " ".join(cards.all_text_contents())
    about = compared.locator(".grid-about:visible").first
    about.click()
    expect(about).to_have_attribute("aria-expanded", "true")
    expect(compared.locator(".grid-fit:visible")).to_contain_text("of this change")
    about.click()
    expect(compared.locator(".grid-fit:visible")).to_have_count(0)


def test_stop_ends_the_comparison_and_keeps_its_results(page: Page) -> None:
    page.goto("/compare")
    old = page.locator(".grid-card img").first.get_attribute("src") or ""
    page.locator(".strip button").nth(3).click()
    expect(page.locator(".grid-card img").first).not_to_have_attribute("src", old)
    page.locator("[data-do=stop]").click()
    expect(page.locator(".grid-card[data-state=stopped]").first).to_be_visible()
    expect(page.locator("[data-do=stop]")).to_be_hidden()
    done = page.locator(".grid-card[data-state=done]").count()
    assert done < len(usual())
    with page.expect_download() as waiting:
        page.locator("[data-do=zip]").click()
    assert waiting.value.suggested_filename.endswith("-methods.zip")
    assert page.locator(".grid-card[data-state=done]").count() <= done + 1
    page.locator("#run").click()
    wait_until_done(page)
