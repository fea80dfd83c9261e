"""Check how the browser makes an edit from the answer of the model and the controls of a person."""

import json
from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray

from model import Edit
from model.edit.matrix import apply_matrix
from tests.demo.pages.conftest import Call

pytestmark = pytest.mark.browser
NEUTRAL: dict[str, Any] = {
    "curves": {"rgb": [], "red": [], "green": [], "blue": []},
    "paint": [],
    "puck": None,
}


def answer(seed: int = 0) -> dict[str, Any]:
    """Return a random edit as the network predicts them: 17 knots, a map of 32×32."""
    random = np.random.default_rng(seed)
    steps = random.uniform(0.2, 2, (3, 16))
    curves = np.hstack([np.zeros((3, 1)), steps.cumsum(axis=1) / steps.sum(axis=1, keepdims=True)])
    edit = Edit(curves.astype(np.float32), random.normal(0, 0.1, (32, 32)).astype(np.float32))
    return cast(dict[str, Any], json.loads(edit.to_json()))


def mixing(edit: dict[str, Any]) -> dict[str, Any]:
    """Return the edit with a matrix that mixes colours strongly; some leave black to white."""
    matrix = np.eye(3, 4) + np.random.default_rng(9).normal(0, 0.4, (3, 4))
    return {**edit, "matrix": matrix.astype(np.float32).tolist()}


def as_edit(value: dict[str, Any]) -> Edit:
    """Return the edit; the server reads it in the same way."""
    return Edit.from_json(json.dumps(value))


def controls(**changes: Any) -> dict[str, Any]:
    """Return controls with some changes; curves are given by their name."""
    names = {name: changes.pop(name) for name in ("rgb", "red", "green", "blue") if name in changes}
    return {**NEUTRAL, "curves": {**NEUTRAL["curves"], **names}, **changes}


def disc(side: int = 48, radius: float = 14.0) -> dict[str, Any]:
    """Return the matte of a disc on a square grid."""
    rows, columns = np.mgrid[:side, :side] + 0.5
    inside = np.hypot(rows - side / 2, columns - side / 2) < radius
    return {"data": inside.astype(float).ravel().tolist(), "width": side, "height": side}


@pytest.mark.parametrize(("colour", "light"), [(1.0, 1.0), (0.6, 1.5), (0.0, 0.3), (1.5, 0.0)])
def test_the_strengths_equal_those_of_the_server(call: Call, colour: float, light: float) -> None:
    given = mixing(answer())
    made = as_edit(call("edit/compose.js", "compose", given, controls(colour=colour, light=light)))
    expected = as_edit(given).blend(curves=colour, shading=light)
    np.testing.assert_allclose(made.curves, expected.curves, atol=1e-6)
    np.testing.assert_allclose(made.shading, expected.shading, atol=1e-6)
    np.testing.assert_allclose(made.matrix, expected.matrix, atol=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_without_controls_the_answer_stays_exactly_as_it_is(call: Call, seed: int) -> None:
    given = mixing(answer(seed))
    made = call("edit/compose.js", "compose", given, controls())
    assert made["curves"] == given["curves"] and made["matrix"] == given["matrix"]


@pytest.mark.parametrize("colour", [0.0, 0.1, 0.7, 1.3])
def test_a_matrix_that_changes_nothing_is_left_out_at_every_strength(call: Call, colour: float) -> None:
    given = mixing(answer()) if colour == 0 else answer()
    assert "matrix" not in call("edit/compose.js", "compose", given, controls(colour=colour))


def test_without_an_answer_nothing_changes(call: Call) -> None:
    made = call("edit/compose.js", "compose", None, controls())
    assert as_edit(made).to_json() == Edit.identity().to_json()
    assert set(made) == {"format", "version", "curves", "shading"}


@pytest.mark.parametrize(
    ("change", "direction"),
    [
        ({"exposure": 0.5}, (1, 1, 1)),
        ({"exposure": -0.5}, (-1, -1, -1)),
        ({"warmth": 0.5}, (1, 0, -1)),
        ({"warmth": -0.5}, (-1, 0, 1)),
        ({"tint": 0.5}, (1, -1, 1)),
        ({"tint": -0.5}, (-1, 1, -1)),
    ],
)
def test_a_slider_moves_the_channels_in_its_direction(
    call: Call, change: dict[str, float], direction: tuple[int, int, int]
) -> None:
    made = as_edit(call("edit/compose.js", "compose", None, controls(**change)))
    middle = made.curves[:, 32] - 0.5
    np.testing.assert_array_equal(np.sign(np.where(np.abs(middle) < 1e-4, 0, middle)), direction)


def test_one_stop_doubles_the_linear_light(call: Call) -> None:
    made = as_edit(call("edit/compose.js", "compose", None, controls(exposure=1)))

    def linear(encoded: float) -> float:
        return float(((encoded + 0.055) / 1.055) ** 2.4)

    assert linear(float(made.curves[0, 32])) == pytest.approx(2 * linear(0.5), rel=1e-4)


def test_contrast_turns_about_the_middle(call: Call) -> None:
    curve = as_edit(call("edit/compose.js", "compose", None, controls(contrast=1))).curves[0]
    assert curve[16] < 0.25 and curve[48] > 0.75
    assert (curve[0], curve[32], curve[64]) == pytest.approx((0, 0.5, 1))


def test_saturation_and_hue_keep_greys_and_brightness(call: Call) -> None:
    made = as_edit(call("edit/compose.js", "compose", None, controls(saturation=0.6, hue=70)))
    luma = np.array([0.2126, 0.7152, 0.0722])
    colours = np.random.default_rng(0).random((50, 3))
    np.testing.assert_allclose(apply_matrix(colours, made.matrix) @ luma, colours @ luma, atol=1e-6)
    np.testing.assert_allclose(apply_matrix(np.full((1, 3), 0.4), made.matrix), 0.4, atol=1e-6)


@pytest.mark.parametrize(("saturation", "factor"), [(-1, 0), (-0.5, 0.5), (1, 2)])
def test_saturation_multiplies_the_distance_from_grey(call: Call, saturation: float, factor: float) -> None:
    made = as_edit(call("edit/compose.js", "compose", None, controls(saturation=saturation)))
    red = apply_matrix(np.array([[0.6, 0.2, 0.2]]), made.matrix)[0]
    assert red.max() - red.min() == pytest.approx(0.4 * factor, abs=1e-6)


def test_hue_turns_red_towards_yellow(call: Call) -> None:
    red = np.array([[0.6, 0.2, 0.2]])
    for hue in (60, 120, -60):
        made = as_edit(call("edit/compose.js", "compose", None, controls(hue=hue)))
        assert hue_of(apply_matrix(red, made.matrix)[0]) == pytest.approx(hue % 360, abs=1e-3)


def hue_of(colour: NDArray[np.float64]) -> float:
    """Return the angle about the axis of grey in degrees, 0 for red and 120 for green."""
    red, green, blue = colour
    return float(np.degrees(np.arctan2(3**0.5 * (green - blue), 2 * red - green - blue)) % 360)


def test_the_sliders_follow_the_answer(call: Call) -> None:
    given = mixing(answer(4))
    made = as_edit(call("edit/compose.js", "compose", given, controls(saturation=-1)))
    colours = apply_matrix(np.random.default_rng(1).random((20, 3)), as_edit(given).matrix)
    luma = colours @ np.array([0.2126, 0.7152, 0.0722])
    plain = np.random.default_rng(1).random((20, 3))
    np.testing.assert_allclose(apply_matrix(plain, made.matrix), np.repeat(luma[:, None], 3, 1), atol=1e-5)


def test_a_curve_goes_through_its_points_and_never_falls(call: Call) -> None:
    given = answer(1)
    points = [[0.25, 0.2], [0.5, -0.1], [0.75, 0.05]]
    made = as_edit(call("edit/compose.js", "compose", given, controls(red=points)))
    base = np.interp([0.25, 0.75], np.linspace(0, 1, 17), as_edit(given).curves[0])
    # The middle one lies below the first: a curve that never falls keeps the level of the first there.
    assert made.curves[0, 16] == pytest.approx(base[0] + 0.2, abs=1e-5)
    assert made.curves[0, 48] == pytest.approx(max(base[1] + 0.05, made.curves[0].tolist()[47]), abs=1e-5)
    np.testing.assert_allclose(made.curves[1, ::4], as_edit(given).curves[1], atol=1e-6)
    assert (np.diff(made.curves) >= 0).all()


def test_points_of_all_channels_move_every_curve_alike(call: Call) -> None:
    given = answer(2)
    made = as_edit(call("edit/compose.js", "compose", given, controls(rgb=[[0.5, 0.08]])))
    np.testing.assert_allclose(made.curves[:, 32] - as_edit(given).curves[:, 8], 0.08, atol=1e-6)


def test_a_stroke_brightens_where_it_was_painted(call: Call) -> None:
    stroke = {"points": [[0.25, 0.5], [0.75, 0.5]], "size": 0.1, "amount": 0.2}
    made = as_edit(call("edit/compose.js", "compose", None, controls(paint=[stroke, stroke]), disc()))
    assert made.shading.max() == pytest.approx(0.4, abs=0.02)  # two strokes add up, one does not twice
    assert made.shading[24, 12:36].min() > 0.3
    assert made.shading[:16].max() == 0


def test_a_light_brightens_its_side_and_keeps_the_mean(call: Call) -> None:
    matte = disc()
    puck = {"x": 1, "y": 0, "strength": 0.3, "softness": 0.5}
    made = as_edit(call("edit/compose.js", "compose", None, controls(puck=puck), matte))
    inside = np.array(matte["data"]).reshape(48, 48) > 0
    assert made.shading[24, 36] > 0.15 and made.shading[24, 12] < -0.15
    assert made.shading[inside].mean() == pytest.approx(0, abs=1e-3)
    assert np.abs(made.shading[inside]).max() == pytest.approx(0.3, abs=1e-3)
    np.testing.assert_allclose(made.shading, made.shading[::-1], atol=1e-3)  # as much above as below
