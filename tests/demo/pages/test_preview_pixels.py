"""Compare the arithmetic of the browser's preview with the renderer of the server, on random pictures."""

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page

from model import Composite, render
from model.images.arrays import Pixels
from tests.demo.pages.conftest import Call
from tests.demo.pages.test_compose import answer, as_edit, mixing

pytestmark = pytest.mark.browser
HEIGHT, WIDTH = 48, 64
# Applies a function of drawing/pixels.js to a picture in place, and returns the picture.
ON_PIXELS = """async ([name, picture, more, edit, opacity, size]) => {
    const pixels = await import('/drawing/pixels.js');
    const [levels, second] = [new Uint8ClampedArray(picture), new Uint8ClampedArray(more)];
    const look = { ...pixels.coloursOf(edit), gains: pixels.gains(edit.shading, ...size), opacity };
    pixels[name](levels, second, look);
    return [...levels];
}"""


@pytest.fixture
def picture() -> Pixels:
    """Return a random picture, smooth in parts."""
    random = np.random.default_rng(3)
    rough = random.integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    return np.where(np.arange(WIDTH)[:, None] < 20, rough, cv2.blur(rough, (9, 9))).astype(np.uint8)


@pytest.fixture
def matte() -> NDArray[np.uint8]:
    """Return a matte with all levels, 0 and 255 among them."""
    ramp = np.linspace(-0.5, 1.5, WIDTH).clip(0, 1)
    return np.tile(np.rint(255 * ramp), (HEIGHT, 1)).astype(np.uint8)


def rgba(picture: Pixels, alpha: Any = 255) -> list[int]:
    plane = np.broadcast_to(np.asarray(alpha, np.uint8), picture.shape[:2])
    return list(np.dstack([picture, plane]).ravel().tolist())


def on_pixels(page: Page, name: str, *given: Any) -> Pixels:
    levels = page.evaluate(ON_PIXELS, [name, *given, [WIDTH, HEIGHT]])
    return np.asarray(levels, np.uint8).reshape(HEIGHT, WIDTH, 4)[..., :3]


@pytest.mark.parametrize("edit", [answer(1), mixing(answer(1))])
@pytest.mark.parametrize("opacity", [1.0, 0.7])
def test_an_object_is_recoloured_as_the_server_does(
    modules: Page, picture: Pixels, matte: NDArray[np.uint8], opacity: float, edit: dict[str, Any]
) -> None:
    found = on_pixels(modules, "paint", rgba(picture), matte.ravel().tolist(), edit, opacity)
    weight = (matte / 255 * opacity).astype(np.float32)
    expected = render(Composite(picture, weight), as_edit(edit))
    assert np.abs(found.astype(int) - expected).max() <= 1
    assert np.array_equal(found[matte == 0], picture[matte == 0])
    assert not np.array_equal(found, picture)


@pytest.mark.parametrize("edit", [answer(2), mixing(answer(2))])
def test_a_cut_out_is_edited_and_then_put_over_the_picture(
    modules: Page, picture: Pixels, matte: NDArray[np.uint8], edit: dict[str, Any]
) -> None:
    cutout = picture[::-1].copy()
    found = on_pixels(modules, "paste", rgba(picture), rgba(cutout, matte), edit, 0.7)
    whole = np.ones((HEIGHT, WIDTH), np.float32)
    whole[0, 0] = 0  # a composite needs some background; this pixel of the cut-out is transparent
    edited = render(Composite(cutout, 0.7 * whole), as_edit(edit)).astype(float)
    alpha = matte[..., None] / 255
    assert np.abs(found - (picture * (1 - alpha) + alpha * edited)).max() <= 1.5


def test_a_shadow_is_a_blurred_and_shifted_matte_outside_of_the_object(call: Call) -> None:
    size = 120
    disc = np.zeros((size, size), np.uint8)
    cv2.circle(disc, (50, 50), 20, 255, -1)
    shadow = {"x": 0.1, "y": 0.05, "softness": 0.04, "strength": 0.8}
    given = call("drawing/pixels.js", "shadowOf", disc.ravel().tolist(), size, size, shadow, size)
    found = np.array(given).reshape(size, size)
    shifted = np.roll(disc / 255, (6, 12), axis=(0, 1))
    expected = 0.8 * cv2.GaussianBlur(shifted, (0, 0), 0.04 * size) * (1 - disc / 255)
    assert np.abs(found - expected).max() < 0.03
    assert found[disc == 255].max() == 0
