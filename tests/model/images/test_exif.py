"""Check that EXIF data is copied between files, without orientation and thumbnail."""

import math
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image

from model.images import exif
from model.images.decode import picture_metadata
from model.images.files import read_picture, write_picture

Tag = ExifTags.Base
MAKER = bytes(range(200))


def camera_block(order: str = ">") -> bytes:
    """Return an EXIF block with orientation 6, a note of the maker, and a second directory."""
    own = struct.pack(f"{order}HHHII", 1, Tag.MakerNote, 7, len(MAKER), 38 + 18) + bytes(4) + MAKER
    turn = struct.pack(f"{order}HHIHH", Tag.Orientation, 3, 1, 6, 0)
    pointer = struct.pack(f"{order}HHII", ExifTags.IFD.Exif, 4, 1, 38)
    first = struct.pack(f"{order}H", 2) + turn + pointer + struct.pack(f"{order}I", 38)
    head = b"MM\0*" if order == ">" else b"II*\0"
    return exif.PREFIX + head + struct.pack(f"{order}I", 8) + first + own


@pytest.mark.parametrize("order", ["<", ">"])
def test_two_numbers_change_in_the_block_of_a_turned_picture(order: str) -> None:
    before, after = camera_block(order), exif.upright_block(camera_block(order))
    changed = [i for i, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]
    assert len(changed) == 2
    block = Image.Exif()
    block.load(after)
    assert block[Tag.Orientation] == 1
    assert block.get_ifd(ExifTags.IFD.Exif)[Tag.MakerNote] == MAKER


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
def test_a_block_is_copied_from_file_to_file(tmp_path: Path, suffix: str) -> None:
    Image.new("RGB", (30, 20), "red").save(tmp_path / "in.jpg", exif=camera_block())
    picture = read_picture(tmp_path / "in.jpg")
    assert picture.pixels.shape == (30, 20, 3)
    write_picture(tmp_path / f"out{suffix}", picture.pixels, metadata=picture.metadata)
    with Image.open(tmp_path / f"out{suffix}") as image:
        written = image.info["exif"].removeprefix(exif.PREFIX)
    if suffix == ".webp":  # its resolution is in there as well
        block = Image.Exif()
        block.load(written)
        assert block.get_ifd(ExifTags.IFD.Exif)[Tag.MakerNote] == MAKER
    else:
        assert exif.PREFIX + written == exif.upright_block(camera_block())


@pytest.mark.parametrize("block", [b"", b"Exif\0\0", b"XX\0*", camera_block()[:20], camera_block()[:40]])
def test_a_block_of_another_layout_is_not_touched(block: bytes) -> None:
    with pytest.raises((KeyError, struct.error)):
        exif.upright_block(block)


@pytest.mark.parametrize("across", [0.0, math.nan, math.inf])
def test_a_resolution_that_is_none_is_not_kept(across: float) -> None:
    image = Image.new("RGB", (20, 20))
    image.info["dpi"] = (across, 300.0)
    assert picture_metadata(image)[1].dpi is None


@given(st.lists(st.tuples(st.integers(6, 120), st.integers(0, 255)), min_size=1, max_size=5))
@settings(max_examples=40, deadline=None)
def test_a_picture_with_a_damaged_block_is_read(
    tmp_path_factory: pytest.TempPathFactory, damage: list[tuple[int, int]]
) -> None:
    folder, block = tmp_path_factory.mktemp("exif"), bytearray(camera_block())
    for place, value in damage:
        block[place] = value
    Image.new("RGB", (20, 20)).save(folder / "in.png", exif=bytes(block))
    picture = read_picture(folder / "in.png")
    for suffix in (".jpg", ".png", ".webp", ".tif"):
        write_picture(folder / f"out{suffix}", picture.pixels, metadata=picture.metadata)
        assert read_picture(folder / f"out{suffix}").pixels.shape == (20, 20, 3)


def test_resolution_is_added_where_it_lacks() -> None:
    once = exif.with_resolution(None, (300.0, 200.0))
    assert exif.with_resolution(once, (72.0, 72.0)) == once
    block = Image.Exif()
    block.load(once)
    assert exif.resolution(block) == (300, 200)


def test_a_tiff_gets_no_invalid_offset() -> None:
    block = Image.Exif()
    block.get_ifd(ExifTags.IFD.Exif).update({Tag.ISOSpeedRatings: 400, ExifTags.IFD.Interop: 123})
    block[Tag.XResolution] = 300.0
    assert exif.tags(block.tobytes()) == {ExifTags.IFD.Exif: {Tag.ISOSpeedRatings: 400}}
    assert np.array_equal(list(exif.tags(None)), [])
