"""Compare the preview of a placed cut-out with the picture that the server makes at full size."""

import base64
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page

from demo.examples import FOLDER
from model.images.files import read_picture
from tests.demo.pages.workbench.walk import drawing, open_bench

pytestmark = pytest.mark.browser
PLACES: dict[str, dict[str, Any]] = {
    "small": {"x": 0.4, "y": 0.6, "scale": 0.35, "angle": 0.0, "flip": False},
    "turned": {"x": 0.55, "y": 0.5, "scale": 0.5, "angle": 0.6, "flip": False},
    "mirrored": {"x": 0.5, "y": 0.5, "scale": 0.7, "angle": -2.1, "flip": True},
    "partly outside": {"x": 0.95, "y": 0.15, "scale": 0.8, "angle": 0.25, "flip": False},
    "larger than it is": {"x": 0.5, "y": 0.8, "scale": 1.6, "angle": 0.1, "flip": False},
}
MEAN, MOST = 2.0, 6.0  # levels of 255: on average, and for 95 of 100 values
PREPARE = """async ([background, cutout, placement]) => {
    const { bench } = document.querySelector('.wb');
    const file = async (bytes, name, kind) => {
        const facts = await bench.server.upload(new File([Uint8Array.fromBase64(bytes)], name), kind);
        bench.addFiles({ [facts.id]: facts });
        return facts.id;
    };
    const ids = [await file(background, 'b.jpg', 'picture'), await file(cutout, 'c.webp', 'cutout')];
    const object = { ...bench.document.objects[0], cutout: ids[1], placement, edit: null, answer: null };
    bench.open({ ...bench.document, background: ids[0], objects: [object] }, 'Prepare');
}"""
READY = """() => {
    const { bench } = document.querySelector('.wb');
    return bench.object?.edit && bench.stage.shape(bench.object.id) && bench.ask('settled', bench.object.id);
}"""
PLACE = """(placement) => document.querySelector('.wb').bench.change('Prepare', (draft) => {
    draft.objects[0].placement = placement;
})"""
EXPORT = """async () => {
    const { bench } = document.querySelector('.wb');
    return (await bench.server.post('/export', { document: bench.document, kind: 'png' })).url;
}"""


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return a photograph of 5 megapixels."""
    picture = cv2.imread(str(FOLDER / "astronaut_background.jpg"))
    assert picture is not None
    size = (2700, 1800)
    path = tmp_path_factory.mktemp("large") / "large.jpg"
    cv2.imwrite(str(path), cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC))
    return path.read_bytes()


def covered(page: Page) -> NDArray[np.bool_]:
    """Return the pixels of the drawing that the object covers, at least in part."""
    shape = page.evaluate(
        """() => {
            const { bench } = document.querySelector('.wb');
            const { box, matte, width, height } = bench.stage.shape(bench.object.id);
            return { box, width, height, matte: [...matte] };
        }"""
    )
    left, top, right, bottom = shape["box"]
    matte = np.zeros((shape["height"], shape["width"]), np.uint8)
    matte[top:bottom, left:right] = np.reshape(shape["matte"], (bottom - top, right - left))
    return matte > 0


def difference(page: Page, path: Path) -> tuple[float, float]:
    """Return the levels between the preview and the full-size result: on average, and the 95th percentile."""
    preview, matte = drawing(page), covered(page)
    path.write_bytes(page.request.get(page.evaluate(EXPORT)).body())
    full = read_picture(path).pixels
    assert full.shape[:2] == (1800, 2700)
    reduced = cv2.resize(full, preview.shape[1::-1], interpolation=cv2.INTER_AREA)
    levels = np.abs(reduced[matte].astype(float) - preview[matte])
    return round(float(levels.mean()), 2), round(float(np.percentile(levels, 95)), 1)


def test_the_preview_is_the_result_made_smaller(page: Page, large: bytes, tmp_path: Path) -> None:
    open_bench(page)
    cutout = (FOLDER / "astronaut_cutout.webp").read_bytes()
    files = [base64.b64encode(data).decode() for data in (large, cutout)]
    page.evaluate(PREPARE, [*files, next(iter(PLACES.values()))])
    found = {}
    for name, place in PLACES.items():
        page.evaluate(PLACE, place)
        page.wait_for_timeout(200)
        page.wait_for_function(READY)
        page.wait_for_timeout(200)
        found[name] = difference(page, tmp_path / f"{name}.png")
    too_far = {name: (mean, most) for name, (mean, most) in found.items() if mean > MEAN or most > MOST}
    assert too_far == {}, found
