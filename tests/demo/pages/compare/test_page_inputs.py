"""Test what a visitor gives to Compare: refused files, uploads that run, fast clicks on examples."""

import base64
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from demo.examples import EXAMPLES
from demo.pages.uploads import example_inputs
from model.images.files import read_picture
from tests.demo.pages.compare.test_page_compare import compared, small_object, wait_until_done

pytestmark = pytest.mark.browser
DROP = """([name, files]) => {
    const data = new DataTransfer();
    for (const [file, text] of files) {
        const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
        data.items.add(new File([bytes], file, { type: `image/${file.split('.').at(-1)}` }));
    }
    const options = { bubbles: true, cancelable: true };
    const event = name === 'paste'
        ? new ClipboardEvent('paste', { clipboardData: data, ...options })
        : new DragEvent(name, { dataTransfer: data, ...options });
    document.querySelector('.lead').dispatchEvent(event);
    return event.defaultPrevented;
}"""
__all__ = ["compared", "small_object"]


def size_of(index: int) -> str:
    """Return the size of an example as an upload field states it."""
    height, width = read_picture(example_inputs(index).composite).size
    return f"{width}×{height}"


def test_a_refused_file_changes_nothing_else(compared: Page, tmp_path: Path) -> None:
    results = compared.locator(".grid-card img").first.get_attribute("src") or ""
    (tmp_path / "notes.png").write_text("no picture")
    compared.locator("#show-own").click()
    field = compared.locator("#drop-composite")
    compared.set_input_files("#drop-composite input", str(tmp_path / "notes.png"))
    expect(field.get_by_role("alert")).to_contain_text("notes.png")
    for slot in ("composite", "mask"):
        expect(compared.locator(f"#drop-{slot} .drop")).to_have_attribute("data-state", "ready")
    assert compared.locator(".grid-card img").first.get_attribute("src") == results
    compared.locator("#run").click()
    wait_until_done(compared)
    expect(compared.locator("#message .notice")).to_have_count(0)


def test_a_new_picture_removes_the_results_of_the_old_one(
    compared: Page, small_object: tuple[Path, Path]
) -> None:
    compared.locator("#show-own").click()
    compared.set_input_files("#drop-composite input", str(small_object[0]))
    expect(compared.locator(".grid-empty")).to_have_text("Now add the mask, or draw it.")
    expect(compared.locator(".grid-card")).to_have_count(0)
    expect(compared.locator(".strip [aria-pressed=true]")).to_have_count(0)
    compared.set_input_files("#drop-mask input", str(small_object[1]))
    wait_until_done(compared)


def test_both_pictures_given_at_once_are_both_kept(page: Page, small_object: tuple[Path, Path]) -> None:
    page.goto("/compare")
    wait_until_done(page)
    page.locator("#show-own").click()
    for slot, file in zip(("composite", "mask"), small_object, strict=True):
        page.locator(f"#drop-{slot} input").set_input_files(str(file))
    for slot in ("composite", "mask"):
        expect(page.locator(f"#drop-{slot} .drop-note")).to_have_text("800×600")
    wait_until_done(page)
    with page.expect_download() as waiting:
        page.locator("[data-do=zip]").click()
    assert waiting.value.suggested_filename == "scene-methods.zip"


def drop(page: Page, *files: Path, event: str = "drop") -> bool:
    """Drop or paste files on the title of the page; return whether the page took them."""
    packed = [(path.name, base64.b64encode(path.read_bytes()).decode()) for path in files]
    return bool(page.evaluate(DROP, [event, packed]))


def test_files_dropped_beside_the_boxes_find_their_box(
    compared: Page, small_object: tuple[Path, Path]
) -> None:
    own = compared.locator("#drop-composite")
    expect(own).to_be_hidden()
    assert drop(compared, *reversed(small_object))
    for slot in ("composite", "mask"):
        expect(compared.locator(f"#drop-{slot} .drop-note")).to_have_text("800×600")
    wait_until_done(compared)
    notice = compared.locator(".drop-page [role=alert]")
    assert drop(compared, *small_object, small_object[0])
    expect(notice).to_contain_text("one picture, or a picture together with its mask")
    background, cutout = EXAMPLES[0].background, EXAMPLES[0].cutout
    assert background and cutout
    first = compared.locator(".grid-card[data-state=done] img").first
    former = first.get_attribute("src") or ""
    assert drop(compared, cutout, background, event="paste")
    expect(notice).to_be_hidden()
    expect(compared.locator("#drop-cutout .drop")).to_have_attribute("data-state", "ready")
    expect(first).not_to_have_attribute("src", former, timeout=60_000)
    wait_until_done(compared)
    with compared.expect_download() as waiting:
        compared.locator("[data-do=zip]").click()
    assert waiting.value.suggested_filename.startswith(background.stem)


def test_nothing_runs_on_the_old_picture_during_an_upload(
    compared: Page, small_object: tuple[Path, Path]
) -> None:
    held: list[Route] = []
    compared.route("**/gradio_api/upload*", lambda route: held.append(route))
    compared.locator("#show-own").click()
    compared.set_input_files("#drop-composite input", str(small_object[0]))
    expect(compared.locator("#drop-composite .drop")).to_have_attribute("data-state", "busy")
    expect(compared.locator("#run")).to_be_disabled()
    held[0].continue_()
    expect(compared.locator("#drop-composite .drop-note")).to_have_text("800×600")
    expect(compared.locator("#run")).to_be_enabled()


def test_an_upload_without_a_connection_says_so(
    compared: Page, small_object: tuple[Path, Path], faults: list[str]
) -> None:
    compared.route("**/gradio_api/upload*", lambda route: route.abort())
    compared.locator("#show-own").click()
    compared.set_input_files("#drop-mask input", str(small_object[1]))
    expect(compared.locator("#drop-mask").get_by_role("alert")).to_contain_text("check the connection")
    expect(compared.locator("#drop-mask .drop-note")).to_have_text(size_of(0))
    faults.remove("console: Failed to load resource: net::ERR_FAILED")


def test_fast_clicks_end_on_the_last_example(page: Page) -> None:
    page.goto("/compare")
    strip = page.locator(".strip button")
    for index in (1, 2, 3, 4, 2):
        strip.nth(index).click()
    expect(strip.nth(2)).to_have_attribute("aria-pressed", "true")
    wait_until_done(page)
    assert len(EXAMPLES) == 5
    page.locator("#show-own").click()
    expect(page.locator("#drop-composite .drop-note")).to_have_text(size_of(2))
    expect(strip.nth(2)).to_have_attribute("aria-pressed", "true")
    with page.expect_download() as waiting:
        page.locator("[data-do=zip]").click()
    assert waiting.value.suggested_filename.startswith(Path(example_inputs(2).composite).stem)


def test_a_portrait_is_shown_whole(page: Page) -> None:
    page.goto("/compare")
    assert (
        page.locator(".drop-thumb").first.evaluate("image => getComputedStyle(image).objectFit") == "contain"
    )


def test_an_example_chosen_during_an_upload_stays(compared: Page, small_object: tuple[Path, Path]) -> None:
    held: list[Route] = []
    compared.route("**/gradio_api/upload*", lambda route: held.append(route))
    compared.locator("#show-own").click()
    compared.set_input_files("#drop-composite input", str(small_object[0]))
    compared.locator(".strip button").nth(1).click()
    expect(compared.locator("#drop-composite .drop-note")).to_have_text(size_of(1))
    compared.unroute_all()
    wait_until_done(compared)
    expect(compared.locator("#drop-composite .drop-note")).to_have_text(size_of(1))
