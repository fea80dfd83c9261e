"""Harmonize real files on the command line, and read the results with an independent program, ImageMagick."""

import os
import shutil
import subprocess
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from PIL import ExifTags, Image, ImageCms
from skimage import data

from model.__main__ import main
from model.images.arrays import Pixels
from tests.support.icc import adobe_rgb, display_p3, grey


def _image_magick() -> str | None:
    """Return the program, if it is there and is no other program of that name."""
    for name in filter(None, (shutil.which("magick"), shutil.which("convert"))):
        answer = subprocess.run([name, "-version"], capture_output=True, text=True, check=False)
        if "ImageMagick" in answer.stdout:
            return name
    return None


MAGICK = _image_magick()
HEIGHT, WIDTH = 120, 160
INSIDE = np.s_[30:90, 40:110]


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if MAGICK is None:
        assert "CI" not in os.environ, "ImageMagick is missing"
        pytest.skip("ImageMagick is not installed")
    monkeypatch.chdir(tmp_path)
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[INSIDE] = 255
    cv2.imwrite("mask.png", mask)


def magick(*words: str) -> bytes:
    return subprocess.run([str(MAGICK), *words], check=True, capture_output=True).stdout


def raw(name: str, kind: str = "rgb", bits: int = 8) -> Pixels:
    """Return the stored values of a file, upright, as ImageMagick decodes them, without colour conversion."""
    stream = magick(name, "-auto-orient", "-depth", str(bits), "-endian", "LSB", f"{kind}:-")
    values = np.frombuffer(stream, np.uint8 if bits == 8 else "<u2")
    return values.reshape(HEIGHT, WIDTH, -1)


def facts(name: str, form: str) -> str:
    return magick(name, "-format", form, "info:").decode()


def profile_of(name: str) -> bytes:
    return magick(name, "icc:-")


def photograph() -> Pixels:
    image: Pixels = cv2.resize(data.coffee(), (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    image[INSIDE] //= 2
    return image


def harmonize(source: str, out: str, mask: str = "mask.png") -> None:
    assert main(["harmonize", source, mask, "-o", out]) == 0


def same_background(before: Pixels, after: Pixels) -> bool:
    """Check that no value differs outside the mask, and some inside."""
    differs = (before != after).any(axis=2)
    changed_inside = differs[INSIDE].mean() > 0.5
    differs[INSIDE] = False
    return bool(changed_inside and not differs.any())


@pytest.mark.parametrize("out", ["out.tif", "out.png"])
def test_a_deep_adobe_rgb_tiff(out: str) -> None:
    deep = photograph().astype(np.uint16) * 257 + 77
    tifffile.imwrite("in.tif", deep, photometric="rgb", iccprofile=adobe_rgb(), resolution=(300, 300))
    harmonize("in.tif", out)
    assert facts(out, "%z %m %x").split()[0] == "16"
    assert same_background(raw("in.tif", bits=16), raw(out, bits=16))
    assert np.array_equal(raw("in.tif", bits=16), deep)
    assert profile_of(out) == adobe_rgb()


def test_a_turned_display_p3_jpeg() -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Artist] = "Somebody"
    turned = Image.fromarray(np.rot90(photograph()).copy())
    turned.save("in.jpg", quality=95, icc_profile=display_p3(), exif=exif, dpi=(240, 240))
    for out in ("out.png", "out.jpg"):
        harmonize("in.jpg", out)
        assert facts(out, "%w %h %[orientation]") in (
            f"{WIDTH} {HEIGHT} TopLeft",
            f"{WIDTH} {HEIGHT} Undefined",
        )
        assert profile_of(out) == display_p3()
    assert same_background(raw("in.jpg"), raw("out.png"))
    assert facts("out.jpg", "%[jpeg:sampling-factor] %x") == "1x1,1x1,1x1 240"
    assert facts("out.jpg", "%Q %[EXIF:Artist]") == "95 Somebody"


def test_a_cmyk_jpeg_becomes_srgb() -> None:
    Image.fromarray(photograph()).convert("CMYK").save("in.jpg", quality=95)
    harmonize("in.jpg", "out.png")
    assert facts("out.png", "%[colorspace]") == "sRGB"
    with Image.open("in.jpg") as image:
        assert same_background(np.asarray(image.convert("RGB")), raw("out.png"))


def test_a_palette_with_transparency() -> None:
    palette = Image.fromarray(photograph()).quantize(64)
    file = BytesIO()
    palette.save(file, "PNG", transparency=bytes([0, 128] + [255] * 62))
    Path("in.png").write_bytes(file.getvalue())
    harmonize("in.png", "out.png")
    before, after = raw("in.png", "rgba"), raw("out.png", "rgba")
    assert set(np.unique(before[..., 3])) == {0, 128, 255}
    assert np.array_equal(before[..., 3], after[..., 3])
    assert same_background(before[..., :3], after[..., :3])


def test_a_grey_png_is_written_as_rgb() -> None:
    cv2.imwrite("in.png", photograph()[..., 1])
    harmonize("in.png", "out.png")
    before = np.repeat(raw("in.png", "gray"), 3, axis=2)
    assert same_background(before, raw("out.png"))


def test_a_grey_png_with_a_grey_profile_looks_as_before() -> None:
    Image.fromarray(photograph()[..., 1]).save("in.png", icc_profile=grey("Dot gain", 1.75))
    harmonize("in.png", "out.png")
    assert same_background(np.repeat(raw("in.png", "gray"), 3, axis=2), raw("out.png"))
    Path("srgb.icc").write_bytes(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for name in ("in", "out"):
        magick(f"{name}.png", "-profile", "srgb.icc", "-colorspace", "sRGB", f"PNG24:{name}-shown.png")
    before, after = raw("in-shown.png").astype(int), raw("out-shown.png").astype(int)
    outside = np.ones((HEIGHT, WIDTH), bool)
    outside[INSIDE] = False
    assert np.abs(before - after)[outside].max() <= 1


@pytest.mark.parametrize("out", ["out.png", "out.webp", "out.tif"])
def test_lossless_formats_agree_to_the_bit(out: str) -> None:
    cv2.imwrite("in.png", photograph())
    harmonize("in.png", "first.png")
    harmonize("in.png", out)
    assert np.array_equal(raw("first.png"), raw(out))
