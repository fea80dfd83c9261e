"""Make and mend masks in the dialog of the workbench, with mouse, keys and fingers."""

import json
import re

import pytest
from playwright.sync_api import Browser, Locator, Page, Request, expect

from demo.examples import EXAMPLES
from tests.demo.pages.conftest import PHONE, Call, Server

pytestmark = pytest.mark.browser
SLOW = 180_000  # milliseconds: the first search of a server on a busy machine
FOUND = re.compile("^Found")
LAYER = "masks/mask_layer.js"
HISTORY = """async () => {
    const { createMaskLayer } = await import('/masks/mask_layer.js');
    const layer = createMaskLayer(40, 30, () => {}, 1000);
    const count = () => layer.mask.data.filter((level) => level > 127).length;
    const brush = { radius: 3, feather: 0, erase: false };
    for (let k = 0; k < 60; k += 1) {
        layer.stroke({ x: 5 + k / 2, y: 10 }, { x: 5 + k / 2, y: 10 + k / 6 }, brush);
        layer.endStroke();
    }
    const painted = count();
    let steps = 0;
    while (layer.undo()) steps += 1;
    const left = count();
    while (layer.redo());
    return [painted, steps, left, count()];
}"""


def test_a_soft_brush_fades_towards_its_edge(call: Call) -> None:
    shares = [call(LAYER, "brushShare", distance, 10, 0.5) for distance in (0, 5, 7.5, 10, 12)]
    assert shares[0] == shares[1] == 1
    assert 0.3 < shares[2] < 0.7 and shares[3] < 0.05 and shares[4] == 0


def test_fifty_steps_are_kept_whatever_they_need(modules: Page) -> None:
    painted, steps, left, again = modules.evaluate(HISTORY)
    assert steps == 50
    assert 0 < left < painted == again


def open_dialog(page: Page) -> Locator:
    """Open a picture without a mask, and the dialog."""
    page.goto("/")
    page.locator(".wb[data-state=ready]").wait_for(timeout=SLOW)
    page.set_input_files(".wb-files input", str(EXAMPLES[1].composite))
    page.get_by_role("button", name="Mark it").click(timeout=SLOW)
    dialog = page.locator(".mask-dialog")
    expect(dialog.locator(".mask-view")).to_be_focused()
    return dialog


def paint(page: Page) -> None:
    """Paint a broad stroke, the beginning of a mask."""
    page.keyboard.press("p")
    drag(page, (0.3, 0.5), (0.6, 0.5))


def covered(dialog: Locator) -> int:
    """Return the number of pixels of the mask, by the tint above the picture."""
    script = """canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data
        .filter((level, index) => index % 4 === 3 && level > 76).length"""
    return int(dialog.locator("canvas").evaluate(script))


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag from one point of the picture to another, both in 0-1."""
    area = page.locator(".mask-sheet").bounding_box()
    assert area
    spots = [(area["x"] + x * area["width"], area["y"] + y * area["height"]) for x, y in (start, end)]
    page.mouse.move(*spots[0])
    page.mouse.down()
    page.mouse.move(*spots[1], steps=4)
    page.mouse.up()


def test_a_mask_is_painted_undone_and_used(page: Page) -> None:
    dialog = open_dialog(page)
    expect(dialog.get_by_role("button", name="Use this mask")).to_be_disabled()
    paint(page)
    before = covered(dialog)
    assert before > 1000
    page.keyboard.press("e")
    drag(page, (0.3, 0.5), (0.4, 0.5))
    assert 0 < covered(dialog) < before
    page.keyboard.press("Control+z")
    assert covered(dialog) == before
    dialog.get_by_role("button", name="Invert").click()
    inverted = covered(dialog)
    dialog.get_by_role("button", name="Invert").click()
    assert inverted > before == covered(dialog)
    with page.expect_response(lambda answer: saves_a_mask(answer.request), timeout=SLOW):
        dialog.get_by_role("button", name="Use this mask").click()
    expect(dialog).to_be_hidden()
    expect(page.locator(".wb-object")).to_have_count(1)
    page.get_by_role("button", name="Edit the mask").click()
    expect(dialog.get_by_role("button", name="Use this mask")).to_be_enabled()
    assert abs(covered(dialog) - before) < 0.01 * before


def saves_a_mask(request: Request) -> bool:
    """Return whether a request saves a document whose only object has a mask."""
    if request.method != "PUT":
        return False
    objects = json.loads(request.post_data or "")["objects"]
    return len(objects) == 1 and bool(objects[0]["mask"])


def test_the_server_finds_the_object_in_a_box_and_mends_it_by_clicks(page: Page) -> None:
    dialog = open_dialog(page)
    expect(dialog.locator("[data-tool=box]")).to_have_attribute("aria-pressed", "true")
    drag(page, (0.1, 0.15), (0.6, 0.95))
    note = dialog.locator(".mask-note")
    expect(note).to_have_text(FOUND, timeout=SLOW)
    found = covered(dialog)
    assert found > 1000
    page.keyboard.press("Control+z")
    page.keyboard.press("a")  # a box that is drawn with the tool for clicks finds the same
    drag(page, (0.1, 0.15), (0.6, 0.95))
    expect(note).to_have_text(FOUND, timeout=SLOW)
    assert covered(dialog) == found
    page.keyboard.press("r")
    expect(note).not_to_have_text(FOUND)
    dialog.locator(".mask-view").click()
    expect(note).to_have_text(FOUND, timeout=SLOW)
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    assert covered(dialog) == 0


def test_keys_alone_paint_and_escape_closes(page: Page) -> None:
    dialog = open_dialog(page)
    for key in ("p", "ArrowLeft", "ArrowUp", "Enter"):
        page.keyboard.press(key)
    assert covered(dialog) > 100
    wide = dialog.locator(".mask-sheet").bounding_box()
    page.keyboard.press("+")
    zoomed = dialog.locator(".mask-sheet").bounding_box()
    assert wide and zoomed and zoomed["width"] > 1.4 * wide["width"]
    page.keyboard.press("Escape")  # lets go of the pointer of the keys
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.locator(".wb-object")).to_have_count(0)


def test_fingers_reach_every_tool_on_a_phone(browser: Browser, server: Server) -> None:
    context = browser.new_context(viewport=PHONE, base_url=server.url, has_touch=True)
    dialog = open_dialog(context.new_page())
    for button in dialog.get_by_role("button").all():
        size = button.bounding_box()
        assert size and size["width"] >= 44 and size["height"] >= 44
    view = dialog.locator(".mask-view").bounding_box()
    assert view and view["height"] > 400
    context.close()
