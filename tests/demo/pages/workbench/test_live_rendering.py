"""Compare the picture that the browser draws on the stage with the server's renderer."""

import base64
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page

from demo.examples import EXAMPLES
from model import Composite, Edit, render
from model.images.arrays import Pixels
from tests.demo.pages.workbench.walk import choose, document, drawing, expect_edited, open_bench

pytestmark = pytest.mark.browser
PHOTO = EXAMPLES[1]
# The picture and the mask as the browser decodes them, at the size of the stage's drawing.
LAYERS = """() => {
    const { bench } = document.querySelector('.wb'), { width, height } = bench.stage.flat();
    const [object] = bench.document.objects;
    return [bench.document.background, object.mask].map((file) => {
        const sheet = Object.assign(document.createElement('canvas'), { width, height });
        const pen = sheet.getContext('2d', { willReadFrequently: true });
        pen.imageSmoothingQuality = 'high';
        pen.drawImage(bench.stage.imageOf(bench.files[file]), 0, 0, width, height);
        return sheet.toDataURL('image/png').split(',')[1];
    });
}"""
CHANGE = """([opacity, matrix]) => new Promise((resolve) => {
    const { bench } = document.querySelector('.wb');
    const off = bench.on('drawn', () => { off(); resolve(); });
    bench.change('Opacity', ({ objects: [object] }) => {
        object.opacity = opacity;
        object.edit = { ...object.edit, ...(matrix && { matrix }) };
    });
})"""
FADED = [[0.7, 0.2, 0.1, 0.02], [0.1, 0.8, 0.1, 0], [-0.2, 0.1, 1.3, 0.1]]


def decoded(text: str) -> Pixels:
    picture = cv2.imdecode(np.frombuffer(base64.b64decode(text), np.uint8), cv2.IMREAD_COLOR)
    return np.asarray(picture)[..., ::-1]


def edit_of(found: dict[str, Any]) -> Edit:
    return Edit.from_content(found["objects"][0]["edit"])


@pytest.mark.parametrize(("opacity", "matrix"), [(1.0, None), (0.6, FADED)])
def test_the_browser_draws_what_the_server_renders(
    page: Page, opacity: float, matrix: list[list[float]] | None
) -> None:
    open_bench(page)
    choose(page, PHOTO.composite, PHOTO.mask)
    page.wait_for_function("document.querySelector('.wb').bench.document.objects[0].mask")
    expect_edited(page)
    page.evaluate(CHANGE, [opacity, matrix])
    drawn = drawing(page)
    picture, mask = (decoded(text) for text in page.evaluate(LAYERS))
    weight = (mask[..., 0] / 255 * opacity).astype(np.float32)
    expected = render(Composite(np.ascontiguousarray(picture), weight), edit_of(document(page)))
    assert np.abs(drawn.astype(int) - expected).max() <= 1
    assert not np.array_equal(drawn, picture)
