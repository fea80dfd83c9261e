"""Test the organizer's page in a browser: signing in by the printed address, files, and signing out."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, expect

from tests.demo.pages.conftest import Server, sign_in

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [390, 1440])
def test_the_printed_address_signs_in_and_files_are_downloaded(
    page: Page, server: Server, width: int, tmp_path: Path
) -> None:
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request))
    page.set_viewport_size({"width": width, "height": 800})
    sign_in(page, server)
    assert page.url == f"{server.url}/organizer" and page.title() == "Organizer · HarmonyLab"
    assert page.evaluate("document.documentElement.scrollWidth") == width
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Every answer").click()
    waiting.value.save_as(tmp_path / "votes.csv")
    assert waiting.value.suggested_filename == "first-look-votes.csv"
    assert (tmp_path / "votes.csv").read_text().startswith("participant,item,left,right")
    # The key is in the body of one request, and in no address and no header.
    key = server.organizer_key
    assert [request.url for request in sent if key in (request.post_data or "")] == [
        f"{server.url}/organizer/sign-in"
    ]
    assert not any(key in str(request.headers) for request in sent)
    page.go_back()
    assert key not in page.url


def test_a_key_is_typed_and_signing_out_closes_the_page(page: Page, server: Server) -> None:
    page.goto("/organizer")
    page.get_by_label("Organizer’s key").fill(server.organizer_key)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#organizer .tiles dd")).to_have_count(5)
    page.goto("/results")
    page.get_by_role("link", name="For organizers").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Organizer’s key")).to_be_visible()
    expect(page.locator("#organizer .tiles")).to_have_count(0)
    page.goto("/results")
    expect(page.locator(".results")).to_be_visible()
    expect(page.get_by_role("link", name="For organizers")).to_have_count(0)


def test_a_wrong_key_gives_a_message(page: Page, faults: list[str]) -> None:
    page.goto("/organizer")
    page.get_by_label("Organizer’s key").fill("a wrong key")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".sign-in [role=alert]")).to_contain_text("key is wrong")
    page.goto("/organizer/sign-in#key=another-wrong-key")
    expect(page.locator("#message")).to_contain_text("key is wrong")
    assert "another-wrong-key" not in page.url
    faults[:] = [fault for fault in faults if "403" not in fault]  # Chromium logs every refusal


def test_only_organizers_see_the_button_for_studies(page: Page, server: Server) -> None:
    draft = page.get_by_role("button", name="Use in a study")
    all_done = page.locator(".grid:not(:has(.grid-card:not([data-state=done]))) .grid-card").first
    page.goto("/compare")
    expect(all_done).to_be_visible()
    expect(draft).to_be_hidden()
    sign_in(page, server)
    page.goto("/compare")
    expect(draft).to_be_visible()
    expect(all_done).to_be_visible()
