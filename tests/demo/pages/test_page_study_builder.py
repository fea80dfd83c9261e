"""Make a study on the organizer's page: from twelve composites to an open study, without a terminal."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect

from benchmarks.running_app import free_port, running_app
from study.database.store import Store
from tests.demo.pages.conftest import DESKTOP, Server, sign_in
from tests.support.organizer_page import RIVALS, check_and_make, choose_material, kill, making, next_step
from tests.support.study_material import write_material

pytestmark = pytest.mark.browser
STEPS = ("pictures", "methods", "texts", "people", "check", "make")


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Page]:
    """Give a page without the checks of faults: its server is killed."""
    with closing(browser.new_context(viewport=DESKTOP)) as context:
        context.set_default_timeout(60_000)
        yield context.new_page()


def settle(page: Page, folder: Path) -> None:
    """Give twelve composites, four methods of which two are precomputed, and texts in two languages."""
    choose_material(page, folder)
    next_step(page, "Texts")
    page.get_by_label("Title").fill("Twelve scenes")
    page.get_by_label("Short name in the address").fill("Twelve scenes")
    expect(page.locator("[data-place='study.slug'] .bld-problem")).to_contain_text("small letters")
    page.get_by_label("Short name in the address").fill("twelve-scenes")
    expect(page.locator("[data-place='study.slug'] .bld-problem")).to_be_empty()
    page.get_by_label("Second language").select_option("de")
    page.locator("[data-place='texts.de.question'] input").fill("Welches Bild wirkt natürlicher?")
    next_step(page, "People")
    page.get_by_label("Pairs for each person").fill("6")
    expect(page.locator(".bld-plan dd").nth(1)).to_have_text("6")
    page.reload()
    expect(page.get_by_label("Pairs for each person")).to_have_value("6")


def test_a_study_is_made_although_the_server_is_killed_and_is_rehearsed_and_opened(
    visitor: Page, tmp_path: Path
) -> None:
    page, data, port = visitor, tmp_path / "data", str(free_port())
    folder = write_material(tmp_path / "scenes", 12, RIVALS, side=700)
    data.mkdir()
    with running_app(data, PORT=port) as app:
        page.goto(f"{app.url}/organizer/sign-in#key={(data / 'organizer_key').read_text().strip()}")
        page.get_by_role("link", name="New study").click()
        settle(page, folder)
        check_and_make(page)
        making(page)
        kill(app)
    kept = {path: path.stat().st_mtime_ns for path in data.glob("builds/*/kept/*")}
    assert kept and not list(data.glob("studies/twelve-scenes-*"))
    with running_app(data, PORT=port) as app:
        expect(page.get_by_text("The study is ready as a draft.")).to_be_visible(timeout=180_000)
        page.get_by_role("link", name="Look at every pair").click()
        shown = page.locator(".bld-pair img")
        expect(shown).to_have_count(12)
        shown.first.scroll_into_view_if_needed()
        expect(shown.first).to_have_js_property("complete", True)
        assert shown.first.evaluate("image => image.naturalWidth") == 1024
        with page.expect_popup() as waiting:
            page.get_by_role("button", name="Rehearse").click()
        expect(waiting.value.get_by_role("button", name="Continue")).to_be_visible()
        waiting.value.close()
        page.get_by_role("button", name="Activate").click()
        expect(page.locator(".org-badge").first).to_have_text("Active")
        with closing(Store.open(f"sqlite:///{data / 'harmonylab.db'}")) as store, store.reading() as tx:
            study = tx.study("twelve-scenes")
        assert (study.status, study.version) == ("active", 1)


def test_a_text_typed_just_before_the_next_step_is_there_when_people_come_back(
    page: Page, server: Server
) -> None:
    sign_in(page, server)
    page.goto("/organizer#new")
    page.get_by_role("button", name="Start").click()
    page.wait_for_url(re.compile("#new/[0-9a-f]+/pictures"))
    page.goto(page.url.replace("/pictures", "/texts"))

    def slowly(route: Route) -> None:
        page.wait_for_timeout(500)
        route.continue_()

    page.route("**/settings", slowly)
    page.get_by_label("Title").fill("Typed at the last moment")
    next_step(page, "People")
    page.get_by_role("link", name="Back", exact=True).click()
    expect(page.get_by_label("Title")).to_have_value("Typed at the last moment", timeout=5000)


@pytest.mark.parametrize(("width", "theme"), [(390, "dark"), (1440, "light")])
def test_axe_finds_nothing_in_any_step(page: Page, server: Server, width: int, theme: str) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    sign_in(page, server)
    page.goto(f"/organizer?__theme={theme}#new")
    page.get_by_role("button", name="Start").click()
    page.wait_for_url(re.compile("#new/[0-9a-f]+/pictures"))
    address = page.url.rpartition("/")[0]
    for step in STEPS:
        page.goto(f"{address}/{step}")
        expect(page.locator("[aria-current=step]")).to_have_attribute("href", re.compile(f"/{step}$"))
        expect(page.locator(".bld-plan")).to_be_visible()
        for details in page.locator("details").all():
            details.locator("summary").click()
        for button in page.get_by_role("button", name="Add a question").all():
            button.click()
        assert page.evaluate("document.documentElement.scrollWidth") == width, step
        assert Axe().run(page).response["violations"] == [], step
    page.goto(f"/organizer?__theme={theme}#study/first-look/1/pairs")
    expect(page.locator(".bld-pair").first).to_be_visible()
    assert Axe().run(page).response["violations"] == []
