"""Use the organizer's page in a browser: sign in, watch a study, change its state, download, sign out."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Request, Route, expect

from study.collect.enrolment import enrol
from study.database.store import Store
from study.manage.people import people
from tests.demo.pages.conftest import Server, sign_in
from tests.support.study_world import person

pytestmark = pytest.mark.browser
STUDY = "/organizer#study/first-look/1"
TABS = ("monitor", "people", "settings", "files", "log")


def seen(page: Page) -> None:
    """Wait for the state of the study."""
    expect(page.locator(".org-state")).to_be_visible()


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
    page.get_by_role("link", name="First look").click()
    page.get_by_role("link", name="Files").click()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Every answer").click()
    waiting.value.save_as(tmp_path / "votes.csv")
    assert waiting.value.suggested_filename == "first-look-1-votes.csv"
    assert (tmp_path / "votes.csv").read_text().startswith("participant,item,left,right")
    # The key is in the body of one request, and in no address and no header.
    key = server.organizer_key
    assert [request.url for request in sent if key in (request.post_data or "")] == [
        f"{server.url}/organizer/sign-in"
    ]
    assert not any(key in str(request.headers) for request in sent)


def test_a_key_is_typed_and_signing_out_closes_the_page(page: Page, server: Server) -> None:
    page.goto("/organizer")
    page.get_by_label("Organizer’s key").fill(server.organizer_key)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Studies")).to_be_visible()
    page.goto("/results?study=first-look")
    page.get_by_role("link", name="For organizers").click()
    seen(page)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Organizer’s key")).to_be_visible()
    expect(page.locator(".org-state")).to_have_count(0)
    page.goto("/results?study=first-look")
    expect(page.locator(".results")).to_be_visible()
    expect(page.get_by_role("link", name="For organizers")).to_have_count(0)


def test_the_header_leads_to_the_page_and_names_it_after_signing_in(page: Page, server: Server) -> None:
    page.goto("/results?study=first-look")
    link = page.locator(".nav-organizer")
    expect(link).to_have_css("width", "36px")  # a sign alone
    link.click()
    expect(page.get_by_text("The terminal in which the server was started")).to_be_visible()
    sign_in(page, server)
    page.goto("/results?study=first-look")
    expect(link.get_by_text("Organizer")).to_be_visible()
    assert float(link.evaluate("link => link.offsetWidth")) > 80
    page.goto("/study?study=first-look")
    expect(page.get_by_role("checkbox")).to_be_visible()
    expect(page.get_by_role("link", name="Organizer")).to_have_count(0)  # participants stay with their task


def test_a_file_without_scores_shows_the_reason(page: Page, server: Server, faults: list[str]) -> None:
    sign_in(page, server)
    page.goto(f"{STUDY}/files")
    page.get_by_role("link", name="Table for a paper").click()
    expect(page.get_by_role("alert").filter(has_text="nothing to print yet")).to_be_visible()
    faults[:] = [fault for fault in faults if "404" not in fault]  # Chromium logs every refusal


def test_a_wrong_key_gives_a_message(page: Page, faults: list[str]) -> None:
    page.goto("/organizer")
    page.get_by_label("Organizer’s key").fill("a wrong key")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert").filter(has_text="key is wrong")).to_be_visible()
    page.goto("/organizer/sign-in#key=another-wrong-key")
    expect(page.locator("#message")).to_contain_text("key is wrong")
    assert "another-wrong-key" not in page.url
    faults[:] = [fault for fault in faults if "403" not in fault]  # Chromium logs every refusal


def test_a_study_is_paused_by_keyboard_closed_after_a_question_and_opened_again(
    page: Page, server: Server
) -> None:
    sign_in(page, server)
    page.goto(f"{STUDY}/monitor")
    seen(page)
    page.get_by_role("button", name="Pause").press("Enter")
    expect(page.locator(".org-badge").first).to_have_text("Paused")
    expect(page.get_by_role("heading", level=1)).to_be_focused()  # the pressed button is gone
    page.get_by_role("button", name="Close").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(page.locator(".org-badge").first).to_have_text("Paused")
    page.get_by_role("button", name="Close").click()
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    expect(page.locator(".org-badge").first).to_have_text("Closed")
    page.get_by_role("button", name="Open again").click()
    page.get_by_role("dialog").get_by_role("button", name="Open again").click()
    expect(page.locator(".org-badge").first).to_have_text("Active")
    page.get_by_role("link", name="Log").click()
    rows = page.locator(".org-table tbody tr")
    expect(rows.first).to_contain_text("organizer")
    assert [row.split("\n")[0] for row in page.locator("tbody td:nth-child(3)").all_inner_texts()][:3] == [
        "Activated",
        "Closed",
        "Paused",
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_axe_finds_nothing(page: Page, server: Server, theme: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"/organizer?__theme={theme}")
    expect(page.get_by_label("Organizer’s key")).to_be_visible()
    assert Axe().run(page).response["violations"] == []
    sign_in(page, server)
    page.goto(f"/organizer?__theme={theme}")
    expect(page.locator(".org-table")).to_be_visible()
    assert Axe().run(page).response["violations"] == []
    for tab in TABS:
        page.goto(f"/organizer?__theme={theme}#study/first-look/1/{tab}")
        seen(page)
        expect(page.locator(".org-tab > *").first).to_be_attached()
        assert page.evaluate("document.documentElement.scrollWidth") == width, tab
        assert Axe().run(page).response["violations"] == [], tab


def test_a_study_without_people_says_so(page: Page, server: Server) -> None:
    def empty(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, json={**response.json(), "people": {}})

    sign_in(page, server)
    page.route("**/monitor", empty)
    page.goto(f"{STUDY}/monitor")
    section = page.locator("section", has=page.get_by_role("heading", name="People", exact=True))
    expect(section).to_contain_text("Nobody has taken part yet.")


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


def test_a_participant_is_rejected_and_restored(page: Page, server: Server) -> None:
    store = Store.open(f"sqlite:///{server.data / 'harmonylab.db'}")
    enrol(store, "first-look", person("worker 9"))
    code = people(store, "first-look")[-1].code
    store.close()
    sign_in(page, server)
    page.goto(f"{STUDY}/people")
    row = page.locator("tbody tr", has_text=code)
    page.get_by_label("Code").fill(code[:4].lower())
    expect(row).to_be_visible()
    row.get_by_role("button", name="Reject").click()
    page.get_by_label("Reason").fill("Always left")
    page.get_by_role("dialog").get_by_role("button", name="Reject").click()
    expect(row).to_contain_text("Rejected")
    expect(row).to_contain_text("Always left")
    row.get_by_role("button", name="Restore").click()
    page.get_by_role("dialog").get_by_role("button", name="Restore").click()
    expect(row).to_contain_text("Active")
    row.get_by_role("button", name="Note").click()
    page.get_by_role("dialog").get_by_label("Note").fill("Asked by mail")
    page.get_by_role("dialog").get_by_role("button", name="Note").press("Enter")
    expect(row).to_contain_text("Asked by mail")
    expect(row.get_by_role("button", name="Note")).to_be_focused()
    assert "worker 9" not in page.content()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Codes to pay by").click()
    assert code in waiting.value.path().read_text()
