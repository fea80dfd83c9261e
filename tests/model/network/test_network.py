"""Check the parts of the network against their formulas, and that an untrained one changes nothing."""

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.autograd import gradcheck

from model import Composite, Edit, render
from model.network.efficientnet import Encoder
from model.network.features import (
    COLOURS,
    EARLY_REGIONS,
    LATE_REGIONS,
    PATCH_NUMBERS,
    PATCHES,
    STATISTICS,
    colour_moments,
    colour_statistics,
    extract_features,
    patch_colours,
    soft_cdf,
)
from model.network.network import GRID, INPUT_SIZE, HarmonizerNetwork
from model.network.render_torch import KNOTS, apply_curves, apply_matrix, apply_shading, monotone_curves


@pytest.fixture(scope="module")
def network() -> HarmonizerNetwork:
    torch.manual_seed(0)
    return HarmonizerNetwork().eval()


def picture_and_matte(side: int = INPUT_SIZE) -> tuple[torch.Tensor, torch.Tensor]:
    image = torch.rand(2, 3, side, side, generator=torch.Generator().manual_seed(1))
    matte = torch.zeros(2, 1, side, side)
    matte[..., side // 4 : side // 2, side // 4 : side // 2] = 1
    return image, matte


def test_untrained_network_predicts_the_identity(network: HarmonizerNetwork) -> None:
    with torch.inference_mode():
        curves, matrix, shading = network(*picture_and_matte())
    assert torch.equal(matrix, torch.eye(3, 4).expand(2, 3, 4))
    assert curves.shape == (2, 3, KNOTS) and shading.shape == (2, 1, GRID, GRID)
    assert torch.allclose(curves, torch.linspace(0, 1, KNOTS).expand(2, 3, -1), atol=1e-6)
    assert not shading.any()


def test_network_stays_small(network: HarmonizerNetwork) -> None:
    assert sum(p.numel() for p in network.parameters()) < 7_000_000


def test_features_have_the_sizes_that_the_heads_expect(network: HarmonizerNetwork) -> None:
    image, matte = picture_and_matte()
    with torch.inference_mode():
        found = extract_features(image, matte, network.encoder(image))
    assert found.statistics.shape == (2, STATISTICS)
    assert found.regions.shape == (2, EARLY_REGIONS + LATE_REGIONS)
    assert found.patches.shape == (2, PATCHES**2, PATCH_NUMBERS)
    assert all(torch.isfinite(x).all() for x in (found.statistics, found.regions, found.patches))


def test_patches_separate_the_colours_of_object_and_background() -> None:
    image, matte = torch.full((1, 3, 256, 256), 0.25), torch.zeros(1, 1, 256, 256)
    matte[..., :16] = 1  # half of the first column of patches
    image[..., :16] = 0.75
    colours = patch_colours(image, matte)[0]
    assert colours.shape == (COLOURS, PATCHES, PATCHES)
    expected = torch.tensor([0.75] * 3 + [0.25] * 3 + [0.5])
    assert torch.allclose(colours[:, 2, 0], expected, atol=2e-3)
    assert torch.allclose(colours[:, 2, 1], torch.tensor([0.0] * 3 + [0.25] * 3 + [0.0]), atol=1e-3)


def test_encoder_halves_five_times() -> None:
    with torch.inference_mode():
        features = Encoder()(torch.rand(1, 3, 64, 64))
    assert [tuple(f.shape[1:]) for f in features] == [(24, 16, 16), (40, 8, 8), (112, 4, 4), (320, 2, 2)]


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**31), st.floats(0.1, 8))
def test_any_raw_numbers_give_monotone_curves(seed: int, scale: float) -> None:
    rng = torch.Generator().manual_seed(seed)
    raw = torch.randn(1, 3, KNOTS, generator=rng) * scale
    curves = monotone_curves(raw, torch.randn(1, 3, 1, generator=rng) * scale)
    assert (curves.diff(dim=-1) >= 0).all() and curves.min() >= 0 and curves.max() <= 1


def test_gain_of_light_is_a_power_of_the_slope() -> None:
    """Check that a light gain of 0.5 is an encoded gain of 0.5^(1/2.2)."""
    curves = monotone_curves(torch.zeros(1, 3, KNOTS), torch.full((1, 3, 1), 0.5).log())
    expected = torch.linspace(0, 1, KNOTS) * 0.5 ** (1 / 2.2)
    assert torch.allclose(curves[0, 0], expected, atol=1e-5)


def test_curves_have_the_right_gradient() -> None:
    rng = torch.Generator().manual_seed(3)
    raw = (torch.randn(1, 3, KNOTS, generator=rng, dtype=torch.float64) * 0.05).requires_grad_()
    light = torch.full((1, 3, 1), -0.13, dtype=torch.float64, requires_grad=True)
    image = torch.rand(1, 3, 4, 4, generator=rng, dtype=torch.float64)
    assert gradcheck(lambda r, g: apply_curves(image, monotone_curves(r, g)), (raw, light))


def test_curves_are_piecewise_linear() -> None:
    knots = torch.tensor([[[0.0, 0.2, 0.9, 1.0]] * 3])
    image = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(2))
    expected = np.interp(image.numpy(), np.linspace(0, 1, 4), knots[0, 0].numpy())
    np.testing.assert_allclose(apply_curves(image, knots).numpy(), expected, atol=1e-6)


def test_a_matrix_has_the_right_gradient_and_the_identity_is_exact() -> None:
    rng = torch.Generator().manual_seed(6)
    image = torch.rand(2, 3, 4, 5, generator=rng, dtype=torch.float64, requires_grad=True)
    matrix = torch.randn(2, 3, 4, generator=rng, dtype=torch.float64, requires_grad=True)
    assert gradcheck(apply_matrix, (image, matrix))
    assert torch.equal(apply_matrix(image, torch.eye(3, 4).expand(2, 3, 4)), image)


def test_shading_has_half_pixel_centres() -> None:
    shading = torch.randn(1, 1, 4, 4, generator=torch.Generator().manual_seed(4)) * 0.1
    expected = np.exp(cv2.resize(shading[0, 0].numpy(), (32, 32), interpolation=cv2.INTER_LINEAR)) * 0.5
    np.testing.assert_allclose(
        apply_shading(torch.full((1, 3, 32, 32), 0.5), shading)[0, 0].numpy(), expected, atol=1e-5
    )


def test_the_network_applies_an_edit_as_the_renderer_does() -> None:
    """Check that the functions used in training compute the pictures of `render`."""
    rng = torch.Generator().manual_seed(5)
    image = torch.rand(1, 3, 64, 48, generator=rng)
    curves = monotone_curves(
        0.3 * torch.randn(1, 3, KNOTS, generator=rng), 0.3 * torch.randn(1, 3, 1, generator=rng)
    )
    shading = 0.3 * torch.randn(1, 1, GRID, GRID, generator=rng)
    matrix = torch.eye(3, 4)[None] + 0.2 * torch.randn(1, 3, 4, generator=rng)
    toned = apply_matrix(apply_curves(image, curves), matrix)
    matte = np.ones((64, 48), np.float32)
    matte[:2] = 0
    composite = Composite(np.ascontiguousarray(image[0].permute(1, 2, 0).numpy()), matte)
    rendered = render(composite, Edit(curves[0].numpy(), shading[0, 0].numpy(), matrix[0].numpy()))
    found = apply_shading(toned, shading)[0].permute(1, 2, 0).numpy()
    np.testing.assert_allclose(found[2:], rendered[2:], atol=1e-5)


def test_cumulative_histogram_counts_the_region() -> None:
    image = torch.full((1, 3, 8, 8), 0.25)
    image[..., 4:] = 0.75
    cdf = soft_cdf(image, torch.ones(1, 1, 8, 8), bins=5).view(3, 5)
    assert torch.allclose(cdf[0], torch.tensor([0.0, 0.5, 0.5, 1.0, 1.0]), atol=1e-5)


def test_moments_of_a_flat_region() -> None:
    moments = colour_moments(torch.full((1, 3, 8, 8), 0.5), torch.ones(1, 1, 8, 8))
    assert torch.allclose(moments[0, :3], torch.tensor(0.5))
    assert moments[0, 6:].abs().max() < 1e-3


def test_statistics_of_the_object_ignore_the_background() -> None:
    image, matte = picture_and_matte(64)
    other = torch.where(matte > 0, image, 1 - image)
    count = 3 * 17 + 15
    same = colour_statistics(image, matte)[:, :count] - colour_statistics(other, matte)[:, :count]
    assert same.abs().max() < 1e-4
