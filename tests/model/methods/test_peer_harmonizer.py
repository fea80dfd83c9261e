"""Check Harmonizer (Ke 2022): layout and counts, and its six filters against float64 on the whole image."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from skimage.color import hsv2rgb, rgb2hsv

from model.images.composite import Composite
from model.methods.learned import PEERS
from model.methods.learned.white_box import (
    WhiteBoxNetwork,
    apply_sliders,
    brightness_gain,
    saturate,
    temperature_gains,
)

Floats = NDArray[np.floating[Any]]
SLIDER = st.floats(-1, 1, width=16)


def scene(dtype: Any = np.uint8) -> Composite:
    rng = np.random.default_rng(0)
    image = rng.integers(0, np.iinfo(dtype).max, (50, 80, 3), dtype)
    matte = np.zeros((50, 80), np.float32)
    matte[10:40, 30:60], matte[10:40, 29] = 1, 0.5
    return Composite(image, matte)


def test_names_shapes_and_counts_equal_those_of_the_authors() -> None:
    network = WhiteBoxNetwork()
    state = {key: tuple(value.shape) for key, value in network.state_dict().items()}
    assert sum(value.numel() for value in network.parameters()) == 4_726_882  # 4.008 and 0.719 million
    assert state["backbone._conv_fg.weight"] == (16, 4, 3, 3)
    assert state["backbone._blocks.15._se_reduce.weight"] == (48, 1152, 1, 1)
    assert state["backbone._conv_head.weight"] == (1280, 320, 1, 1)
    assert state["regressor.headers.5.0.weight"] == (160, 320)


def filtered(image: Floats, sliders: list[float]) -> Floats:
    """Apply the filters of the paper, in order, to a whole image in 0-1."""
    temperature, brightness, contrast, saturation, highlight, shadow = sliders
    means = image.mean((0, 1))
    moved = means + abs(temperature) * np.array([temperature < 0, 0.5, temperature > 0])
    image = (image * (moved.mean() / (moved + 1e-6) + 1 - means.mean() / (means + 1e-6))).clip(0, 1)
    hsv = rgb2hsv(image)
    hsv[..., 2] *= 1 / (1 - brightness + 1e-6) if brightness >= 0 else 1 + brightness
    image = hsv2rgb(hsv).clip(0, 1)
    amount = 255 / (256 - np.floor(contrast * 255)) - 1 if contrast > 0 else contrast
    image = (image + (image - image.mean()) * amount).clip(0, 1)
    image = np.stack([[saturated(pixel, saturation) for pixel in row] for row in image]).clip(0, 1)
    image = 1 - (1 - image + 1e-9).clip(0, 1) ** (highlight + 1)
    return np.asarray((image + 1e-9).clip(0, 1) ** (1 - shadow))


def saturated(pixel: Floats, amount: float) -> Floats:
    low, high = pixel.min(), pixel.max()
    middle = (low + high) / 2
    if amount < 0:
        return np.asarray(middle + (pixel - middle) * (1 + amount))
    strength = (high - low) / ((low + high if middle < 0.5 else 2 - low - high) + 1e-6)
    divisor = strength if amount + strength > 1 else 1 - amount
    return np.asarray(pixel + (pixel - middle) * (1 / (divisor + 1e-6) - 1))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize(
    "sliders", [[0.3, -0.2, 0.1, 0.5, -0.3, 0.2], [-0.4, 0.3, -0.5, -0.6, 0.4, -0.4], [0.0] * 6]
)
def test_the_filters_at_full_size(dtype: Any, sliders: list[float]) -> None:
    composite, top = scene(dtype), np.iinfo(dtype).max
    expected = composite.image + composite.matte[..., None] * (
        top * filtered(composite.image / top, sliders) - composite.image
    )
    result = apply_sliders(composite, sliders)
    assert result.dtype == dtype
    assert np.abs(result - expected).max() <= 0.5 + 1e-5 * top


@settings(max_examples=25, deadline=None)
@given(st.lists(SLIDER, min_size=6, max_size=6))
def test_all_sliders_give_an_image_in_range(sliders: list[float]) -> None:
    composite = scene()
    result = apply_sliders(composite, sliders)
    assert np.array_equal(result[composite.matte == 0], composite.image[composite.matte == 0])


def test_zero_sliders_change_nothing() -> None:
    colours = np.random.default_rng(0).random((9, 3))
    assert np.allclose(saturate(colours, 0), colours, atol=1e-5)
    assert np.allclose(temperature_gains(0, colours.mean(0)), 1)
    assert brightness_gain(0) == pytest.approx(1, abs=1e-5)


def test_a_file_of_the_layout_runs(tmp_path: Path) -> None:
    torch.manual_seed(0)
    torch.save(WhiteBoxNetwork().state_dict(), tmp_path / "harmonizer.pth")
    (peer,) = (peer for peer in PEERS if peer.name == "ke2022_harmonizer")
    composite = scene()
    result = peer.harmonize(tmp_path / "harmonizer.pth", composite)
    assert (result[composite.matte == 1] != composite.image[composite.matte == 1]).any()
    assert np.array_equal(result[composite.matte == 0], composite.image[composite.matte == 0])
