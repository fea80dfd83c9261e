"""Check that curves are monotone, piecewise linear and, where expected, the identity."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from model.edit.curves import (
    Curves,
    apply_offsets,
    blend_curves,
    check_curves,
    curve_offsets,
    evaluate_curves,
    identity_curves,
)

UNIT = st.floats(0, 1, width=32)


@st.composite
def curves(draw: st.DrawFn) -> Curves:
    knots = draw(st.integers(2, 40))
    return np.sort(draw(nps.arrays(np.float32, (3, knots), elements=UNIT)), axis=1)


@pytest.mark.parametrize("knots", [2, 12, 17, 256])
def test_curves_that_change_nothing_return_every_value_exactly(knots: int) -> None:
    values = np.random.default_rng(0).random((50, 3), np.float32)
    offsets = curve_offsets(identity_curves(knots), np.float32(1))
    assert np.array_equal(apply_offsets(values, offsets, np.float32(1)), values)


@given(curves(), st.sampled_from([1, 255, 65535]))
def test_changed_values_lie_on_the_curves(changed: Curves, white: int) -> None:
    values = np.linspace(0, 1, 200, dtype=np.float32)[:, None].repeat(3, axis=1)
    expected, top = evaluate_curves(changed, values), np.float32(white)
    found = apply_offsets(values * top, curve_offsets(changed, top), top) / top
    assert np.abs(found - expected).max() < 1e-5


def test_between_knots_a_curve_is_straight() -> None:
    changed = np.array([[0, 0.2, 1], [0, 0.5, 1], [0.1, 0.1, 0.5]], np.float32)
    values = evaluate_curves(changed, np.array([0.25, 0.75, 0.75]))
    assert values == pytest.approx([0.1, 0.75, 0.3])


@given(curves(), st.floats(0, 1.5))
def test_blended_curves_are_curves(changed: Curves, strength: float) -> None:
    check_curves(blend_curves(changed, strength))


@given(curves())
def test_strengths_zero_and_one(changed: Curves) -> None:
    assert np.array_equal(blend_curves(changed, 1), changed)
    assert np.allclose(blend_curves(changed, 0), identity_curves(changed.shape[1]), atol=1e-7)


def test_half_strength_is_half_way() -> None:
    changed = np.array([[0.2, 1]] * 3, np.float32)
    assert blend_curves(changed, 0.5)[0] == pytest.approx([0.1, 1])


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((2, 17)),
        np.zeros((3, 1)),
        np.zeros(3),
        np.full((3, 4), np.nan),
        np.full((3, 4), 1.1),
        np.array([[1, 0]] * 3),
    ],
)
def test_what_is_not_a_curve_is_refused(wrong: Curves) -> None:
    with pytest.raises(ValueError, match="curves|Curves"):
        check_curves(wrong)
