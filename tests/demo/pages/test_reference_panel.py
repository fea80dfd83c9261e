"""Choose in a real browser what an object is matched to: a part of the picture, or another picture."""

import time
from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.demo.pages.conftest import Call

pytestmark = pytest.mark.browser
SAVED = """async () => {
    const headers = {'X-Workbench': localStorage.getItem('harmonylab-workbench')};
    return (await (await fetch('/api/workbench/document', {headers})).json()).document;
}"""


EXAMPLE = """async () => {
    const headers = {'X-Workbench': localStorage.getItem('harmonylab-workbench')};
    return (await fetch('/api/workbench/examples/0', {method: 'POST', headers})).json();
}"""


def opened(page: Page) -> Locator:
    page.goto("/")
    root = page.locator(".wb")
    expect(root).to_have_attribute("data-state", "ready")
    expect(page.locator(".wb-stage")).to_have_attribute("data-result", "yes")
    page.locator("#wb-title-reference").click()
    return page.locator("#wb-panel-reference")


def saved(page: Page, done: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Return the document as the server has it, when it fulfils a condition."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        document: dict[str, Any] | None = page.evaluate(SAVED)
        if document and done(document):
            return document
        page.wait_for_timeout(200)
    raise AssertionError(f"The document stayed {document}")


def curves(document: dict[str, Any]) -> Any:
    return document["objects"][0]["answer"]["curves"]


def first_answer(page: Page) -> Any:
    """Return the curves of the example that is open at the start."""
    return curves(page.evaluate(EXAMPLE)["document"])


def test_a_part_of_the_picture_changes_the_answer(page: Page) -> None:
    panel = opened(page)
    before = first_answer(page)
    panel.get_by_role("radio", name="A part").click()
    part = saved(page, lambda document: bool(document["reference"]) and curves(document) != before)
    assert part["reference"] == {"file": part["background"], "box": [0.25, 0.25, 0.75, 0.75]}
    assert part["objects"][0]["edit"]["curves"] != before
    page.locator(".wb-bar [data-do=undo]").click()
    assert curves(saved(page, lambda document: not document["reference"])) == before


def box_of(page: Page, done: Callable[[list[float]], bool]) -> list[float]:
    document = saved(page, lambda one: bool(one["reference"]) and done(one["reference"]["box"]))
    box: list[float] = document["reference"]["box"]
    return box


def test_a_box_is_drawn_and_moved_with_keys(page: Page) -> None:
    panel = opened(page)
    panel.get_by_role("radio", name="A part").click()
    area = panel.locator(".wb-reference")
    area.scroll_into_view_if_needed()
    place = area.bounding_box()
    assert place
    page.mouse.move(place["x"] + 0.02 * place["width"], place["y"] + 0.05 * place["height"])
    page.mouse.down()
    page.mouse.move(place["x"] + 0.5 * place["width"], place["y"] + 0.2 * place["height"], steps=4)
    page.mouse.up()
    box = box_of(page, lambda box: box[3] < 0.3)
    assert np.allclose(box, [0.02, 0.05, 0.5, 0.2], atol=0.02)
    area.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+ArrowRight")
    moved = box_of(page, lambda now: now[1] > box[1] + 0.01)
    assert np.allclose(moved, [box[0], box[1] + 0.02, box[2] + 0.02, box[3] + 0.02], atol=0.001)


# The panel is drawn again before the key's change is committed, as when an answer arrives from a slow server.
KEY_THEN_CHANGE = """() => {
    const down = new KeyboardEvent('keydown', {key: 'ArrowDown', bubbles: true});
    document.querySelector('.wb-reference').dispatchEvent(down);
    document.querySelector('.wb-objects [data-do=hide]').click();
}"""


def test_a_change_meanwhile_does_not_move_the_box_back(page: Page) -> None:
    opened(page).get_by_role("radio", name="A part").click()
    box_of(page, lambda box: box == [0.25, 0.25, 0.75, 0.75])
    page.evaluate(KEY_THEN_CHANGE)
    moved = saved(page, lambda document: document["reference"]["box"][1] > 0.26)
    assert np.allclose(moved["reference"]["box"], [0.25, 0.27, 0.75, 0.77], atol=0.001)
    assert not moved["objects"][0]["visible"]


def test_another_picture_is_matched_to(page: Page) -> None:
    file = BytesIO()
    Image.new("RGB", (90, 60), (200, 40, 20)).save(file, "PNG")
    red: FilePayload = {"name": "red.png", "mimeType": "image/png", "buffer": file.getvalue()}
    panel = opened(page)
    before = first_answer(page)
    panel.locator("input[type=file]").set_input_files(red)
    after = saved(page, lambda document: bool(document["reference"]) and curves(document) != before)
    assert after["reference"]["box"] == [0, 0, 1, 1]
    assert after["reference"]["file"] != after["background"]
    expect(panel.get_by_role("radio", name="Another picture")).to_have_attribute("aria-checked", "true")
    panel.get_by_role("radio", name="Whole picture").click()
    assert curves(saved(page, lambda document: not document["reference"] and curves(document) == before))


@pytest.mark.parametrize(
    ("name", "arguments", "box"),
    [
        ("boxFrom", ([0.5, 0.9], [0.1, 0.2]), [0.1, 0.2, 0.5, 0.9]),
        ("boxFrom", ([0.5, 0.5], [0.51, 0.9]), None),
        ("boxFrom", ([0.5, 0.5], [1.4, -0.2]), [0.5, 0, 1, 0.5]),
        ("movedBox", ([0.2, 0.2, 0.4, 0.4], -0.5, 0.9), [0, 0.8, 0.2, 1]),
        ("resizedBox", ([0.2, 0.2, 0.4, 0.4], 0.9, -0.9), [0.2, 0.2, 1, 0.23]),
    ],
)
def test_boxes_stay_in_the_picture(
    call: Call, name: str, arguments: tuple[Any, ...], box: list[float]
) -> None:
    found = call("panels/reference_box.js", name, *arguments)
    assert found is None if box is None else np.allclose(found, box)
