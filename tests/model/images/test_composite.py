"""Check the conditions that a composite fulfils, and how a cut-out is blended."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from model.images.composite import Composite
from model.images.files import BadImage, Metadata, write_picture


def grey(height: int = 20, width: int = 30, value: int = 100) -> NDArray[np.uint8]:
    return np.full((height, width, 3), value, np.uint8)


def square(height: int = 20, width: int = 30) -> NDArray[np.float32]:
    matte = np.zeros((height, width), np.float32)
    matte[5:15, 5:15] = 1
    return matte


@pytest.mark.parametrize(
    ("image", "matte", "message"),
    [
        (grey(1, 1), np.ones((1, 1), np.float32), "at least 16×16"),
        (grey(20, 15), square(20, 15), "at least 16×16"),
        (grey()[..., 0], square(), "RGB"),
        (grey().astype(np.float32), square(), "from 0 to 1"),
        (grey().astype(np.float64), square(), "RGB"),
        (grey(), square(20, 31), "mask is 31×20 pixels, but the picture is 30×20"),
        (grey(), square() * 0, "mask is empty"),
        (grey(), square() * np.float32(0.5), "mask is empty"),
        (grey(), square() * 0 + 1, "covers the whole picture"),
        (grey(), square() * 2, "from 0"),
        (grey(), square() * np.float32("nan"), "from 0"),
        (grey(), square().astype(np.float64), "from 0"),
    ],
)
def test_unusable_composites_say_what_to_do(image: NDArray[Any], matte: NDArray[Any], message: str) -> None:
    with pytest.raises(BadImage, match=message):
        Composite(image, matte)


@pytest.mark.parametrize(
    ("background", "message"), [(grey(20, 31), "background is 31×20"), (grey().astype(np.uint16), "bits")]
)
def test_backgrounds_have_to_fit(background: NDArray[Any], message: str) -> None:
    with pytest.raises(BadImage, match=message):
        Composite(grey(), square(), background)


def test_from_files(tmp_path: Path) -> None:
    write_picture(tmp_path / "image.tif", grey(value=9), metadata=Metadata(dpi=(72.0, 72.0)))
    write_picture(tmp_path / "mask.png", np.dstack([(square() * 255).astype(np.uint8)] * 3))
    write_picture(tmp_path / "behind.png", grey(value=7).astype(np.uint16) * 257)
    composite = Composite.from_files(tmp_path / "image.tif", tmp_path / "mask.png", tmp_path / "behind.png")
    assert np.array_equal(composite.image, grey(value=9))
    assert np.array_equal(composite.matte, square())
    assert composite.background is not None
    assert np.array_equal(composite.background, grey(value=7))
    assert composite.metadata.dpi == (72.0, 72.0)


def test_transparency_replaces_a_mask(tmp_path: Path) -> None:
    write_picture(tmp_path / "image.png", grey(), alpha=square())
    assert np.array_equal(Composite.from_files(tmp_path / "image.png").matte, square())


def test_no_mask_and_no_transparency(tmp_path: Path) -> None:
    write_picture(tmp_path / "image.png", grey())
    with pytest.raises(BadImage, match=r"image\.png has no transparency\. Please add a mask"):
        Composite.from_files(tmp_path / "image.png")


def cut_out(
    folder: Path, piece: NDArray[Any], alpha: NDArray[np.float32], background: NDArray[Any]
) -> Composite:
    write_picture(folder / "background.png", background)
    write_picture(folder / "cutout.png", piece, alpha=alpha)
    return Composite.from_cutout(folder / "background.png", folder / "cutout.png")


def test_a_cutout_of_the_same_size_stays_in_place(tmp_path: Path) -> None:
    composite = cut_out(tmp_path, grey(value=200), square(), grey(value=50))
    assert np.array_equal(composite.image[..., 0], 50 + 150 * square())
    assert np.array_equal(composite.matte, square())


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_alpha_is_blended_once(tmp_path: Path, dtype: type[np.unsignedinteger[Any]]) -> None:
    alpha = square()
    alpha[5] = np.float32(102 / 255)
    background = grey(value=50).astype(dtype) * dtype(1 if dtype == np.uint8 else 257)
    composite = cut_out(tmp_path, grey(value=200), alpha, background)
    assert composite.image.dtype == dtype
    assert composite.image[5, 5, 0] == round(110 * (1 if dtype == np.uint8 else 257))


def test_a_large_cutout_is_trimmed_reduced_and_placed_in_the_lower_middle(tmp_path: Path) -> None:
    alpha = np.zeros((400, 300), np.float32)
    alpha[100:300, 10:110] = 1  # trimmed to 200×100
    composite = cut_out(tmp_path, grey(400, 300, 200), alpha, grey(100, 200, 50))
    rows, columns = np.nonzero(composite.matte)
    assert (rows.min(), rows.max()) == (35, 94)  # 60 high, standing at 95 %
    assert (columns.min(), columns.max()) == (85, 114)  # 30 wide, in the middle of 200
    assert np.unique(composite.image[composite.matte == 1]).tolist() == [200]


def test_a_small_cutout_keeps_its_size(tmp_path: Path) -> None:
    composite = cut_out(tmp_path, grey(20, 30, 200), square(), grey(100, 100, 50))
    assert composite.matte.sum() == 100


def test_what_lies_under_transparent_pixels_does_not_bleed_in(tmp_path: Path) -> None:
    alpha = np.zeros((400, 400), np.float32)
    alpha[::2] = 1
    piece = np.where(alpha[..., None] > 0, np.uint8(100), np.uint8(255)).repeat(3, axis=2)
    composite = cut_out(tmp_path, piece, alpha, grey(100, 100, 100))
    assert np.abs(composite.image.astype(int) - 100).max() <= 1


def test_opaque_cutouts_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadImage, match=r"cutout\.png has no transparency"):
        cut_out(tmp_path, grey(), np.ones((20, 30), np.float32), grey(50, 50))


def test_invisible_cutouts_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadImage, match="fully transparent"):
        cut_out(tmp_path, grey(), np.zeros((20, 30), np.float32), grey(50, 50))
