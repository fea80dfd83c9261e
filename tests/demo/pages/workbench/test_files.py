"""Give files of every kind, in every way, and check what a refused one and a lost line leave."""

import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from demo.examples import EXAMPLES
from model.images.files import write_picture
from tests.demo.pages.workbench.walk import (
    choose,
    document,
    expect_edited,
    give,
    hold,
    title,
)

pytestmark = pytest.mark.browser
PHOTO = EXAMPLES[1]


@pytest.mark.parametrize("event", ["drop", "paste"])
def test_files_may_be_dropped_or_pasted_anywhere(bench: Page, event: str) -> None:
    assert give(bench, event, [PHOTO.mask, PHOTO.composite])
    expect(title(bench)).to_have_text(PHOTO.composite.name)
    expect_edited(bench)
    assert document(bench)["objects"][0]["mask"]


def test_a_picture_alone_asks_for_its_object(bench: Page) -> None:
    choose(bench, PHOTO.composite)
    offer = bench.locator(".wb-offer")
    expect(offer).to_be_visible()
    expect(title(bench)).to_have_text(PHOTO.composite.name)
    expect(bench.locator(".wb-download")).to_be_disabled()
    choose(bench, PHOTO.mask)
    expect_edited(bench)
    expect(offer).to_be_hidden()


def test_the_main_object_is_one_click(bench: Page) -> None:
    choose(bench, PHOTO.composite)
    bench.get_by_role("button", name="Find the main object").click()
    expect(bench.locator(".wb-offer")).to_be_hidden()
    expect_edited(bench)
    assert len(document(bench)["objects"]) == 1


def test_a_cut_out_is_placed_on_its_background(bench: Page) -> None:
    assert PHOTO.background and PHOTO.cutout
    choose(bench, PHOTO.background, PHOTO.cutout)
    expect(title(bench)).to_have_text(PHOTO.background.name)
    expect_edited(bench)
    (placed,) = document(bench)["objects"]
    assert placed["cutout"] and placed["placement"]["scale"] <= 1


def test_a_cut_out_alone_asks_what_it_is(bench: Page) -> None:
    assert PHOTO.cutout
    choose(bench, PHOTO.cutout)
    question = bench.get_by_role("dialog")
    expect(question).to_contain_text("transparent")
    question.get_by_role("button", name=re.compile("Place it")).click()
    bench.wait_for_function("document.querySelector('.wb').bench.document.objects.length === 2")
    expect_edited(bench)
    assert document(bench)["objects"][1]["cutout"]


def test_a_refused_file_leaves_everything_as_it_was(bench: Page, tmp_path: Path, faults: list[str]) -> None:
    fake = tmp_path / "holiday.png"
    fake.write_text("this is not a picture")
    before = document(bench)
    choose(bench, fake)
    expect(bench.get_by_role("alert")).to_contain_text("holiday.png")
    assert document(bench) == before
    expect(title(bench)).to_have_text(EXAMPLES[0].title)
    expect(bench.locator(".wb-download")).to_be_enabled()
    faults[:] = [fault for fault in faults if "422" not in fault]  # Chromium reports every refusal


def test_a_mask_of_another_size_is_refused_with_both_sizes(bench: Page, tmp_path: Path) -> None:
    small = np.zeros((40, 30, 3), np.uint8)
    small[10:30, 10:20] = 255
    write_picture(tmp_path / "mask.png", small)
    choose(bench, PHOTO.composite)
    expect(bench.locator(".wb-offer")).to_be_visible()
    choose(bench, tmp_path / "mask.png")
    expect(bench.get_by_role("alert")).to_contain_text("30 × 40")
    assert document(bench)["objects"] == []


def test_nothing_acts_on_the_old_picture_during_an_upload_which_can_be_stopped(bench: Page) -> None:
    bench.route("**/api/workbench/files*", hold)
    before = document(bench)
    choose(bench, PHOTO.composite)
    progress = bench.locator(".wb-progress")
    expect(progress).to_contain_text(PHOTO.composite.name)
    for part in (".wb-panels", ".wb-foot"):
        expect(bench.locator(part)).to_have_attribute("inert", "")
    bench.get_by_role("button", name="Cancel").click()
    expect(progress).to_be_hidden()
    expect(bench.locator(".wb-foot")).not_to_have_attribute("inert", "")
    assert document(bench) == before
    expect(bench.get_by_role("alert")).to_have_count(0)


def test_an_upload_waits_for_a_line_that_is_gone(
    bench: Page, context: BrowserContext, faults: list[str]
) -> None:
    context.set_offline(True)
    choose(bench, PHOTO.composite, PHOTO.mask)
    expect(bench.locator(".wb-line")).to_be_visible()
    expect(title(bench)).to_have_text(EXAMPLES[0].title)
    context.set_offline(False)
    expect(title(bench)).to_have_text(PHOTO.composite.name)
    expect_edited(bench)
    expect(bench.locator(".wb-line")).to_be_hidden()
    # Chromium reports every request that fails without a line, whatever the page does.
    faults[:] = [fault for fault in faults if "ERR_INTERNET_DISCONNECTED" not in fault]


def test_a_change_without_a_line_is_saved_when_it_is_back(
    bench: Page, context: BrowserContext, faults: list[str]
) -> None:
    context.set_offline(True)
    bench.evaluate(
        """document.querySelector('.wb').bench.change('Opacity', (draft) => {
            draft.objects[0].opacity = 0.5;
        })"""
    )
    expect(bench.locator(".wb-line")).to_be_visible()
    bench.wait_for_timeout(3000)
    context.set_offline(False)
    expect(bench.locator(".wb")).to_have_attribute("data-saved", "yes")
    bench.reload()
    expect(bench.locator(".wb[data-state=ready]")).to_be_visible()
    assert document(bench)["objects"][0]["opacity"] == 0.5
    faults[:] = [fault for fault in faults if "ERR_INTERNET_DISCONNECTED" not in fault]


def test_the_same_file_may_be_given_again(bench: Page) -> None:
    for _ in range(2):
        choose(bench, PHOTO.composite, PHOTO.mask)
        expect(bench.locator(".wb")).to_have_attribute("data-uploading", "yes")
        expect(bench.locator(".wb")).to_have_attribute("data-uploading", "no")
    expect(title(bench)).to_have_text(PHOTO.composite.name)


def test_an_edit_of_another_picture_can_be_dropped(bench: Page, tmp_path: Path) -> None:
    bench.locator("[data-panel=download].wb-panel .wb-panel-title").click()
    with bench.expect_download() as waiting:
        bench.locator(".wb-export[data-kind=json]").click()
    edit = tmp_path / "edit.json"
    waiting.value.save_as(edit)
    choose(bench, PHOTO.composite, PHOTO.mask)
    expect(title(bench)).to_have_text(PHOTO.composite.name)
    expect_edited(bench)
    own = document(bench)["objects"][0]["edit"]
    choose(bench, edit)
    expect(bench.locator("[data-do=undo]")).to_have_attribute("title", "Undo: Apply edit.json")
    assert document(bench)["objects"][0]["edit"] != own


def test_an_upload_that_the_server_cuts_off_ends_with_a_message(bench: Page, faults: list[str]) -> None:
    bench.route("**/api/workbench/files*", lambda route: route.abort())
    before = document(bench)
    choose(bench, PHOTO.composite)
    expect(bench.get_by_role("alert")).to_contain_text(f"did not take {PHOTO.composite.name}")
    expect(bench.locator(".wb")).to_have_attribute("data-uploading", "no")
    assert document(bench) == before
    faults[:] = [fault for fault in faults if "ERR_FAILED" not in fault]
