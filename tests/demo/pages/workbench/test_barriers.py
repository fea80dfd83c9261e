"""Check every panel and dialog of the workbench with axe-core, in both themes, at both sizes."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize, expect

from demo.examples import EXAMPLES
from tests.demo.pages.conftest import PHONE
from tests.demo.pages.workbench.walk import DRAWN, choose, expect_edited, title

pytestmark = pytest.mark.browser
DESK: ViewportSize = {"width": 1360, "height": 900}
PANELS = ("curves", "light", "shadow", "objects", "reference", "download")
PHOTO = EXAMPLES[1]


def violations(page: Page) -> list[str]:
    """Return the rules of axe-core that the page breaks, with the elements."""
    found = Axe().run(page).response["violations"]
    return [
        f"{rule['id']}: {node['target']} {node['failureSummary']}" for rule in found for node in rule["nodes"]
    ]


@pytest.fixture(params=[DESK, PHONE], ids=["desktop", "phone"])
def size(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(params=["light", "dark"])
def bench(request: pytest.FixtureRequest, page: Page, size: ViewportSize) -> Page:
    """Return the page with its first example, in a theme and a size."""
    page.set_viewport_size(size)
    page.goto(f"/?__theme={request.param}")
    expect(page.locator(DRAWN)).to_be_visible()
    page.wait_for_timeout(1500)
    return page


def open_panel(page: Page, name: str, on_phone: bool) -> None:
    if on_phone:
        page.locator(f".wb-tabs [data-panel={name}]").click()
        return
    panel = page.locator(f".wb-panel[data-panel={name}]")
    if panel.get_attribute("data-open") != "yes":
        panel.locator(".wb-panel-title").click()


def test_no_panel_has_barriers(bench: Page, size: ViewportSize) -> None:
    for name in PANELS:
        open_panel(bench, name, size == PHONE)
        if name == "shadow":
            bench.get_by_label("Draw a shadow under the object").check()
        if name == "reference":
            bench.get_by_role("radio", name="A part").click()
            expect(bench.get_by_role("application", name="The part whose light counts")).to_be_visible()
        assert violations(bench) == [], name


def test_no_dialog_has_barriers(bench: Page, size: ViewportSize) -> None:
    bench.locator("[data-do=help]").click()
    expect(bench.get_by_role("dialog", name="Help")).to_be_visible()
    assert violations(bench) == []
    bench.keyboard.press("Escape")
    bench.locator(".wb-download").click()
    expect(bench.locator(".wb-formats")).to_be_visible()
    assert violations(bench) == []
    bench.keyboard.press("Escape")
    check_batch(bench)
    choose(bench, PHOTO.composite)
    expect(bench.locator(".wb-offer")).to_be_visible()
    assert violations(bench) == []
    choose(bench, PHOTO.composite, PHOTO.mask)
    expect(title(bench)).to_have_text(PHOTO.composite.name)
    expect_edited(bench)
    open_panel(bench, "objects", size == PHONE)
    bench.locator("[data-panel=objects] [data-do=mask]").click()
    expect(bench.get_by_role("dialog", name="Mask of the object")).to_be_visible()
    expect(bench.get_by_role("button", name="Use this mask")).to_be_enabled()
    assert violations(bench) == []
    bench.get_by_role("button", name="Brush").click()
    assert violations(bench) == []


def check_batch(page: Page) -> None:
    """Walk through the dialog for many pictures: empty, ready with a file left out, and done."""
    page.locator(".wb-batch-open").click()
    batch = page.locator(".wb-batch")
    assert violations(page) == []
    files = (PHOTO.composite, PHOTO.mask, EXAMPLES[0].mask)
    batch.locator("input[data-of=files]").set_input_files(files)
    expect(batch).to_have_attribute("data-state", "ready")
    batch.locator("summary").click()
    assert violations(page) == []
    batch.get_by_role("button", name="Start").click()
    expect(batch.get_by_role("link", name="Download all")).to_be_visible()
    assert violations(page) == []
    batch.get_by_role("button", name="Close").click()
