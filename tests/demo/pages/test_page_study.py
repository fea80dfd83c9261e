"""Take part in a study with a browser, and check what the database stores."""

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Response, Route, expect

from demo.example_study import METHODS
from model.methods import available_methods
from tests.demo.pages.conftest import PHONE, Server

pytestmark = pytest.mark.browser
READY = ".trial[data-state=ready]"


def start(page: Page) -> None:
    page.goto("/study")
    page.locator("#agree input").check()
    page.locator("#go-on").click()
    page.locator("#start").click()
    expect(page.locator(READY)).to_be_visible()


def number(page: Page) -> int:
    return int((page.locator(".trial-count").text_content() or "0").split()[0])


def total(page: Page) -> int:
    return int((page.locator(".trial-count").text_content() or "0").split()[-1])


def votes(server: Server) -> int:
    with closing(sqlite3.connect(server.data / "harmonylab.db")) as database:
        return int(database.execute("SELECT count(*) FROM vote").fetchone()[0])


def vote(page: Page, act: Callable[[], None]) -> None:
    """Vote and wait for the next pair or the end."""
    before = number(page)
    act()
    page.wait_for_function(
        "before => document.querySelector('.code:not(:empty)') ||"
        " (document.querySelector('.trial[data-state=ready]')"
        " && parseInt(document.querySelector('.trial-count').textContent) > before)",
        arg=before,
    )


def test_the_study_from_consent_to_results(page: Page, server: Server) -> None:
    start(page)
    count, before = total(page), votes(server)
    acts: list[Callable[[], None]] = [
        lambda: page.keyboard.press("a"),
        lambda: page.locator("[data-choice=R]").click(),
        lambda: page.keyboard.press(" "),
        lambda: page.keyboard.press("ArrowRight"),
    ]
    for index in range(count):
        vote(page, acts[index % len(acts)])
    expect(page.locator(".code")).to_have_text(re.compile(r"^[0-9A-Z]{8}$"))
    assert votes(server) == before + count
    page.reload()
    expect(page.locator(".code")).to_be_visible()
    page.get_by_role("link", name="See the results").click()
    expect(page.locator(".tiles dd").first).to_have_text(str(before + count))


def test_a_reload_goes_on_with_the_same_pair(page: Page) -> None:
    start(page)
    vote(page, lambda: page.keyboard.press("l"))
    left = page.locator("[data-side=left] .own").get_attribute("src")
    page.reload()
    expect(page.locator(READY)).to_be_visible()
    assert number(page) == 2
    assert page.locator("[data-side=left] .own").get_attribute("src") == left


def test_a_double_click_and_a_held_key_count_once(page: Page, server: Server) -> None:
    start(page)
    before = votes(server)
    vote(page, lambda: page.locator("[data-choice=L]").dblclick())
    assert (number(page), votes(server)) == (2, before + 1)
    page.keyboard.down("a")
    vote(page, lambda: page.keyboard.down("a"))
    page.keyboard.down("a")  # still held: the browser says that it repeats
    page.keyboard.up("a")
    page.wait_for_timeout(500)
    assert votes(server) == number(page) - 1 + before


def test_nothing_tells_which_method_is_shown(page: Page) -> None:
    responses: list[Response] = []
    page.on("response", lambda response: responses.append(response))
    start(page)
    vote(page, lambda: page.keyboard.press("a"))
    methods = available_methods()
    # Pages name the product, after which our method is named.
    words = {*METHODS, *(methods[name].title for name in METHODS)} - {"harmonylab", "HarmonyLab"}
    secret = re.compile("|".join(rf"\b{re.escape(word)}\b" for word in words), re.IGNORECASE)
    texts = [r for r in responses if re.match(r"text/html|text/event|application/json", kind(r))]
    assert len(texts) > 3
    assert not [(r.url, found) for r in texts if (found := secret.findall(body(r)))]


def kind(response: Response) -> str:
    return response.headers.get("content-type", "")


def body(response: Response) -> str:
    """Return the body of a response; "" where the browser has none, as for a closed stream."""
    return "" if "queue/data" in response.url or "heartbeat" in response.url else response.text()


def test_pictures_come_without_names_times_or_tags(page: Page) -> None:
    responses: list[Response] = []
    page.on("response", lambda response: responses.append(response))
    start(page)
    page.wait_for_function(
        'performance.getEntriesByType("resource").filter((e) => e.name.includes("/media/")).length > 3'
    )
    media = [response for response in responses if "/media/" in response.url]
    assert len(media) == 4  # of this pair and of the next
    for response in media:
        assert not {"etag", "last-modified", "content-disposition"} & set(response.headers)


def test_pictures_are_stacked_on_a_phone(browser: Browser, server: Server) -> None:
    with closing(browser.new_context(viewport=PHONE, has_touch=True, base_url=server.url)) as phone:
        page = phone.new_page()
        start(page)
        top, bottom = (page.locator(f"[data-side={side}] .own").bounding_box() for side in ("left", "right"))
        assert top and bottom and bottom["y"] >= top["y"] + top["height"]
        assert bottom["y"] + bottom["height"] <= 844
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        page.locator("[data-choice=R]").tap()
        expect(page.locator(".trial-count")).to_have_text(re.compile("^2 of"))


def test_buttons_open_only_after_both_pictures_are_there(page: Page) -> None:
    def slowly(route: Route) -> None:
        page.wait_for_timeout(400)
        route.continue_()

    page.route("**/media/*", slowly)
    page.goto("/study")
    page.locator("#agree input").check()
    page.locator("#go-on").click()
    page.locator("#start").click()
    expect(page.locator(".trial[data-state=loading]")).to_be_visible()
    expect(page.locator("[data-choice=L]")).to_be_disabled()
    expect(page.locator(READY)).to_be_visible()
    page.unroute_all(behavior="ignoreErrors")  # pictures of the next pair are still on their way


def test_a_browser_that_keeps_nothing_takes_part_as_well(page: Page) -> None:
    page.add_init_script("""for (const name of ['localStorage', 'sessionStorage']) {
        const get = () => { throw new DOMException('no'); };
        Object.defineProperty(window, name, { configurable: true, get });
    }""")
    start(page)
    vote(page, lambda: page.keyboard.press("a"))
    assert number(page) == 2


def test_an_answer_is_taken_back_and_given_again(page: Page, server: Server) -> None:
    start(page)
    expect(page.locator(".trial-undo")).to_be_hidden()
    before = votes(server)
    vote(page, lambda: page.keyboard.press("a"))
    page.keyboard.press("Backspace")
    expect(page.locator(".trial-count")).to_have_text(re.compile("^1 of"))
    expect(page.locator(READY)).to_be_visible()
    vote(page, lambda: page.keyboard.press("l"))
    assert votes(server) == before + 1


def test_withdrawing_takes_two_clicks_and_deletes_the_answers(
    page: Page, server: Server, faults: list[str]
) -> None:
    before = votes(server)
    start(page)
    vote(page, lambda: page.keyboard.press("a"))
    page.locator(".trial-leave").click()
    assert votes(server) == before + 1
    page.get_by_role("button", name="Yes, delete my answers").click()
    expect(page.locator("#ended")).to_contain_text("deleted")
    assert votes(server) == before
    page.reload()
    expect(page.locator("#ended")).to_contain_text("You withdrew")
    expected(faults)  # pictures of the next pair that were on their way are gone


def test_who_says_no_is_thanked(page: Page) -> None:
    page.goto("/study")
    page.locator("#decline").click()
    expect(page.locator("#ended")).to_contain_text("Nothing was kept")


def expected(faults: list[str]) -> None:
    """Remove refused requests, which the browser writes to its console, from the list of faults."""
    faults[:] = [fault for fault in faults if "Failed to load resource" not in fault]


def test_an_answer_without_a_line_is_kept_and_sent_once(
    page: Page, server: Server, faults: list[str]
) -> None:
    start(page)
    before = votes(server)
    page.route("**/api/study/*/vote", lambda route: route.abort())
    page.keyboard.press("a")
    expect(page.locator(".trial-state")).to_contain_text("kept here")
    assert votes(server) == before
    page.unroute("**/api/study/*/vote")
    page.reload()  # the pictures come again, and the answer is sent before anything else
    expect(page.locator(".trial-count")).to_have_text(re.compile("^2 of"))
    expect(page.locator(READY)).to_be_visible()
    assert votes(server) == before + 1
    expected(faults)


def test_a_busy_server_is_asked_again_without_a_click(page: Page, server: Server, faults: list[str]) -> None:
    start(page)
    before = votes(server)
    refused: list[str] = []

    def busy_once(route: Route) -> None:
        if refused:
            route.continue_()
            return
        refused.append(route.request.url)
        body = '{"error": {"code": "busy", "message": "Busy, please wait."}}'
        route.fulfill(status=503, content_type="application/json", body=body)

    page.route("**/api/study/*/vote", busy_once)
    vote(page, lambda: page.keyboard.press("a"))
    assert len(refused) == 1 and votes(server) == before + 1
    expected(faults)


def test_two_tabs_of_one_participant_do_not_vote_twice(
    context: BrowserContext, server: Server, faults: list[str]
) -> None:
    first, second = context.new_page(), context.new_page()
    start(first)
    second.goto("/study")
    expect(second.locator(READY)).to_be_visible()
    before = votes(server)
    vote(first, lambda: first.keyboard.press("a"))
    second.keyboard.press("l")
    expect(second.locator(".trial-state")).to_contain_text("already answered")
    assert (number(second), votes(server)) == (2, before + 1)
    expected(faults)


def test_keys_go_on_with_the_task_after_every_step(page: Page) -> None:
    page.goto("/study")
    expect(page.locator("#agree input")).to_be_visible()  # what is hidden takes no focus
    page.locator("#agree input").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="How it works")).to_be_focused()
