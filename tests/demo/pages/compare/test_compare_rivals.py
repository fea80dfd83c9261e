"""Test that methods that crash, hang or return a wrong size do not end the others, on 12 megapixels."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from benchmarks.running_app import running_app

pytestmark = pytest.mark.browser

PROGRAMS = {
    "crashes": "import sys; sys.exit(f'no weights beside {sys.argv[1]}')",
    "hangs": "import time; time.sleep(600)",
    "shrinks": "import cv2, sys; p = cv2.imread(sys.argv[1]); cv2.imwrite(sys.argv[2], p[::2, ::2])",
    "darkens": "import cv2, sys; p = cv2.imread(sys.argv[1]); cv2.imwrite(sys.argv[2], p // 2)",
}
OTHERS = ("composite", "mean_gain", "reinhard", "mkl", "hist_match", "harmonylab", "harmonylab_curves")


@pytest.fixture(scope="module")
def rivals(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a server that offers these programs as methods, and return its address."""
    assert chromium
    folder = tmp_path_factory.mktemp("rivals")
    commands = {}
    for name, program in PROGRAMS.items():
        (folder / f"{name}.py").write_text(program)
        command = f"{sys.executable} {name}.py {{composite}} {{out}}"
        commands[name] = {"command": command, "title": name.title()}
    (folder / "methods.json").write_text(json.dumps(commands))
    with running_app(folder / "data", HARMONY_METHODS=str(folder / "methods.json")) as app:
        yield app.url


@pytest.fixture
def picture(tmp_path: Path) -> tuple[Path, Path]:
    """Write a composite of 4000×3000 pixels and its mask."""
    rows = np.linspace(40, 200, 3000, dtype=np.float32)[:, None, None]
    image = np.broadcast_to(rows, (3000, 4000, 3)).astype(np.uint8)
    mask = cv2.circle(np.zeros((3000, 4000), np.uint8), (2000, 1500), 700, 255, -1)
    files = tmp_path / "large.jpg", tmp_path / "mask.png"
    cv2.imwrite(str(files[0]), np.where(mask[..., None] > 0, image // 2, image))
    cv2.imwrite(str(files[1]), mask)
    return files


def open_page(browser: Browser, url: str) -> Page:
    page = browser.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{url}/compare")
    # What opens by itself is stopped: only the large picture is of interest.
    page.locator("[data-do=stop]").click()
    page.locator("#show-choose").click()
    for box in page.locator("#methods input").all():
        name = box.get_attribute("name") or ""
        box.set_checked(name in (*OTHERS, *PROGRAMS) or name.lower() in PROGRAMS)
    return page


def test_rivals_that_misbehave_are_left_out(
    browser: Browser, rivals: str, picture: tuple[Path, Path]
) -> None:
    page = open_page(browser, rivals)
    page.locator("#show-own").click()
    for slot, file in zip(("composite", "mask"), picture, strict=True):
        page.set_input_files(f"#drop-{slot} input", str(file))
        expect(page.locator(f"#drop-{slot} .drop-note")).to_have_text("4000×3000")
    page.locator("#run").click()
    hanging = page.locator(".grid-card", has_text="Hangs")
    expect(hanging).to_have_attribute("data-state", "working", timeout=90_000)
    page.locator("[data-do=skip]").click()
    cards = {title: page.locator(".grid-card", has_text=title) for title in ("Crashes", "Hangs", "Shrinks")}
    expect(page.locator(".grid-card", has_text="Darkens")).to_have_attribute(
        "data-state", "done", timeout=90_000
    )
    expect(cards["Crashes"]).to_contain_text("crashes failed with code 1. Its output is in the log.")
    expect(cards["Hangs"]).to_contain_text("Skipped")
    expect(cards["Shrinks"]).to_contain_text("2000×1500")
    assert page.locator(".grid-card[data-state=done]").count() == len(OTHERS) + 1
    page.close()
