"""Look at pairs in a browser: sizes, zoom, pan, swap, reference, further questions, focus, and slow lines."""

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, Request, expect
from skimage import data

from benchmarks.running_app import running_app
from demo.widgets import FOLDER
from study.collect.stimuli import StudySources, build_study
from study.config.config import StudyConfig
from study.config.questions import PairQuestion
from study.config.tables import Stimuli, Trials, Viewing
from study.config.tables import Study as StudyTable
from study.database.store import Store
from study.manage.states import open_folder
from tests.demo.pages.conftest import PHONE, OpenTrial, Server
from tests.support.study_page import READY

pytestmark = pytest.mark.browser
METHODS = ("composite", "alpha", "beta")
Size = tuple[int, int]
SHAPES = {  # of the pictures of one study each, width and height
    "photos": (1024, 683),
    "small": (256, 171),
    "panoramas": (1000, 250),
    "portraits": (600, 900),
}


def config_of(slug: str) -> StudyConfig:
    """Return a study of three methods that asks everything that can be asked about a pair."""
    asks = slug == "photos"
    return StudyConfig(
        study=StudyTable(slug=slug, title=slug, question="Which is better?"),
        stimuli=Stimuli(methods=list(METHODS)),
        trials=Trials(votes=6, answers="graded" if asks else "three"),
        viewing=Viewing(reference="composite" if asks else "none", outline=asks),
        questions=[PairQuestion(key="photo", text="Which is nearer to a photograph?")] if asks else [],
    )


def shade(level: float) -> Callable[[Any], Any]:
    """Return a method that darkens a picture."""
    return lambda picture: np.rint(picture * level).astype(np.uint8)


def add_study(store: Store, folder: Path, slug: str, size: Size) -> None:
    items = {
        f"scene{n}": cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        for n, picture in enumerate((data.astronaut(), data.coffee(), data.chelsea()))
    }
    methods = {name: shade(1 - 0.15 * n) for n, name in enumerate(METHODS)}
    sources = StudySources(
        items,
        methods,
        contexts={"composite": lambda picture: 255 - picture},
        mask=lambda picture: (picture[..., 0] > 99).astype(np.float32),
    )
    open_folder(store, build_study(folder / slug, config_of(slug), sources), "test")


@pytest.fixture(scope="module")
def server(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    assert chromium
    folder = tmp_path_factory.mktemp("trials")
    with running_app(folder) as app:
        store = Store.open(f"sqlite:///{folder / 'harmonylab.db'}")
        for slug, size in SHAPES.items():
            add_study(store, folder / "studies", slug, size)
        store.close()
        yield Server(app.url, folder)


def stored(server: Server, column: str) -> Any:
    """Return a column of the newest vote."""
    with closing(sqlite3.connect(server.data / "harmonylab.db")) as database:
        return database.execute(f"SELECT {column} FROM vote ORDER BY id DESC").fetchone()[0]


PLACE = """() => [...document.querySelectorAll('.trial-frame')].map((frame) => {
    const [own, out] = [frame.querySelector('.own'), frame.getBoundingClientRect()];
    const box = own.getBoundingClientRect();
    return {natural: [own.naturalWidth, own.naturalHeight], shown: [box.width, box.height],
        offset: [box.x - out.x, box.y - out.y], frame: [out.width, out.height],
        rendering: getComputedStyle(own).imageRendering};
})"""


def places(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate(PLACE)
    return found


def same_place(page: Page) -> dict[str, Any]:
    """Return where the left picture is, after a check that the right one is there too."""
    left, right = places(page)
    assert left == right
    return left


@pytest.mark.parametrize(
    ("slug", "width", "height", "ratio", "factor"),
    [
        ("small", 2560, 1300, 1, 4),
        ("small", 1440, 900, 1, 2),
        ("small", 1440, 900, 2, 5),
        ("small", 1440, 900, 1.25, 3),
        ("photos", 1440, 900, 1, 1),
        ("photos", 2560, 1300, 1, 1),
        ("photos", 1440, 900, 2, 1),
        ("panoramas", 1440, 900, 1, 1),
        ("portraits", 1440, 900, 1, 1),
    ],
)
def test_every_pixel_takes_a_whole_number_of_pixels_of_the_screen(
    open_trial: OpenTrial, slug: str, width: int, height: int, ratio: float, factor: int
) -> None:
    page = open_trial(slug, {"width": width, "height": height}, device_scale_factor=ratio)
    place = same_place(page)
    for natural, shown, frame in zip(place["natural"], place["shown"], place["frame"], strict=True):
        assert shown * ratio == pytest.approx(natural * factor, abs=0.02)
        assert frame == pytest.approx(shown, abs=0.02)
    room = page.locator(".trial-space").first.bounding_box()
    assert room and place["shown"][0] <= room["width"] and place["shown"][1] <= room["height"]
    share = max(place["shown"][0] / room["width"], place["shown"][1] / room["height"])
    assert share > 0.6 or factor == 1  # the largest that fits: of small pictures no larger factor
    assert place["rendering"] == "pixelated"


def test_zoom_and_pan_move_both_pictures_and_show_real_pixels(open_trial: OpenTrial, server: Server) -> None:
    page = open_trial()
    fitted = same_place(page)
    page.locator(".trial-frame").first.hover(position={"x": 30, "y": 40})
    page.mouse.wheel(0, -100)
    page.wait_for_function("document.querySelector('.own').naturalWidth === 1024")
    zoomed = same_place(page)
    assert zoomed["shown"] == zoomed["natural"] == [1024, 683] != fitted["shown"]
    across, down = zoomed["offset"]
    assert (across, down) == (-15, -6)  # the point under the mouse stays where it is
    page.keyboard.press("Shift+ArrowRight")
    assert same_place(page)["offset"] == [across - 60, down]
    box = page.locator(".trial-frame").last.bounding_box()
    assert box
    page.mouse.move(box["x"] + 200, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(box["x"] + 150, box["y"] + 170, steps=3)
    page.mouse.up()
    assert same_place(page)["offset"] == pytest.approx([across - 110, down - 30], abs=2)
    page.keyboard.press("+")
    assert same_place(page)["shown"] == [2048, 1366]
    page.keyboard.press("0")
    page.wait_for_function("document.querySelector('.own').naturalWidth < 1024")
    assert same_place(page) == fitted
    page.locator(".trial-frame").first.dblclick()
    assert same_place(page)["shown"] == [1024, 683]
    page.keyboard.press("2")
    page.keyboard.press("Space")
    expect(page.locator(".trial-count")).to_have_text("2 of 6")
    view = json.loads(stored(server, "view_json"))
    assert (view["zoom"], view["flip"], view["stacked"]) == (2, 0, False)
    assert view["shown"] == fitted["shown"] and view["ratio"] == 1 and view["milliseconds_zoomed"] > 0


def colours(page: Page, side: str) -> list[float]:
    """Return the mean colour of what is on the screen in a frame."""
    png = np.frombuffer(page.locator(f"[data-side={side}] .trial-frame").screenshot(), np.uint8)
    picture = cv2.imdecode(png, cv2.IMREAD_COLOR)
    assert picture is not None
    return [float(value) for value in picture.mean((0, 1))]


def test_swap_and_reference_show_other_pictures_in_the_same_place(
    open_trial: OpenTrial, server: Server
) -> None:
    page = open_trial()
    left, right = colours(page, "left"), colours(page, "right")
    assert left != right
    page.keyboard.down("f")
    assert (colours(page, "left"), colours(page, "right")) == (right, left)
    assert page.locator("figcaption:visible").all_text_contents() == ["B", "A"]
    page.keyboard.up("f")
    assert colours(page, "left") == left
    page.keyboard.down("c")
    expect(page.locator(".trial-frame.behind")).to_have_count(2)
    reference = colours(page, "left")
    assert reference == colours(page, "right") and reference not in (left, right)
    page.keyboard.up("c")
    page.get_by_role("button", name="Swap").click()
    assert colours(page, "left") == right
    page.get_by_role("button", name="Swap").click()
    assert (colours(page, "left"), colours(page, "right")) == (left, right)
    page.keyboard.press("1")
    expect(page.locator(".trial-question")).to_have_text("Which is nearer to a photograph?")
    page.keyboard.press("l")
    expect(page.locator(".trial-count")).to_have_text("2 of 6")
    view = json.loads(stored(server, "view_json"))
    assert (view["zoom"], view["flip"], view["reference"]) == (0, 2, 1)
    assert (stored(server, "outcome"), stored(server, "grade")) == ("L", 2)
    assert json.loads(stored(server, "answers_json")) == {"photo": "R"}


def test_the_first_answer_can_be_changed_before_the_further_question_is_answered(
    open_trial: OpenTrial, server: Server
) -> None:
    page = open_trial()
    page.get_by_role("button", name="A is much better").click()
    expect(page.get_by_role("button", name="A is much better")).to_be_hidden()
    page.keyboard.press("Backspace")
    expect(page.locator(".trial-question")).to_have_text("Which is better?")
    page.keyboard.press("4")
    page.keyboard.press("t")
    expect(page.locator(".trial-count")).to_have_text("2 of 6")
    assert (stored(server, "outcome"), stored(server, "grade")) == ("R", 1)


def test_the_focus_stays_on_the_question_after_every_step(open_trial: OpenTrial) -> None:
    page = open_trial("small")
    question = page.locator(".trial-question")
    expect(question).to_be_focused()
    page.locator("[data-choice=L]").click()
    expect(page.locator(".trial-count")).to_have_text("2 of 6")
    expect(page.locator(READY)).to_be_visible()
    expect(question).to_be_focused()
    page.keyboard.press("Backspace")
    expect(page.locator(".trial-count")).to_have_text("1 of 6")
    expect(page.locator(READY)).to_be_visible()
    expect(question).to_be_focused()
    page.locator("[data-choice=R]").focus()
    page.keyboard.press("Space")  # presses the button that has the focus
    expect(page.locator(".trial-count")).to_have_text("2 of 6")


def test_a_tap_on_a_phone_swaps_and_the_answer_says_that_pictures_were_stacked(
    open_trial: OpenTrial, server: Server
) -> None:
    page = open_trial("photos", PHONE, has_touch=True, is_mobile=True, device_scale_factor=3)
    assert same_place(page)["shown"][0] <= 390
    page.locator(".trial-frame").first.tap()
    expect(page.locator(".trial-frame.flipped")).to_have_count(2)
    page.locator(".trial-frame").first.tap()
    expect(page.locator(".trial-frame.flipped")).to_have_count(0)
    for button in page.locator(".trial-tools button:visible, .trial-buttons button:visible").all():
        box = button.bounding_box()
        assert box and box["height"] >= 39.9 and box["width"] >= 44
    page.locator("[data-choice=R]").tap()
    expect(page.locator(".trial-question")).to_have_text("Which is nearer to a photograph?")
    page.wait_for_timeout(400)  # a second tap at once belongs to the first
    page.locator("[data-choice=L]").tap()
    expect(page.locator(".trial-count")).to_have_text("2 of 6")
    view = json.loads(stored(server, "view_json"))
    assert (view["stacked"], view["flip"], view["ratio"]) == (True, 1, 3)


def widths_of(requests: list[Request], token: str) -> list[str]:
    """Return the sizes in which a picture was requested, in their order."""
    return [request.url.partition("?width=")[2] for request in requests if f"/media/{token}?" in request.url]


def test_a_whole_participation_with_every_tool_tells_no_method(open_trial: OpenTrial, server: Server) -> None:
    requests: list[Request] = []
    texts: list[str] = []
    page = open_trial(
        "photos", before=lambda page: page.on("request", lambda request: requests.append(request))
    )
    page.on("response", lambda one: texts.append(one.text()) if "/api/" in one.url else None)
    for number in range(1, 7):
        expect(page.locator(".trial-count")).to_have_text(f"{number} of 6")
        expect(page.locator(READY)).to_be_visible()
        for key in ("+", "+", "Shift+ArrowDown", "0"):
            page.keyboard.press(key)
        for key in ("f", "c", "o"):
            page.keyboard.down(key)
            page.wait_for_timeout(150)
            page.keyboard.up(key)
        page.keyboard.press("52"[number % 2])
        page.keyboard.press("a")
    expect(page.locator("#thanks")).to_be_visible()
    with closing(sqlite3.connect(server.data / "harmonylab.db")) as database:
        query = "SELECT token, left_token, right_token FROM trial WHERE participant_id = (SELECT max(id) FROM"
        trials = database.execute(f"{query} participant) ORDER BY seq").fetchall()
    media = [request for request in requests if "/media/" in request.url]
    for trial, *pair in trials:
        wanted = [widths_of(media, token) for token in pair]
        assert wanted[0] == wanted[1] and len(wanted[0]) >= 2  # the size that fits, and all pixels
        for width in set(wanted[0]):
            of_pair = [one for one in media if any(f"{token}?width={width}" in one.url for token in pair)]
            assert [one.url for one in of_pair] == sorted(one.url for one in of_pair)  # by random tokens
            starts = [one.timing["startTime"] for one in of_pair]
            assert max(starts) - min(starts) < 100
            first, second = (one.response() for one in of_pair)
            assert first and second
            unlike = {"date", "x-request-id"}
            assert plain(first.headers, unlike) == plain(second.headers, unlike)
            assert len(first.body()) == len(second.body())
        assert widths_of(media, f"{trial}.reference") and widths_of(media, f"{trial}.outline")
    words = re.compile("|".join(METHODS), re.IGNORECASE)
    assert texts and not [text for text in texts if words.search(text)]
    assert not [request.url for request in requests if words.search(request.url)]


def plain(headers: dict[str, str], without: set[str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in without}


GREY = """() => {
    window.grey = [];
    const stage = document.querySelector('.trial');
    let since = 0;
    new MutationObserver(() => {
        if (stage.dataset.state === 'loading') since = since || performance.now();
        else if (since) { window.grey.push(performance.now() - since); since = 0; }
    }).observe(stage, { attributes: true, attributeFilter: ['data-state'] });
}"""


def test_the_next_pair_is_there_at_once_on_a_slow_line(open_trial: OpenTrial) -> None:
    page = open_trial("photos")
    session = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 40, "downloadThroughput": 3e6 / 8, "uploadThroughput": 1e6 / 8}
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", slow)
    page.evaluate(GREY)
    for number in range(2, 7):
        page.wait_for_timeout(3000)  # what a person needs for a pair
        page.keyboard.press("a")
        page.keyboard.press("a")
        expect(page.locator(".trial-count")).to_have_text(f"{number} of 6")
        expect(page.locator(READY)).to_be_visible()
    grey = page.evaluate("window.grey")
    assert len(grey) == 5
    assert sorted(grey)[-1] <= 300, grey


FIT = (FOLDER / "study_stage" / "viewer" / "fit.js").read_text()


def test_sizes_depend_on_the_screen_alone_and_grow_level_by_level(browser: Browser) -> None:
    page = browser.new_page()
    compute = f"([sizes, space, ratio]) => {{ {FIT}; return zoomLevels(sizes, space, ratio) }}"
    full = [[round(4096 * 0.8**n), round(2731 * 0.8**n)] for n in range(11)]
    levels = page.evaluate(compute, [full, [686, 590], 1])
    assert levels[0] == {"size": [550, 367], "pixels": [550, 367], "factor": 1}
    widths = [level["pixels"][0] for level in levels]
    assert widths == sorted(set(widths)) and [4096, 2731] in [level["pixels"] for level in levels]
    tiny = page.evaluate(compute, [[[600, 400], [480, 320]], [200, 200], 1])
    assert tiny[0] == {"size": [480, 320], "pixels": [200, 133], "factor": 0}
    assert [level["pixels"] for level in tiny[1:4]] == [[480, 320], [600, 400], [1200, 800]]
    page.close()
