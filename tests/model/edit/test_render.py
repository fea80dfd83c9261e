"""Compare both renderers with their rule, O = round(I + M·(clip(F(I)) − I)), and with each other."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps
from numpy.typing import NDArray
from scipy.interpolate import RegularGridInterpolator

from model.edit import render_numpy
from model.edit.color_transforms import Affine, ColorTransform, Table, prepare_transform
from model.edit.edit import Edit
from model.edit.matrix import identity_matrix
from model.edit.render import recolour_object, render, warm_up
from model.images.arrays import Pixels, top_level
from model.images.composite import Composite

Renderer = Callable[[Composite, ColorTransform], Pixels]
DTYPES: list[np.dtype[Any]] = [np.dtype(np.uint8), np.dtype(np.uint16), np.dtype(np.float32)]
TOLERANCE = {"uint8": 0.51, "uint16": 0.6, "float32": 1e-5}


def by_numba(composite: Composite, transform: ColorTransform) -> Pixels:
    assert warm_up()
    return render(composite, transform)


def by_numpy(composite: Composite, transform: ColorTransform) -> Pixels:
    return recolour_object(
        composite, partial(render_numpy.recolour, prepare_transform(transform, composite.image))
    )


both = pytest.mark.parametrize("renderer", [by_numba, by_numpy])


def noise(rng: np.random.Generator, shape: tuple[int, ...], dtype: Any) -> Pixels:
    """Return random pixels, black and white among them."""
    levels = rng.random(shape).round(rng.integers(1, 6)) * top_level(np.dtype(dtype))
    return levels.astype(dtype)


@st.composite
def composites(draw: st.DrawFn) -> Composite:
    height, width = draw(st.integers(16, 150)), draw(st.integers(16, 40))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    dtype = draw(st.sampled_from(DTYPES))
    image = noise(rng, (height, width, 3), dtype)
    matte = np.zeros((height, width), np.float32)
    top, left = draw(st.integers(0, height - 8)), draw(st.integers(0, width - 8))
    part = matte[top : top + draw(st.integers(2, height)), left : left + draw(st.integers(2, 12))]
    part[:] = rng.random(part.shape, np.float32) * (rng.random(part.shape) > 0.2)
    part[0, 0] = 1
    return Composite(image, matte)


@st.composite
def edits(draw: st.DrawFn) -> Edit:
    curves = draw(nps.arrays(np.float32, (3, draw(st.integers(2, 20))), elements=st.floats(0, 1, width=32)))
    shading = draw(nps.arrays(np.float32, (4, 3), elements=st.floats(-1, 1, width=32)))
    matrix = draw(
        st.just(identity_matrix()) | nps.arrays(np.float32, (3, 4), elements=st.floats(-2, 2, width=32))
    )
    return Edit(np.sort(curves, axis=1), shading, matrix)


def reference(composite: Composite, edit: Edit) -> NDArray[np.float64]:
    """Compute the rule in float64, unrounded, with the shading map upsampled by its definition."""
    height, width = composite.matte.shape
    maximum = top_level(composite.image.dtype)
    image = composite.image.astype(np.float64)
    knots = np.linspace(0, maximum, edit.curves.shape[1])
    toned = np.stack([maximum * np.interp(image[..., c], knots, edit.curves[c]) for c in range(3)], axis=-1)
    toned = toned @ edit.matrix[:, :3].T.astype(float) + maximum * edit.matrix[:, 3].astype(float)

    def along(cells: int, pixels: int) -> NDArray[np.float64]:
        """Return the weight of each cell for each pixel: pixels×cells."""
        position = ((np.arange(pixels) + 0.5) * cells / pixels - 0.5).clip(0, cells - 1)
        return (1 - np.abs(position[:, None] - np.arange(cells))).clip(0)

    rows, columns = edit.shading.shape
    log_gain = along(rows, height) @ edit.shading.astype(np.float64) @ along(columns, width).T
    shaded = (toned * np.exp(log_gain)[..., None]).clip(0, maximum)
    return np.asarray(image + composite.matte[..., None].astype(np.float64) * (shaded - image))


@both
@given(composites(), edits())
@settings(max_examples=60, deadline=None)
def test_equal_to_the_rule_in_double_precision(renderer: Renderer, composite: Composite, edit: Edit) -> None:
    out = renderer(composite, edit)
    assert out.dtype == composite.image.dtype
    assert np.abs(out - reference(composite, edit)).max() <= TOLERANCE[out.dtype.name]


@both
@given(composites(), st.integers(2, 300))
@settings(max_examples=40, deadline=None)
def test_a_do_nothing_edit_returns_the_input_bit_for_bit(
    renderer: Renderer, composite: Composite, knots: int
) -> None:
    assert np.array_equal(renderer(composite, Edit.identity(knots)), composite.image)


@both
@given(composites(), edits())
@settings(max_examples=40, deadline=None)
def test_outside_the_matte_not_one_value_differs(
    renderer: Renderer, composite: Composite, edit: Edit
) -> None:
    outside = composite.matte == 0
    assert np.array_equal(renderer(composite, edit)[outside], composite.image[outside])


@given(composites(), edits(), st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_both_renderers_compute_the_same_picture(composite: Composite, edit: Edit, seed: int) -> None:
    rng = np.random.default_rng(seed)
    matrix = np.hstack([np.eye(3) + rng.normal(0, 0.4, (3, 3)), rng.normal(0, 0.2, (3, 1))])
    table = Table(rng.random((int(rng.integers(2, 6)),) * 3 + (3,), np.float32), edit.shading)
    for transform in (edit, Affine(matrix.astype(np.float32), edit.shading), table):
        assert np.array_equal(by_numba(composite, transform), by_numpy(composite, transform))


@both
@pytest.mark.parametrize("dtype", DTYPES)
def test_colours_above_white_are_kept_until_the_shading(renderer: Renderer, dtype: Any) -> None:
    """Double the colour by the matrix and halve it by the shading: every pixel keeps its value."""
    composite = halves(dtype)
    twice = np.eye(3, 4, dtype=np.float32) * 2
    edit = Edit(Edit.identity().curves, np.full((2, 2), -np.log(2), np.float32), twice)
    assert (
        np.abs(renderer(composite, edit).astype(float) - composite.image).max()
        <= (dtype == np.float32) * 1e-5
    )


@both
@given(composites(), edits())
@settings(max_examples=20, deadline=None)
def test_without_strength_nothing_changes(renderer: Renderer, composite: Composite, edit: Edit) -> None:
    assert np.array_equal(renderer(composite, edit.blend(0, 0)), composite.image)


@both
@pytest.mark.parametrize(("alpha", "expected"), [(0.25, 75), (0.5, 50), (1.0, 0)])
def test_the_matte_is_applied_once(renderer: Renderer, alpha: float, expected: int) -> None:
    matte = np.full((16, 16), alpha, np.float32)
    matte[0], matte[1] = 0, 1
    composite = Composite(np.full((16, 16, 3), 100, np.uint8), matte)
    black = Edit(np.zeros((3, 2), np.float32), np.zeros((1, 1), np.float32))
    assert np.unique(renderer(composite, black)[2:]).tolist() == [expected]


@both
@pytest.mark.parametrize(("log_gain", "expected"), [(-np.log(2), 50), (np.log(2), 200), (3, 255)])
def test_shading_darkens_brightens_and_is_clipped(renderer: Renderer, log_gain: float, expected: int) -> None:
    matte = np.eye(16, dtype=np.float32)
    composite = Composite(np.full((16, 16, 3), 100, np.uint8), matte)
    out = renderer(composite, Edit(Edit.identity().curves, np.full((2, 2), log_gain, np.float32)))
    assert np.unique(out[matte == 1]).tolist() == [expected]


@both
def test_the_input_is_unchanged(renderer: Renderer) -> None:
    image = np.full((20, 20, 3), 100, np.uint8)
    composite = Composite(image, np.eye(20, dtype=np.float32))
    renderer(composite, Edit(np.zeros((3, 2), np.float32), np.zeros((1, 1), np.float32)))
    assert (image == 100).all()


def test_recolouring_is_limited_to_the_bounding_box_of_the_matte() -> None:
    matte = np.zeros((200, 40), np.float32)
    matte[30:170, 10:20] = 1
    composite = Composite(np.zeros((200, 40, 3), np.uint8), matte)

    def recolour(pixels: NDArray[Any], rows: slice, columns: slice) -> NDArray[Any]:
        assert (30 <= rows.start < rows.stop <= 170) and columns == slice(10, 20)
        return np.full(pixels.shape, 300, np.float32)

    out = recolour_object(composite, recolour)
    assert np.array_equal(out[..., 0], matte * 255)


def halves(dtype: Any = np.uint8) -> Composite:
    """Return random pixels with a matte of 1 on the left half and 0 on the right."""
    matte = np.zeros((70, 40), np.float32)
    matte[:, :20] = 1
    return Composite(noise(np.random.default_rng(3), (70, 40, 3), dtype), matte)


@both
@pytest.mark.parametrize("dtype", DTYPES)
def test_an_affine_map_mixes_channels_and_adds(renderer: Renderer, dtype: Any) -> None:
    composite = halves(dtype)
    matrix = np.array([[0.5, 0.25, 0, 0.1], [0, 1, 0, -0.2], [0.2, 0.3, 0.4, 0]], np.float32)
    white = top_level(np.dtype(dtype))
    expected = composite.image @ matrix[:, :3].T.astype(float) + matrix[:, 3] * white
    out = renderer(composite, Affine(matrix))
    assert np.abs(out - expected.clip(0, white))[:, :20].max() <= TOLERANCE[out.dtype.name]
    assert np.array_equal(out[:, 20:], composite.image[:, 20:])


@both
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("side", [2, 17, 33])
def test_a_table_is_trilinear(renderer: Renderer, dtype: Any, side: int) -> None:
    composite = halves(dtype)
    grid = np.random.default_rng(4).random((side, side, side, 3), np.float32)
    white = top_level(np.dtype(dtype))
    interpolate = RegularGridInterpolator([np.linspace(0, white, side)] * 3, grid.astype(float) * white)
    out = renderer(composite, Table(grid))
    assert np.abs(out - interpolate(composite.image))[:, :20].max() <= TOLERANCE[out.dtype.name]


@both
@pytest.mark.parametrize("dtype", DTYPES)
def test_all_three_take_shading(renderer: Renderer, dtype: Any) -> None:
    composite, edit = halves(dtype), Edit(Edit.identity().curves, np.full((3, 2), -0.5, np.float32))
    axis = np.linspace(0, 1, 9, dtype=np.float32)
    grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1)
    by_curves = renderer(composite, edit).astype(float)
    for other in (Affine(np.eye(3, 4, dtype=np.float32), edit.shading), Table(grid, edit.shading)):
        assert np.abs(renderer(composite, other) - by_curves).max() <= (1 if by_curves.max() > 1 else 1e-5)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Affine(np.eye(4, dtype=np.float32)),
        lambda: Affine(np.full((3, 4), np.nan, np.float32)),
        lambda: Affine(np.eye(3, 4, dtype=np.float32), np.full((2, 2), 9, np.float32)),
        lambda: Table(np.zeros((5, 5, 3), np.float32)),
        lambda: Table(np.zeros((1, 1, 1, 3), np.float32)),
        lambda: Table(np.full((2, 2, 2, 3), np.inf, np.float32)),
    ],
)
def test_arrays_that_are_no_transform_are_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match="should"):
        wrong()


def test_an_output_array_is_filled_wholly_and_returned() -> None:
    composite, edit = halves(), Edit(np.zeros((3, 2), np.float32), np.zeros((1, 1), np.float32))
    out = np.full_like(composite.image, 77)
    assert render(composite, edit, out) is out
    assert np.array_equal(out, render(composite, edit))


def test_an_output_array_that_does_not_fit_is_refused() -> None:
    composite = halves()
    wrong = (composite.image, composite.image[:, ::-1].copy()[:, ::-1], np.zeros((70, 40, 3), np.uint16))
    for out in (*wrong, np.zeros((70, 41, 3), np.uint8)):
        with pytest.raises(ValueError, match="write into"):
            render(composite, Edit.identity(), out)


def test_pictures_that_cannot_be_written_or_are_parts_of_others_are_rendered() -> None:
    """Use arrays as decoders return them; the compiled renderer expects contiguous, writable ones."""
    whole = np.random.default_rng(0).integers(0, 256, (40, 30, 4), np.uint8)
    matte = np.zeros((80, 30), np.float32)
    matte[10:50:2, 5:25] = 1
    part, half = whole[..., :3], matte[::2]
    locked = np.ascontiguousarray(part)
    locked.flags.writeable = False
    edit = Edit(Edit.identity().curves ** np.float32(1.5), np.zeros((2, 2), np.float32))
    results = [by_numba(Composite(image, half), edit) for image in (part, locked, locked.copy())]
    assert all(np.array_equal(result, results[0]) for result in results)
