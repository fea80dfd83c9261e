"""Check that pictures are read and written without loss, and that other files are refused in plain words."""

import struct
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageCms, ImageOps

from model.images.files import (
    BadImage,
    Metadata,
    preview_jpeg,
    read_matte,
    read_picture,
    write_atomic,
    write_picture,
)
from model.images.icc import grey_as_rgb
from tests.support.icc import grey

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def noise(height: int, width: int, dtype: type[np.unsignedinteger[Any]] = np.uint8) -> NDArray[Any]:
    rng = np.random.default_rng(height * 1000 + width)
    return rng.integers(0, np.iinfo(dtype).max, (height, width, 3), dtype, endpoint=True)


def png_header(width: int, height: int) -> bytes:
    """Return the first bytes of a PNG whose header states a size, without pixels."""
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", 13)
        + body
        + struct.pack(">I", zlib.crc32(body))
        + b"\0\0\1\0IDAT"
    )


@pytest.mark.parametrize("suffix", [".png", ".tif", ".tiff", ".webp", ".PNG"])
def test_eight_bits_survive_lossless_formats(tmp_path: Path, suffix: str) -> None:
    pixels = noise(21, 34)
    write_picture(tmp_path / f"a{suffix}", pixels)
    assert np.array_equal(read_picture(tmp_path / f"a{suffix}").pixels, pixels)


@given(height=st.integers(1, 40), width=st.integers(1, 40), suffix=st.sampled_from([".png", ".tif"]))
@settings(max_examples=30, deadline=None)
def test_sixteen_bits_survive(
    tmp_path_factory: pytest.TempPathFactory, height: int, width: int, suffix: str
) -> None:
    path = tmp_path_factory.mktemp("deep") / f"a{suffix}"
    pixels = noise(height, width, np.uint16)
    write_picture(path, pixels)
    read = read_picture(path)
    assert read.pixels.dtype == np.uint16
    assert np.array_equal(read.pixels, pixels)


@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp"])
def test_transparency_survives(tmp_path: Path, suffix: str) -> None:
    pixels, alpha = noise(20, 30), np.linspace(0, 1, 600, dtype=np.float32).reshape(20, 30)
    write_picture(tmp_path / f"a{suffix}", pixels, alpha=alpha)
    read = read_picture(tmp_path / f"a{suffix}")
    assert np.array_equal(read.pixels, pixels)
    assert read.alpha is not None
    assert np.abs(read.alpha - alpha).max() <= 0.5 / 255 + 1e-6


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_deep_transparency_survives(tmp_path: Path, suffix: str) -> None:
    alpha = np.linspace(0, 1, 600, dtype=np.float32).reshape(20, 30)
    write_picture(tmp_path / f"a{suffix}", noise(20, 30, np.uint16), alpha=alpha)
    read = read_picture(tmp_path / f"a{suffix}").alpha
    assert read is not None
    assert np.abs(read - alpha).max() <= 1e-5


def test_jpeg_keeps_full_colour_resolution(tmp_path: Path) -> None:
    write_picture(tmp_path / "a.jpg", noise(32, 32))
    with Image.open(tmp_path / "a.jpg") as image:
        assert [layer[1:3] for layer in image.layer] == [(1, 1)] * 3  # type: ignore[attr-defined]
        assert "progressive" not in image.info


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif"])
def test_exif_orientation_is_applied_once(tmp_path: Path, suffix: str, orientation: int) -> None:
    source, exif = Image.fromarray(noise(3, 2).repeat(8, 0).repeat(8, 1)), Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    source.save(tmp_path / f"a{suffix}", exif=exif)
    with Image.open(tmp_path / f"a{suffix}") as image:
        upright = np.asarray(ImageOps.exif_transpose(image))
    read = read_picture(tmp_path / f"a{suffix}")
    assert np.array_equal(read.pixels, upright)
    write_picture(tmp_path / "again.png", read.pixels, metadata=read.metadata)
    assert np.array_equal(read_picture(tmp_path / "again.png").pixels, upright)


@pytest.mark.parametrize("orientation", [3, 6])
def test_orientation_of_sixteen_bit_tiff(tmp_path: Path, orientation: int) -> None:
    pixels = noise(20, 30, np.uint16)
    tifffile.imwrite(
        tmp_path / "a.tif", pixels, photometric="rgb", extratags=[(274, 3, 1, orientation, True)]
    )
    turned = np.rot90(pixels, {3: 2, 6: -1}[orientation])
    assert np.array_equal(read_picture(tmp_path / "a.tif").pixels, turned)


@pytest.mark.parametrize(("kind", "transparent"), [("unassalpha", True), ("unspecified", False)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_fourth_channel_is_transparency_only_where_it_is_declared(
    tmp_path: Path, kind: str, transparent: bool, dtype: type[np.unsignedinteger[Any]]
) -> None:
    channels = np.dstack([noise(20, 30, dtype), noise(30, 20, dtype).reshape(20, 30, 3)[..., :1]])
    tifffile.imwrite(tmp_path / "a.tif", channels, photometric="rgb", extrasamples=[kind])
    read = read_picture(tmp_path / "a.tif")
    assert np.array_equal(read.pixels, channels[..., :3])
    assert (read.alpha is not None) == transparent


@pytest.mark.parametrize(
    ("suffix", "dtype"),
    [(".png", np.uint8), (".png", np.uint16), (".jpg", np.uint8), (".webp", np.uint8), (".tif", np.uint8),
     (".tif", np.uint16)],
)  # fmt: skip
def test_profile_exif_and_resolution_are_kept(
    tmp_path: Path, suffix: str, dtype: type[np.unsignedinteger[Any]]
) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = "Somebody"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ISOSpeedRatings] = 400
    source = Metadata(SRGB, exif.tobytes(), (300.0, 300.0))
    write_picture(tmp_path / f"a{suffix}", noise(20, 20, dtype), metadata=source)
    read = read_picture(tmp_path / f"a{suffix}").metadata
    assert read.icc == SRGB
    again = Image.Exif()
    again.load(read.exif or b"")
    assert again[ExifTags.Base.Artist] == "Somebody"
    assert again.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ISOSpeedRatings] == 400
    assert np.allclose(read.dpi or (), 300, atol=0.1)


def test_a_tiff_without_a_resolution_gets_none(tmp_path: Path) -> None:
    Image.fromarray(noise(20, 20)).save(tmp_path / "a.tif")
    assert read_picture(tmp_path / "a.tif").metadata.dpi is None


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "CMYK"])
def test_other_colour_modes_become_rgb(tmp_path: Path, mode: str) -> None:
    grey = Image.fromarray(np.tile(np.array([0, 255], np.uint8).repeat(10), (20, 1)))
    grey.convert("RGB").convert(mode).save(tmp_path / "a.tif")
    read = read_picture(tmp_path / "a.tif")
    assert np.array_equal(read.pixels, np.asarray(grey.convert("RGB")))
    assert read.alpha is None


def test_cmyk_with_a_damaged_profile_is_refused(tmp_path: Path) -> None:
    Image.new("CMYK", (20, 20)).save(tmp_path / "a.jpg", icc_profile=b"not a profile")
    with pytest.raises(BadImage, match=r"a\.jpg is damaged"):
        read_picture(tmp_path / "a.jpg")


def test_grey_sixteen_bit_png(tmp_path: Path) -> None:
    values = np.arange(400, dtype=np.uint16).reshape(20, 20) * 160
    Image.fromarray(values).save(tmp_path / "a.png")
    assert np.array_equal(read_picture(tmp_path / "a.png").pixels, np.dstack([values] * 3))


@pytest.mark.parametrize("level", [0, 160])
def test_one_transparent_level_of_sixteen_bit_grey(tmp_path: Path, level: int) -> None:
    values = np.arange(400, dtype=np.uint16).reshape(20, 20) * 160
    Image.fromarray(values).save(tmp_path / "a.png", transparency=level)
    read = read_picture(tmp_path / "a.png")
    assert read.alpha is not None
    assert np.array_equal(read.alpha, values != level)
    assert np.array_equal(read.pixels, np.dstack([values] * 3))


def test_palette_transparency(tmp_path: Path) -> None:
    image = Image.new("P", (20, 20), 1)
    image.putpalette([0, 0, 0, 200, 100, 50])
    image.paste(0, (0, 0, 20, 10))
    image.save(tmp_path / "a.png", transparency=0)
    read = read_picture(tmp_path / "a.png")
    assert read.alpha is not None
    assert (read.alpha[0, 0], read.alpha[-1, 0]) == (0, 1)
    assert read.pixels[-1, 0].tolist() == [200, 100, 50]


def test_a_grey_profile_is_not_kept_for_rgb_pixels(tmp_path: Path) -> None:
    Image.new("L", (20, 20)).save(tmp_path / "a.png", icc_profile=b"\0" * 16 + b"GRAY" + b"\0" * 108)
    assert read_picture(tmp_path / "a.png").metadata.icc is None


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_greys_keep_their_values_and_how_bright_they_look(
    tmp_path: Path, dtype: type[np.unsignedinteger[Any]]
) -> None:
    values, icc = noise(20, 30, dtype)[..., 0], grey("Dot gain", 1.75)
    Image.fromarray(values).save(tmp_path / "a.png", icc_profile=icc)
    read = read_picture(tmp_path / "a.png")
    assert np.array_equal(read.pixels, np.dstack([values] * 3))
    assert read.metadata.icc == grey_as_rgb(icc) is not None


def test_a_picture_with_damaged_exif_is_read(tmp_path: Path) -> None:
    Image.fromarray(noise(20, 20)).save(tmp_path / "a.png", exif=b"Exif\0\0nonsense")
    assert read_picture(tmp_path / "a.png").metadata.exif is None


def make_bad_file(path: Path, kind: str) -> None:
    jpeg = BytesIO()
    Image.fromarray(noise(200, 200)).save(jpeg, "JPEG")
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    if kind == "folder":
        path.mkdir()
    elif kind == "animated":
        frames[0].save(path, "PNG", save_all=True, append_images=frames[1:])
    elif kind == "icon":
        frames[0].save(path, "ICO")
    elif kind == "float":
        tifffile.imwrite(path, np.zeros((20, 20), np.float32))
    elif kind != "missing":
        contents = {
            "text": b"Hello, I am not a picture.\n", "empty": b"", "bomb": png_header(30_000, 30_000),
            "large": png_header(10_001, 10_000), "truncated": jpeg.getvalue()[:-5000],
        }  # fmt: skip
        path.write_bytes(contents[kind])


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("missing", "was not found"),
        ("folder", "is a folder"),
        ("empty", "Please use JPEG, PNG, WebP, TIFF, HEIC, AVIF, GIF or BMP"),
        ("text", "Please use JPEG, PNG, WebP, TIFF, HEIC, AVIF, GIF or BMP"),
        ("icon", "Please use JPEG, PNG, WebP, TIFF, HEIC, AVIF, GIF or BMP"),
        ("bomb", "more than 100 megapixels"),
        ("large", "more than 100 megapixels"),
        ("truncated", "damaged or incomplete"),
        ("animated", "animated"),
        ("float", "8 or 16 bits"),
    ],
)
def test_bad_files_are_refused_in_plain_words(tmp_path: Path, kind: str, message: str) -> None:
    make_bad_file(tmp_path / "a.png", kind)
    with pytest.raises(BadImage, match=message) as error:
        read_picture(tmp_path / "a.png")
    assert "a.png" in str(error.value)
    assert str(tmp_path) not in str(error.value)


@given(
    data=st.binary(max_size=200),
    start=st.sampled_from([b"", png_header(20, 20), b"\xff\xd8\xff\xe0", b"II*\0"]),
)
@settings(max_examples=150, deadline=None)
def test_no_bytes_raise_anything_but_bad_image(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, start: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzz.png"
    path.write_bytes(start + data)
    with pytest.raises(BadImage):
        read_picture(path)


def test_truncated_sixteen_bit_png(tmp_path: Path) -> None:
    write_picture(tmp_path / "whole.png", noise(64, 64, np.uint16))
    (tmp_path / "a.png").write_bytes((tmp_path / "whole.png").read_bytes()[:9000])
    with pytest.raises(BadImage, match="damaged"):
        read_picture(tmp_path / "a.png")


@pytest.mark.parametrize(
    ("name", "dtype", "message"),
    [("a.gif", np.uint8, "should end in"), ("a", np.uint8, "should end in"), ("a.jpg", np.uint16, "16"),
     ("a.webp", np.uint16, "16")],
)  # fmt: skip
def test_formats_that_cannot_hold_a_picture(
    tmp_path: Path, name: str, dtype: type[np.unsignedinteger[Any]], message: str
) -> None:
    with pytest.raises(BadImage, match=message):
        write_picture(tmp_path / name, noise(20, 20, dtype))
    assert list(tmp_path.iterdir()) == []


def test_jpeg_refuses_transparency(tmp_path: Path) -> None:
    with pytest.raises(BadImage, match="transparency"):
        write_picture(tmp_path / "a.jpg", noise(20, 20), alpha=np.zeros((20, 20), np.float32))


def test_webp_refuses_long_sides(tmp_path: Path) -> None:
    with pytest.raises(BadImage, match="16383"):
        write_picture(tmp_path / "a.webp", noise(16, 16_384))


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError) as failure:
        write_atomic(tmp_path / "folder", b"new")
    assert failure.value.filename == str(tmp_path / "folder")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "I;16"])
def test_masks_of_every_kind(tmp_path: Path, mode: str) -> None:
    expected = np.zeros((20, 30), np.float32)
    expected[5:15, 5:25] = 1
    grey = Image.fromarray((expected * 255).astype(np.uint8))
    image = Image.fromarray((expected * 65535).astype(np.uint16)) if mode == "I;16" else grey.convert(mode)
    if mode in ("RGBA", "LA"):
        image.putalpha(grey)
    image.save(tmp_path / "a.png")
    assert np.array_equal(read_matte(tmp_path / "a.png", (20, 30)), expected)


def test_soft_masks_keep_their_values(tmp_path: Path) -> None:
    Image.fromarray(np.arange(256, dtype=np.uint8).reshape(16, 16)).save(tmp_path / "a.png")
    matte = read_matte(tmp_path / "a.png", (16, 16))
    assert np.allclose(matte.ravel() * 255, np.arange(256))


def test_masks_of_zeros_and_ones(tmp_path: Path) -> None:
    Image.fromarray(np.eye(20, dtype=np.uint8)).save(tmp_path / "a.png")
    assert np.array_equal(read_matte(tmp_path / "a.png", (20, 20)), np.eye(20, dtype=np.float32))


def test_masks_of_another_size_are_refused(tmp_path: Path) -> None:
    Image.new("L", (30, 20)).save(tmp_path / "a.png")
    with pytest.raises(BadImage, match=r"a\.png is 30×20 pixels, but the picture is 20×30"):
        read_matte(tmp_path / "a.png", (30, 20))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_previews_are_small(dtype: type[np.unsignedinteger[Any]]) -> None:
    pixels = np.full((100, 400, 3), np.iinfo(dtype).max // 2, dtype)
    with Image.open(BytesIO(preview_jpeg(pixels, 200, icc=SRGB))) as image:
        assert image.size == (200, 50)
        assert image.info["icc_profile"] == SRGB
        assert np.abs(np.asarray(image).astype(int) - 127).max() <= 1
