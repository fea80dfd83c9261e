"""Check TIFF files of 16 bits in every common layout, and damaged or hostile ones."""

import struct
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from model.images.files import BadImage, read_matte, read_picture

HEIGHT, WIDTH = 70, 90


def noise(channels: int) -> NDArray[np.uint16]:
    """Return H×W×C values that no two neighbours share."""
    rng = np.random.default_rng(channels)
    return rng.integers(0, 65536, (HEIGHT, WIDTH, channels), np.uint16)


def write(path: Path, channels: NDArray[np.uint16], planar: bool, **options: Any) -> None:
    """Write RGB with or without further channels, interleaved or in planes."""
    values = np.moveaxis(channels, 2, 0) if planar else channels
    config = "separate" if planar else "contig"
    tifffile.imwrite(path, values, photometric="rgb", planarconfig=config, **options)


@pytest.mark.parametrize("planar", [False, True])
@pytest.mark.parametrize("tile", [None, (32, 48)])
@pytest.mark.parametrize(
    ("compression", "predictor"),
    [(None, False), ("zlib", False), ("zlib", True), ("lzw", False), ("lzw", True), ("packbits", False)],
)
@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_every_common_layout_is_read_exactly(
    tmp_path: Path, planar: bool, tile: Any, compression: Any, predictor: bool, byteorder: str
) -> None:
    pixels = noise(3)
    options = {"tile": tile, "compression": compression, "predictor": predictor, "byteorder": byteorder}
    write(tmp_path / "a.tif", pixels, planar, rowsperstrip=None if tile else 17, **options)
    read = read_picture(tmp_path / "a.tif")
    assert read.alpha is None and read.pixels.dtype == np.uint16
    assert np.array_equal(read.pixels, pixels)


@pytest.mark.parametrize("planar", [False, True])
def test_colours_multiplied_with_alpha_are_divided_by_it(tmp_path: Path, planar: bool) -> None:
    pixels = noise(3)
    levels = np.tile(np.linspace(0, 65535, WIDTH).astype(np.uint16), (HEIGHT, 1))
    multiplied = np.rint(pixels * (levels[..., None] / 65535)).astype(np.uint16)
    write(tmp_path / "a.tif", np.dstack([multiplied, levels]), planar, extrasamples=["assocalpha"])
    read = read_picture(tmp_path / "a.tif")
    assert read.alpha is not None
    assert np.abs(read.alpha - levels / 65535).max() < 1e-6
    error = np.abs(read.pixels.astype(int) - pixels)
    assert (error <= 0.6 * 65535 / np.maximum(levels, 1)[..., None] + 1)[levels > 0].all()
    assert not read.pixels[levels == 0].any()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("planar", [False, True])
def test_every_orientation_is_undone(tmp_path: Path, orientation: int, planar: bool) -> None:
    pixels = noise(3)
    write(tmp_path / "a.tif", pixels, planar, extratags=[(274, 3, 1, orientation, True)])
    turns = {1: 0, 2: 0, 3: 2, 4: 2, 5: 3, 6: 3, 7: 1, 8: 1}[orientation]
    turned = np.rot90(pixels, turns)
    expected = np.fliplr(turned) if orientation in (2, 4, 5, 7) else turned
    assert np.array_equal(read_picture(tmp_path / "a.tif").pixels, expected)


def test_grey_becomes_rgb_and_serves_as_a_mask(tmp_path: Path) -> None:
    grey = noise(1)[..., 0]
    tifffile.imwrite(tmp_path / "a.tif", grey, photometric="minisblack", tile=(32, 32))
    assert np.array_equal(read_picture(tmp_path / "a.tif").pixels, np.dstack([grey] * 3))
    assert np.allclose(read_matte(tmp_path / "a.tif", (HEIGHT, WIDTH)), grey / 65535)


def test_the_first_of_several_pictures_is_read(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        file.write(noise(3), photometric="rgb")
        file.write(noise(3) // 2, photometric="rgb")
    assert np.array_equal(read_picture(tmp_path / "a.tif").pixels, noise(3))


@pytest.mark.parametrize("compression", [None, "zlib", "lzw"])
@pytest.mark.parametrize("planar", [False, True])
def test_a_truncated_file_is_refused_in_words(tmp_path: Path, compression: Any, planar: bool) -> None:
    write(tmp_path / "a.tif", noise(3), planar, compression=compression, rowsperstrip=8)
    data = (tmp_path / "a.tif").read_bytes()
    for share in (0.3, 0.6, 0.95):
        (tmp_path / "a.tif").write_bytes(data[: int(share * len(data))])
        with pytest.raises(BadImage, match=r"a\.tif"):
            read_picture(tmp_path / "a.tif")


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        ("ImageWidth", 65_000), ("ImageLength", 65_000), ("TileWidth", 1 << 20), ("SamplesPerPixel", 60_000),
        ("TileLength", 1 << 30), ("TileLength", 0),
    ],
)  # fmt: skip
def test_a_header_that_claims_too_much_is_refused_before_memory_is_taken(
    tmp_path: Path, tag: str, value: int
) -> None:
    write(tmp_path / "a.tif", noise(3), planar=True, tile=(32, 32), compression="zlib")
    with tifffile.TiffFile(tmp_path / "a.tif") as file:
        page = file.pages.first
        assert isinstance(page, tifffile.TiffPage)
        found = page.tags[tag]
        width = {3: "<H", 4: "<I"}[int(found.dtype)]
        place = found.valueoffset
    with (tmp_path / "a.tif").open("r+b") as raw:
        raw.seek(place)
        raw.write(struct.pack(width, value & (0xFFFF if width == "<H" else 0xFFFFFFFF)))
    with pytest.raises(BadImage, match=r"a\.tif"):
        read_picture(tmp_path / "a.tif")


@given(changes=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=3))
@settings(max_examples=200, deadline=None)
def test_no_change_of_a_directory_raises_anything_but_bad_image(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "changed.tif"
    write(path, noise(3), planar=True, tile=(32, 32), compression="lzw", metadata=None)
    data = bytearray(path.read_bytes())
    (directory,) = struct.unpack_from("<I", data, 4)
    (entries,) = struct.unpack_from("<H", data, directory)
    for place, value in changes:
        data[directory + place % (2 + 12 * entries)] = value
    path.write_bytes(data)
    with suppress(BadImage):
        read_picture(path)


def test_a_strip_that_expands_to_more_than_it_should_is_refused(tmp_path: Path) -> None:
    """Use a strip of 200 kB that expands to 200 MB of zeros, in a picture of 38 kB."""
    write(tmp_path / "a.tif", noise(3), planar=False, compression="zlib")
    with tifffile.TiffFile(tmp_path / "a.tif") as file:
        page = file.pages.first
        assert isinstance(page, tifffile.TiffPage)
        offset, count = page.tags["StripOffsets"].valueoffset, page.tags["StripByteCounts"].valueoffset
    packer = zlib.compressobj(9)
    bomb = b"".join([*(packer.compress(bytes(1 << 20)) for _ in range(200)), packer.flush()])
    data = bytearray((tmp_path / "a.tif").read_bytes())
    struct.pack_into("<I", data, offset, len(data))
    struct.pack_into("<I", data, count, len(bomb))
    (tmp_path / "a.tif").write_bytes(bytes(data) + bomb)
    with pytest.raises(BadImage, match=r"a\.tif"):
        read_picture(tmp_path / "a.tif")
