"""Use the panels of the workbench as a person does: curves, sliders, light, shadow, objects, variants."""

import json
import re
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.sync_api import Locator, Page, Request, expect

pytestmark = pytest.mark.browser
DOCUMENT = "/api/workbench/document"


class Saved:
    """Collect the documents that the page saves."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.documents: list[dict[str, Any]] = []
        page.on("request", self._keep)

    def _keep(self, request: Request) -> None:
        if request.method == "PUT" and request.url.endswith(DOCUMENT):
            content: dict[str, Any] = json.loads(request.post_data or "{}")
            self.documents.append(content)

    def object(self) -> dict[str, Any]:
        """Return the first object of the document, once all changes are saved."""
        expect(self.page.locator(".wb[data-saved=yes]")).to_be_visible()
        found: dict[str, Any] = self.documents[-1]["objects"][0]
        return found


@pytest.fixture
def bench(page: Page) -> Saved:
    """Open the page with the first example harmonized."""
    saved = Saved(page)
    page.goto("/")
    expect(page.locator(".wb-stage[data-result=yes][data-drawn=yes]")).to_be_visible()
    return saved


def open_panel(page: Page, name: str) -> Locator:
    """Open a panel of the rail and return it."""
    panel = page.locator(f".wb-panel[data-panel={name}]")
    if panel.get_attribute("data-open") != "yes":
        panel.locator(".wb-panel-title").click()
    return panel


def slide(panel: Locator, label: str, number: str) -> None:
    """Type a number into the box of a slider."""
    box = panel.get_by_label(f"{label}, as a number", exact=True)
    box.fill(number)
    box.press("Tab")


def test_points_of_a_curve_are_added_moved_and_removed(page: Page, bench: Saved) -> None:
    panel = open_panel(page, "curves")
    expect(panel.locator(".wb-bars path")).to_have_count(3)
    panel.get_by_role("radio", name="Red").click()
    area = panel.locator(".wb-curves").bounding_box()
    assert area
    before = panel.locator(".wb-lines .wb-red").get_attribute("points")
    x, y = area["x"] + area["width"] / 2, area["y"] + area["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y - 40, steps=4)
    page.mouse.up()
    dot = panel.locator(".wb-dots button")
    expect(dot).to_have_count(1)
    assert panel.locator(".wb-lines .wb-red").get_attribute("points") != before
    assert panel.locator(".wb-answer .wb-red").get_attribute("points")
    lifted = bench.object()
    curves = lifted["edit"]["curves"]
    assert curves["red"][32] == pytest.approx(0.5 + 40 / area["height"], abs=0.02)
    dot.press("ArrowDown")
    dot.press("Shift+ArrowDown")
    assert bench.object()["edit"]["curves"]["red"][32] == pytest.approx(curves["red"][32] - 0.11, abs=0.005)
    dot.press("Delete")
    expect(dot).to_have_count(0)
    assert panel.locator(".wb-lines .wb-red").get_attribute("points") == before
    page.locator("[data-do=undo]").click()
    expect(dot).to_have_count(1)
    panel.get_by_role("button", name="Reset to the answer").click()
    expect(dot).to_have_count(0)
    assert panel.locator(".wb-lines .wb-red").get_attribute("points") == before


@pytest.mark.parametrize(("typed", "kept"), [("500", 2.0), ("-50", -2.0), ("", 0.0), ("0.5", 0.5)])
def test_a_number_box_takes_any_input(page: Page, bench: Saved, typed: str, kept: float) -> None:
    panel = open_panel(page, "curves")
    slide(panel, "Exposure", typed)
    expect(panel.get_by_label("Exposure, as a number")).to_have_value(re.compile(rf"^{kept:g}$"))
    slide(panel, "Opacity of all changes", "40")
    saved = bench.object()
    assert saved["controls"]["exposure"] == kept if kept else not (saved["controls"] or {}).get("exposure")
    assert saved["opacity"] == 0.4
    page.keyboard.press("Control+z")
    expect(panel.get_by_label("Opacity of all changes, as a number")).to_have_value("100")


def test_saturation_and_hue_are_one_step_each_and_saved(page: Page, bench: Saved) -> None:
    panel = open_panel(page, "curves")
    slide(panel, "Exposure", "0.1")  # from now on the project holds the edit
    answer = bench.object()["edit"]["matrix"]
    slide(panel, "Saturation", "-100")
    grey = bench.object()["edit"]["matrix"]
    assert np.allclose(grey, [np.array([0.2126, 0.7152, 0.0722]) @ answer] * 3)
    hue = panel.get_by_label("Hue", exact=True)
    hue.focus()
    for _ in range(3):
        hue.press("ArrowRight")
    assert bench.object()["controls"]["hue"] == 3
    slide(panel, "Saturation", "40")
    assert bench.object()["controls"]["saturation"] == 0.4
    page.reload()
    expect(page.locator(".wb-stage[data-result=yes][data-drawn=yes]")).to_be_visible()
    panel = open_panel(page, "curves")
    expect(panel.get_by_label("Saturation, as a number")).to_have_value("40")
    expect(panel.get_by_label("Hue, as a number")).to_have_value("3")
    panel.get_by_role("button", name="Reset to the answer").click()
    assert bench.object()["edit"]["matrix"] == answer
    page.keyboard.press("Control+z")
    expect(panel.get_by_label("Hue, as a number")).to_have_value("3")


def test_light_is_painted_and_comes_from_a_side(page: Page, bench: Saved) -> None:
    panel = open_panel(page, "light")
    expect(panel.locator(".wb-light-range")).to_contain_text("%")
    panel.get_by_role("radio", name="Lighter").click()
    view = page.locator(".wb-view").bounding_box()
    assert view
    x, y = view["x"] + 0.66 * view["width"], view["y"] + 0.75 * view["height"]
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y + 10, steps=5)
    page.mouse.up()
    painted = bench.object()
    assert len(painted["controls"]["paint"]) == 1
    edit, answer = (np.array(painted[name]["shading"], np.float32) for name in ("edit", "answer"))
    added = edit - cv2.resize(answer, edit.shape[::-1], interpolation=cv2.INTER_LINEAR)
    assert added.max() == pytest.approx(np.log1p(0.15), abs=0.02)
    assert added.min() > -0.01
    panel.get_by_role("radio", name="Off").click()
    panel.get_by_role("button", name="Clear the brush").click()
    puck = panel.locator(".wb-puck")
    for _ in range(6):
        puck.press("ArrowRight")
    assert puck.get_attribute("aria-label") == "Light from the right"
    slide(panel, "Strength", "30")
    lit = bench.object()
    assert lit["controls"]["paint"] == [] and lit["controls"]["puck"]["x"] == pytest.approx(0.6)
    rows = lit["edit"]["shading"]
    assert max(map(max, rows)) > 0.1
    panel.get_by_role("button", name="Remove this light").click()
    assert bench.object()["edit"]["shading"] == bench.object()["answer"]["shading"]


def test_a_shadow_is_off_until_asked_for(page: Page, bench: Saved) -> None:
    panel = open_panel(page, "shadow")
    expect(panel.locator(".wb-sliders")).to_be_hidden()
    panel.get_by_role("checkbox").check()
    slide(panel, "Softness", "4")
    assert bench.object()["shadow"]["softness"] == pytest.approx(0.04)
    expect(panel.locator(".wb-hint")).to_have_text(
        re.compile(r"^It changes [\d\s]+ pixels of the background\.$")
    )
    panel.get_by_role("checkbox").uncheck()
    assert bench.object()["shadow"] is None


def test_an_object_is_renamed_hidden_and_removed(page: Page, bench: Saved) -> None:
    panel = open_panel(page, "objects")
    panel.get_by_role("button", name="Rename").click()
    field = panel.get_by_label("Name of the object")
    field.fill("<b>Moth</b>")
    field.press("Enter")
    expect(panel.locator(".wb-object-name")).to_have_text("<b>Moth</b>")
    panel.get_by_role("button", name="Hide").click()
    assert bench.object()["visible"] is False
    panel.get_by_role("button", name="Remove").click()
    expect(panel.locator("li")).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(panel.locator("li")).to_have_count(1)


def test_a_variant_is_taken_as_an_edit(page: Page, bench: Saved) -> None:
    strip = page.locator(".wb-variants")
    ours = bench.page.locator(".wb-lines .wb-red").get_attribute("points")
    expect(strip.locator("[data-key=ours]")).to_have_attribute("aria-pressed", "true")
    strip.locator("[data-key=warmer]").click()
    assert bench.object()["controls"]["warmth"] > 0
    histogram = strip.locator("[data-key=hist_match]")
    expect(histogram).to_be_enabled()
    histogram.click()
    taken = bench.object()
    assert json.dumps(taken["edit"]["curves"]) == json.dumps(taken["answer"]["curves"])
    expect(histogram).to_have_attribute("aria-pressed", "true")
    strip.locator("[data-key=ours]").click()
    expect(page.locator(".wb-lines .wb-red")).to_have_attribute("points", ours or "")
    strip.get_by_role("button", name="See all large").click()
    page.wait_for_url("**/compare?workbench=*")
