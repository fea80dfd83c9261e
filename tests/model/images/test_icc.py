"""Check that a picture in another colour space is harmonized like its sRGB copy."""

import numpy as np
import pytest
from skimage import data

from model import load_harmonizer
from model.images.arrays import Metadata, Pixels
from model.images.composite import Composite
from model.images.icc import from_srgb, grey_as_rgb, is_srgb, profile_name, to_srgb
from tests.support.icc import adobe_rgb, display_p3, grey


def photograph() -> tuple[Pixels, np.ndarray[tuple[int, int], np.dtype[np.float32]]]:
    """Return a photograph of a cup whose pixels are darkened."""
    image = data.coffee()[::2, ::2].copy()
    matte = np.zeros(image.shape[:2], np.float32)
    matte[40:160, 90:220] = 1
    image[matte > 0] = image[matte > 0] // 2
    return image, matte


@pytest.mark.parametrize(("icc", "name"), [(display_p3(), "Display P3"), (adobe_rgb(), "Adobe RGB (1998)")])
def test_names_and_conversion_in_both_directions(icc: bytes, name: str) -> None:
    image, _ = photograph()
    assert profile_name(icc) == name and not is_srgb(icc)
    own = from_srgb(image, icc)
    assert np.abs(own.astype(int) - image).max() > 10
    assert np.abs(to_srgb(own, icc).astype(int) - image).mean() < 1


@pytest.mark.parametrize("icc", [None, b"", b"not a profile", display_p3()[:400]])
def test_what_is_no_profile_counts_as_srgb(icc: bytes | None) -> None:
    assert is_srgb(icc)


@pytest.mark.parametrize("icc", [display_p3(), adobe_rgb()])
@pytest.mark.parametrize("deep", [False, True])
def test_a_wide_picture_is_harmonized_like_its_srgb_copy(icc: bytes, deep: bool) -> None:
    image, matte = photograph()
    harmonizer = load_harmonizer()
    own = from_srgb(image, icc)
    own = own.astype(np.uint16) * 257 if deep else own
    wide = harmonizer(Composite(own, matte, metadata=Metadata(icc=icc))).image
    shown = to_srgb((wide // 257 if deep else wide).astype(np.uint8), icc)
    plain = harmonizer(Composite(image, matte)).image
    change = np.abs(plain.astype(int) - image)[matte > 0].mean()
    difference = np.abs(shown.astype(int) - plain)[matte > 0].mean()
    assert change > 8 and difference < 0.12 * change + 1


def test_a_tiny_object_in_a_large_wide_picture_is_found() -> None:
    image = np.random.default_rng(0).integers(80, 160, (2000, 1500, 3), np.uint8)
    matte = np.zeros(image.shape[:2], np.float32)
    matte[1000:1002, 700:702] = 1
    composite = Composite(image, matte, metadata=Metadata(icc=display_p3()))
    result = load_harmonizer()(composite).image
    assert np.array_equal(result[matte == 0], image[matte == 0])


@pytest.mark.parametrize("gamma", [1.0, 1.75, 2.2])
def test_greys_look_the_same_in_the_rgb_profile_made_of_theirs(gamma: float) -> None:
    ramp, icc = np.arange(256, dtype=np.uint8).reshape(16, 16), grey("Dot gain", gamma)
    light = (ramp / 255) ** (round(gamma * 256) / 256)
    srgb = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    as_rgb = grey_as_rgb(icc)
    assert as_rgb is not None and profile_name(as_rgb) == "Dot gain"
    shown = to_srgb(np.dstack([ramp] * 3), as_rgb)
    assert np.abs(shown - 255 * srgb[..., None]).max() <= 1
    assert np.abs(shown.astype(int) - ramp[..., None]).max() > 2


@pytest.mark.parametrize("icc", [b"", grey("Dot gain", 1.8)[:200], display_p3()])
def test_what_is_no_grey_profile_makes_none(icc: bytes) -> None:
    assert grey_as_rgb(icc) is None
