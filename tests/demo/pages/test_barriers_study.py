"""Check what the tests of each page leave out with axe-core, in both themes, on a desk and on a phone."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from benchmarks.running_app import running_app
from study.collect.stimuli import KnownPairs, StudySources, build_study
from study.config.config import StudyConfig
from study.database.store import Store
from study.manage.states import move, open_folder
from tests.demo.pages.conftest import DESKTOP, PHONE, Server, sign_in
from tests.support.study_world import flat

pytestmark = pytest.mark.browser
READY = ".trial[data-state=ready]"
GRADED: dict[str, Any] = {
    "trials": {"votes": 2, "answers": "graded"},
    "viewing": {"reference": "composite", "outline": True},
    "questions": [{"key": "photo", "text": "Which is nearer to a photograph?"}],
}
STUDIES: dict[str, dict[str, Any]] = {
    "graded": GRADED,
    "brief": {"trials": {"votes": 1}},
    "practised": {
        "stimuli": {"methods": ["a", "b"], "anchor": "a", "practice_pairs": "practice"},
        "trials": {"votes": 1, "practice": 1},
    },
    "three": {"trials": {"votes": 1}, "viewing": {"reference": "composite", "reference_beside": True}},
    "turk": {"trials": {"votes": 1}, "participants": {"source": "mturk"}},
}


def halves(picture: Any) -> Any:
    return np.repeat(np.arange(picture.shape[1])[None] < 450, len(picture), 0).astype(np.float32)


def build(folder: Path, slug: str, tables: dict[str, Any]) -> Path:
    given = {
        "study": {"slug": slug, "title": f"Study {slug}"},
        "stimuli": {"methods": ["a", "b"], "anchor": "a"},
        **tables,
    }
    items = {f"scene{number}": np.zeros((600, 900, 3), np.uint8) for number in range(2)}
    contexts = {"composite": flat(255)} if "viewing" in tables else {}
    known = KnownPairs({"known": (items["scene0"], items["scene0"] + 90)} if slug == "practised" else {})
    sources = StudySources(
        items, {"a": flat(60), "b": flat(120)}, contexts=contexts, practice=known, mask=halves
    )
    return build_study(folder / slug, StudyConfig.model_validate(given), sources)


@pytest.fixture(scope="module")
def server(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    assert chromium
    data = tmp_path_factory.mktemp("barriers")
    with running_app(data) as app:
        store = Store.open(f"sqlite:///{data / 'harmonylab.db'}")
        for slug, tables in STUDIES.items():
            open_folder(store, build(data, slug, tables), "test")
        store.close()
        yield Server(app.url, data)


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def page(request: pytest.FixtureRequest, browser: Browser, server: Server) -> Iterator[Page]:
    phone = request.param == PHONE
    options = {"viewport": request.param, "has_touch": phone, "is_mobile": phone}
    with closing(browser.new_context(base_url=server.url, **options)) as context:
        context.set_default_timeout(60_000)
        yield context.new_page()


def check(page: Page, place: str) -> None:
    """Fail for rules of axe-core that the page breaks, with the elements."""
    found = Axe().run(page).response["violations"]
    nodes = [
        f"{rule['id']}: {node['target']} {node['failureSummary']}" for rule in found for node in rule["nodes"]
    ]
    assert nodes == [], place


def start(page: Page, address: str) -> None:
    page.goto(f"/study?study={address}")
    page.locator("#agree input").check()
    page.locator("#go-on").click()
    page.locator("#start").click()
    expect(page.locator(READY)).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_tools_of_a_trial_and_the_end_have_no_barriers(page: Page, theme: str) -> None:
    start(page, f"graded&__theme={theme}")
    check(page, "graded answers")
    page.keyboard.press("+")
    expect(page.locator(".trial-frame.zoomed").first).to_be_visible()
    check(page, "zoom")
    page.keyboard.down("c")
    expect(page.locator(".trial-frame.behind")).to_have_count(2)
    check(page, "reference")
    page.keyboard.up("c")
    page.locator("[data-view=outline]").click()
    expect(page.locator(".trial-frame.outlined")).to_have_count(2)
    check(page, "outline")
    page.keyboard.press("1")
    expect(page.locator(".trial-question")).to_have_text("Which is nearer to a photograph?")
    check(page, "further question")
    page.locator(".trial-leave").click()
    check(page, "leaving")
    page.locator(".trial-leave").click()
    expect(page.locator("#ended")).to_be_visible()
    check(page, "ended")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_feedback_of_practice_has_no_barriers(page: Page, theme: str) -> None:
    start(page, f"practised&__theme={theme}")
    page.keyboard.press("a")
    expect(page.locator(".trial[data-state=feedback]")).to_be_visible()
    check(page, "feedback")
    start(page, f"three&__theme={theme}")
    expect(page.locator(".trial-third img")).to_be_visible()
    check(page, "the reference between both")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_own_choices_and_a_preview_have_no_barriers(page: Page, server: Server, theme: str) -> None:
    page.goto(f"/study?study=turk&assignmentId=ASSIGNMENT_ID_NOT_AVAILABLE&hitId=h&__theme={theme}")
    expect(page.locator("[data-preview]")).to_be_visible()
    check(page, "preview")
    start(page, f"brief&__theme={theme}")
    page.keyboard.press("a")
    expect(page.locator("#thanks")).to_be_visible()
    store = Store.open(f"sqlite:///{server.data / 'harmonylab.db'}")
    move(store, "brief", None, "closed", "test")
    page.reload()
    page.locator("[data-do=choices]").click()
    expect(page.locator(".own-choices li")).to_have_count(1)
    check(page, "own choices")
    move(store, "brief", None, "active", "test")
    store.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_tabs_of_a_study_with_pairs_and_a_log_have_no_barriers(
    page: Page, server: Server, theme: str
) -> None:
    sign_in(page, server)
    page.goto(f"/organizer?__theme={theme}")
    page.get_by_text("Log of this server").click()
    expect(page.locator(".org-log tbody tr").first).to_contain_text("Signed in")
    check(page, "log of the server")
    for tab, content in (("pairs", "img"), ("log", "table"), ("files", "a")):
        page.goto(f"/organizer?__theme={theme}#study/graded/1/{tab}")
        expect(page.locator(f".org-tab {content}").first).to_be_visible()
        check(page, tab)
