"""Run a whole study from browsers alone: made, rehearsed, opened, answered, closed and read.

The server is killed while people vote, and again after somebody was rejected.
"""

import csv
import json
import sqlite3
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from benchmarks.running_app import free_port, running_app
from study.bundle.archive import read_bundle
from tests.demo.pages.conftest import DESKTOP, PHONE
from tests.support import organizer_page as office
from tests.support.organizer_page import RIVALS, next_step, tab, tile
from tests.support.study_material import write_material
from tests.support.study_page import at_pair, begin_by_keyboard, begin_by_touch, code_on
from tests.support.visitor import Visitor

pytestmark = pytest.mark.browser
KEY = "a key of twelve words and more"
TITLE, SLUG = "Twelve scenes", "twelve-scenes"
VOTES, PLACES = 3, 8
FILES = {
    "Report": "report.html",
    "Report as JSON": "report.json",
    "Table for a paper": "table.tex",
    "Figure for a paper": "figure.svg",
    "Every answer as CSV": "votes.csv",
    "Archive to publish": "bundle.zip",
    "Codes to pay by, as CSV": "participants.csv",
    "Answers to forms as CSV": "people.csv",
}


@dataclass(frozen=True)
class Windows:
    """Hold the pages of the organizer and of two participants, each in a browser of its own."""

    organizer: Page
    desktop: Page
    phone: Page


@pytest.fixture
def windows(browser: Browser) -> Iterator[Windows]:
    """Give pages without the checks of faults: their server is killed."""
    with ExitStack() as stack:

        def page(size: ViewportSize, **options: Any) -> Page:
            context = stack.enter_context(closing(browser.new_context(viewport=size, **options)))
            context.set_default_timeout(60_000)
            return context.new_page()

        yield Windows(page(DESKTOP), page(DESKTOP), page(PHONE, has_touch=True, is_mobile=True))


def sign_in(page: Page, url: str) -> None:
    page.goto(f"{url}/organizer")
    page.get_by_label("Organizer’s key").fill(KEY)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Studies")).to_be_visible()


def make_study(page: Page, folder: Path) -> None:
    """Make a draft of twelve composites and four methods, with three pairs for each of eight people."""
    page.get_by_role("link", name="New study").click()
    office.choose_material(page, folder)
    next_step(page, "Texts")
    page.get_by_label("Title").fill(TITLE)
    page.get_by_label("Short name in the address").fill(SLUG)
    next_step(page, "People")
    page.get_by_label("Pairs for each person").fill(str(VOTES))
    page.get_by_label("People at most").fill(str(PLACES))
    office.check_and_make(page)
    expect(page.get_by_text("The study is ready as a draft.")).to_be_visible(timeout=120_000)


def rehearse_and_open(page: Page) -> str:
    """Answer a pair of a rehearsal, activate the study, and return its address for participants."""
    page.get_by_role("link", name="Look at every pair").click()
    with page.expect_popup() as waiting:
        page.get_by_role("button", name="Rehearse").click()
    rehearsal = waiting.value
    begin_by_keyboard(rehearsal)
    expect(rehearsal.get_by_text("Rehearsal: nothing of this counts.")).to_be_visible()
    rehearsal.keyboard.press("a")
    at_pair(rehearsal, 2)
    rehearsal.close()
    page.get_by_role("button", name="Activate").click()
    expect(page.locator(".org-badge").first).to_have_text("Active")
    expect(page.locator(".org-at-study")).to_contain_text("still shows another study: First look")
    page.get_by_role("button", name="Show this study at /study").click()
    expect(page.locator(".org-at-study")).to_have_count(0)
    tab(page, "Files")
    expect(page.get_by_role("link", name="Every answer as CSV")).to_be_visible()
    expect(page.get_by_role("link", name="Archive to publish")).to_have_count(0)
    tab(page, "Monitor")
    expect(tile(page, "Votes")).to_have_text("0")
    expect(tile(page, "Free places")).to_have_text(str(PLACES))
    page.get_by_role("link", name="Addresses for participants").click()
    return page.get_by_role("textbox", name="Open link").input_value()


def begin(url: str, address: str, windows: Windows) -> list[Visitor]:
    """Let two people in browsers answer a pair each, and six others some; return these."""
    desktop, phone = windows.desktop, windows.phone
    desktop.goto(address)
    begin_by_keyboard(desktop)
    desktop.locator("[data-choice=L]").click()
    at_pair(desktop, 2)
    phone.goto(address)
    begin_by_touch(phone)
    phone.locator("[data-choice=R]").tap()
    at_pair(phone, 2)
    visitors = [Visitor(url, SLUG).enrol() for _ in range(6)]
    for visitor, choices in zip(visitors, ("LLL", "LTR", "R", "RT", "TRL", ""), strict=True):
        visitor.vote(choices)
    return visitors


def finish_in_browsers(windows: Windows) -> dict[str, str]:
    """Answer the last pairs; return the choices by the code that each page shows."""
    desktop, phone = windows.desktop, windows.phone
    desktop.evaluate("dispatchEvent(new Event('online'))")  # not to wait for the next try
    at_pair(desktop, 3)
    desktop.keyboard.press("Space")
    for number, choice in ((2, "T"), (3, "L")):
        at_pair(phone, number)
        phone.wait_for_timeout(400)  # a second tap at once belongs to the first
        phone.locator(f"[data-choice={choice}]").tap()
    return {code_on(desktop): "LRT", code_on(phone): "RTL"}


def reject(page: Page, code: str) -> None:
    tab(page, "People")
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name=f"Reject {code}").click()
    page.get_by_label("Reason").fill("Always the left one")
    page.get_by_role("dialog").get_by_role("button", name="Reject").click()
    is_rejected(page, code)


def is_rejected(page: Page, code: str) -> None:
    row = page.locator("tbody tr", has_text=code)
    expect(row).to_contain_text("Rejected")
    expect(row).to_contain_text("Always the left one")


def download(page: Page, folder: Path) -> dict[str, Path]:
    """Follow every link to a file that this test reads; return the files by the ends of their names."""
    tab(page, "Files")
    found = {}
    for label, ending in FILES.items():
        with page.expect_download() as waiting:
            page.get_by_role("link", name=label, exact=True).click()
        assert waiting.value.suggested_filename == f"{SLUG}-1-{ending}"
        found[ending] = folder / ending
        waiting.value.save_as(found[ending])
    return found


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def check_people(files: dict[str, Path], counted: dict[str, str], rejected: str) -> None:
    """Compare the codes and the votes of each with what people saw and did."""
    people = rows(files["participants.csv"])
    assert sorted(row["state"] for row in people) == ["complete"] * PLACES + ["rejected", "withdrawn"]
    assert {row["code"] for row in people if row["to_pay"] == "yes"} == set(counted)
    assert [row["code"] for row in people if row["state"] == "rejected"] == [rejected]
    assert {row["code"] for row in rows(files["people.csv"])} >= set(counted)
    votes: dict[str, list[str]] = {}
    for row in rows(files["votes.csv"]):
        votes.setdefault(row["participant"], []).append(row["outcome"])
    own = {row["code"]: "".join(sorted(votes.pop(row["participant"], ""))) for row in people}
    assert votes == {}
    assert {code: choices for code, choices in own.items() if choices} == {
        code: "".join(sorted(choices)) for code, choices in counted.items()
    }


def check_report(files: dict[str, Path], codes: set[str]) -> None:
    """Check that each file has the same votes, and that the archive names nobody."""
    report = json.loads(files["report.json"].read_text())
    assert (report["votes"], report["completed"], report["status"]) == (VOTES * PLACES, PLACES, "ok")
    titles = [method["title"] for method in report["methods"]]
    assert len(titles) == 4 and set(RIVALS) <= set(titles)
    for ending in ("report.html", "table.tex", "figure.svg"):
        text = files[ending].read_text()
        assert [title for title in titles if title not in text] == [], ending
    assert ET.parse(files["figure.svg"]).getroot().tag.endswith("svg")
    assert len(read_bundle(files["bundle.zip"]).responses) == VOTES * PLACES
    with zipfile.ZipFile(files["bundle.zip"]) as archive:
        texts = b"".join(archive.read(name) for name in archive.namelist() if "pictures/" not in name)
    assert [code for code in codes if code.encode() in texts] == []


def test_a_whole_study_without_a_terminal(windows: Windows, tmp_path: Path) -> None:
    organizer, data = windows.organizer, tmp_path / "data"
    folder = write_material(tmp_path / "scenes", 12, RIVALS, side=200)
    settings = {"PORT": str(free_port()), "ORGANIZER_KEY": KEY}
    with ThreadPoolExecutor(1) as pool:
        with running_app(data, **settings) as app:
            sign_in(organizer, app.url)
            make_study(organizer, folder)
            address = rehearse_and_open(organizer)
            people = begin(app.url, address, windows)
            rejected, _, stopped, withdrawn, _, late = people
            voting = pool.submit(late.vote, "RLT")
            office.kill(app)
            windows.desktop.keyboard.press("l")  # kept in the browser until the server is back
            expect(windows.desktop.locator(".trial-state")).to_contain_text("Your answer is kept here")
        with running_app(data, **settings) as app:
            voting.result()
            counted = finish_in_browsers(windows)
            stopped.vote("LT")
            newcomer, second = Visitor(app.url, SLUG), Visitor(app.url, SLUG)
            assert newcomer.refusal() == "full"
            withdrawn.withdraw()
            newcomer.enrol().vote("TLR")
            assert second.refusal() == "full"
            place = place_of(data, rejected.code)
            organizer.reload()
            reject(organizer, rejected.code)
            office.kill(app)
        with running_app(data, **settings) as app:
            organizer.reload()
            is_rejected(organizer, rejected.code)
            second.enrol().vote("RTL")
            office.close_study(organizer)
            assert Visitor(app.url, SLUG).refusal() == "study_closed"
            files = download(organizer, tmp_path)
    completed = [one for one in (*people, newcomer, second) if one not in (rejected, withdrawn)]
    counted |= {one.code: one.acknowledged for one in completed}
    assert place_of(data, second.code) == place
    check_people(files, counted, rejected.code)
    check_report(files, {*counted, rejected.code})


def place_of(data: Path, code: str) -> int:
    """Return the part of the design that a participant has."""
    with closing(sqlite3.connect(data / "harmonylab.db")) as database:
        (block,) = database.execute("SELECT block FROM participant WHERE code = ?", (code,)).fetchone()
    return int(block)
