"""Check that edits are stored exactly, blended, and exported to other programs."""

import json
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from model.edit.curves import evaluate_curves
from model.edit.edit import BadEdit, Edit
from model.edit.matrix import apply_matrix, identity_matrix
from model.edit.render import recolour


@st.composite
def edits(draw: st.DrawFn) -> Edit:
    knots, grid = draw(st.integers(2, 20)), draw(st.integers(1, 8))
    curves = draw(nps.arrays(np.float32, (3, knots), elements=st.floats(0, 1, width=32)))
    shading = draw(nps.arrays(np.float32, (grid, grid), elements=st.floats(-1, 1, width=32)))
    return Edit(np.sort(curves, axis=1), shading, draw(st.just(identity_matrix()) | matrices()))


def matrices() -> st.SearchStrategy[NDArray[Any]]:
    return nps.arrays(np.float32, (3, 4), elements=st.floats(-4, 4, width=32))


def warm() -> Edit:
    edit = Edit.identity()
    return Edit(np.stack([edit.curves[0] ** 0.8, edit.curves[1], edit.curves[2] ** 1.2]), edit.shading + 0.1)


def faded() -> Edit:
    """Return an edit that halves saturation, darkens a little and adds a little red; nothing is clipped."""
    matrix = np.eye(3, 4, dtype=np.float32) * np.float32(0.45)
    matrix[:, :3] += np.float32(0.15)
    matrix[0, 3] = 0.05
    return Edit(warm().curves, warm().shading, matrix)


@given(edits())
def test_json_keeps_every_bit(edit: Edit) -> None:
    again = Edit.from_json(edit.to_json())
    assert np.array_equal(again.curves, edit.curves)
    assert np.array_equal(again.shading, edit.shading)
    assert np.array_equal(again.matrix, edit.matrix)
    assert again.curves.dtype == again.shading.dtype == again.matrix.dtype == np.float32


def test_a_matrix_that_changes_nothing_is_not_written() -> None:
    assert set(json.loads(warm().to_json())) == {"format", "version", "curves", "shading"}
    assert "matrix" in json.loads(faded().to_json())


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"format": "other"},
        {"curves": None},
        {"curves": {"red": [0, 1], "green": [0, 1], "blue": [0, 1, 1]}},
        {"curves": {"red": [0, 1], "green": [0, 1], "blue": [1, 0]}},
        {"curves": {"red": [0, 1], "green": [0, 1], "blue": [0, float("nan")]}},
        {"curves": {"red": 0, "green": 0, "blue": 0}},
        {"shading": 5},
        {"shading": []},
        {"shading": [[]]},
        {"shading": [[1e300]]},
        {"shading": [["x"]]},
        {"shading": [[0.0] * 2000]},
        {"matrix": None},
        {"matrix": 1},
        {"matrix": [[1, 0, 0], [0, 1, 0], [0, 0, 1]]},
        {"matrix": [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 99]]},
        {"matrix": [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, float("nan")]]},
    ],
)
def test_changed_files_are_refused(change: dict[str, object]) -> None:
    content = json.loads(Edit.identity().to_json()) | change
    with pytest.raises(BadEdit, match="edit"):
        Edit.from_json(json.dumps(content))


@given(st.text() | st.from_regex(r"[\[\]{}0-9,:\"]{0,20}"))
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(BadEdit, match="not an edit file"):
        Edit.from_json(text)


def test_wrong_arrays_are_refused() -> None:
    with pytest.raises(BadEdit, match="fall"):
        Edit(np.array([[1, 0]] * 3, np.float32), np.zeros((2, 2), np.float32))


@given(edits(), st.floats(0, 1.5), st.floats(0, 1.5))
def test_shading_strength_multiplies_and_curves_stay_valid(edit: Edit, curves: float, shading: float) -> None:
    blended = edit.blend(curves, shading)
    assert np.allclose(blended.shading, shading * edit.shading)


def test_strength_zero_is_the_identity() -> None:
    blended = faded().blend(0, 0)
    assert np.allclose(blended.curves, Edit.identity().curves)
    assert not blended.shading.any() and not blended.mixes


@given(edits(), st.floats(0, 1.5))
def test_strength_moves_the_matrix_from_the_identity(edit: Edit, strength: float) -> None:
    expected = np.eye(3, 4) + strength * (edit.matrix - np.eye(3, 4))
    assert np.allclose(edit.blend(curves=strength).matrix, expected, atol=1e-6)
    assert edit.blend(shading=strength).matrix is edit.matrix


@pytest.mark.parametrize("strength", [-0.1, 1.6, float("nan")])
def test_other_strengths_are_refused(strength: float) -> None:
    with pytest.raises(BadEdit, match="between 0 and 1.5"):
        warm().blend(shading=strength)


def test_cube_holds_the_curves_at_its_grid() -> None:
    edit = warm()
    lines = edit.to_cube(5).splitlines()
    assert lines[2] == "LUT_3D_SIZE 5"
    table = np.loadtxt(lines[5:]).reshape(5, 5, 5, 3)  # blue, green, red, colour
    for c, moved in enumerate([table[0, 0, :, 0], table[0, :, 0, 1], table[:, 0, 0, 2]]):
        assert moved == pytest.approx(edit.curves[c, ::4], abs=1e-6)


def test_a_program_that_reads_the_cube_makes_the_curves_of_it() -> None:
    """Read the table as editors do: red changes fastest, values between grid points are interpolated."""
    edit = faded()
    table = np.loadtxt(edit.to_cube().splitlines()[5:]).reshape(33, 33, 33, 3)
    levels = np.random.default_rng(0).integers(0, 256, (500, 3))
    place = levels[:, ::-1].T / 255 * 32
    looked_up = np.stack([map_coordinates(table[..., c], place, order=1) for c in range(3)], axis=-1)
    expected = apply_matrix(evaluate_curves(edit.curves, levels / 255), edit.matrix)
    assert np.abs(looked_up - expected).max() < 0.01 / 255


def test_cube_is_clipped_where_the_matrix_leaves_black_to_white() -> None:
    matrix = np.array([[2, 0, 0, 0], [0, 1, 0, -0.5], [0, 0, 1, 0]], np.float32)
    table = np.loadtxt(Edit(warm().curves, warm().shading, matrix).to_cube(9).splitlines()[5:])
    assert table.min() == 0 and table.max() == 1


def test_cube_states_that_shading_is_missing() -> None:
    assert "# Tone curves only: the shading map" in warm().to_cube(2)
    assert "# Tone curves and colour matrix: the shading map" in faded().to_cube(2)


def test_acv_holds_sixteen_points_for_each_channel() -> None:
    edit = Edit(np.array([[0, 1], [0, 0.5], [0.2, 1]], np.float32), np.zeros((1, 1), np.float32))
    words = list(struct.unpack(">111H", edit.to_acv()))
    assert words[:2] == [4, 5]
    assert words[2:7] == [2, 0, 0, 255, 255]
    assert words[-5:] == [2, 0, 0, 255, 255]
    red, green, blue = (np.array(words[7 + 33 * c : 40 + 33 * c]) for c in range(3))
    assert red[0] == 16
    assert red[1::2].tolist() == red[2::2].tolist() == list(range(0, 256, 17))
    assert (green[-2:].tolist(), blue[1:3].tolist()) == ([128, 255], [51, 0])


def test_acv_curves_change_greys_as_curves_and_matrix_do() -> None:
    edit = faded()
    words = np.array(struct.unpack(">111H", edit.to_acv()))
    greys = np.repeat(np.arange(0, 256, 17)[:, None], 3, 1)[None].astype(np.uint8)
    unshaded = Edit(edit.curves, np.zeros((1, 1), np.float32), edit.matrix)
    changed = recolour(greys, np.ones((1, 16), np.float32), unshaded)
    for channel in range(3):
        outputs = words[8 + 33 * channel : 40 + 33 * channel : 2]
        assert np.abs(outputs - changed[0, :, channel].astype(int)).max() <= 1
