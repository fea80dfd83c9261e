"""Choose the best of three and four pictures in a browser: keys, touch, sizes, swap, zoom, words, and axe."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Request, expect
from skimage import data

from benchmarks.running_app import running_app
from demo.widgets import FOLDER
from study.collect.stimuli import StudySources, build_study
from study.config.config import StudyConfig
from study.config.tables import Stimuli, Trials, Viewing
from study.config.tables import Study as StudyTable
from study.database.store import Store
from study.manage.states import close, open_folder
from tests.demo.pages.conftest import DESKTOP, PHONE, OpenTrial, Server
from tests.support.study_page import at_pair

pytestmark = pytest.mark.browser
METHODS = ("composite", "alpha", "beta", "gamma", "delta")
STUDIES = {"three": ((900, 600), 3), "four": ((900, 600), 4), "tall": ((400, 600), 3)}
BOXES = "[...document.querySelectorAll('.own')].map((one) => one.getBoundingClientRect())"


def add_study(store: Store, folder: Path, slug: str, size: tuple[int, int], pictures: int) -> None:
    items = {f"scene{n}": cv2.resize(one, size) for n, one in enumerate((data.coffee(), data.chelsea()))}
    methods = {name: shade(1 - 0.12 * n) for n, name in enumerate(METHODS)}
    config = StudyConfig(
        study=StudyTable(slug=slug, title=slug),
        stimuli=Stimuli(methods=list(METHODS)),
        trials=Trials.model_validate({"votes": 3, "pictures": pictures}),
        viewing=Viewing(reference="composite"),
    )
    sources = StudySources(items, methods, contexts={"composite": lambda picture: 255 - picture})
    open_folder(store, build_study(folder / slug, config, sources), "test")


def shade(level: float) -> Callable[[Any], Any]:
    return lambda picture: np.rint(picture * level).astype(np.uint8)


@pytest.fixture(scope="module")
def server(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    assert chromium
    folder = tmp_path_factory.mktemp("several")
    with running_app(folder) as app:
        store = Store.open(f"sqlite:///{folder / 'harmonylab.db'}")
        for slug, (size, pictures) in STUDIES.items():
            add_study(store, folder / "studies", slug, size, pictures)
        store.close()
        yield Server(app.url, folder)


def outcomes(server: Server) -> list[str]:
    """Return all answers, the oldest first."""
    with closing(sqlite3.connect(server.data / "harmonylab.db")) as database:
        return [row[0] for row in database.execute("SELECT outcome FROM vote ORDER BY id")]


def barriers(page: Page) -> list[str]:
    """Return the rules of axe-core that the page breaks."""
    return [fault["id"] for fault in Axe().run(page).response["violations"]]


FIGURE = """<figure><figcaption></figcaption><div class="trial-space"><div class="trial-frame">
    <img class="reference"><img class="other"><img class="own"></div></div></figure>"""
FRAMES = """(counts) => counts.map((count) => {
    const area = document.querySelector('main');
    arrangeFrames(area, count);
    return [...area.children].map((figure) => [
        figure.querySelector('figcaption').textContent, figure.querySelector('.own').alt,
        figure.querySelectorAll('.other').length, figure.querySelectorAll('.own').length]);
})"""


def test_pairs_among_the_sets_have_two_frames_again(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content(f"<main>{FIGURE * 2}</main>")
    page.add_script_tag(path=FOLDER / "study_stage/viewer/frames.js")
    pair, three, again, four, last = page.evaluate(FRAMES, [2, 3, 2, 4, 3])
    assert pair == again == [[name, f"Picture {name}", 1, 1] for name in ("A", "B")]
    assert three == last == [[name, f"Picture {name}", 2, 1] for name in ("1", "2", "3")]
    assert four == [[name, f"Picture {name}", 3, 1] for name in ("1", "2", "3", "4")]
    page.close()


def test_keys_choose_the_best_and_take_it_back(open_trial: OpenTrial, server: Server) -> None:
    page = open_trial("three")
    before = len(outcomes(server))
    expect(page.locator(".trial-question")).to_have_text(re.compile("look most natural"))
    assert page.locator("figcaption:visible").all_text_contents() == ["1", "2", "3"]
    shown = page.locator(".trial-buttons button:visible").all_inner_texts()
    assert [text.split("\n")[0].strip() for text in shown] == [
        *(f"Picture {number}" for number in (1, 2, 3)),
        "No difference",
    ]
    for key in ("4", "a", "l", "ArrowLeft"):  # keys of pairs, and of a picture that is not there
        page.keyboard.press(key)
    at_pair(page, 1)
    page.keyboard.press("3")
    at_pair(page, 2)
    page.keyboard.press("Backspace")
    at_pair(page, 1)
    page.keyboard.press("2")
    at_pair(page, 2)
    page.keyboard.press(" ")
    at_pair(page, 3)
    page.locator("[data-choice='1']").click()
    expect(page.get_by_text("Those were the last pictures.")).to_be_visible()
    assert outcomes(server)[before:] == ["2", "T", "1"]


@pytest.mark.parametrize("slug", STUDIES)
def test_all_pictures_have_one_size_and_move_together(open_trial: OpenTrial, slug: str) -> None:
    page = open_trial(slug)
    boxes = page.evaluate(BOXES)
    assert len(boxes) == STUDIES[slug][1]
    assert len({(box["width"], box["height"]) for box in boxes}) == 1
    assert all(box["left"] >= 0 and box["right"] <= DESKTOP["width"] for box in boxes)
    assert all(box["bottom"] <= DESKTOP["height"] for box in boxes)
    assert len({(box["left"], box["top"]) for box in boxes}) == len(boxes)
    page.keyboard.press("+")
    page.keyboard.press("Shift+ArrowLeft")
    places = page.evaluate("[...document.querySelectorAll('.own')].map((one) => one.style.cssText)")
    assert len(set(places)) == 1 and len(places) == len(boxes)
    assert page.evaluate(BOXES)[0]["width"] > boxes[0]["width"]


def test_a_swap_shows_each_other_picture_in_turn(open_trial: OpenTrial) -> None:
    page = open_trial("three")
    captions = page.locator("figcaption:visible")
    visible = """() => [...document.querySelectorAll('.trial-frame')].map((frame) =>
        [...frame.children].filter((one) => getComputedStyle(one).visibility === 'visible').at(-1).src)"""
    own = page.evaluate(visible)
    for expected in (["2", "3", "1"], ["3", "1", "2"], ["2", "3", "1"]):
        page.keyboard.down("f")
        assert captions.all_text_contents() == expected
        assert page.evaluate(visible) == [own[int(name) - 1] for name in expected]
        page.keyboard.up("f")
        assert captions.all_text_contents() == ["1", "2", "3"] and page.evaluate(visible) == own
    page.keyboard.down("c")
    page.wait_for_function("document.querySelectorAll('.trial-frame.behind').length === 3")
    assert len(set(page.evaluate(visible))) == 1
    page.keyboard.up("c")


def test_a_phone_taps_through_the_pictures(open_trial: OpenTrial, server: Server) -> None:
    page = open_trial("four", PHONE, has_touch=True, is_mobile=True)
    before = len(outcomes(server))
    frame, caption = page.locator(".trial-frame").first, page.locator("figcaption:visible").first
    for name in ("2", "3", "4", "1"):
        frame.tap()
        expect(caption).to_have_text(name)
        page.wait_for_timeout(350)  # two quick taps would enlarge the pictures
    for button in page.locator(".trial-buttons button:visible").all():
        box = button.bounding_box()
        assert box is not None and box["height"] >= 44 and box["width"] >= 44
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.locator("[data-choice='4']").tap()
    at_pair(page, 2)
    assert outcomes(server)[before:] == ["4"]


def test_requests_reveal_no_position(open_trial: OpenTrial) -> None:
    page = open_trial("four")
    asked: list[str] = []

    def note(request: Request) -> None:
        if "/media/" in request.url:
            asked.append(request.url)

    page.on("request", note)
    page.keyboard.press("1")
    at_pair(page, 2)
    page.wait_for_timeout(500)
    shown = page.evaluate("[...document.querySelectorAll('.own')].map((one) => one.src)")
    early = [url for url in asked if url not in shown]  # of the trial after this one
    tokens = [url.split("/media/")[1].split("?")[0] for url in early if ".reference" not in url]
    assert len(tokens) == 4 and tokens == sorted(tokens)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_barriers_and_all_words_are_german(open_trial: OpenTrial, server: Server, scheme: str) -> None:
    page = open_trial("three", PHONE, color_scheme=scheme, locale="de-DE")
    assert barriers(page) == []
    expect(page.locator(".trial-question")).to_have_text(re.compile("am natürlichsten"))
    expect(page.locator("[data-choice='2']")).to_have_text(re.compile("Bild 2"))
    assert page.locator(".trial-frame .own").first.get_attribute("alt") == "Bild 1"
    hint = page.locator(".trial-state").bounding_box()
    buttons = page.locator(".trial-buttons:visible").bounding_box()
    assert hint and buttons
    assert buttons["y"] + buttons["height"] <= hint["y"]
    assert hint["y"] + hint["height"] <= PHONE["height"]
    for _ in range(3):
        page.locator("[data-choice='1']").click()
        page.wait_for_timeout(400)
    expect(page.get_by_text("Das waren die letzten Bilder.")).to_be_visible()
    if scheme == "dark":
        store = Store.open(f"sqlite:///{server.data / 'harmonylab.db'}")
        close(store, "three", None, "test")
        store.close()
        page.reload()
        page.locator("[data-do=choices]").click()
        expect(page.locator(".own-choices li")).to_have_count(3)
        expect(page.locator(".own-choices li").first).to_contain_text("Sie haben Bild 1 gewählt.")
        expect(page.locator(".own-choices figure.chosen")).to_have_count(3)
        assert barriers(page) == []
