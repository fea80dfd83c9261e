"""Compare the classical methods with independent computations in double precision."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.linalg import sqrtm
from scipy.ndimage import binary_dilation
from skimage.color import lab2rgb, rgb2lab

from model.images.composite import Composite
from model.methods import UnknownMethod, available_methods, get_method, resolve_name, spellings
from model.methods.mkl import monge_kantorovich

Floats = NDArray[np.floating[Any]]
CLASSICAL = ["mean_gain", "reinhard", "mkl", "hist_match"]
OPTIONAL = ["hist_match_full", "reinhard_local", "mkl_local", "idt", "zones"]
COMPUTED = [*CLASSICAL, *OPTIONAL, "poisson"]
USUAL = ["composite", "mean_gain", "reinhard", "mkl", "hist_match", "harmonylab", "harmonylab_curves"]


def scene(seed: int = 0, height: int = 60, width: int = 80) -> Composite:
    """Return a bluish object on a warm background, smaller than the copy for statistics, so never resized."""
    rng = np.random.default_rng(seed)
    mixing = rng.normal(0, 12, (3, 3))
    background = rng.normal(0, 1, (height, width, 3)) @ mixing + [160, 130, 100]
    matte = np.zeros((height, width), np.float32)
    matte[15:45, 20:50] = 1
    matte[14, 20:50] = 0.7
    matte[45, 20:50] = 0.3
    image = np.where(
        matte[..., None] > 0, rng.normal(0, 1, background.shape) @ mixing.T * 0.6 + [70, 90, 140], background
    )
    return Composite(np.rint(image.clip(0, 255)).astype(np.uint8), matte)


def pixels_of(composite: Composite, local: bool = False) -> tuple[Floats, Floats, Floats, Floats]:
    """Object colours and weights, background colours and weights."""
    image, matte = composite.image.astype(np.float64), composite.matte.astype(np.float64)
    inside, outside = matte >= 0.5, matte <= 0.02
    if local:
        radius = round(max(3, 0.16 * np.sqrt((matte > 0.5).sum())))
        y, x = np.ogrid[-radius : radius + 1, -radius : radius + 1]
        outside &= binary_dilation(matte > 0.02, np.abs(x) <= np.rint(np.sqrt(radius**2 - y**2)))
    return image[inside], matte[inside], image[outside], np.ones(int(outside.sum()))


def pasted(composite: Composite, changed: Floats) -> Floats:
    image = composite.image.astype(np.float64)
    return np.rint(image + composite.matte[..., None] * (changed.clip(0, 255) - image))


def expect(name: str, composite: Composite, changed: Floats) -> None:
    result = get_method(name).run(composite).astype(np.float64)
    assert np.abs(result - pasted(composite, changed)).max() <= 1
    assert (result != pasted(composite, changed)).mean() < 0.002


def test_mean_gain() -> None:
    composite = scene()

    def to_light(v: float) -> float:
        return v / 255 / 12.92 if v / 255 <= 0.04045 else ((v / 255 + 0.055) / 1.055) ** 2.4

    def to_code(x: float) -> float:
        return 255 * (x * 12.92 if x <= 0.0031308 else 1.055 * x ** (1 / 2.4) - 0.055)

    light = np.vectorize(to_light)
    object_, weight, background, _ = pixels_of(composite)
    gain = light(background).mean(0) / np.average(light(object_), axis=0, weights=weight)
    assert gain.max() > 4  # so that the limit is seen to work
    changed = np.vectorize(to_code)(np.minimum(1, gain.clip(0.25, 4) * light(composite.image)))
    expect("mean_gain", composite, changed)


@pytest.mark.parametrize("local", [False, True])
def test_reinhard(local: bool) -> None:
    composite = scene()
    object_, weight, background, _ = pixels_of(composite, local)
    source, target = rgb2lab(object_ / 255), rgb2lab(background / 255)
    mean = np.average(source, axis=0, weights=weight)
    spread = np.sqrt(np.average((source - mean) ** 2, axis=0, weights=weight))
    moved = (rgb2lab(composite.image) - mean) * (target.std(0) / spread).clip(0.5, 2) + target.mean(0)
    moved[..., 0] = moved[..., 0].clip(0, 100)
    result = get_method("reinhard_local" if local else "reinhard").run(composite)
    assert np.abs(result - pasted(composite, 255 * lab2rgb(moved))).max() <= 1


@pytest.mark.parametrize("local", [False, True])
def test_mkl(local: bool) -> None:
    composite = scene()
    object_, weight, background, _ = pixels_of(composite, local)
    source = np.cov(object_.T, aweights=weight, ddof=0) + 4 * np.eye(3)
    target = np.cov(background.T, ddof=0) + 4 * np.eye(3)
    root = np.real(sqrtm(source))
    transport = np.linalg.inv(root) @ np.real(sqrtm(root @ target @ root)) @ np.linalg.inv(root)
    mean = np.average(object_, axis=0, weights=weight)
    expect(
        "mkl_local" if local else "mkl", composite, (composite.image - mean) @ transport + background.mean(0)
    )


@pytest.mark.parametrize(("name", "strength"), [("hist_match", 0.5), ("hist_match_full", 1)])
def test_hist_match(name: str, strength: float) -> None:
    composite = scene()
    object_, weight, background, ones = pixels_of(composite)
    table = np.empty((256, 3))
    for c in range(3):
        shares = [
            np.array([(w * ((x[:, c] < v) + 0.5 * (x[:, c] == v))).sum() / w.sum() for v in range(256)])
            for x, w in ((object_, weight), (background, ones))
        ]
        matched = np.interp(shares[0], shares[1], np.arange(256))
        table[:, c] = (1 - strength) * np.arange(256) + strength * matched
    changed = np.stack([table[composite.image[..., c], c] for c in range(3)], axis=-1)
    expect(name, composite, changed)


@given(st.integers(0, 2**32))
def test_transport_turns_one_covariance_into_the_other(seed: int) -> None:
    root = np.random.default_rng(seed).normal(size=(2, 3, 3))
    source, target = root @ root.transpose(0, 2, 1) + 0.1 * np.eye(3)
    transport = monge_kantorovich(source, target)
    assert np.allclose(transport, transport.T, atol=1e-6)
    assert np.allclose(transport @ source @ transport, target, rtol=1e-4, atol=1e-4)
    assert np.allclose(monge_kantorovich(source, source), np.eye(3), atol=1e-6)


@pytest.mark.parametrize("name", ["composite", *COMPUTED])
@given(seed=st.integers(0, 2**32), soft=st.booleans(), deep=st.booleans())
@settings(max_examples=15, deadline=None)
def test_the_background_is_untouched(name: str, seed: int, soft: bool, deep: bool) -> None:
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 256, (40, 30, 3), np.uint8)
    matte = np.zeros((40, 30), np.float32)
    matte[rng.integers(0, 30) :, rng.integers(0, 20) :][:10, :10] = 1
    matte *= rng.random(matte.shape, np.float32) if soft else 1
    matte[5, 5] = 1
    composite = Composite(image.astype(np.uint16) * 257 if deep else image, matte)
    result = get_method(name).run(composite)
    assert (result.shape, result.dtype) == (composite.image.shape, composite.image.dtype)
    assert np.array_equal(result[matte == 0], composite.image[matte == 0])


@pytest.mark.parametrize("name", COMPUTED)
def test_an_object_too_small_to_measure_stays_unchanged(name: str) -> None:
    composite = scene()
    matte = np.zeros_like(composite.matte)
    matte[20:23, 20:25] = 1
    small = Composite(composite.image, matte)
    assert np.array_equal(get_method(name).run(small), small.image)


@pytest.mark.parametrize("name", COMPUTED)
def test_sixteen_bits_give_the_same_picture(name: str) -> None:
    composite = scene()
    deep = Composite(composite.image.astype(np.uint16) * 257, composite.matte)
    difference = get_method(name).run(deep) / 257 - get_method(name).run(composite)
    assert np.abs(difference).max() <= 0.6


@pytest.mark.parametrize("name", [*COMPUTED, "harmonylab"])
def test_floating_point_gives_the_same_picture(name: str) -> None:
    composite = scene()
    light = Composite(composite.image.astype(np.float32) / 255, composite.matte)
    result = get_method(name).run(light)
    difference = np.abs(255 * result - get_method(name).run(composite))
    assert difference.mean() < 0.3 and difference.max() < 5  # small copies are no longer rounded
    outside = composite.matte == 0
    assert result.dtype == np.float32 and np.array_equal(result[outside], light.image[outside])


@pytest.mark.parametrize("name", COMPUTED)
def test_statistics_hardly_depend_on_the_size(name: str) -> None:
    composite = scene()
    large = Composite(
        composite.image.repeat(20, 0).repeat(20, 1), composite.matte.repeat(20, 0).repeat(20, 1)
    )
    difference = get_method(name).run(large)[::20, ::20].astype(float) - get_method(name).run(composite)
    assert np.abs(difference).mean() < 1.5


@pytest.mark.parametrize("name", COMPUTED)
def test_black_and_white_regions_give_finite_results(name: str) -> None:
    matte = np.zeros((20, 20), np.float32)
    matte[:10] = 1
    image = np.zeros((20, 20, 3), np.uint8)
    image[10:] = 255
    assert get_method(name).run(Composite(image, matte)).shape == image.shape


def test_no_change_changes_nothing() -> None:
    assert np.array_equal(get_method("composite").run(scene()), scene().image)


def test_methods_in_order() -> None:
    methods = available_methods()
    assert [name for name in methods if name in USUAL] == USUAL
    assert all(methods[name].available and methods[name].tier == 1 for name in ["composite", *COMPUTED])
    assert [name for name in USUAL + COMPUTED if methods[name].optional] == OPTIONAL
    assert all(method.available == (method.reason is None) for method in methods.values())


@pytest.mark.parametrize("name", ["composite", "mean_gain", "hist_match", "hist_match_full"])
def test_curve_methods_predict_edits(name: str) -> None:
    predict = get_method(name).predict
    assert predict is not None
    assert not predict(scene()).shading.any()


@pytest.mark.parametrize(
    ("earlier", "today"),
    [
        ("pih", "harmonylab"),
        ("pih_curves", "harmonylab_curves"),
        ("pih_official", "wang2022_pih"),
        ("harmonizer", "ke2022_harmonizer"),
    ],
)
def test_names_of_earlier_releases_are_accepted(earlier: str, today: str) -> None:
    assert get_method(earlier).name == get_method(today).name == resolve_name(earlier) == today
    assert earlier not in available_methods()
    assert (spellings(earlier), spellings(today)) == ((earlier, today), (today, earlier))
    assert spellings("mkl") == ("mkl",)


def test_unknown_methods_name_the_known_ones() -> None:
    with pytest.raises(UnknownMethod, match="no method 'pid'.*composite, mean_gain"):
        get_method("pid")


@pytest.mark.parametrize("name", ["harmonylab", "harmonylab_curves"])
def test_ours_keeps_the_background(name: str) -> None:
    method, composite = get_method(name), scene()
    if not method.available:
        pytest.skip(f"{name}: {method.reason}")
    result = method.run(composite)
    assert np.array_equal(result[composite.matte == 0], composite.image[composite.matte == 0])
