"""Take part by every path: links of services, devices, forms, ways back; with keys, on a phone, in German."""

import hmac
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, ViewportSize, expect

from benchmarks.running_app import running_app
from demo.api.rehearsal import Rehearsals
from study.collect.registration import register
from study.collect.stimuli import StudySources, build_study
from study.config.config import StudyConfig
from study.database.store import Store
from study.manage.states import move, open_folder
from tests.demo.pages.conftest import DESKTOP, LEFT_EARLY, PHONE, Server
from tests.support.german import SEEN, foreign
from tests.support.study_world import flat

pytestmark = pytest.mark.browser
READY = ".trial[data-state=ready]"
AGE: dict[str, Any] = {
    **{"stage": "screener", "key": "age", "text": "How old are you?", "kind": "number"},
    **{"minimum": 1, "maximum": 120, "accept": [18, 120]},
}
OFTEN = {
    **{"stage": "before", "key": "often", "text": "How often?", "choices": ["never", "daily"]},
    **{"texts": {"de": "Wie oft?"}, "choice_texts": {"de": ["nie", "täglich"]}},
}
WORDS = {"stage": "after", "key": "words", "text": "Any comments?", "kind": "text", "optional": True}
CODES = {"complete": "DONE", "screened": "SCREENED", "declined": "NO"}
STUDIES: dict[str, dict[str, Any]] = {
    "forms": {
        "forms": [AGE, OFTEN, WORDS],
        "texts": {"en": {"thanks": "**Well** done."}, "de": {"thanks": "**Gut** gemacht."}},
    },
    "plain": {},
    "hired": {"participants": {"source": "prolific", "codes": CODES}, "forms": [AGE]},
    "turk": {"participants": {"source": "mturk"}},
    "wide": {"devices": {"minimum_width": 800}},
    "desk": {"devices": {"phones": False}},
    "full": {"participants": {"maximum": 1}},
    "over": {"results": {"access": "public"}},
}


def _build(folder: Path, slug: str, tables: dict[str, Any]) -> Path:
    methods = {"a": flat(60), "b": flat(120)}
    given = {
        "study": {"slug": slug, "title": f"Study {slug}"},
        "stimuli": {"methods": ["a", "b"], "anchor": "a"},
        "trials": {"votes": 2},
        **tables,
    }
    items = {f"scene{number}": np.zeros((60, 90, 3), np.uint8) for number in range(2)}
    return build_study(folder / slug, StudyConfig.model_validate(given), StudySources(items, methods))


@pytest.fixture(scope="module")
def server(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serve a study for each path."""
    assert chromium
    data = tmp_path_factory.mktemp("paths")
    with running_app(data) as app:
        store = Store.open(f"sqlite:///{data / 'harmonylab.db'}")
        for slug, tables in STUDIES.items():
            open_folder(store, _build(data, slug, tables), "test")
        register(store, _build(data, "draft", {}))
        store.close()
        yield Server(app.url, data)


def visitor(browser: Browser, server: Server, faults: list[str], **options: Any) -> Any:
    """Return the browser of a new visitor, whose errors are collected."""
    context = browser.new_context(base_url=server.url, **options)
    context.set_default_timeout(60_000)

    def keep(text: str) -> None:
        if not text.startswith(LEFT_EARLY) and "Failed to load resource" not in text:
            faults.append(text)

    context.on("console", lambda one: keep(one.text) if one.type == "error" else None)
    context.on("weberror", lambda error: faults.append(f"exception: {error.error}"))
    return context


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def size(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def page(browser: Browser, server: Server, faults: list[str]) -> Iterator[Page]:
    with closing(visitor(browser, server, faults, viewport=DESKTOP)) as context:
        yield context.new_page()
    assert faults == []


@pytest.fixture
def sized(browser: Browser, server: Server, faults: list[str], size: ViewportSize) -> Iterator[Page]:
    options = {"viewport": size, "has_touch": size == PHONE, "is_mobile": size == PHONE}
    with closing(visitor(browser, server, faults, **options)) as context:
        yield context.new_page()
    assert faults == []


def rows(server: Server, query: str) -> list[Any]:
    with closing(sqlite3.connect(server.data / "harmonylab.db")) as database:
        return database.execute(query).fetchall()


def consent(page: Page) -> None:
    page.locator("#agree input").check()
    page.locator("#go-on").click()


def answer_pairs(page: Page) -> None:
    for number in (1, 2):
        expect(page.locator(".trial-count")).to_have_text(re.compile(f"^{number} "))
        expect(page.locator(READY)).to_be_visible()
        page.keyboard.press("a")


def proceed(page: Page) -> None:
    page.locator("#form [type=submit]").click()


def fill_screener(page: Page, age: str = "30") -> None:
    page.get_by_label("How old are you?").fill(age)
    proceed(page)


def heading_is_focused(page: Page) -> None:
    expect(page.locator("[data-screen]:not([hidden]) h1")).to_be_focused()


def violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{rule['id']}: {node['target']} {node['failureSummary']}" for rule in found for node in rule["nodes"]
    ]


def test_a_study_with_forms_from_the_screener_to_the_thanks(sized: Page, server: Server) -> None:
    page = sized
    page.goto("/study?study=forms")
    heading_is_focused(page)
    proceed(page)
    expect(page.locator(".form-fault")).to_have_text("Please answer this question.")
    expect(page.get_by_label("How old are you?")).to_be_focused()
    fill_screener(page, "200")
    expect(page.locator(".form-fault")).to_have_text("Please write a number from 1 to 120.")
    fill_screener(page, "30")
    expect(page.locator("#agree")).to_be_visible()
    heading_is_focused(page)
    consent(page)
    expect(page.get_by_role("group", name="How often?")).to_be_visible()
    heading_is_focused(page)
    proceed(page)
    expect(page.get_by_label("never")).to_be_focused()
    page.get_by_label("daily").check()
    proceed(page)
    heading_is_focused(page)
    page.locator("#start").click()
    expect(page.locator(".trial-question")).to_be_focused()
    answer_pairs(page)
    expect(page.get_by_label("Any comments?")).to_be_visible()
    page.reload()
    page.get_by_label("Any comments?").fill("None.")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    proceed(page)
    expect(page.locator("#thanks .code")).not_to_be_empty()
    expect(page.locator("[data-thanks] strong")).to_have_text("Well")
    heading_is_focused(page)
    stored = rows(server, "SELECT question, value FROM questionnaire_answer ORDER BY id DESC LIMIT 3")
    assert stored == [("words", "None."), ("often", "daily"), ("age", "30")]
    device = rows(server, "SELECT device_json FROM participant ORDER BY id DESC LIMIT 1")[0][0]
    assert f'"width": {page.viewport_size["width"] if page.viewport_size else 0}' in device


def test_who_is_not_admitted_goes_back_to_the_service(page: Page) -> None:
    page.route("https://app.prolific.com/**", lambda route: route.fulfill(body="back"))
    page.goto("/study?study=hired&PROLIFIC_PID=young&STUDY_ID=s&SESSION_ID=v")
    fill_screener(page, "17")
    expect(page.locator("#ended")).to_contain_text("looks for other people")
    expect(page.locator("#ended .end-code")).to_have_text("SCREENED")
    page.reload()
    expect(page.locator("#ended .end-code")).to_have_text("SCREENED")
    expect(page.locator("#ended .back-in")).to_be_empty()
    page.get_by_role("link", name="Go back now").click()
    page.wait_for_url("https://app.prolific.com/submissions/complete?cc=SCREENED")


def test_who_completes_is_taken_back_to_the_service(page: Page) -> None:
    page.route("https://app.prolific.com/**", lambda route: route.fulfill(body="back"))
    page.goto("/study?study=hired&PROLIFIC_PID=old&STUDY_ID=s&SESSION_ID=v")
    fill_screener(page, "40")
    expect(page.locator("[data-words=consent]")).to_contain_text("Prolific gave you an id")
    consent(page)
    page.locator("#start").click()
    answer_pairs(page)
    countdown = page.locator("#thanks [data-back] .back-in")
    expect(countdown).to_have_text(re.compile(r"taken back in \d+ seconds"))
    page.wait_for_url("https://app.prolific.com/submissions/complete?cc=DONE", timeout=30_000)


TURK = "&workerId={worker}&hitId=h&assignmentId=A1&turkSubmitTo={host}"


def test_mechanical_turk_gets_the_code_by_a_form(page: Page) -> None:
    sent: list[str] = []

    def take(route: Route) -> None:
        sent.append(f"{route.request.method} {route.request.post_data}")
        route.fulfill(body="handed in")

    page.route("https://workersandbox.mturk.com/mturk/externalSubmit", take)
    link = TURK.format(worker="w1", host="https%3A%2F%2Fworkersandbox.mturk.com%2F")
    page.goto(f"/study?study=turk{link}")
    consent(page)
    page.locator("#start").click()
    answer_pairs(page)
    expect(page.locator("#thanks .back-to-turk .back-in")).to_have_text(re.compile(r"in \d+ seconds"))
    code = page.locator("#thanks .code").inner_text()
    page.get_by_role("button", name="Hand in at Mechanical Turk").click()
    expect(page.get_by_text("handed in")).to_be_visible()
    assert sent == [f"POST assignmentId=A1&code={code}"]


@pytest.mark.parametrize(
    "host", ["https://mturk.com.example", "http://www.mturk.com", "javascript:x", "https://x.y/mturk.com"]
)
def test_no_other_host_gets_a_code(page: Page, host: str) -> None:
    page.goto(f"/study?study=turk{TURK.format(worker='w2', host=host)}")
    expect(page.locator("#agree")).to_be_visible()
    state = {"state": "complete", "code": "ABCDEFGH"}
    page.route("**/api/study/turk/enrol", lambda route: route.fulfill(json={**state, "token": "t"}))
    consent(page)
    page.locator("#start").click()
    expect(page.locator("#thanks .code")).to_have_text("ABCDEFGH")
    expect(page.locator(".back-to-turk")).to_be_hidden()


def test_who_declines_is_taken_back_too(page: Page) -> None:
    page.route("https://app.prolific.com/**", lambda route: route.fulfill(body="back"))
    page.goto("/study?study=hired&PROLIFIC_PID=no&STUDY_ID=s&SESSION_ID=v")
    fill_screener(page, "40")
    page.locator("#decline").click()
    page.get_by_role("link", name="Go back now").click()
    page.wait_for_url("**/complete?cc=NO")


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("hired", "This link is not complete"),
        ("hired&PROLIFIC_PID={{%PROLIFIC_PID%}}", "was not filled in by Prolific"),
        ("nowhere", "There is no such study"),
    ],
)
def test_a_wrong_link_is_refused_before_the_consent(page: Page, address: str, words: str) -> None:
    page.goto(f"/study?study={address}")
    expect(page.locator("#refused")).to_contain_text(words)
    expect(page.locator("#agree")).to_be_hidden()
    heading_is_focused(page)


def test_a_preview_shows_the_consent_and_takes_nobody(page: Page, server: Server) -> None:
    before = rows(server, "SELECT count(*) FROM participant")
    page.goto("/study?study=turk&assignmentId=ASSIGNMENT_ID_NOT_AVAILABLE&hitId=h")
    expect(page.locator("[data-preview]")).to_contain_text("accept the task at Mechanical Turk")
    expect(page.locator("[data-words=consent]")).to_contain_text("What we keep")
    expect(page.locator("#go-on")).to_be_hidden()
    assert rows(server, "SELECT count(*) FROM participant") == before


def test_a_small_window_is_measured_until_it_is_wide_enough(page: Page) -> None:
    page.set_viewport_size({"width": 700, "height": 800})
    page.goto("/study?study=wide")
    expect(page.locator("#refused")).to_contain_text("at least 800 pixels wide")
    page.set_viewport_size({"width": 750, "height": 800})
    expect(page.locator("[data-window]")).to_have_text("This window is 750 pixels wide.")
    page.set_viewport_size({"width": 900, "height": 800})
    consent(page)
    page.locator("#start").click()
    expect(page.locator(READY)).to_be_visible()
    page.set_viewport_size({"width": 640, "height": 800})
    expect(page.get_by_text("it is 640 of 800 pixels wide")).to_be_visible()
    page.keyboard.press("a")
    page.set_viewport_size({"width": 900, "height": 800})
    expect(page.locator(".study-narrow")).to_be_hidden()
    expect(page.locator(".trial-count")).to_have_text(re.compile("^1 "))


def test_a_phone_is_refused_where_phones_are(sized: Page, size: ViewportSize) -> None:
    sized.goto("/study?study=desk")
    if size == PHONE:
        expect(sized.locator("#refused")).to_contain_text("larger screen")
    else:
        expect(sized.locator("#agree")).to_be_visible()


def test_a_full_study_is_refused_until_there_is_a_place(
    page: Page, browser: Browser, server: Server, faults: list[str]
) -> None:
    page.goto("/study?study=full")
    consent(page)
    page.locator("#start").click()
    expect(page.locator(READY)).to_be_visible()
    with closing(visitor(browser, server, faults)) as context:
        other = context.new_page()
        other.goto("/study?study=full")
        expect(other.locator("#refused")).to_contain_text("enough participants")
        page.locator(".trial-leave").click()
        page.locator(".trial-leave").click()
        expect(page.locator("#ended")).to_be_visible()
        other.get_by_role("button", name="Try again").click()
        expect(other.locator("#agree")).to_be_visible()


def test_a_bare_address_goes_on_with_the_study_that_was_begun(page: Page) -> None:
    page.goto("/study?study=plain")
    consent(page)
    page.locator("#start").click()
    expect(page.locator(READY)).to_be_visible()
    page.keyboard.press("a")
    expect(page.locator(".trial-count")).to_have_text("2 of 2")
    page.goto("/study")
    expect(page.locator(".trial-count")).to_have_text("2 of 2")
    expect(page.locator(READY)).to_be_visible()
    page.keyboard.press("a")
    expect(page.locator("#thanks")).to_be_visible()
    page.goto("/study")
    expect(page.locator("[data-words=consent] h1")).to_have_text("Which picture looks more natural?")


def test_a_rehearsal_of_a_draft_is_marked_and_kept_apart(page: Page, server: Server) -> None:
    page.goto("/study?study=draft&version=1")
    expect(page.locator("#refused")).to_be_visible()
    secret = (server.data / "secret").read_text().strip()
    key = hmac.digest(secret.encode(), b"browser", "sha256").hex()
    page.goto(Rehearsals(key).address("draft", 1))
    expect(page.get_by_text("Rehearsal: nothing of this counts.")).to_be_visible()
    consent(page)
    page.locator("#start").click()
    expect(page.locator(READY)).to_be_visible()
    page.reload()
    answer_pairs(page)
    expect(page.locator("#thanks")).to_be_visible()
    phases = rows(
        server, "SELECT phase FROM participant JOIN study ON study_id = study.id WHERE slug = 'draft'"
    )
    assert phases == [("rehearsal",)]
    page.goto("/study?study=plain")
    expect(page.locator("#agree")).to_be_visible()


def test_nothing_leads_away_from_the_study(page: Page) -> None:
    page.goto("/study?study=plain")
    expect(page.locator("#agree")).to_be_visible()
    links = (
        "[...document.querySelectorAll('a')]"
        ".filter((a) => a.checkVisibility() && !a.closest('[inert]')).length"
    )
    assert page.evaluate(links) == 0
    consent(page)
    page.locator("#start").click()
    expect(page.locator(READY)).to_be_visible()
    assert page.evaluate(links) == 0


def test_own_choices_and_results_as_the_study_allows(page: Page, server: Server) -> None:
    page.goto("/study?study=over")
    consent(page)
    page.locator("#start").click()
    answer_pairs(page)
    expect(page.get_by_role("link", name="See the results")).to_have_attribute("href", "/results?study=over")
    expect(page.locator("[data-do=choices]")).to_be_hidden()
    store = Store.open(f"sqlite:///{server.data / 'harmonylab.db'}")
    move(store, "over", None, "closed", "test")
    store.close()
    page.reload()
    page.locator("[data-do=choices]").click()
    expect(page.locator(".own-choices li")).to_have_count(2)
    expect(page.locator(".own-choices li").first).to_contain_text("You chose A.")
    expect(page.locator(".own-choices figure.chosen")).to_have_count(2)
    page.wait_for_function("document.querySelector('.own-choices img').naturalWidth > 0")
    heading_is_focused(page)
    page.get_by_role("button", name="Back").click()
    expect(page.locator("#thanks")).to_be_visible()
    page.goto("/study?study=plain")
    expect(page.locator("#agree")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_screen_has_barriers(sized: Page, theme: str) -> None:
    page = sized
    page.goto(f"/study?study=nowhere&__theme={theme}")
    expect(page.locator("#refused")).to_be_visible()
    assert violations(page) == [], "refused"
    page.goto(f"/study?study=forms&__theme={theme}")
    proceed(page)
    expect(page.locator(".form-fault")).to_be_visible()
    assert violations(page) == [], "form"
    fill_screener(page)
    expect(page.locator("#agree")).to_be_visible()
    assert violations(page) == [], "consent"
    consent(page)
    page.get_by_label("daily").check()
    assert violations(page) == [], "choice"
    proceed(page)
    assert violations(page) == [], "instructions"
    page.locator("#start").click()
    expect(page.locator(READY)).to_be_visible()
    assert violations(page) == [], "trial"
    answer_pairs(page)
    proceed(page)
    expect(page.locator("#thanks .code")).not_to_be_empty()
    assert violations(page) == [], "thanks"


def test_every_screen_is_german(browser: Browser, server: Server, faults: list[str]) -> None:
    names = ["How old are you?", "Any comments?", "How often?", "Study forms"]

    def check(page: Page) -> None:
        assert "\n".join(foreign(page.evaluate(SEEN), names)) == ""

    with closing(visitor(browser, server, faults, locale="de-AT", viewport=DESKTOP)) as context:
        page = context.new_page()
        page.goto("/study?study=forms")
        proceed(page)
        expect(page.locator(".form-fault")).to_have_text("Bitte beantworten Sie diese Frage.")
        check(page)
        fill_screener(page)
        expect(page.locator("[data-words=consent]")).to_contain_text("Was wir speichern")
        check(page)
        consent(page)
        expect(page.get_by_label("täglich")).to_be_visible()
        page.locator(".nav-language").click()
        expect(page.get_by_label("daily")).to_be_visible()
        page.get_by_label("daily").check()
        page.locator(".nav-language").click()
        expect(page.get_by_label("täglich")).to_be_checked()
        proceed(page)
        check(page)
        page.locator("#start").click()
        answer_pairs(page)
        expect(page.get_by_label("Any comments?")).to_be_visible()
        check(page)
        proceed(page)
        expect(page.locator("[data-thanks] strong")).to_have_text("Gut")
        check(page)
        page.goto("/study?study=hired")
        expect(page.locator("#refused")).to_be_visible()
        check(page)
    assert faults == []
