"""Check the edits of the packaged network on pictures unlike its training data."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from skimage import data

from model import Composite, Harmonizer, load_harmonizer
from model.images.composite import to_depth

Photo = NDArray[np.uint8]
Matte = NDArray[np.float32]


@pytest.fixture(scope="module")
def harmonizer() -> Harmonizer:
    return load_harmonizer()


def disc(height: int, width: int, *, share: float) -> Matte:
    """Return a disc in the middle that covers a share of the picture, cut at the border."""
    y, x = np.mgrid[:height, :width]
    inside = (y - height / 2 + 0.5) ** 2 + (x - width / 2 + 0.5) ** 2 <= max(
        1.0, share * height * width / np.pi
    )
    matte: Matte = inside.astype(np.float32)
    return matte


def darkened(photo: Photo, matte: Matte, share: float = 0.5) -> Photo:
    """Return the photograph with its object darkened by a factor."""
    dark: Photo = np.rint(photo * (1 - (1 - share) * matte[..., None])).astype(np.uint8)
    return dark


def check(composite: Composite, harmonizer: Harmonizer) -> None:
    """Check the properties of every result."""
    result = harmonizer(composite)
    curves, shading = result.edit.curves, result.edit.shading
    assert np.isfinite(curves).all() and np.isfinite(shading).all()
    assert 0 <= curves.min() <= curves.max() <= 1 and (np.diff(curves, axis=1) >= 0).all()
    assert (result.image.shape, result.image.dtype) == (composite.image.shape, composite.image.dtype)
    assert np.array_equal(result.image[composite.matte == 0], composite.image[composite.matte == 0])


def error(image: Photo, truth: Photo, matte: Matte) -> float:
    """Return the root mean square error over the object, in levels."""
    return float(np.sqrt(np.mean((image.astype(float) - truth)[matte > 0.5] ** 2)))


@given(height=st.integers(16, 400), width=st.integers(16, 400), share=st.floats(0.0005, 0.5))
@settings(max_examples=25, deadline=None)
def test_any_size_and_shape(height: int, width: int, share: float) -> None:
    photo = cv2.resize(data.coffee(), (width, height), interpolation=cv2.INTER_AREA)
    matte = disc(height, width, share=share)
    check(Composite(darkened(photo, matte), matte), load_harmonizer())


def without_colour(photo: Photo) -> Photo:
    return np.repeat(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)[..., None], 3, 2)


def at_night(photo: Photo) -> Photo:
    return photo // 16


def overexposed(photo: Photo) -> Photo:
    return cv2.convertScaleAbs(photo, alpha=3).astype(np.uint8, copy=False)


def flat(photo: Photo) -> Photo:
    return np.full_like(photo, 128)


@pytest.mark.parametrize("change", [without_colour, at_night, overexposed, flat])
def test_pictures_of_little_information(change: Callable[[Photo], Photo], harmonizer: Harmonizer) -> None:
    photo = change(data.astronaut())
    matte = disc(512, 512, share=0.15)
    check(Composite(darkened(photo, matte), matte), harmonizer)


def test_a_black_and_white_picture_stays_black_and_white(harmonizer: Harmonizer) -> None:
    photo = without_colour(data.chelsea())
    matte = disc(*photo.shape[:2], share=0.15)
    result = harmonizer(Composite(darkened(photo, matte), matte)).image
    assert np.array_equal(result, without_colour(result))


def ragged(matte: Matte) -> Matte:
    noise = np.random.default_rng(0).random(matte.shape, np.float32)
    return np.clip(cv2.GaussianBlur(matte, (0, 0), 8) + 0.4 * (noise - 0.5), 0, 1).astype(np.float32)


def blurred(matte: Matte) -> Matte:
    return cv2.GaussianBlur(matte, (0, 0), 12).clip(0, 1)


def faint(matte: Matte) -> Matte:
    return (0.6 * matte).astype(np.float32)


@pytest.mark.parametrize("change", [ragged, blurred, faint])
def test_soft_and_ragged_mattes(change: Callable[[Matte], Matte], harmonizer: Harmonizer) -> None:
    photo, matte = data.astronaut(), change(disc(512, 512, share=0.15))
    composite = Composite(darkened(photo, matte), matte)
    check(composite, harmonizer)
    assert error(harmonizer(composite).image, photo, matte) < error(composite.image, photo, matte)


@pytest.mark.parametrize(
    ("share", "left"), [(0.6, 0.6), (0.2, 0.7), (0.02, 0.9), (0.002, 0.9), (0.0005, 0.98)]
)
def test_dark_objects_of_any_size_are_brightened(share: float, left: float, harmonizer: Harmonizer) -> None:
    before, after = 0.0, 0.0
    for picture in ("astronaut", "chelsea", "coffee"):
        photo = cv2.resize(getattr(data, picture)(), (1200, 800))
        matte = disc(800, 1200, share=share)
        composite = Composite(darkened(photo, matte), matte)
        before += error(composite.image, photo, matte)
        after += error(harmonizer(composite).image, photo, matte)
    assert after < left * before


def test_several_objects_under_one_mask(harmonizer: Harmonizer) -> None:
    photo = data.coffee()
    matte = np.zeros(photo.shape[:2], np.float32)
    for centre in ((120, 120), (300, 260), (480, 150)):
        cv2.circle(matte, centre, 45, 1.0, -1)
    composite = Composite(darkened(photo, matte), matte)
    check(composite, harmonizer)
    assert error(harmonizer(composite).image, photo, matte) < error(composite.image, photo, matte)


def test_sixteen_bits_give_the_same_mask(harmonizer: Harmonizer) -> None:
    matte = disc(512, 512, share=0.15)
    image = darkened(data.astronaut(), matte)
    eight, sixteen = (harmonizer.predict(Composite(pixels, matte)) for pixels in (image, deep(image)))
    assert np.abs(eight.curves - sixteen.curves).max() < 0.01


def deep(image: Photo) -> NDArray[Any]:
    return to_depth(image, np.dtype(np.uint16))


@pytest.mark.parametrize("picture", ["astronaut", "coffee", "chelsea", "rocket"])
def test_an_unchanged_photograph_is_hardly_changed(picture: str, harmonizer: Harmonizer) -> None:
    photo = getattr(data, picture)()
    matte = disc(*photo.shape[:2], share=0.1)
    result = harmonizer(Composite(photo, matte)).image
    assert np.mean((result.astype(float) - photo) ** 2) < 255**2 / 10**3.2
