"""Check that exported layers, composed as a picture editor does, give the harmonized picture."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from model.edit.edit import Edit
from model.edit.export import MIDDLE, STEPS, object_layer, shading_levels
from model.edit.render import render
from model.edit.shading import MAX_LOG_GAIN, upsample_shading
from model.images.composite import Composite


def soft_composite(seed: int) -> Composite:
    rng = np.random.default_rng(seed)
    matte = np.zeros((40, 50), np.float32)
    matte[5:30, 8:40] = rng.random((25, 32), np.float32).round(2)
    matte[10, 10] = 1
    return Composite(rng.integers(0, 256, (40, 50, 3), np.uint8), matte)


@given(st.integers(0, 2**32), st.floats(0.5, 2))
@settings(max_examples=25, deadline=None)
def test_the_layer_over_the_composite_is_the_result(seed: int, gamma: float) -> None:
    composite = soft_composite(seed)
    edit = Edit(Edit.identity().curves ** np.float32(gamma), np.full((2, 2), 0.2, np.float32))
    colours, alpha = object_layer(composite, edit)
    laid_over = composite.image + alpha[..., None] * (colours.astype(float) - composite.image)
    trace = (composite.matte > 0) & (composite.matte <= 0.02)
    difference = np.abs(laid_over - render(composite, edit))
    assert difference[~trace].max() <= 1.01 and difference.max() <= 6.2
    assert not colours[composite.matte == 0].any()


@pytest.mark.parametrize("size", [(40, 50), (7, 200)])
def test_shading_levels_are_exact_to_half_a_step(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)
    shading: NDArray[np.float32] = rng.uniform(-MAX_LOG_GAIN, MAX_LOG_GAIN, (16, 12)).astype(np.float32)
    levels = shading_levels(shading, *size)
    assert levels.dtype == np.uint16 and levels.shape == size
    again = (levels.astype(float) - MIDDLE) / STEPS
    assert np.abs(again - upsample_shading(shading, *size)).max() <= 0.51 / STEPS


def test_no_light_is_the_middle_and_the_limits_fit() -> None:
    ends = np.array([[-MAX_LOG_GAIN, 0, MAX_LOG_GAIN]], np.float32)
    assert shading_levels(ends, 4, 3)[0].tolist() == [1, MIDDLE, 65535]
