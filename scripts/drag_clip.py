"""Record an object that is dragged through a scene and changes its colours, as an animated picture.

    python -m scripts.drag_clip [docs/images/drag.webp] [--seconds 20] [--faster 1]

Starts the app with an empty data folder, puts the object of one example over the background of another in
Chromium, and drags it around. The frames are those of the page itself, in the time in which they came. On a
machine that is busy, --faster 6 drags six times more slowly and shows it six times faster, as an idle machine
would. The photographs are those of demo/examples/LICENSES.md.
"""

import argparse
import base64
import math
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, FloatRect, Page, ViewportSize, sync_playwright

from benchmarks.chromium import FLAGS, find_chromium
from benchmarks.clips import TooLarge, cropped, evenly, write_clip
from benchmarks.running_app import ROOT, running_app
from demo.examples import EXAMPLES

OUTPUT = ROOT / "docs" / "images" / "drag.webp"
PAGE: ViewportSize = {"width": 1180, "height": 800}
LEAST_STEP = 0.025  # seconds between two frames that are kept
REST = 1.5  # seconds after the drop
NAMES = [example.name for example in EXAMPLES]
SCENE = ("astronaut", "dahlia")  # the example of the background, and that of the object
START = {"x": 0.18, "y": 0.15, "scale": 1.1, "angle": 0.0, "flip": False}  # the flower is beside its centre
READY = ".wb[data-state=ready] .wb-stage[data-drawn=yes][data-result=yes]"
STILL = "!document.querySelector('.wb-sprite') && document.querySelector('.wb').bench.ask('settled', 'o1')"
# Puts the object of one example over the background of another.
PREPARE = """async ([below, above, placement]) => {
    const { bench } = document.querySelector('.wb');
    const [scene, other] = await Promise.all(
        [below, above].map((index) => bench.server.post(`/examples/${index}`)),
    );
    bench.addFiles({ ...scene.files, ...other.files });
    const object = { ...other.document.objects[0], placement, edit: null, answer: null };
    bench.open({ ...scene.document, objects: [object] });
}"""
# Chromium without a window draws no pointer.
POINTER = """() => {
    const mark = document.createElement('div');
    mark.innerHTML = `<svg width="22" height="26" viewBox="0 0 22 26">
        <path d="M2 2v19l5-5 3.5 8 3-1.3-3.5-7.7h7z" fill="#111" stroke="#fff" stroke-width="1.5"/></svg>`;
    mark.style.cssText = 'position:fixed;left:0;top:0;z-index:99;pointer-events:none;will-change:transform';
    document.body.append(mark);
    addEventListener('pointermove', ({ clientX, clientY }) => {
        mark.style.transform = `translate(${clientX - 2}px, ${clientY - 2}px)`;
    }, true);
}"""


def shift(part: float) -> tuple[float, float]:
    """Return how far the object is from its start, in fractions of the stage; part: 0-1 of the time.

    It goes up to the left, all the way down to the right, and back.
    """
    turn = 2 * math.pi * part
    return -0.28 * math.sin(turn), -0.16 * math.sin(turn) - 0.05 * math.sin(2 * turn)


def open_scene(browser: Browser, url: str, faster: float) -> Page:
    """Open the workbench with the scene, the object where the path starts."""
    page = browser.new_page(viewport=PAGE, color_scheme="light")
    page.set_default_timeout(120_000)
    page.goto(url)
    page.locator(READY).wait_for()
    page.evaluate(PREPARE, [*map(NAMES.index, SCENE), START])
    page.wait_for_function(f"document.querySelector('.wb').bench.object.edit && {STILL}")
    page.evaluate(POINTER)
    if faster > 1:  # the note on a slow server would be wrong in the time of the clip
        page.add_style_tag(content=".wb-place-sign { display: none; }")
    page.wait_for_timeout(500)
    page.wait_for_function(STILL)
    return page


def box_of(page: Page, selector: str) -> FloatRect:
    """Return the box of an element in CSS pixels: x, y, width, height."""
    box = page.locator(selector).bounding_box()
    assert box
    return box


def drag(page: Page, seconds: float) -> None:
    """Drag the object along the path, and drop it."""
    view, box = box_of(page, ".wb-view"), box_of(page, ".wb-place-box")
    x, y = box["x"] + 0.6 * box["width"], box["y"] + 0.7 * box["height"]
    page.mouse.move(x, y)
    page.mouse.down()
    begin = time.perf_counter()
    while (passed := time.perf_counter() - begin) < seconds:
        across, down = shift(passed / seconds)
        page.mouse.move(x + across * view["width"], y + down * view["height"])
        page.wait_for_timeout(8)
    page.mouse.up()


def record(page: Page, seconds: float, faster: float) -> list[tuple[float, bytes]]:
    """Return the time in the clip and the picture, JPEG, of the frames of a drag; seconds: in the clip."""
    frames: list[tuple[float, bytes]] = []
    session = page.context.new_cdp_session(page)

    def keep(event: dict[str, Any]) -> None:
        moment = event["metadata"]["timestamp"] / faster
        if not frames or moment - frames[-1][0] > LEAST_STEP:
            frames.append((moment, base64.b64decode(event["data"])))
        session.send("Page.screencastFrameAck", {"sessionId": event["sessionId"]})

    session.on("Page.screencastFrame", keep)
    session.send("Page.startScreencast", {"format": "jpeg", "quality": 95})
    drag(page, faster * (seconds - REST))
    page.wait_for_timeout(1000 * faster * REST)
    session.send("Page.stopScreencast")
    return frames


def main() -> None:
    """Record the clip."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("output", type=Path, nargs="?", default=OUTPUT)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--faster", type=float, default=1, help="times faster than it was recorded")
    options = parser.parse_args()
    chromium = find_chromium()
    if not chromium:
        parser.exit(1, "Chromium was not found: install it, or set CHROMIUM.\n")
    with (
        tempfile.TemporaryDirectory() as folder,
        running_app(Path(folder)) as app,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = open_scene(browser, app.url, options.faster)
        view = box_of(page, ".wb-view")
        frames = evenly(record(page, options.seconds, options.faster))
        browser.close()
    try:
        write_clip([cropped(frame, view, PAGE["width"]) for frame in frames], options.output)
    except TooLarge as error:
        parser.exit(1, f"{error}\n")


if __name__ == "__main__":
    main()
