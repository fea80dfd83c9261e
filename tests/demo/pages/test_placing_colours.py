"""Check how the colours of an object that moves are mixed and applied in the browser."""

from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page

from model import Composite, render
from tests.demo.pages.conftest import Call
from tests.demo.pages.test_compose import answer, as_edit, mixing

pytestmark = pytest.mark.browser
COLOURS = "placing/colours.js"
SIDE = 96
# Colours a sprite that covers a part of the picture, and returns it.
RECOLOUR = """async ([levels, edit, opacity, matrix, size]) => {
    const { coloursOf } = await import('/drawing/pixels.js');
    const { latticeOf, recolour } = await import('/placing/colours.js');
    const from = new Uint8ClampedArray(levels);
    const to = new Uint8ClampedArray(from);
    const lattice = latticeOf(edit.shading, matrix);
    recolour(from, to, { width: size, height: size }, { ...coloursOf(edit), lattice, opacity });
    return [...to];
}"""


def test_an_edit_flows_into_the_next_one(call: Call) -> None:
    first, second = mixing(answer(1)), answer(2)
    between = as_edit(call(COLOURS, "mixedEdit", first, second, 0.25))
    expected = [
        0.75 * getattr(as_edit(first), name) + 0.25 * getattr(as_edit(second), name)
        for name in ("curves", "shading", "matrix")
    ]
    np.testing.assert_allclose(between.curves, expected[0], atol=1e-6)
    np.testing.assert_allclose(between.shading, expected[1], atol=1e-6)
    np.testing.assert_allclose(between.matrix, expected[2], atol=1e-6)
    assert call(COLOURS, "mixedEdit", first, second, 0) == first
    assert call(COLOURS, "mixedEdit", first, second, 1.3) == second


def test_edits_of_other_sizes_are_not_mixed(call: Call) -> None:
    second = answer(2)
    small = {**answer(1), "shading": [[0.1, 0.2], [0.3, 0.4]]}
    assert call(COLOURS, "mixedEdit", small, second, 0.5) == second


@pytest.mark.parametrize("edit", [answer(3), mixing(answer(3))])
@pytest.mark.parametrize("opacity", [1.0, 0.4])
def test_the_object_that_moves_has_the_colours_of_the_result(
    modules: Page, opacity: float, edit: dict[str, Any]
) -> None:
    """The light comes from the part of the picture that the object covers."""
    random = np.random.default_rng(5)
    picture = random.integers(0, 256, (2 * SIDE, 2 * SIDE, 3), np.uint8)
    part = np.s_[SIDE // 2 : SIDE // 2 + SIDE, SIDE : 2 * SIDE]
    matte = np.ones((2 * SIDE, 2 * SIDE), np.float32)
    matte[0, 0], matte[part] = 0, opacity
    expected = render(Composite(picture, matte), as_edit(edit))
    sprite = np.dstack([picture[part], np.full((SIDE, SIDE), 255, np.uint8)])
    matrix = [0.5, 0, 0, 0.5, 0.5, 0.25]
    found = modules.evaluate(RECOLOUR, [sprite.ravel().tolist(), edit, opacity, matrix, SIDE])
    levels = np.asarray(found, float).reshape(SIDE, SIDE, 4)[..., :3]
    difference = np.abs(levels - expected[part])
    assert difference.mean() < 0.6 and difference.max() <= 12
