"""Check what is read from the header of a file, and refused before anything is decoded."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model import BadImage, Composite
from model.images.files import read_header, write_picture


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def claim(path: Path, width: int, height: int, bits: int = 16) -> Path:
    """Write a PNG whose header states a size, without pixels that could be decoded."""
    head = struct.pack(">IIBBBBB", width, height, bits, 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"nothing"))
    return path


def test_a_header_gives_size_depth_and_planes(tmp_path: Path) -> None:
    header = read_header(claim(tmp_path / "a.png", 9990, 5000))
    assert (header.size, header.bits, header.planes) == ((5000, 9990), 16, 3)
    write_picture(tmp_path / "b.png", np.zeros((20, 30, 3), np.uint8), alpha=np.eye(20, 30, dtype=np.float32))
    header = read_header(tmp_path / "b.png")
    assert (header.size, header.bits, header.planes) == ((20, 30), 8, 4)


def test_a_turned_photograph_has_the_sides_of_the_upright_one(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[274] = 6
    Image.new("L", (40, 30)).save(tmp_path / "a.jpg", exif=exif)
    assert read_header(tmp_path / "a.jpg").size == (40, 30)
    assert read_header(tmp_path / "a.jpg").planes == 1


def test_a_mask_of_another_size_is_refused_before_anything_is_decoded(tmp_path: Path) -> None:
    picture, mask = claim(tmp_path / "a.png", 9990, 9990), claim(tmp_path / "b.png", 9990, 9989)
    with pytest.raises(BadImage, match=r"The mask b\.png is 9990×9989 pixels, but the picture is 9990×9990"):
        Composite.from_files(picture, mask)


def test_an_orientation_after_the_pixels_is_accepted(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[274] = 6
    matte = np.zeros((30, 40), np.uint8)
    matte[5:20, 5:20] = 255
    Image.new("RGB", (40, 30)).save(tmp_path / "a.png", exif=exif)
    Image.fromarray(np.rot90(matte, 3)).save(tmp_path / "mask.png")
    assert Composite.from_files(tmp_path / "a.png", tmp_path / "mask.png").matte.shape == (40, 30)
