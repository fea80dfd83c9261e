"""Check what the fit of curves and shading recovers, and its measures of error."""

from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from skimage import data

from benchmarks.accuracy.fitting import Pair, add_difference, enlarge, psnr, synthetic_pair
from model import Composite
from model.edit.curves import evaluate_curves
from model.edit.edit import Edit
from model.edit.fit import fit_edit, upscale_result
from model.edit.matrix import apply_matrix
from model.edit.render import render
from model.edit.shading import upsample_shading
from model.methods import get_method


def picture(height: int = 96, width: int = 128) -> NDArray[np.uint8]:
    return np.asarray(cv2.resize(data.coffee(), (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def box(height: int = 96, width: int = 128) -> NDArray[np.float32]:
    matte = np.zeros((height, width), np.float32)
    matte[height // 5 : -height // 4, width // 4 : -width // 5] = 1
    return matte


@pytest.mark.parametrize("name", ["astronaut", "coffee", "chelsea"])
def test_a_fitted_result_is_closer_than_an_enlarged_one(name: str) -> None:
    for texture in (3, 12):
        pair = synthetic_pair(name, texture, scale=2, side=256)
        lifted = psnr(pair, upscale_result(pair.composite, pair.result)[0])
        assert lifted >= psnr(pair, enlarge(pair)) + 6


def test_added_texture_hardly_changes_the_fit() -> None:
    def lost(make: Any) -> float:
        clean, rough = (synthetic_pair("coffee", texture, scale=2, side=256) for texture in (3, 12))
        return psnr(clean, make(clean)) - psnr(rough, make(rough))

    def fitted(pair: Pair) -> Any:
        return upscale_result(pair.composite, pair.result)[0]

    assert lost(fitted) < 1.2 < lost(add_difference)


@given(seed=st.integers(0, 2**32))
@settings(max_examples=15, deadline=None)
def test_curves_and_shading_are_recovered(seed: int) -> None:
    rng = np.random.default_rng(seed)
    ends = np.array([[0, 1]] * 3)
    curves = np.sort(np.hstack([ends, 0.15 + 0.7 * rng.random((3, 3))]), axis=1).astype(np.float32)
    shading = cv2.resize(rng.normal(0, 0.1, (3, 3)).astype(np.float32), (16, 16)).clip(-0.15, 0.15)
    composite = Composite(picture(), box())
    changed = render(composite, Edit(curves, shading))
    fit = fit_edit(composite.image, changed, composite.matte)
    again = render(composite, fit.edit)
    assert fit.explained > 0.95
    assert np.abs(again.astype(int) - changed)[composite.matte > 0].mean() < 4


@given(seed=st.integers(0, 2**32))
@settings(max_examples=15, deadline=None)
def test_a_mixed_colour_is_recovered(seed: int) -> None:
    rng = np.random.default_rng(seed)
    matrix = np.eye(3, 4) * 0.8 + rng.normal(0, 0.08, (3, 4))
    truth = Edit(
        np.sqrt(Edit.identity().curves) * np.float32(0.8),
        np.zeros((1, 1), np.float32),
        matrix.astype(np.float32),
    )
    composite = Composite(picture(), box())
    changed = render(composite, truth)
    fit = fit_edit(composite.image, changed, composite.matte, grid=1)
    again = render(composite, fit.edit)
    assert fit.explained > 0.99
    assert np.abs(again.astype(int) - changed)[composite.matte > 0].mean() < 1.5


def test_a_washed_out_object_needs_the_matrix() -> None:
    composite = Composite(picture(), box())
    grey = picture().mean(axis=2, keepdims=True)
    changed = np.rint(0.3 * picture() + 0.7 * grey).astype(np.uint8)
    for before, after in ((composite.image, changed), (changed, composite.image)):
        fit = fit_edit(before, after, composite.matte)
        assert fit.edit.mixes and fit.residual < 2


def test_curves_that_suffice_are_kept_without_a_matrix() -> None:
    composite = Composite(picture(), box())
    for name in ("mean_gain", "composite"):
        changed = get_method(name).run(composite)
        assert not fit_edit(composite.image, changed, composite.matte).edit.mixes


def test_no_change_is_explained_by_no_change() -> None:
    fit = fit_edit(picture(), picture(), box())
    assert fit.explained == 1
    assert fit.residual == pytest.approx(0, abs=1e-3)
    assert np.allclose(fit.edit.curves, np.linspace(0, 1, 17), atol=1e-5)
    assert np.allclose(fit.edit.shading, 0, atol=1e-5)


def test_a_method_of_curves_is_parametric_and_another_picture_is_not() -> None:
    composite = Composite(picture(), box())
    same = fit_edit(composite.image, get_method("mean_gain").run(composite), composite.matte)
    other = fit_edit(composite.image, np.ascontiguousarray(picture()[::-1]), composite.matte)
    assert same.residual < 3 and same.explained > 0.97
    assert other.residual > 20


def test_the_residual_is_what_is_left() -> None:
    before, after, matte = picture(), np.ascontiguousarray(picture()[:, ::-1]), box()
    fit = fit_edit(before, after, matte)
    toned = apply_matrix(evaluate_curves(fit.edit.curves, before / 255), fit.edit.matrix)
    shown = (toned * np.exp(upsample_shading(fit.edit.shading, 96, 128))[..., None]).clip(0, 1)
    left = ((255 * shown - after)[matte > 0] ** 2).mean()
    change = ((before.astype(float) - after)[matte > 0] ** 2).mean()
    assert fit.residual == pytest.approx(left**0.5, rel=1e-5)
    assert fit.explained == pytest.approx(1 - left / change, rel=1e-5)


@pytest.mark.parametrize("size", [(2, 2), (1, 30), (3, 3)])
def test_a_tiny_object_is_brought_to_full_size(size: tuple[int, int]) -> None:
    image = picture()
    matte = np.zeros((96, 128), np.float32)
    matte[40 : 40 + size[0], 50 : 50 + size[1]] = 1
    darker = np.rint(image * 0.7).astype(np.uint8)
    lifted, _ = upscale_result(
        Composite(image, matte), cv2.resize(darker, (32, 24), interpolation=cv2.INTER_AREA)
    )
    inside = matte > 0
    assert np.abs(lifted[inside].astype(int) - darker[inside]).max() < 20
    assert np.array_equal(lifted[~inside], image[~inside])


def test_an_object_of_one_colour() -> None:
    image, changed, matte = picture(), picture(), box()
    image[matte > 0], changed[matte > 0] = (128, 128, 128), (140, 120, 100)
    lifted, fit = upscale_result(Composite(image, matte), changed)
    assert np.abs(lifted.astype(int) - changed)[matte > 0].max() <= 2
    assert fit.explained > 0.98


def test_values_clipped_at_white_do_not_darken_the_shading() -> None:
    image, matte = picture(192, 256), box(192, 256)
    light = np.linspace(0.6, 2, 256)[:, None]
    truth = np.rint((image * light).clip(0, 255)).astype(np.uint8)
    fit = fit_edit(image, truth, matte)
    gain = np.exp(upsample_shading(fit.edit.shading, 192, 256))
    tone = evaluate_curves(fit.edit.curves, np.full((1, 3), 0.5)).mean() / 0.5
    assert gain[90, 190] * tone == pytest.approx(light[190, 0], rel=0.15)


def test_sixteen_bits_and_eight_give_the_same_fit() -> None:
    before, after = picture(), (picture() * 0.8).astype(np.uint8)
    shallow, deep = (fit_edit(before.astype(kind) * scale, after.astype(kind) * scale, box())
                     for kind, scale in ((np.uint8, 1), (np.uint16, 257)))  # fmt: skip
    assert np.allclose(shallow.edit.curves, deep.edit.curves, atol=1e-6)
    assert shallow.residual == pytest.approx(deep.residual, rel=1e-6)


def test_pictures_of_two_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="one size"):
        fit_edit(picture(), picture(48, 64), box())
