"""Help for participants in a browser: practice with feedback, and the outline of the object."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect
from skimage import data

from benchmarks.running_app import running_app
from study.collect.stimuli import KnownPairs, StudySources, build_study
from study.config.config import StudyConfig
from study.database.load_responses import read_study
from study.database.store import Store
from study.manage.states import open_folder
from tests.demo.pages.conftest import DESKTOP, PHONE, Server
from tests.support.german import SEEN, foreign

pytestmark = pytest.mark.browser
READY = ".trial[data-state=ready]"
TOLD = ".trial[data-state=feedback]"
SIZE = (900, 600)
OWN = "Picture {picture} is the photograph that nobody edited."
STUDIES: dict[str, dict[str, Any]] = {
    "practised": {"trials": {"votes": 2, "practice": 2}},
    "outlined": {"trials": {"votes": 3}, "viewing": {"outline": True}},
    "own-text": {"trials": {"votes": 1, "practice": 1}, "texts": {"en": {"practice": OWN}}},
}


def picture(number: int) -> Any:
    scenes = (data.astronaut(), data.coffee(), data.chelsea())
    return cv2.resize(scenes[number], SIZE, interpolation=cv2.INTER_AREA)


def mask(_: Any) -> Any:
    found = np.zeros(SIZE[::-1], np.float32)
    cv2.ellipse(found, (450, 300), (200, 120), 0, 0, 360, 1.0, -1)
    return found


def darker(scene: Any) -> Any:
    return (scene // 2).astype(np.uint8)


def add_study(store: Store, folder: Path, slug: str, tables: dict[str, Any]) -> None:
    config = StudyConfig.model_validate(
        {
            "study": {"slug": slug, "title": slug},
            "stimuli": {"methods": ["one", "two"], "anchor": "one", "practice_pairs": "practice"},
            **tables,
        }
    )
    known = {f"known{n}": (picture(n), darker(picture(n))) for n in range(2)}
    sources = StudySources(
        {f"scene{n}": picture(n) for n in range(3)},
        {"one": lambda scene: scene, "two": lambda scene: 255 - scene},
        practice=KnownPairs(known),
        mask=mask,
    )
    open_folder(store, build_study(folder / slug, config, sources), "test")


@pytest.fixture(scope="module")
def server(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    assert chromium
    folder = tmp_path_factory.mktemp("aids")
    with running_app(folder) as app:
        store = Store.open(f"sqlite:///{folder / 'harmonylab.db'}")
        for slug, tables in STUDIES.items():
            add_study(store, folder / "studies", slug, tables)
        store.close()
        yield Server(app.url, folder)


Open = Callable[..., Page]


@pytest.fixture
def open_trial(browser: Browser, server: Server, faults: list[str]) -> Iterator[Open]:
    """Return a function that takes part in a study until the first pair is shown."""
    opened = []

    def open_study(
        slug: str,
        viewport: ViewportSize = DESKTOP,
        before: Callable[[Page], None] = lambda _: None,
        **options: Any,
    ) -> Page:
        context = browser.new_context(base_url=server.url, viewport=viewport, **options)
        opened.append(context)
        context.set_default_timeout(60_000)
        context.on("weberror", lambda error: faults.append(str(error.error)))
        page = context.new_page()
        before(page)
        page.goto(f"/study?study={slug}")
        page.locator("#agree input").check()
        page.locator("#go-on").click()
        page.locator("#start").click()
        expect(page.locator(READY)).to_be_visible()
        return page

    yield open_study
    for context in opened:
        context.close()
    assert faults == []


def rows(server: Server, query: str) -> list[Any]:
    with closing(sqlite3.connect(server.data / "harmonylab.db")) as database:
        return database.execute(query).fetchall()


def seen(page: Page, side: str) -> Any:
    """Return the pixels of a frame on the screen."""
    png = np.frombuffer(page.locator(f"[data-side={side}] .trial-frame").screenshot(), np.uint8)
    shown = cv2.imdecode(png, cv2.IMREAD_COLOR)
    assert shown is not None
    return shown.astype(int)


def brightness(page: Page, side: str) -> float:
    return float(seen(page, side).mean())


def brighter(page: Page) -> str:
    """Return the name of the picture that is not darkened."""
    return "A" if brightness(page, "left") > brightness(page, "right") else "B"


def boxes(page: Page) -> list[Any]:
    return [frame.bounding_box() for frame in page.locator(".trial-frame").all()]


def test_practice_tells_in_place_which_picture_is_better_and_counts_nothing(
    open_trial: Open, server: Server
) -> None:
    sent: list[str] = []
    page = open_trial("practised", before=lambda page: page.on("response", lambda one: sent.append(one.url)))
    for number in (1, 2):
        expect(page.locator(".trial-practice")).to_be_visible()
        expect(page.locator(".trial-feedback")).to_be_hidden()
        assert page.locator("figure.better").count() == 0
        better, before = brighter(page), boxes(page)
        page.keyboard.press("a")
        expect(page.locator(TOLD)).to_be_visible()
        expect(page.locator("[data-told]")).to_have_text(
            f"In this practice pair, picture {better} is the better one."
        )
        expect(page.locator("figure.better figcaption")).to_have_text(better)
        assert boxes(page) == before  # in place
        page.keyboard.down("f")
        expect(page.locator("figure.better figcaption")).to_have_text(better)
        page.keyboard.up("f")
        expect(page.locator(".trial-count")).to_have_text(f"{number} of 4")
        expect(page.locator("[data-go]")).to_be_focused()
        page.wait_for_timeout(400)
        page.keyboard.press("Enter")
        expect(page.locator(".trial-count")).to_have_text(f"{number + 1} of 4")
        expect(page.locator(READY)).to_be_visible()
    expect(page.locator(".trial-practice")).to_be_hidden()
    for number in (3, 4):
        page.keyboard.press("a")
        expect(page.locator("#thanks" if number == 4 else READY)).to_be_visible()
    store = Store.open(f"sqlite:///{server.data / 'harmonylab.db'}")
    assert len(read_study(store, "practised").responses) == 2
    store.close()


def test_the_feedback_is_there_again_after_a_reload_until_it_was_read(open_trial: Open) -> None:
    page = open_trial("practised")
    better = brighter(page)
    page.keyboard.press("l")
    expect(page.locator(TOLD)).to_be_visible()
    page.reload()
    expect(page.locator(TOLD)).to_be_visible()
    expect(page.locator("[data-told]")).to_contain_text(f"picture {better} is the better one")
    expect(page.locator("figure.better figcaption")).to_have_text(better)
    assert brighter(page) == better
    expect(page.locator(".trial-count")).to_have_text("1 of 4")
    page.wait_for_timeout(400)
    page.locator("[data-go]").click()
    expect(page.locator(".trial-count")).to_have_text("2 of 4")
    expect(page.locator(READY)).to_be_visible()
    page.reload()
    expect(page.locator(READY)).to_be_visible()
    expect(page.locator(".trial-feedback")).to_be_hidden()


def test_an_answer_whose_reply_was_lost_has_its_feedback_after_a_reload(open_trial: Open) -> None:
    page = open_trial("practised")
    better = brighter(page)
    page.route("**/api/study/practised/vote", lambda route: (route.fetch(), route.abort()))
    page.keyboard.press("l")
    expect(page.locator(".trial-state")).to_contain_text("No connection")
    page.unroute("**/api/study/practised/vote")
    page.reload()
    expect(page.locator(TOLD)).to_be_visible()
    expect(page.locator("[data-told]")).to_contain_text(f"picture {better} is the better one")


def test_withdrawing_from_the_feedback_ends_and_leaves_nothing_behind(open_trial: Open) -> None:
    page = open_trial("practised")
    page.keyboard.press("l")
    expect(page.locator(TOLD)).to_be_visible()
    page.locator(".trial-leave").click()
    page.locator(".trial-leave").click()
    expect(page.locator("#ended")).to_be_visible()
    assert page.evaluate("localStorage.getItem('harmonylab-practice')") in (None, "{}")


def test_the_organizer_sets_the_text_and_the_page_its_language(open_trial: Open) -> None:
    page = open_trial("own-text", PHONE, has_touch=True, is_mobile=True, locale="de-DE")
    better = brighter(page)
    page.locator("[data-choice=L]").tap()
    expect(page.locator(TOLD)).to_be_visible()
    expect(page.locator("[data-told]")).to_have_text(OWN.replace("{picture}", better))
    expect(page.get_by_text("Übungspaare zählen nicht.")).to_be_visible()
    assert foreign(page.evaluate(SEEN), {"own-text"}) == []
    button = page.locator("[data-go]").bounding_box()
    assert button and button["height"] >= 44


def drawn(page: Page, before: dict[str, Any]) -> list[Any]:
    """Return where each picture differs from before, after a check that both differ by the same lines."""
    found = {side: seen(page, side) for side in before}
    changed = {side: np.abs(found[side] - before[side]).max(2) > 8 for side in before}
    for side, where in changed.items():
        pixels = found[side][where]
        lines = (pixels < 4).all(1) | (pixels > 251).all(1)
        assert lines.all()  # black or white
    either = changed["left"] | changed["right"]
    unlike = np.abs(found["left"] - found["right"]).max(2)[either] >= 4
    assert unlike.sum() <= 0.02 * either.sum()
    return [where.sum() for where in changed.values()]


def test_the_outline_is_drawn_over_both_pictures_while_its_key_is_held(
    open_trial: Open, server: Server
) -> None:
    page = open_trial("outlined")
    button = page.get_by_role("button", name="Outline")
    before = {side: seen(page, side) for side in ("left", "right")}
    page.keyboard.down("o")
    expect(page.locator(".trial-frame.outlined")).to_have_count(2)
    expect(button).to_have_attribute("aria-pressed", "true")
    assert min(drawn(page, before)) > 500
    page.keyboard.up("o")
    expect(page.locator(".trial-frame.outlined")).to_have_count(0)
    assert drawn(page, before) == [0, 0]
    button.click()  # a short press: stays on
    expect(page.locator(".trial-frame.outlined")).to_have_count(2)
    page.keyboard.press("+")
    page.wait_for_function(ALIGNED)
    page.keyboard.press("Shift+ArrowRight")
    page.wait_for_function(ALIGNED)
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("a")
    expect(page.locator(".trial-count")).to_have_text("2 of 3")
    expect(page.locator(READY)).to_be_visible()
    expect(button).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("a")
    expect(page.locator(".trial-count")).to_have_text("3 of 3")
    views = rows(server, "SELECT view_json FROM vote ORDER BY id DESC LIMIT 2")
    assert [json.loads(view)["outline"] for (view,) in views] == [0, 2]


# Both outlines have the size, the place and the address of their pictures' size, enlarged.
ALIGNED = """() => [...document.querySelectorAll('.trial-frame')].every((frame) => {
    const [own, line] = ['own', 'outline'].map((name) => frame.querySelector(`.${name}`));
    const [a, b] = [own, line].map((one) => one.getBoundingClientRect());
    return ['x', 'y', 'width', 'height'].every((name) => a[name] === b[name]) && line.complete
        && own.naturalWidth === line.naturalWidth && own.naturalWidth === 900;
})"""


def test_on_a_phone_the_outline_is_switched_by_a_tap(open_trial: Open, server: Server) -> None:
    page = open_trial("outlined", PHONE, has_touch=True, is_mobile=True, locale="de-DE")
    button = page.get_by_role("button", name="Umriss")
    box = button.bounding_box()
    assert box and box["height"] >= 44 and box["width"] >= 44
    button.tap()
    expect(page.locator(".trial-frame.outlined")).to_have_count(2)
    button.tap()
    expect(page.locator(".trial-frame.outlined")).to_have_count(0)
    assert (
        foreign(
            page.evaluate(SEEN), {"outlined", "In which picture does the pasted object look more natural?"}
        )
        == []
    )
    page.locator("[data-choice=R]").tap()
    expect(page.locator(".trial-count")).to_have_text("2 von 3")
    ((view,),) = rows(server, "SELECT view_json FROM vote ORDER BY id DESC LIMIT 1")
    assert json.loads(view)["outline"] == 1
