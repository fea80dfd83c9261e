"""Drive the dialog for many pictures in a real browser: files, a zip, errors, an edit for all, cancelling."""

import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, FilePayload, Locator, Page, expect

from model import Edit
from model.images.formats import ACCEPT
from tests.demo.pages.conftest import Call
from tests.demo.pages.workbench.walk import hold
from tests.support.png_bytes import png

pytestmark = pytest.mark.browser
SIZE = (60, 80)


def picture(seed: int = 0) -> bytes:
    return png(np.random.default_rng(seed).integers(0, 256, (*SIZE, 3), np.uint8))


def mask() -> bytes:
    pixels = np.zeros(SIZE, np.uint8)
    pixels[20:50, 30:60] = 255
    return png(pixels)


def payload(name: str, data: bytes) -> FilePayload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": data}


def pairs(count: int) -> list[FilePayload]:
    return [
        payload(f"p{number}{end}.png", data)
        for number in range(count)
        for end, data in (("", picture(number)), ("_mask", mask()))
    ]


@pytest.fixture
def refusals_expected(context: BrowserContext, faults: list[str]) -> Iterator[None]:
    """Remove what the browser reports about refused requests."""
    assert context
    yield
    faults[:] = [fault for fault in faults if "422" not in fault]


def opened(page: Page) -> Locator:
    page.goto("/")
    page.locator(".wb-batch-open").click()
    dialog = page.locator(".wb-batch")
    expect(dialog).to_have_attribute("data-state", "empty")
    return dialog


def give(dialog: Locator, *files: FilePayload) -> None:
    dialog.locator("input[data-of=files]").set_input_files(list(files))


def downloaded(page: Page, dialog: Locator, folder: Path) -> zipfile.ZipFile:
    with page.expect_download() as download:
        dialog.get_by_role("link", name="Download all").click()
    download.value.save_as(folder / "all.zip")
    assert download.value.suggested_filename == "harmonized.zip"
    return zipfile.ZipFile(folder / "all.zip")


def wait_until_kept(page: Page, finished: int, missing: int) -> None:
    """Wait until the server keeps a batch with so many results and so few missing files."""
    kept = "document.querySelector('.wb').bench.server.get('/document').then(({ batch }) => batch)"
    for _ in range(60):
        batch = page.evaluate(kept)
        if batch and len(batch["finished"]) >= finished:
            lacking = [name for name, number in batch["sources"].items() if not number]
            if len(lacking) <= missing:
                return
        page.wait_for_timeout(500)
    pytest.fail("the batch was not kept")


def test_pictures_and_masks_come_back_as_a_zip(page: Page, tmp_path: Path) -> None:
    dialog = opened(page)
    give(dialog, *pairs(3), payload("x_mask.png", mask()))
    expect(dialog.locator(".wb-batch-count")).to_have_text("3 pictures")
    dialog.get_by_text("1 file is left out").click()
    expect(dialog.locator(".wb-batch-left li")).to_have_text("x_mask.png There is no picture for this mask.")
    dialog.get_by_role("button", name="Start").click()
    expect(dialog.locator(".wb-batch-progress")).to_have_text("3 of 3 pictures are finished.")
    with downloaded(page, dialog, tmp_path) as archive:
        assert sorted(archive.namelist()) == ["p0.png", "p1.png", "p2.png"]
        result = np.asarray(Image.open(BytesIO(archive.read("p1.png"))))
    before = np.asarray(Image.open(BytesIO(picture(1))))
    outside = np.asarray(Image.open(BytesIO(mask()))) == 0
    assert np.array_equal(result[outside], before[outside]) and not np.array_equal(result, before)


def test_an_edit_of_a_file_is_applied_to_all_pictures_of_a_zip(page: Page, tmp_path: Path) -> None:
    dark = Edit(Edit.identity().curves * np.float32(0.5), np.zeros((2, 2), np.float32))
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as given:
        for name, data in (("set/composite/a.png", picture()), ("set/mask/a.png", mask())):
            given.writestr(name, data)
    dialog = opened(page)
    give(dialog, payload("photos.zip", archive.getvalue()), payload("e.json", dark.to_json().encode()))
    expect(dialog.locator(".wb-batch-count")).to_have_text("1 picture")
    expect(dialog.locator(".wb-batch-edit")).to_have_value("file")
    dialog.locator(".wb-batch-kind").select_option("tif")
    dialog.get_by_role("button", name="Start").click()
    with downloaded(page, dialog, tmp_path) as results:
        assert results.namelist() == ["set/a.tif"]
        result = np.asarray(Image.open(BytesIO(results.read("set/a.tif"))))
    before = np.asarray(Image.open(BytesIO(picture()))).astype(float)
    assert np.abs(result[30, 40] - before[30, 40] / 2).max() <= 0.51


@pytest.mark.usefixtures("refusals_expected")
def test_what_cannot_be_used_is_named_and_the_others_go_on(page: Page, tmp_path: Path) -> None:
    dialog = opened(page)
    give(dialog, *pairs(1), payload("bad.png", b"Hello"), payload("bad_mask.png", mask()))
    dialog.get_by_role("button", name="Start").click()
    expect(dialog.locator(".wb-batch-progress")).to_have_text("1 of 2 pictures are finished.")
    expect(dialog.locator(".wb-batch-errors li")).to_have_count(1)
    expect(dialog.locator(".wb-batch-errors li")).to_contain_text("bad.png is not a picture we can read")
    with downloaded(page, dialog, tmp_path) as archive:
        assert archive.namelist() == ["p0.png"]


@pytest.mark.usefixtures("refusals_expected")
def test_a_zip_that_leads_out_is_refused(page: Page) -> None:
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as given:
        given.writestr("../../a.png", picture())
    dialog = opened(page)
    give(dialog, payload("photos.zip", archive.getvalue()))
    expect(dialog.locator(".wb-batch-message")).to_contain_text("leads out of the zip")
    expect(dialog).to_have_attribute("data-state", "empty")


def test_a_batch_can_be_cancelled_and_keeps_what_is_finished(page: Page, tmp_path: Path) -> None:
    dialog = opened(page)
    give(dialog, *pairs(30))
    expect(dialog.locator(".wb-batch-count")).to_have_text("30 pictures")
    dialog.get_by_role("button", name="Start").click()
    expect(dialog.locator(".wb-batch-progress")).to_contain_text("left")
    page.keyboard.press("Escape")  # does not end the work
    expect(dialog).to_have_attribute("data-state", "running")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog.locator(".wb-batch-progress")).to_contain_text("Stopped.")
    with downloaded(page, dialog, tmp_path) as archive:
        assert 1 <= len(archive.namelist()) < 30
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()


def test_a_batch_goes_on_after_a_reload(page: Page, tmp_path: Path) -> None:
    dialog = opened(page)
    give(dialog, *pairs(6))
    dialog.locator(".wb-batch-kind").select_option("webp")
    dialog.get_by_role("button", name="Start").click()
    wait_until_kept(page, finished=1, missing=0)
    page.reload()
    dialog = page.locator(".wb-batch")
    expect(dialog).to_be_visible()
    expect(dialog.locator(".wb-batch-progress")).to_have_text("6 of 6 pictures are finished.")
    with downloaded(page, dialog, tmp_path) as archive:
        assert sorted(archive.namelist()) == [f"p{number}.webp" for number in range(6)]
    page.reload()
    expect(dialog.get_by_role("link", name="Download all")).to_be_visible()
    dialog.get_by_role("button", name="Close").click()
    page.reload()
    expect(page.locator(".wb")).to_have_attribute("data-state", "ready")
    expect(dialog).to_be_hidden()


def test_files_that_were_not_sent_before_a_reload_are_asked_for(page: Page, tmp_path: Path) -> None:
    dialog = opened(page)
    files = pairs(3)
    page.route("**/files/batch?name=p2*", hold)
    give(dialog, *files)
    dialog.get_by_role("button", name="Start").click()
    wait_until_kept(page, finished=2, missing=2)
    page.unroute_all()
    page.reload()
    expect(dialog.locator(".wb-batch-message")).to_contain_text("2 files were not sent")
    expect(dialog.get_by_role("button", name="Start")).to_be_disabled()
    give(dialog, *files)
    expect(dialog.locator(".wb-batch-progress")).to_have_text("3 of 3 pictures are finished.")
    with downloaded(page, dialog, tmp_path) as archive:
        assert len(archive.namelist()) == 3


def test_three_files_dropped_on_the_page_open_the_dialog(page: Page) -> None:
    page.goto("/")
    expect(page.locator(".wb")).to_have_attribute("data-state", "ready")
    page.evaluate(
        """() => {
        const transfer = new DataTransfer();
        for (const name of ['a.png', 'a_mask.png', 'b.png']) transfer.items.add(new File(['x'], name));
        document.querySelector('.wb-stage').dispatchEvent(
            new DragEvent('drop', {dataTransfer: transfer, bubbles: true, cancelable: true}));
        }"""
    )
    expect(page.locator(".wb-batch .wb-batch-count")).to_have_text("2 pictures")


@pytest.mark.parametrize(
    ("seconds", "done", "total", "words"),
    [
        (3, 0, 10, ""),
        (10, 10, 10, ""),
        (4, 4, 5, "about 1 second left"),
        (20, 10, 30, "about 40 seconds left"),
        (60, 1, 4, "about 3 minutes left"),
        (3600, 1, 3, "about 2 hours left"),
    ],
)
def test_the_time_left_is_rounded(call: Call, seconds: float, done: int, total: int, words: str) -> None:
    assert call("batch/work.js", "timeLeft", seconds, done, total) == words


@pytest.mark.parametrize(
    ("address", "field", "more"),
    [
        ("/", ".wb-files input[type=file]", ",.zip,.json,.cube,.acv,.xmp"),
        ("/", "#wb-panel-reference input[type=file]", ""),
        ("/compare", "#drop-composite input[type=file]", ""),
    ],
)
def test_upload_fields_offer_every_format_that_is_read(
    page: Page, address: str, field: str, more: str
) -> None:
    page.goto(address)
    expect(page.locator(field)).to_have_attribute("accept", ACCEPT + more)
