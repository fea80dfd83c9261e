"""Check that HEIC, AVIF, GIF and BMP are read at their own depth, upright, and refused in plain words."""

import struct
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pillow_heif
import pytest
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageCms

from model import BadImage, Composite
from model.images.files import read_header, read_matte, read_picture
from model.images.formats import ACCEPT, READ, WRITTEN

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
LOSSLESS: dict[str, dict[str, Any]] = {
    ".heic": {"quality": -1, "chroma": 444},
    ".avif": {"quality": 100, "subsampling": "4:4:4"},
    ".gif": {},
    ".bmp": {},
}


def levels(height: int = 40, width: int = 64, white: int = 255) -> NDArray[np.uint16]:
    """Return H×W×3 with all values between black and white in smooth ramps, which codecs keep exactly."""
    ramp = np.linspace(0, white, height * width).reshape(height, width)
    return np.rint(np.stack([ramp, ramp[::-1], ramp[:, ::-1]], axis=-1)).astype(np.uint16)


def write_deep(path: Path, pixels: NDArray[np.uint16], bits: int) -> None:
    """Write H×W×3 or H×W×4 levels of 8 or 10 bits as HEIC or AVIF."""
    height, width, channels = pixels.shape
    if path.suffix == ".avif":
        values = pixels.astype(np.uint8) if bits == 8 else pixels
        path.write_bytes(imagecodecs.avif_encode(values, bitspersample=bits))
    elif bits == 8:
        Image.fromarray(pixels.astype(np.uint8)).save(path, **LOSSLESS[".heic"])
    else:
        mode, data = "RGBA;16" if channels == 4 else "RGB;16", (pixels << (16 - bits)).tobytes()
        image = pillow_heif.from_bytes(mode=mode, size=(width, height), data=data)
        image.save(path, quality=-1, chroma=444)


@pytest.mark.parametrize("suffix", LOSSLESS)
def test_eight_bits_are_read(tmp_path: Path, suffix: str) -> None:
    grey = levels().astype(np.uint8)[..., :1].repeat(3, axis=2)  # a GIF holds 256 colours
    Image.fromarray(grey).save(tmp_path / f"a{suffix}", **LOSSLESS[suffix])
    picture, header = read_picture(tmp_path / f"a{suffix}"), read_header(tmp_path / f"a{suffix}")
    assert picture.pixels.dtype == np.uint8 and picture.alpha is None
    assert np.abs(picture.pixels.astype(int) - grey).max() <= 1
    assert (header.size, header.bits) == ((40, 64), 8)


@pytest.mark.parametrize("suffix", [".heic", ".avif"])
def test_ten_bits_become_sixteen_and_white_stays_white(tmp_path: Path, suffix: str) -> None:
    pixels = levels(white=1023)
    write_deep(tmp_path / f"a{suffix}", pixels, 10)
    picture, header = read_picture(tmp_path / f"a{suffix}"), read_header(tmp_path / f"a{suffix}")
    assert picture.pixels.dtype == np.uint16
    assert np.abs(picture.pixels.astype(int) - np.rint(pixels * (65535 / 1023))).max() <= 2 * 64.1
    assert picture.pixels.max() == 65535
    assert (header.size, header.bits, header.planes) == ((40, 64), 16, 3)


@pytest.mark.parametrize("suffix", [".heic", ".avif"])
def test_transparency_of_ten_bits_is_read(tmp_path: Path, suffix: str) -> None:
    write_deep(tmp_path / f"a{suffix}", np.dstack([levels(white=1023), levels(white=1023)[..., :1]]), 10)
    alpha = read_picture(tmp_path / f"a{suffix}").alpha
    assert alpha is not None
    assert np.allclose(alpha, np.linspace(0, 1, 40 * 64).reshape(40, 64), atol=0.002)
    assert read_header(tmp_path / f"a{suffix}").planes == 4


@pytest.mark.parametrize("suffix", [".heic", ".avif", ".gif"])
def test_transparency_of_eight_bits_is_read(tmp_path: Path, suffix: str) -> None:
    pixels = np.zeros((40, 64, 4), np.uint8)
    pixels[10:30, 20:50] = (200, 100, 50, 255)
    Image.fromarray(pixels).save(tmp_path / f"a{suffix}", **LOSSLESS[suffix])
    alpha = read_picture(tmp_path / f"a{suffix}").alpha
    assert alpha is not None and (alpha.min(), alpha.max(), alpha[20, 30]) == (0, 1, 1)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".heic", ".avif"])
def test_the_orientation_is_applied_once(tmp_path: Path, suffix: str, orientation: int) -> None:
    stored = np.zeros((40, 64, 3), np.uint8)
    stored[:20, :32] = 255  # white in the top left corner
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    Image.fromarray(stored).save(tmp_path / f"a{suffix}", exif=exif.tobytes(), **LOSSLESS[suffix])
    picture = read_picture(tmp_path / f"a{suffix}")
    white_right, white_below = orientation in (2, 3, 6, 7), orientation in (3, 4, 7, 8)
    height, width = picture.size
    assert (height, width) == ((40, 64) if orientation < 5 else (64, 40))
    assert read_header(tmp_path / f"a{suffix}").size == picture.size
    corner = picture.pixels[height - 5 if white_below else 5, width - 5 if white_right else 5]
    assert corner.min() > 250
    again = Image.Exif()
    again.load(picture.metadata.exif or b"")
    assert again.get(ExifTags.Base.Orientation, 1) == 1


@pytest.mark.parametrize("suffix", [".heic", ".avif"])
def test_profile_and_exif_are_kept(tmp_path: Path, suffix: str) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = "Somebody"
    Image.fromarray(levels().astype(np.uint8)).save(
        tmp_path / f"a{suffix}", exif=exif.tobytes(), icc_profile=SRGB
    )
    metadata = read_picture(tmp_path / f"a{suffix}").metadata
    assert metadata.icc == SRGB
    again = Image.Exif()
    again.load(metadata.exif or b"")
    assert again[ExifTags.Base.Artist] == "Somebody"


def test_the_first_frame_of_a_gif_is_read(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert read_picture(tmp_path / "a.gif").pixels[0, 0, 0] > 250


def test_the_main_picture_of_a_heic_is_read(tmp_path: Path) -> None:
    pictures = [Image.new("RGB", (64, 48), colour) for colour in ("red", "blue")]
    pictures[0].save(tmp_path / "a.heic", save_all=True, append_images=pictures[1:], primary_index=1)
    assert read_picture(tmp_path / "a.heic").pixels[0, 0, 2] > 200


@pytest.mark.parametrize("suffix", LOSSLESS)
def test_a_picture_and_its_mask_make_a_composite(tmp_path: Path, suffix: str) -> None:
    mask = np.zeros((40, 64), np.uint8)
    mask[10:30, 20:50] = 255
    Image.fromarray(levels().astype(np.uint8)).save(tmp_path / f"a{suffix}", **LOSSLESS[suffix])
    Image.fromarray(mask).convert("RGB").save(tmp_path / f"mask{suffix}", **LOSSLESS[suffix])
    composite = Composite.from_files(tmp_path / f"a{suffix}", tmp_path / f"mask{suffix}")
    assert np.array_equal(composite.matte > 0.5, mask > 0)
    assert np.array_equal(read_matte(tmp_path / f"mask{suffix}", (40, 64)), composite.matte)


def test_container_names_do_not_matter(tmp_path: Path) -> None:
    """Phones write the general brand mif1 into both HEIC and AVIF files."""
    for suffix in (".heic", ".avif"):
        Image.new("RGB", (64, 48), "red").save(tmp_path / f"a{suffix}")
        data = (tmp_path / f"a{suffix}").read_bytes()
        (tmp_path / "b.jpg").write_bytes(data[:8] + b"mif1" + data[12:])
        assert read_picture(tmp_path / "b.jpg").pixels[0, 0, 0] > 200


@pytest.mark.parametrize("suffix", LOSSLESS)
def test_a_damaged_file_is_refused_in_words(tmp_path: Path, suffix: str) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (200, 300, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / f"a{suffix}")
    data = (tmp_path / f"a{suffix}").read_bytes()
    for part in (0.02, 0.3, 0.7):
        (tmp_path / f"a{suffix}").write_bytes(data[: int(part * len(data))])
        with pytest.raises(BadImage, match=rf"a\{suffix} is (damaged|not a picture)"):
            read_picture(tmp_path / f"a{suffix}")


@pytest.mark.parametrize("suffix", [".heic", ".avif"])
def test_a_header_that_states_too_many_pixels_is_refused_before_decoding(tmp_path: Path, suffix: str) -> None:
    Image.new("RGB", (64, 48)).save(tmp_path / f"a{suffix}")
    data = bytearray((tmp_path / f"a{suffix}").read_bytes())
    place = data.index(b"ispe") + 8
    struct.pack_into(">II", data, place, 16_000, 16_000)
    (tmp_path / f"a{suffix}").write_bytes(data)
    with pytest.raises(BadImage, match="more than 100 megapixels"):
        read_header(tmp_path / f"a{suffix}")


@pytest.mark.parametrize("bits", [8, 10])
def test_a_heic_with_another_size_in_its_header_is_refused(tmp_path: Path, bits: int) -> None:
    write_deep(tmp_path / "a.heic", levels(64, 64, (1 << bits) - 1), bits)
    data = bytearray((tmp_path / "a.heic").read_bytes())
    struct.pack_into(">II", data, data.index(b"ispe") + 8, 32, 32)
    (tmp_path / "a.heic").write_bytes(data)
    with pytest.raises(BadImage, match="is damaged or incomplete"):
        read_picture(tmp_path / "a.heic")


@pytest.mark.parametrize("bits", [8, 10])
def test_an_avif_has_the_size_that_its_header_states(tmp_path: Path, bits: int) -> None:
    """The library resizes a picture of another size."""
    write_deep(tmp_path / "a.avif", levels(48, 64, (1 << bits) - 1), bits)
    data = bytearray((tmp_path / "a.avif").read_bytes())
    struct.pack_into(">II", data, data.index(b"ispe") + 8, 32, 32)
    (tmp_path / "a.avif").write_bytes(data)
    assert read_picture(tmp_path / "a.avif").size == (32, 32)


def test_a_small_part_of_a_large_heic_is_refused_before_decoding(tmp_path: Path) -> None:
    Image.new("RGB", (64, 48)).save(tmp_path / "a.heic")  # stores 64×64 pixels and shows 64×48
    data = bytearray((tmp_path / "a.heic").read_bytes())
    struct.pack_into(">II", data, data.index(b"ispe") + 8, 9_000, 9_000)
    (tmp_path / "a.heic").write_bytes(data)
    with pytest.raises(BadImage, match="stored in an unusual way"):
        read_header(tmp_path / "a.heic")


@pytest.mark.parametrize("suffix", [".heic", ".avif"])
@pytest.mark.parametrize("transfer", [16, 18])
def test_hdr_pictures_are_refused(tmp_path: Path, suffix: str, transfer: int) -> None:
    write_deep(tmp_path / f"a{suffix}", levels(white=1023), 10)
    data = bytearray((tmp_path / f"a{suffix}").read_bytes())
    struct.pack_into(">H", data, data.index(b"colrnclx") + 10, transfer)
    (tmp_path / f"a{suffix}").write_bytes(data)
    with pytest.raises(BadImage, match=r"HDR picture\. Please save it"):
        read_header(tmp_path / f"a{suffix}")


def test_every_format_that_is_written_is_read() -> None:
    assert WRITTEN.items() <= READ.items()
    assert ACCEPT.split(",") == ["image/*", *READ]
