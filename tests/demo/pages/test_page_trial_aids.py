"""Help for participants in a browser: practice with feedback, the outline, and the reference beside both."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, expect
from skimage import data

from benchmarks.running_app import running_app
from study.collect.stimuli import KnownPairs, StudySources, build_study
from study.config.config import StudyConfig
from study.database.responses.load_responses import read_study
from study.database.store import Store
from study.manage.states import open_folder
from tests.demo.pages.conftest import PHONE, OpenTrial, Server
from tests.support.german import SEEN, foreign
from tests.support.study_page import READY

pytestmark = pytest.mark.browser
TOLD = ".trial[data-state=feedback]"
SIZE = (900, 600)
OWN = "Picture {picture} is the photograph that nobody edited."
STUDIES: dict[str, dict[str, Any]] = {
    "practised": {"trials": {"votes": 2, "practice": 2}},
    "outlined": {"trials": {"votes": 3}, "viewing": {"outline": True}},
    "beside": {
        "trials": {"votes": 3, "practice": 1},
        "viewing": {"outline": True, "reference": "composite", "reference_beside": True},
    },
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
    plain = {name: np.full_like(better, 99) for name, (better, _) in known.items()}
    sources = StudySources(
        {f"scene{n}": picture(n) for n in range(3)},
        {"one": lambda scene: scene, "two": lambda scene: 255 - scene},
        practice=KnownPairs(known, plain, {name: mask(None) for name in known}),
        contexts={"composite": lambda scene: np.full_like(scene, 99)},
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
    open_trial: OpenTrial, server: Server
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


def test_the_feedback_is_there_again_after_a_reload_until_it_was_read(open_trial: OpenTrial) -> None:
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


def test_an_answer_whose_reply_was_lost_has_its_feedback_after_a_reload(open_trial: OpenTrial) -> None:
    page = open_trial("practised")
    better = brighter(page)
    page.route("**/api/study/practised/vote", lambda route: (route.fetch(), route.abort()))
    page.keyboard.press("l")
    expect(page.locator(".trial-state")).to_contain_text("No connection")
    page.unroute("**/api/study/practised/vote")
    page.reload()
    expect(page.locator(TOLD)).to_be_visible()
    expect(page.locator("[data-told]")).to_contain_text(f"picture {better} is the better one")


def test_withdrawing_from_the_feedback_ends_and_leaves_nothing_behind(open_trial: OpenTrial) -> None:
    page = open_trial("practised")
    page.keyboard.press("l")
    expect(page.locator(TOLD)).to_be_visible()
    page.locator(".trial-leave").click()
    page.locator(".trial-leave").click()
    expect(page.locator("#ended")).to_be_visible()
    assert page.evaluate("localStorage.getItem('harmonylab-practice')") in (None, "{}")


def test_the_organizer_sets_the_text_and_the_page_its_language(open_trial: OpenTrial) -> None:
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
    open_trial: OpenTrial, server: Server
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


def test_on_a_phone_the_outline_is_switched_by_a_tap(open_trial: OpenTrial, server: Server) -> None:
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


THREE = """() => ['[data-side=left] .own', '.trial-third img', '[data-side=right] .own'].map((name) => {
    const [image, frame] = [document.querySelector(name), document.querySelector(name).parentNode];
    const [a, b] = [image, frame].map((one) => one.getBoundingClientRect());
    const part = [b.width, b.height, a.x - b.x, a.y - b.y, a.width, a.height];
    const rounded = part.map((one) => Math.round(one * 50) / 50);
    return {frame: [b.x, b.y], part: rounded, natural: image.naturalWidth};
})"""


def three(page: Page) -> list[Any]:
    """Return the places of the left picture, the reference and the right one, all with the same part."""
    found = page.evaluate(THREE)
    assert all({**one, "frame": 0} == {**found[0], "frame": 0} for one in found), found
    return [one["frame"] for one in found]


def test_the_reference_is_between_both_in_their_size_and_part(open_trial: OpenTrial, server: Server) -> None:
    page = open_trial("beside")
    left, reference, right = three(page)
    assert left[1] == reference[1] == right[1]
    assert reference[0] - left[0] == pytest.approx(right[0] - reference[0], abs=1)
    expect(page.locator(".trial-beside figcaption")).to_have_text("Starting picture")
    page.locator(".trial-third").dblclick(position={"x": 40, "y": 30})
    page.wait_for_function("document.querySelector('.trial-third img').naturalWidth === 900")
    three(page)
    page.keyboard.press("Shift+ArrowRight")
    three(page)
    page.keyboard.press("0")
    page.wait_for_function("document.querySelector('.trial-third img').naturalWidth < 900")
    page.keyboard.press("a")  # practice
    expect(page.locator(TOLD)).to_be_visible()
    assert three(page) == [left, reference, right]
    page.wait_for_timeout(400)
    page.locator("[data-go]").click()
    expect(page.locator(".trial-count")).to_have_text("2 of 4")
    expect(page.locator(READY)).to_be_visible()
    page.keyboard.press("a")
    expect(page.locator(".trial-count")).to_have_text("3 of 4")
    expect(page.locator(READY)).to_be_visible()
    page.set_viewport_size({"width": 400, "height": 480})
    expect(page.locator(".trial-beside")).to_be_hidden()  # no room
    page.keyboard.down("c")
    expect(page.locator(".trial-frame.behind")).to_have_count(2)
    page.keyboard.up("c")
    page.keyboard.press("a")
    expect(page.locator(".trial-count")).to_have_text("4 of 4")
    views = rows(server, "SELECT view_json FROM vote ORDER BY id DESC LIMIT 2")
    found = [json.loads(view) for (view,) in views]
    assert [(view["beside"], view["reference"]) for view in found] == [(False, 1), (True, 0)]


def test_on_a_phone_the_reference_is_stacked_between_both(open_trial: OpenTrial) -> None:
    page = open_trial("beside", PHONE, has_touch=True, is_mobile=True, locale="de-DE")
    first, reference, second = three(page)
    assert first[0] == reference[0] == second[0]
    assert reference[1] - first[1] == pytest.approx(second[1] - reference[1], abs=1)
    assert foreign(page.evaluate(SEEN), {"beside"}) == []


def test_three_pictures_and_their_outline_are_requested_alike_for_both_sides(
    open_trial: OpenTrial, server: Server
) -> None:
    requests: list[str] = []
    page = open_trial("beside", before=lambda page: page.on("request", lambda one: requests.append(one.url)))
    page.keyboard.press("a")
    expect(page.locator(TOLD)).to_be_visible()
    page.wait_for_timeout(400)
    page.locator("[data-go]").click()
    for number in (2, 3, 4):
        expect(page.locator(".trial-count")).to_have_text(f"{number} of 4")
        expect(page.locator(READY)).to_be_visible()
        for key in ("+", "0", "o"):
            page.keyboard.down(key)
            page.wait_for_timeout(150)
            page.keyboard.up(key)
        page.keyboard.press("a")
    expect(page.locator("#thanks")).to_be_visible()
    newest = "SELECT max(id) FROM participant"
    trials = f"SELECT token, left_token, right_token FROM trial WHERE participant_id = ({newest})"
    for token, *pair in rows(server, trials):
        widths = [[url.partition("?")[2] for url in requests if f"/media/{one}?" in url] for one in pair]
        assert widths[0] == widths[1] and widths[0]
        for shown in ("reference", "outline"):
            assert {url.partition("?")[2] for url in requests if f"/{token}.{shown}?" in url} <= set(
                widths[0]
            )
        assert [url for url in requests if f"/{token}.reference?" in url]
