"""Check that a file is decoded once, that a changed file is decoded again, and that memory is bounded."""

import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from model import BadImage, Composite
from model.images import decoded_files
from model.images.decoded_files import DecodedFiles
from model.images.files import Picture, read_picture, write_grey, write_picture

PICTURE_BYTES = 3 * 20 * 30


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """Write a composite and its mask, 20×30 pixels."""
    rng = np.random.default_rng(0)
    write_picture(tmp_path / "a.png", rng.integers(0, 256, (20, 30, 3), np.uint8))
    mask = np.zeros((20, 30), np.uint8)
    mask[5:15, 5:20] = 255
    write_grey(tmp_path / "mask.png", mask)
    return tmp_path / "a.png", tmp_path / "mask.png"


@pytest.fixture
def decodes(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count the files that are decoded, by name."""
    counts: Counter[str] = Counter()

    def counting(path: str | Path) -> Picture:
        counts[Path(path).name] += 1
        return read_picture(path)

    monkeypatch.setattr(decoded_files, "read_picture", counting)
    return counts


def test_each_file_is_decoded_once_for_all_uses(pair: tuple[Path, Path], decodes: Counter[str]) -> None:
    files = DecodedFiles(10 * PICTURE_BYTES)
    image, mask = pair
    picture = files.picture(image)
    files.matte(mask, picture.size)
    first, second = files.composite(image, mask), files.composite(image, mask)
    assert decodes == {"a.png": 1, "mask.png": 1}
    assert first.image is second.image is picture.pixels
    expected = Composite.from_files(image, mask)
    assert np.array_equal(first.image, expected.image) and np.array_equal(first.matte, expected.matte)
    assert first.metadata == expected.metadata


def test_kept_arrays_cannot_be_changed(pair: tuple[Path, Path]) -> None:
    files = DecodedFiles(10 * PICTURE_BYTES)
    composite = files.composite(*pair)
    for array in (composite.image, composite.matte):
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 1


def test_a_file_that_changed_is_decoded_again(pair: tuple[Path, Path], decodes: Counter[str]) -> None:
    files, image = DecodedFiles(10 * PICTURE_BYTES), pair[0]
    files.picture(image)
    write_picture(image, np.zeros((20, 30, 3), np.uint8))
    os.utime(image, ns=(1, 1))
    assert not files.picture(image).pixels.any()
    assert decodes["a.png"] == 2


def test_memory_is_bounded_and_the_file_used_least_recently_is_dropped(
    pair: tuple[Path, Path], tmp_path: Path, decodes: Counter[str]
) -> None:
    files = DecodedFiles(2 * PICTURE_BYTES)
    image, mask = pair
    noise = np.random.default_rng(1).integers(0, 256, (20, 30, 3), np.uint8)
    write_picture(tmp_path / "b.png", noise)
    for path in (image, mask, image, tmp_path / "b.png", image):
        files.picture(path)
        assert files.kept_bytes <= 2 * PICTURE_BYTES
    assert decodes["a.png"] == 1
    files.picture(mask)
    assert decodes["mask.png"] == 2
    files.clear()
    assert files.kept_bytes == 0


def test_a_picture_larger_than_the_limit_is_returned_and_not_kept(
    pair: tuple[Path, Path], decodes: Counter[str]
) -> None:
    files = DecodedFiles(PICTURE_BYTES - 1)
    assert files.picture(pair[0]).size == files.picture(pair[0]).size == (20, 30)
    assert decodes["a.png"] == 2 and files.kept_bytes == 0


def test_faults_are_stated_as_when_files_are_read(pair: tuple[Path, Path], tmp_path: Path) -> None:
    files = DecodedFiles(10 * PICTURE_BYTES)
    with pytest.raises(BadImage, match=r"missing\.png was not found"):
        files.picture(tmp_path / "missing.png")
    with pytest.raises(BadImage, match=r"a\.png has no transparency"):
        files.composite(pair[0])
    with pytest.raises(BadImage, match=r"mask\.png has no transparency"):
        files.cutout(*pair)


def test_a_grey_picture_takes_one_channel_of_memory(pair: tuple[Path, Path]) -> None:
    files, mask = DecodedFiles(10 * PICTURE_BYTES), pair[1]
    first, second = files.picture(mask), files.picture(mask)
    assert files.kept_bytes == PICTURE_BYTES // 3
    assert first.pixels.shape == second.pixels.shape == (20, 30, 3)
    assert np.array_equal(first.pixels, second.pixels)
