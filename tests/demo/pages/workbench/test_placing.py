"""Move, size, turn and mirror a cut-out on the stage by mouse, keys and fingers; its colours follow."""

from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest
from playwright.sync_api import BrowserContext, CDPSession, Locator, Page, Route, expect

from tests.demo.pages.conftest import PHONE, Call
from tests.demo.pages.workbench.walk import document, line, open_bench

pytestmark = pytest.mark.browser
START = {"x": 0.6, "y": 0.55, "scale": 0.5, "angle": 0.0, "flip": False}
Point = tuple[float, float]
# Waits until nothing moves, and the model has answered for the last place.
QUIET = """() => {
    const { bench } = document.querySelector('.wb');
    return !document.querySelector('.wb-sprite') && bench.ask('settled', 'o1');
}"""


def place(page: Page, **change: float | bool) -> None:
    """Put the object of the example somewhere, as a step."""
    page.evaluate(
        """(placement) => document.querySelector('.wb').bench.change('Prepare', (draft) => {
            draft.objects[0].placement = placement;
        })""",
        {**START, **change},
    )
    quiet(page)


def quiet(page: Page) -> None:
    page.wait_for_timeout(100)
    page.wait_for_function(QUIET)


def placement(page: Page, number: int = 0) -> dict[str, Any]:
    return cast(dict[str, Any], document(page)["objects"][number]["placement"])


def step(page: Page) -> str | None:
    return page.locator("[data-do=undo]").get_attribute("title")


def middle(locator: Locator) -> Point:
    box = locator.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def body(page: Page) -> Point:
    """Return a point on the object, beside the split line and its handle."""
    box = page.locator(".wb-place-box").bounding_box()
    assert box
    return box["x"] + box["width"] * 0.62, box["y"] + box["height"] * 0.72


def drag(page: Page, start: Point, by: Point) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    for part in (0.25, 0.5, 0.75, 1.0):
        page.mouse.move(start[0] + part * by[0], start[1] + part * by[1])
    page.mouse.up()
    quiet(page)


@pytest.fixture(params=["light", "dark"])
def bench(request: pytest.FixtureRequest, page: Page) -> Page:
    page.emulate_media(color_scheme=request.param)
    return ready(page)


@pytest.fixture
def plain(page: Page) -> Page:
    return ready(page)


def ready(page: Page) -> Page:
    open_bench(page)
    place(page)
    return page


def answered(page: Page) -> Any:
    """Return what the model answers for the document as it is."""
    return page.evaluate(
        """() => {
            const { bench } = document.querySelector('.wb');
            return bench.server.post('/answer', { document: bench.document, object: 'o1' });
        }"""
    )["edit"]


def test_an_object_is_dragged_and_its_colours_follow(bench: Page) -> None:
    before = document(bench)["objects"][0]
    asked: list[Any] = []
    bench.on("request", lambda sent: asked.append(sent) if sent.url.endswith("/answer") else None)
    scale = bench.evaluate("document.querySelector('.wb').bench.stage.scale")
    start = body(bench)
    bench.mouse.move(*start)
    bench.mouse.down()
    bench.mouse.move(start[0] - 150, start[1] - 20)
    moving = bench.locator(".wb-after .wb-sprite")
    expect(moving).to_have_css("will-change", "transform")
    bench.wait_for_function("document.querySelector('.wb').bench.ask('colours', 'o1')")
    assert asked and document(bench)["objects"][0] == before  # the step comes with the drop
    bench.mouse.move(start[0] - 300, start[1] - 40)
    bench.mouse.up()
    quiet(bench)
    after = document(bench)["objects"][0]
    facts = bench.evaluate("Object.values(document.querySelector('.wb').bench.files)[0]")
    expected = {
        **before["placement"],
        "x": before["placement"]["x"] - 300 / scale / facts["width"],
        "y": before["placement"]["y"] - 40 / scale / facts["height"],
    }
    assert after["placement"] == pytest.approx(expected)
    assert after["answer"] == answered(bench)  # the last place won
    assert after["edit"] != before["edit"]
    assert step(bench) == "Undo: Move the object"
    bench.keyboard.press("Control+z")
    quiet(bench)
    assert document(bench)["objects"][0] == before


def test_the_line_glides_to_an_object_that_was_dropped(bench: Page) -> None:
    bench.wait_for_timeout(1500)
    before = line(bench)
    bench.evaluate(
        """() => {
            const handle = document.querySelector('.wb-handle'), { bench } = document.querySelector('.wb');
            window.lines = [];
            const look = () => {
                if (bench.stage.element.parentElement.dataset.mode === 'split')
                    window.lines.push(Number(handle.getAttribute('aria-valuenow')));
                requestAnimationFrame(look);
            };
            look();
        }"""
    )
    drag(bench, body(bench), (-200, 0))
    bench.wait_for_timeout(600)
    after, seen = line(bench), set(bench.evaluate("window.lines"))
    assert after < before - 5
    assert len(seen - {before, after}) > 2


def test_handles_size_turn_and_mirror_as_one_step_each(plain: Page) -> None:
    for selector, by, label, name in (
        ("[data-corner='2']", (-60, -60), "Scale the object", "scale"),
        (".wb-place-turn", (90, 60), "Turn the object", "angle"),
    ):
        before = placement(plain)
        drag(plain, middle(plain.locator(selector)), by)
        assert step(plain) == f"Undo: {label}"
        assert placement(plain)[name] != pytest.approx(before[name], abs=0.02)
        plain.keyboard.press("Control+z")
        assert placement(plain) == before
    plain.mouse.move(*body(plain))
    plain.locator(".wb-place-flip").click()
    assert placement(plain)["flip"]
    expect(plain.locator(".wb-place-flip")).to_have_attribute("aria-pressed", "true")
    assert step(plain) == "Undo: Mirror the object"


def test_keys_move_size_and_turn_the_object_that_has_the_focus(plain: Page) -> None:
    before = placement(plain)
    plain.locator(".wb-place-box").focus()
    for key in ("ArrowLeft", "ArrowLeft", "Shift+ArrowDown", "+", "]"):
        plain.keyboard.press(key)
    plain.locator(".wb-place [role=status]").filter(has_text="turned 1°").wait_for(state="attached")
    quiet(plain)
    after = placement(plain)
    assert after["x"] < before["x"] and after["y"] > before["y"]
    assert after["scale"] == pytest.approx(1.02 * before["scale"])
    plain.keyboard.press("Control+z")  # a movement by keys is one step
    assert placement(plain) == before
    plain.locator(".wb-place-turn").focus()
    plain.keyboard.press("Shift+ArrowRight")
    plain.locator(".wb-place-corner[role=slider]").focus()  # leaving ends the movement
    expect(plain.locator(".wb-place-turn")).to_have_attribute("aria-valuenow", "10")
    quiet(plain)
    assert step(plain) == "Undo: Turn the object"


def test_escape_takes_back_and_a_double_click_resets(plain: Page) -> None:
    before = placement(plain)
    start = body(plain)
    plain.mouse.move(*start)
    plain.mouse.down()
    plain.mouse.move(start[0] - 200, start[1])
    plain.keyboard.press("Escape")
    plain.mouse.move(start[0] - 300, start[1])
    plain.mouse.up()
    quiet(plain)
    assert placement(plain) == before
    plain.mouse.dblclick(*start)
    quiet(plain)
    first = {"x": 0.5, "y": 0.5, "scale": 1.0, "angle": 0.0, "flip": False}
    assert placement(plain) == first
    assert step(plain) == "Undo: Put the object back"
    assert plain.evaluate("document.querySelector('.wb').bench.stage.zoom") == 1


def test_an_object_crosses_the_edge_and_is_caught_again(plain: Page) -> None:
    drag(plain, body(plain), (2000, -2000))
    outside = placement(plain)
    assert outside["x"] > 0.9 and outside["y"] < 0.1
    view = plain.locator(".wb-view").bounding_box()
    assert view
    frame = plain.evaluate("document.querySelector('.wb').bench.stage.frame")
    corner = view["x"] + frame["left"] + frame["width"] - 12, view["y"] + frame["top"] + 12
    drag(plain, corner, (-200, 150))
    assert placement(plain)["x"] < outside["x"] and placement(plain)["y"] > outside["y"]


def test_a_click_on_another_object_selects_it(plain: Page) -> None:
    plain.evaluate(
        """() => document.querySelector('.wb').bench.change('Add', (draft) => {
            const [first] = draft.objects;
            const placement = { ...first.placement, x: 0.2, scale: 0.25 };
            draft.objects.push({ ...structuredClone(first), id: 'o2', name: 'Second', placement });
        })"""
    )
    plain.wait_for_selector(".wb-after canvas[data-object=o2]:not([hidden])", state="attached")
    plain.mouse.click(*body(plain))
    name = plain.locator(".wb-place-box")
    expect(name).to_have_attribute("aria-label", "Astronaut")
    at = plain.evaluate("document.querySelector('.wb').bench.stage.toScreen(0.21, 0.6)")
    plain.mouse.click(at["x"], at["y"])
    expect(name).to_have_attribute("aria-label", "Second")
    steps = step(plain)
    assert steps == "Undo: Add"  # a click changes nothing


def test_a_server_that_is_busy_is_asked_again(plain: Page, faults: list[str]) -> None:
    def refuse(route: Route) -> None:
        route.fulfill(status=503, json={"message": "busy"})

    before = document(plain)["objects"][0]
    plain.route("**/api/workbench/answer", refuse)
    start = body(plain)
    plain.mouse.move(*start)
    plain.mouse.down()
    plain.mouse.move(start[0] - 250, start[1])
    expect(plain.locator(".wb-place-sign span")).to_be_visible()
    plain.mouse.up()
    plain.wait_for_selector(".wb-sprite", state="detached")
    moved = document(plain)["objects"][0]
    assert moved["placement"] != before["placement"] and moved["answer"] == before["answer"]
    plain.unroute("**/api/workbench/answer")
    expect(plain.locator(".wb-place-sign span")).to_be_hidden()
    quiet(plain)
    assert document(plain)["objects"][0]["answer"] == answered(plain)
    assert all("503" in fault for fault in faults)
    faults.clear()


def test_own_changes_stay_on_top(plain: Page, call: Call) -> None:
    """The curves that a person drew are applied to every answer."""
    plain.evaluate(
        """() => document.querySelector('.wb').bench.change('Curve', (draft) => {
            draft.objects[0].controls = { exposure: 1 };
        })"""
    )
    drag(plain, body(plain), (-250, -30))
    after = document(plain)["objects"][0]
    composed = call("edit/compose.js", "compose", after["answer"], after["controls"])
    assert after["controls"]["exposure"] == 1
    assert after["edit"] == composed


class Fingers:
    """Send touches to a page: a point for each finger."""

    def __init__(self, page: Page) -> None:
        self.session: CDPSession = page.context.new_cdp_session(page)

    def send(self, kind: str, *points: Point) -> None:
        touches = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    def drag(self, path: Callable[[float], tuple[Point, ...]]) -> None:
        self.send("touchStart", *path(0))
        for part in (0.2, 0.4, 0.6, 0.8, 1.0):
            self.send("touchMove", *path(part))
        self.send("touchEnd")


@pytest.fixture(params=["light", "dark"])
def phone(request: pytest.FixtureRequest, browser: Any, server: Any) -> Iterator[Page]:
    context: BrowserContext = browser.new_context(
        viewport=PHONE,
        has_touch=True,
        is_mobile=True,
        device_scale_factor=2,
        base_url=server.url,
        color_scheme=request.param,
    )
    context.set_default_timeout(60_000)
    yield ready(context.new_page())
    context.close()


def test_one_finger_moves_and_two_also_size_and_turn(phone: Page) -> None:
    fingers, before = Fingers(phone), placement(phone)
    x, y = body(phone)
    fingers.drag(lambda part: ((x - 60 * part, y + 30 * part),))
    quiet(phone)
    moved = placement(phone)
    assert moved["x"] < before["x"] and moved["y"] > before["y"]
    assert phone.evaluate("scrollY") == 0
    x, y = body(phone)
    fingers.drag(lambda part: ((x, y), (x + 60 + 20 * part, y + 40 * part)))
    quiet(phone)
    both = placement(phone)
    assert both["scale"] > 1.2 * moved["scale"] and both["angle"] > 0.2
    assert step(phone) == "Undo: Place the object"
    phone.evaluate("document.querySelector('.wb').bench.undo()")
    assert placement(phone) == moved


def test_handles_are_large_enough_for_a_finger(phone: Page) -> None:
    for handle in phone.locator(".wb-place [data-part]").all():
        box = handle.bounding_box()
        assert box and min(box["width"], box["height"]) >= 44
    fingers, before = Fingers(phone), placement(phone)
    x, y = middle(phone.locator("[data-corner='2']"))
    fingers.drag(lambda part: ((x - 40 * part, y - 40 * part),))
    quiet(phone)
    assert placement(phone)["scale"] < 0.9 * before["scale"]
