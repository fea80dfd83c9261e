"""Compare the picture that the browser computes while a strength moves with the server's renderer."""

import base64
import time

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, Route, expect

from demo.examples import EXAMPLES
from model import Composite, load_harmonizer, render
from model.images.arrays import Pixels

pytestmark = pytest.mark.browser
SECONDS = 30
LAYERS = """async () => {
    const live = document.querySelector('.stage-live'), { width, height } = live;
    const mask = new Image();
    mask.src = document.querySelector('.stage-mask').style.maskImage.slice(5, -2);
    await mask.decode();
    return [document.querySelector('.stage-before'), live, mask].map((layer) => {
        const sheet = Object.assign(document.createElement('canvas'), { width, height });
        sheet.getContext('2d').drawImage(layer, 0, 0, width, height);
        return sheet.toDataURL('image/png').split(',')[1];
    });
}"""


def hold(_route: Route) -> None:
    """Keep a request without an answer, so that only the browser's own picture is visible."""


def layers(page: Page) -> list[Pixels]:
    """Return the composite, the browser's picture and the mask as the browser decodes them: H×W×3 uint8."""
    files = [np.frombuffer(base64.b64decode(text), np.uint8) for text in page.evaluate(LAYERS)]
    decoded = [cv2.imdecode(file, cv2.IMREAD_COLOR) for file in files]
    return [np.asarray(picture)[..., ::-1] for picture in decoded]


def test_the_browser_computes_the_server_s_picture(page: Page) -> None:
    page.goto("/")
    expect(page.locator(".stage[data-result=yes]")).to_be_visible()
    page.locator("[data-view=after]").click()
    page.route("**/queue/join*", hold)
    page.locator("#strength-curves input[type=number]").fill("60")
    page.locator("#strength-light input[type=number]").fill("150")
    expect(page.locator(".stage-live")).to_be_visible()
    example = EXAMPLES[0]
    edit = load_harmonizer().predict(Composite.from_files(example.composite, example.mask))
    deadline, difference = time.monotonic() + SECONDS, 255
    while difference > 1 and time.monotonic() < deadline:  # the canvas is drawn with the next frame
        before, live, mask = layers(page)
        matte = (mask[..., 0] / 255).astype(np.float32)
        expected = render(Composite(before, matte), edit.blend(curves=0.6, shading=1.5))
        difference = int(np.abs(live.astype(int) - expected).max())
    assert difference <= 1
    assert not np.array_equal(live, before)
