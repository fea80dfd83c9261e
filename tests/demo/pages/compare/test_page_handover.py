"""Test that Compare opens with the picture and the mask of the workbench."""

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
ADDRESS = "/api/workbench"


def test_the_object_of_the_workbench_is_compared(page: Page) -> None:
    token = page.request.post(ADDRESS).json()["token"]
    headers = {"X-Workbench": token}
    opened = page.request.post(f"{ADDRESS}/examples/2", headers=headers, data={}).json()
    wanted = {"document": opened["document"], "object": "o1"}
    url = page.request.post(f"{ADDRESS}/compare", headers=headers, data=wanted).json()["url"]
    page.goto(url)
    expect(page.locator(".grid-card[data-state=done]").first).to_be_visible()
    picture = page.locator(".grid-card img").first
    size = picture.evaluate("image => [image.naturalWidth, image.naturalHeight]")
    facts = opened["files"][opened["document"]["background"]]
    assert size[0] / size[1] == pytest.approx(facts["width"] / facts["height"], rel=0.01)
    expect(page.locator(".strip [aria-pressed=true]")).to_have_count(0)
    page.locator("#show-own").click()
    for slot in ("composite", "mask"):
        expect(page.locator(f"#drop-{slot} .drop-note")).to_have_text(f"{facts['width']}×{facts['height']}")
