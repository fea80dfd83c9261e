"""Drive the workbench in a browser: open it, give it files, read what it shows."""

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
from playwright.sync_api import Locator, Page, Route, expect

from model.images.arrays import Pixels

DRAWN = ".wb[data-state=ready] .wb-stage[data-drawn=yes]"
RESULT = ".wb-stage[data-result=yes][data-drawn=yes]"
EDITED = "document.querySelector('.wb').bench.document.objects.every((object) => object.edit)"
GIVE = """([name, files]) => {
    const data = new DataTransfer();
    for (const [file, type, text] of files) {
        const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
        data.items.add(new File([bytes], file, { type }));
    }
    const options = { bubbles: true, cancelable: true };
    const event = name === 'paste'
        ? new ClipboardEvent('paste', { clipboardData: data, ...options })
        : new DragEvent(name, { dataTransfer: data, ...options });
    document.querySelector('.lead').dispatchEvent(event);
    return event.defaultPrevented;
}"""


def open_bench(page: Page) -> None:
    """Open the page and wait until its first example is drawn."""
    page.goto("/")
    expect(page.locator(DRAWN)).to_be_visible()


def choose(page: Page, *files: Path) -> None:
    """Choose files in the dialog of the browser."""
    page.locator(".wb-files input").set_input_files(files)


def give(page: Page, event: str, files: Sequence[Path]) -> bool:
    """Drop or paste files beside the stage; return whether the page took them."""
    packed = [
        (path.name, f"image/{path.suffix[1:]}", base64.b64encode(path.read_bytes()).decode())
        for path in files
    ]
    return cast(bool, page.evaluate(GIVE, [event, packed]))


def expect_edited(page: Page) -> None:
    """Wait until every object has its edit."""
    page.wait_for_function(EDITED)
    expect(page.locator(RESULT)).to_be_visible()


def document(page: Page) -> dict[str, Any]:
    """Return the document of the workbench."""
    return cast(dict[str, Any], page.evaluate("document.querySelector('.wb').bench.document"))


def title(page: Page) -> Locator:
    return page.locator(".wb-title")


def line(page: Page) -> int:
    """Return where the split line is, in percent of the picture's width."""
    return int(page.locator(".wb-handle").get_attribute("aria-valuenow") or -1)


def drawing(page: Page) -> Pixels:
    """Return the picture on the stage: H×W×3 uint8."""
    url = page.evaluate("document.querySelector('.wb').bench.stage.flat().toDataURL('image/png')")
    data = np.frombuffer(base64.b64decode(url.split(",")[1]), np.uint8)
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))[..., ::-1]


def download(page: Page, kind: str, folder: Path) -> Path:
    """Download a picture in a format of the menu."""
    page.locator(".wb-download").click()
    with page.expect_download() as waiting:
        page.locator(f".wb-formats [data-kind={kind}]").click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def hold(_route: Route) -> None:
    """Never answer a request."""
