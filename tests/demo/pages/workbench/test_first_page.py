"""Walk the first page from the example with which it opens to the download."""

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from demo.examples import EXAMPLES
from model.images.files import read_matte, read_picture
from tests.demo.pages.workbench.walk import (
    DRAWN,
    choose,
    document,
    download,
    expect_edited,
    line,
    open_bench,
    title,
)

pytestmark = pytest.mark.browser
PHOTO = EXAMPLES[1]


def test_it_opens_with_an_example_and_its_result(bench: Page) -> None:
    assert bench.title() == "Harmonize · HarmonyLab"
    expect(title(bench)).to_have_text(EXAMPLES[0].title)
    expect(bench.locator(".wb-stage")).to_have_attribute("data-result", "yes")
    expect(bench.locator(".wb-examples button")).to_have_count(len(EXAMPLES))
    expect(bench.locator(".wb-examples [aria-pressed=true]")).to_have_count(1)


def test_a_picture_and_its_mask_come_back_at_full_size_and_untouched_outside_the_mask(
    bench: Page, tmp_path: Path
) -> None:
    choose(bench, PHOTO.composite, PHOTO.mask)
    expect(title(bench)).to_have_text(PHOTO.composite.name)
    expect_edited(bench)
    path = download(bench, "png", tmp_path)
    original, result = read_picture(PHOTO.composite).pixels, read_picture(path).pixels
    outside = read_matte(PHOTO.mask, original.shape[:2]) == 0
    assert path.name == f"{PHOTO.composite.stem}-harmonized.png"
    assert result.shape == original.shape
    assert np.array_equal(result[outside], original[outside])
    assert not np.array_equal(result, original)


def test_the_line_ends_on_the_middle_of_the_object(bench: Page) -> None:
    choose(bench, PHOTO.composite, PHOTO.mask)
    expect(title(bench)).to_have_text(PHOTO.composite.name)
    expect_edited(bench)
    matte = read_matte(PHOTO.mask, read_picture(PHOTO.composite).pixels.shape[:2])
    middle = np.average(np.arange(matte.shape[1]) + 0.5, weights=matte.sum(axis=0)) / matte.shape[1]
    bench.wait_for_timeout(1500)
    assert line(bench) == pytest.approx(100 * middle, abs=1)


def test_the_line_sweeps_unless_motion_is_reduced(page: Page) -> None:
    for reduced in (False, True):
        page.emulate_media(reduced_motion="reduce" if reduced else "no-preference")
        open_bench(page)
        page.wait_for_timeout(1600)
        end = line(page)
        page.evaluate("document.querySelector('.wb').bench.stage.focusObject('sweep')")
        seen = page.evaluate(
            """() => new Promise((resolve) => {
                const seen = new Set(), begin = performance.now();
                const look = () => {
                    seen.add(document.querySelector('.wb-handle').getAttribute('aria-valuenow'));
                    performance.now() - begin < 1600 ? requestAnimationFrame(look) : resolve([...seen]);
                };
                look();
            })"""
        )
        assert (len(seen) > 3) is not reduced
        assert line(page) == end


def test_the_line_follows_mouse_and_keyboard(bench: Page) -> None:
    bench.wait_for_timeout(1500)
    area = bench.locator(".wb-sheet").bounding_box()
    assert area
    bench.mouse.click(area["x"] + area["width"] / 2, area["y"] + 40)
    assert line(bench) == 50
    bench.locator(".wb-handle").focus()
    bench.keyboard.press("ArrowRight")
    assert line(bench) == 52
    bench.keyboard.press("Home")
    assert line(bench) == 0


@pytest.mark.parametrize("key", ["x", " "])
def test_holding_a_key_shows_the_picture_before(bench: Page, key: str) -> None:
    stage = bench.locator(".wb-stage")
    bench.keyboard.down(key)
    expect(stage).to_have_attribute("data-mode", "before")
    bench.keyboard.up(key)
    expect(stage).to_have_attribute("data-mode", "split")


def test_the_zoom_states_the_true_size(bench: Page) -> None:
    full, fit = bench.locator("[data-do=full]"), bench.locator("[data-do=fit]")
    expect(fit).to_contain_text("Fit")
    full.click()
    expect(full).to_have_attribute("aria-pressed", "true")
    assert bench.evaluate("document.querySelector('.wb').bench.stage.scale") == pytest.approx(1)
    expect(fit).to_have_text("100 %")
    fit.click()
    expect(fit).to_contain_text("Fit")


def test_everything_can_be_undone_and_done_again_with_keys(bench: Page) -> None:
    bench.locator(".wb-examples button").nth(2).click()
    expect(title(bench)).to_have_text(EXAMPLES[2].title)
    bench.keyboard.press("Control+z")
    expect(title(bench)).to_have_text(EXAMPLES[0].title)
    expect(bench.locator("[data-do=undo]")).to_be_disabled()
    bench.keyboard.press("Control+Shift+z")
    expect(title(bench)).to_have_text(EXAMPLES[2].title)
    bench.locator("[data-do=undo]").click()
    expect(title(bench)).to_have_text(EXAMPLES[0].title)


def test_what_is_tried_and_then_changed_is_one_step(bench: Page) -> None:
    opacities = bench.evaluate(
        """() => {
            const { bench } = document.querySelector('.wb'), seen = [];
            const to = (opacity) => (draft) => { draft.objects[0].opacity = opacity; };
            const look = () => seen.push(bench.document.objects[0].opacity);
            bench.try(to(0.2)); bench.try(to(0.3)); bench.change('Opacity', to(0.4)); look();
            bench.undo(); look();
            bench.redo(); look();
            bench.try(to(0.9)); bench.undo(); look();
            return seen;
        }"""
    )
    assert opacities == [0.4, 1, 0.4, 0.4]


def test_reset_returns_to_the_answer_of_the_model(bench: Page) -> None:
    answer = document(bench)["objects"][0]["edit"]
    bench.locator("[data-panel=curves] input[type=range]").first.fill("1")
    assert document(bench)["objects"][0]["edit"] != answer
    bench.locator("[data-do=reset]").click()
    assert document(bench)["objects"][0]["edit"] == answer


def test_of_quick_clicks_on_examples_the_last_one_counts(bench: Page) -> None:
    for index in (3, 1, 4, 2):
        bench.locator(".wb-examples button").nth(index).click()
    expect(title(bench)).to_have_text(EXAMPLES[2].title)
    expect(bench.locator(".wb")).to_have_attribute("data-busy", "no")
    expect(title(bench)).to_have_text(EXAMPLES[2].title)
    expect(bench.locator(".wb-examples button").nth(2)).to_have_attribute("aria-pressed", "true")


def test_the_help_lists_the_keys_and_closes(bench: Page) -> None:
    bench.keyboard.press("?")
    sheet = bench.get_by_role("dialog", name="Help")
    expect(sheet).to_contain_text("Ctrl + Z")
    expect(sheet).to_contain_text("1280 × 854")
    bench.keyboard.press("Escape")
    expect(sheet).to_be_hidden()


def test_a_reload_shows_the_same_document(bench: Page) -> None:
    choose(bench, PHOTO.composite, PHOTO.mask)
    expect(title(bench)).to_have_text(PHOTO.composite.name)
    expect_edited(bench)
    expect(bench.locator(".wb")).to_have_attribute("data-saved", "yes")
    before = document(bench)
    bench.reload()
    expect(bench.locator(DRAWN)).to_be_visible()
    assert document(bench) == before
    expect(title(bench)).to_have_text(PHOTO.composite.name)


def test_the_appearance_is_remembered(bench: Page) -> None:
    bench.locator(".nav-theme").click()
    expect(bench.locator("body.dark")).to_be_visible()
    bench.goto("/results")
    expect(bench.locator("body.dark .results")).to_be_visible()
