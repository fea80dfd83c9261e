"""Check that looks of other programs become the closest edits, and that the words about them are true."""

import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from model.edit.curves import evaluate_curves, spline_table
from model.edit.edit import BadEdit, Edit
from model.edit.looks import read_look
from model.edit.matrix import apply_matrix

LEVELS = np.repeat(np.linspace(0, 1, 256)[:, None], 3, axis=1)


def cube(table: NDArray[Any], head: str = "") -> bytes:
    """Return a .cube file of N×3 or of N×N×N×3 (blue, green, red) entries."""
    kind = "LUT_1D_SIZE" if table.ndim == 2 else "LUT_3D_SIZE"
    rows = "\n".join(" ".join(f"{value:.9f}" for value in row) for row in table.reshape(-1, 3))
    return f'# made by a test\nTITLE "1 look"\n{kind} {len(table)}\n{head}\n\n{rows}\n'.encode()


def grid(change: Callable[[NDArray[Any]], NDArray[Any]], side: int = 9) -> NDArray[Any]:
    """Return a table of three dimensions: what a function makes of the colours ...×3."""
    steps = np.linspace(0, 1, side)
    blue, green, red = np.meshgrid(steps, steps, steps, indexing="ij")
    return change(np.stack([red, green, blue], axis=-1))


def xmp(attributes: str = "", elements: str = "") -> bytes:
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/" '
        f"{attributes}>{elements}</rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()


def tone_curve(name: str, *points: str) -> str:
    items = "".join(f"<rdf:li>{point}</rdf:li>" for point in points)
    return f"<crs:{name}><rdf:Seq>{items}</rdf:Seq></crs:{name}>"


def acv(*curves: list[tuple[int, int]]) -> bytes:
    body = b"".join(
        struct.pack(">H", len(points)) + b"".join(struct.pack(">HH", y, x) for x, y in points)
        for points in curves
    )
    return struct.pack(">HH", 4, len(curves)) + body


def test_an_edit_of_our_own_is_read_exactly() -> None:
    edit = Edit(Edit.identity().curves ** np.float32(1.3), np.full((2, 3), 0.25, np.float32))
    look = read_look("Mine.JSON", edit.to_json().encode())
    assert look.edit.to_json() == edit.to_json()
    assert "exactly" in look.about


@given(st.integers(2, 40), st.integers(0, 2**32))
@settings(max_examples=30, deadline=None)
def test_a_table_of_one_dimension_is_read_exactly(size: int, seed: int) -> None:
    table = np.sort(np.random.default_rng(seed).random((size, 3)).round(6), axis=0)
    look = read_look("a.cube", cube(table))
    assert np.array_equal(look.edit.curves, table.T.astype(np.float32))
    assert look.about == "The curves are exactly those of the table."


@pytest.mark.parametrize("head", ["DOMAIN_MIN 0.2 0.2 0.2\nDOMAIN_MAX 2 2 2", "LUT_1D_INPUT_RANGE 0.2 2.0"])
def test_other_inputs_than_black_to_white_are_sampled_anew(head: str) -> None:
    inputs = np.linspace(0.2, 2, 19)
    look = read_look("a.cube", cube(np.stack([inputs / 2] * 3, axis=1), head))
    shown = evaluate_curves(look.edit.curves, LEVELS)
    assert np.abs(shown - np.maximum(LEVELS, 0.2) / 2).max() < 0.002


def test_falling_curves_become_flat_and_are_named() -> None:
    table = np.array([[0.1, 0, 0], [0.9, 0.5, 0.5], [0.4, 1, 1.2]])
    look = read_look("a.cube", cube(table))
    assert look.edit.curves[0].tolist() == pytest.approx([0.1, 0.9, 0.9])
    assert look.edit.curves[2].tolist() == pytest.approx([0, 0.5, 1])
    assert "fall in places" in look.about


def test_curves_in_a_table_of_three_dimensions_are_found_again() -> None:
    look = read_look("a.cube", cube(grid(lambda colours: colours ** np.array([0.7, 1, 1.6]))))
    steps = np.linspace(0, 1, 9)
    assert np.allclose(look.edit.curves, np.stack([steps**0.7, steps, steps**1.6]), atol=1e-6)
    assert look.about == "The curves are those of the table."
    mine = Edit(Edit.identity().curves ** np.float32(1.4), Edit.identity().shading)
    again = read_look("mine.cube", mine.to_cube(17).encode())
    assert np.abs(again.edit.curves - mine.curves).max() < 1e-5


def test_a_table_that_mixes_colours_becomes_curves_and_a_matrix() -> None:
    matrix = np.array([[0.6, 0.2, 0.1, 0.02], [0.1, 0.7, 0.1, 0], [0, 0.1, 0.8, 0.05]], np.float32)
    mine = Edit(Edit.identity().curves ** np.float32(1.4), Edit.identity().shading, matrix)
    look = read_look("mine.cube", mine.to_cube(17).encode())
    assert look.about == "The colours are those of the table."
    colours = np.random.default_rng(3).random((200, 3))
    shown, expected = (
        apply_matrix(evaluate_curves(edit.curves, colours), edit.matrix) for edit in (look.edit, mine)
    )
    assert np.abs(shown - expected).mean() < 2 / 255


def test_a_table_that_bends_colours_states_the_distance() -> None:
    def product(colours: NDArray[Any]) -> NDArray[Any]:
        return np.asarray(colours.prod(axis=-1, keepdims=True) ** (1 / 3) * np.ones(3))

    def stated(share: float) -> float:
        table = grid(lambda colours: (1 - share) * colours + share * product(colours))
        return float(read_look("a.cube", cube(table)).about.split("within ")[1].split(" ")[0])

    assert 0.5 < stated(0.5) < stated(1) < 25


@given(st.permutations([0.0, 0.1, -0.1]))
@settings(max_examples=6, deadline=None)
def test_no_other_curves_are_closer(shift: list[float]) -> None:
    """The weighted squared distance grows when a knot is moved."""
    rng = np.random.default_rng(5)
    noisy = grid(lambda colours: (colours**1.2 + 0.05 * rng.standard_normal(colours.shape)).clip(0, 1), 5)
    curves = read_look("a.cube", cube(noisy)).edit.curves
    inputs = grid(lambda colours: colours, 5)
    weight = np.exp(-0.5 * (inputs.std(axis=-1) / 0.05) ** 2)[..., None]

    def distance(candidate: NDArray[Any]) -> float:
        return float((weight * (evaluate_curves(candidate, inputs) - noisy) ** 2).sum())

    moved = curves.copy()
    moved[:, 2] += np.array(shift, np.float32)
    assert distance(curves) <= distance(moved) + 1e-9


def test_photoshop_curves_apply_channels_first_and_then_all_together() -> None:
    all_points, red = [(0, 0), (128, 160), (255, 255)], [(0, 20), (100, 90), (255, 240)]
    straight = [(0, 0), (255, 255)]
    look = read_look("a.acv", acv(all_points, red, straight, straight, straight))
    together = spline_table(all_points)
    first = np.interp(spline_table(red), np.linspace(0, 1, 256), together)
    assert np.abs(look.edit.curves[0] - first).max() < 1e-6
    assert np.abs(look.edit.curves[1] - together).max() < 1e-6


def test_our_own_photoshop_curves_come_back() -> None:
    gammas = np.array([[0.8], [1.0], [1.3]], np.float32)
    mine = Edit(Edit.identity().curves ** gammas, Edit.identity().shading)
    shown = evaluate_curves(read_look("a.acv", mine.to_acv()).edit.curves, LEVELS)
    assert np.abs(shown - evaluate_curves(mine.curves, LEVELS)).max() < 2 / 255


def test_a_tone_curve_of_lightroom_is_used_as_it_is() -> None:
    points = tone_curve("ToneCurvePV2012", "0, 10", "128, 150", "255, 250")
    red = tone_curve("ToneCurvePV2012Red", "0, 0", "100, 80", "255, 255")
    look = read_look("preset.xmp", xmp('crs:Clarity2012="+20" crs:HueAdjustmentRed="-5"', points + red))
    master = spline_table([(0, 10), (128, 150), (255, 250)])
    assert np.abs(look.edit.curves[1] - np.maximum.accumulate(master)).max() < 1e-6
    assert look.edit.curves[0, 128] < look.edit.curves[1, 128]
    assert look.about == "Similar to the preset. Used: tone curve. Left out: Clarity, Colour mixer."


def test_a_stop_of_exposure_doubles_the_light() -> None:
    curves = read_look("a.xmp", xmp('crs:Exposure2012="+1.00"')).edit.curves
    middle = evaluate_curves(curves, np.full((1, 3), 0.4613561))[0]  # a fifth of the light, less a bit
    assert middle == pytest.approx([0.6354] * 3, abs=0.002)


@pytest.mark.parametrize(
    ("setting", "warmer", "steeper"),
    [('IncrementalTemperature="40"', True, False), ('Contrast2012="50"', False, True)],
)
def test_temperature_and_contrast_act_as_their_names_say(setting: str, warmer: bool, steeper: bool) -> None:
    red, green, blue = read_look("a.xmp", xmp(f"crs:{setting}")).edit.curves
    assert (red[128] > green[128] > blue[128]) == warmer
    assert (green[200] - green[56] > 150 / 255) == steeper


def test_settings_can_be_elements() -> None:
    look = read_look("a.xmp", xmp(elements="<crs:Contrast2012>+30</crs:Contrast2012>"))
    assert "contrast +30" in look.about


@pytest.mark.parametrize(
    ("setting", "factor", "named"),
    [
        ('crs:Saturation="-40"', 0.6, "saturation -40"),
        ('crs:Saturation="+100"', 2, "saturation +100"),
        ('crs:ConvertToGrayscale="True" crs:Saturation="+20"', 0, "black and white"),
    ],
)
def test_saturation_of_a_preset_becomes_a_matrix(setting: str, factor: float, named: str) -> None:
    look = read_look("a.xmp", xmp(setting))
    colour = apply_matrix(np.array([[0.5, 0.3, 0.3], [0.4, 0.4, 0.4]]), look.edit.matrix)
    assert colour[0, 0] - colour[0, 1] == pytest.approx(0.2 * factor, abs=1e-6)
    assert colour[1] == pytest.approx([0.4] * 3, abs=1e-6)
    assert look.about == f"Similar to the preset. Used: {named}."


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.txt", b"", "is not a look that we can read"),
        ("a.json", b"{}", "This is not an edit file"),
        ("a.cube", b"", "not a .cube table"),
        ("a.cube", b"LUT_3D_SIZE 1000", "not a .cube table"),
        ("a.cube", b"LUT_3D_SIZE 2\n0 0 0", "damaged"),
        ("a.cube", b"LUT_1D_SIZE 2\n0 0 0\n1 nan 1", "damaged"),
        ("a.cube", b"LUT_1D_SIZE 2\nLUT_3D_SIZE 2\n0 0 0\n1 1 1", "not a .cube table"),
        ("a.cube", b"\xff\xfe\x00", "not a .cube table"),
        ("a.acv", b"\0\4\0\5\0\2", "not a curves file"),
        ("a.acv", acv([(0, 0), (0, 10)]), "not a curves file"),
        ("a.acv", b"", "not a curves file"),
        ("a.xmp", b"<", "not a preset"),
        ("a.xmp", b'<!DOCTYPE a [<!ENTITY b "b">]><a>&b;</a>', "not a preset"),
        ("a.xmp", xmp('crs:Clarity2012="+20"'), "has no tone curve"),
        ("a.xmp", xmp(elements=tone_curve("ToneCurvePV2012", "0, 0")), "cannot be read"),
        ("a.xmp", xmp(elements=tone_curve("ToneCurvePV2012", "0, 0", "x")), "cannot be read"),
    ],
)
def test_other_files_are_refused_in_words(name: str, data: bytes, message: str) -> None:
    with pytest.raises(BadEdit, match=message):
        read_look(name, data)
