"""Check that another program reads the Photoshop files, and gets the same pixels from their layers."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageCms
from psd_tools import PSDImage
from psd_tools.constants import BlendMode, Resource

from model.edit.curves import evaluate_curves, spline_table
from model.edit.edit import Edit
from model.edit.export import object_layer
from model.edit.psd_layers import (
    LayeredObject,
    composite_psd,
    curve_points,
    layered_psd,
)
from model.edit.render import render
from model.images.arrays import NO_METADATA, Metadata, top_level
from model.images.composite import Composite

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
BOX = np.s_[10:50, 20:70]


def composite(dtype: type[np.unsignedinteger[Any]] = np.uint8, metadata: Metadata = NO_METADATA) -> Composite:
    rng = np.random.default_rng(1)
    image = rng.integers(0, top_level(np.dtype(dtype)), (60, 90, 3), dtype, endpoint=True)
    matte = np.zeros((60, 90), np.float32)
    matte[BOX] = np.linspace(0, 1, 40 * 50).reshape(40, 50)
    return Composite(image, matte, metadata=metadata)


def edit(light: float = 0.2) -> Edit:
    ramp = np.linspace(0, 1, 17, dtype=np.float32)
    shading = np.linspace(-light, light, 64, dtype=np.float32).reshape(8, 8)
    return Edit(np.stack([ramp**0.8, ramp**1.2, 0.1 + 0.85 * ramp]), shading)


def opened(folder: Path, data: bytes) -> PSDImage:
    (folder / "a.psd").write_bytes(data)
    return PSDImage.open(folder / "a.psd")


def merged(psd: PSDImage) -> NDArray[np.float32]:
    """Return the stored picture in levels of the file's depth."""
    values = psd.numpy()
    assert values is not None
    return np.asarray(values * np.float32((1 << psd.depth) - 1), np.float32)


def composed(psd: PSDImage) -> NDArray[np.float32]:
    """Return what psd-tools makes of the visible layers, without the stored picture, in levels of 0-255."""
    colour = psd.composite(ignore_preview=True)
    return np.asarray(colour, np.float32)[..., :3]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_another_program_sees_the_layers_and_the_same_pixels(
    tmp_path: Path, dtype: type[np.unsignedinteger[Any]]
) -> None:
    picture = composite(dtype)
    result = render(picture, edit())
    psd = opened(tmp_path, composite_psd(picture, result, edit()))
    assert (psd.depth, psd.size) == (8 * result.itemsize, (90, 60))
    assert [(layer.name, layer.kind, layer.blend_mode, layer.clipping, layer.visible) for layer in psd] == [
        ("Background", "pixel", BlendMode.NORMAL, False, True),
        ("Object", "pixel", BlendMode.NORMAL, False, True),
        ("Object, curves", "curves", BlendMode.NORMAL, True, True),
        ("Object, darker", "pixel", BlendMode.MULTIPLY, True, True),
        ("Object, lighter", "pixel", BlendMode.COLOR_DODGE, True, True),
        ("Object, finished", "pixel", BlendMode.NORMAL, False, False),
    ]
    assert np.array_equal(np.rint(merged(psd)), result)
    off = np.abs(composed(psd) - result.astype(np.float32) * (255 / top_level(result.dtype)))
    assert off.max() <= 2.5 and np.quantile(off, 0.99) <= 1.5


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_the_mask_is_the_matte(tmp_path: Path, dtype: type[np.unsignedinteger[Any]]) -> None:
    picture = composite(dtype)
    layer = opened(tmp_path, composite_psd(picture, picture.image, edit()))[1]
    mask = layer.numpy("mask")
    assert mask is not None
    rows, columns = BOX
    assert layer.mask is not None and layer.mask.background_color == 0
    top, left = layer.mask.top, layer.mask.left
    assert rows.start <= top <= rows.start + 1 and left == columns.start
    expected = picture.matte[top : top + mask.shape[0], left : left + mask.shape[1]]
    assert np.abs(mask[..., 0] - expected).max() <= 0.5 / top_level(np.dtype(dtype)) + 1e-6
    assert picture.matte.sum() == pytest.approx(expected.sum())


def test_the_finished_object_alone_gives_the_result(tmp_path: Path) -> None:
    picture = composite()
    result = render(picture, edit())
    psd = opened(tmp_path, composite_psd(picture, result, edit()))
    for layer in psd:
        layer.visible = layer.name in ("Background", "Object, finished")
    assert np.abs(composed(psd) - result).max() <= 1


def test_a_colour_matrix_leaves_the_finished_object_visible(tmp_path: Path) -> None:
    picture, grey = composite(), np.full((3, 4), 1 / 3, np.float32)
    grey[:, 3] = 0
    changed = Edit(edit().curves, edit().shading, grey)
    result = render(picture, changed)
    psd = opened(tmp_path, composite_psd(picture, result, changed))
    assert [layer.name for layer in psd if layer.visible] == ["Background", "Object, finished"]
    assert np.abs(composed(psd) - result).max() <= 2  # psd-tools rounds the blend of layers


def test_curves_that_points_cannot_draw_leave_the_finished_object_visible(tmp_path: Path) -> None:
    steps = np.repeat(np.linspace(0, 1, 33, dtype=np.float32), 8)  # no smooth curve of 19 points
    picture, harsh = composite(), Edit(np.stack([steps] * 3), edit().shading)
    result = render(picture, harsh)
    psd = opened(tmp_path, composite_psd(picture, result, harsh))
    assert [layer.name for layer in psd if layer.visible] == ["Background", "Object, finished"]
    assert np.abs(composed(psd) - result).max() <= 1


def test_a_method_without_curves_gives_one_finished_layer(tmp_path: Path) -> None:
    picture = composite()
    result = np.where(picture.matte[..., None] > 0, picture.image // 2, picture.image)
    psd = opened(tmp_path, composite_psd(picture, result, None))
    assert [layer.name for layer in psd] == ["Background", "Object"]
    assert np.array_equal(composed(psd), result)


def test_a_cutout_with_a_shadow_has_layers_of_its_own(tmp_path: Path) -> None:
    picture = composite()
    alpha, shadow = picture.matte, np.zeros((60, 90), np.float32)
    shadow[40:58, 10:80] = 0.5
    cutout = np.full((60, 90, 3), (200, 120, 40), np.uint8)
    after = render(Composite(cutout, (alpha > 0).astype(np.float32)), edit())
    below = picture.image * (1 - shadow[..., None])
    result = np.rint(below * (1 - alpha[..., None]) + after * alpha[..., None]).astype(np.uint8)
    one = LayeredObject("Chair", cutout, after, alpha, edit(), cutout=True, shadow=shadow)
    psd = opened(tmp_path, layered_psd(picture.image, [one], result, NO_METADATA))
    assert [(layer.name, layer.blend_mode) for layer in psd][1:3] == [
        ("Chair, shadow", BlendMode.MULTIPLY),
        ("Chair", BlendMode.NORMAL),
    ]
    assert np.abs(composed(psd) - result).max() <= 2


@pytest.mark.parametrize("cutout", [False, True])
def test_half_the_opacity_makes_half_the_change(tmp_path: Path, cutout: bool) -> None:
    picture = composite()
    colours, matte = object_layer(picture, edit())
    half = np.rint((picture.image + colours.astype(np.float32)) / 2).astype(np.uint8) if cutout else colours
    one = LayeredObject("A", picture.image, half, matte, edit(), opacity=0.5, cutout=cutout)
    mixed = picture.image + 0.5 * (colours.astype(np.float32) - picture.image) * matte[..., None]
    result = np.rint(mixed).astype(np.uint8)
    psd = opened(tmp_path, layered_psd(picture.image, [one], result, NO_METADATA))
    assert np.abs(composed(psd) - result).max() <= 2


def test_profile_resolution_and_exif_are_kept(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = "Somebody"
    picture = composite(metadata=Metadata(SRGB, exif.tobytes(), (300.0, 299.5)))
    psd = opened(tmp_path, composite_psd(picture, picture.image, edit()))
    assert psd.image_resources.get_data(Resource.ICC_PROFILE) == SRGB
    resolution = psd.image_resources.get_data(Resource.RESOLUTION_INFO)
    assert (resolution.horizontal, resolution.vertical) == (300 << 16, 599 << 15)
    again = Image.Exif()
    again.load(psd.image_resources.get_data(Resource.EXIF_DATA_1))
    assert again[ExifTags.Base.Artist] == "Somebody"
    with Image.open(tmp_path / "a.psd") as image:  # another reader
        assert image.info["icc_profile"] == SRGB
        assert np.array_equal(np.asarray(image), picture.image)


def test_a_transparent_picture_keeps_its_transparency(tmp_path: Path) -> None:
    source = composite()
    alpha = np.linspace(0, 1, 60 * 90, dtype=np.float32).reshape(60, 90)
    picture = Composite(source.image, source.matte, alpha=alpha)
    psd = opened(tmp_path, composite_psd(picture, render(picture, edit()), edit()))
    assert [layer.name for layer in psd] == ["Picture"]
    shown = np.asarray(psd.composite(ignore_preview=True), np.float32)
    assert np.abs(shown[..., 3] - 255 * alpha).max() <= 1.5
    assert np.abs(np.asarray(psd.topil(), np.float32)[..., 3] - 255 * alpha).max() <= 1


@given(st.lists(st.floats(0.3, 3), min_size=3, max_size=3), st.integers(4, 33))
@settings(max_examples=25, deadline=None)
def test_points_stay_close_to_smooth_curves(gammas: list[float], knots: int) -> None:
    ramp = np.linspace(0, 1, knots, dtype=np.float32)
    curves = np.stack([ramp ** np.float32(gamma) for gamma in gammas])
    exact = evaluate_curves(curves, np.repeat(np.linspace(0, 1, 256)[:, None], 3, axis=1))
    for channel, points in enumerate(curve_points(curves)):
        assert 2 <= len(points) <= 19
        assert np.abs(spline_table(points) - exact[:, channel]).max() <= 4 / 255
