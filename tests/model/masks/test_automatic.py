"""Find pasted objects whose masks are known, in pictures with compression noise."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from model.__main__ import main
from model.images.arrays import BadImage, Matte, Picture, Pixels
from model.images.files import read_matte, read_picture, write_picture
from model.masks.automatic import mask_from_alpha, mask_from_background, mask_from_strokes

CENTRE, RADIUS = (70, 110), 40


def disc() -> Matte:
    """Return a disc with soft edges, 140×200."""
    y, x = np.mgrid[:140, :200]
    distance = np.hypot(y - CENTRE[0], x - CENTRE[1])
    return np.asarray((RADIUS - distance + 0.5).clip(0, 1), np.float32)


def scene(dtype: Any = np.uint8) -> tuple[Pixels, Pixels, Matte]:
    """Return composite, background and true matte: a red disc with a stripe in the scene's colour."""
    rng = np.random.default_rng(0)
    top = np.iinfo(dtype).max
    background = cv2.GaussianBlur(rng.random((140, 200, 3)), (0, 0), 6)
    background = (background - background.min()) / np.ptp(background) * [0.4, 0.6, 0.8] + 0.05
    thing = cv2.GaussianBlur(rng.random((140, 200, 3)), (0, 0), 2) * 0.3 + [0.6, 0.1, 0.05]
    thing[66:70] = background[66:70]
    matte = disc()
    blended = matte[..., None] * thing + (1 - matte[..., None]) * background
    image, behind = (np.rint(top * pixels).astype(dtype) for pixels in (blended, background))
    return image, behind, matte


def overlap(found: Matte, true: Matte) -> float:
    """Return the intersection over the union of two masks."""
    a, b = found > 0.5, true > 0.5
    return float((a & b).sum() / (a | b).sum())


def through_jpeg(pixels: Pixels, quality: int) -> Pixels:
    encoded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_the_difference_gives_a_matte_with_its_soft_edges(dtype: Any) -> None:
    image, background, true = scene(dtype)
    found = mask_from_background(image, background)
    assert found.dtype == np.float32 and found.shape == true.shape
    assert overlap(found, true) > 0.99
    edge = (true > 0.05) & (true < 0.95) & (np.abs(np.mgrid[:140, :200][0] - 68) > 8)
    assert np.abs(found - true)[edge].mean() < 0.1


@pytest.mark.parametrize(("quality", "least"), [(60, 0.9), (95, 0.95)])
def test_the_noise_of_two_jpeg_files_is_left_out(quality: int, least: float) -> None:
    image, background, true = scene()
    found = mask_from_background(through_jpeg(image, quality), through_jpeg(background, 90))
    assert overlap(found, true) > least


def test_a_large_pair_is_compared_on_a_copy() -> None:
    background = np.full((2001, 2003, 3), 90, np.uint8)
    image = background.copy()
    image[600:1200, 900:1800] = 160
    found = mask_from_background(image, background)
    assert found.shape == (2001, 2003) and found.mean() == pytest.approx(600 * 900 / (2001 * 2003), rel=0.01)
    assert found[900, 1200] == 1 and found[300, 300] == 0


def test_two_objects_are_both_found_and_specks_are_not() -> None:
    image, background, true = scene()
    image[20:40, 10:30] = 0
    image[120, 20] = 255 - image[120, 20]
    found = mask_from_background(image, background)
    assert found[30, 20] == 1 and found[CENTRE] == 1 and found[120, 20] == 0


def test_a_background_that_is_no_background_is_refused() -> None:
    image, background, _ = scene()
    with pytest.raises(BadImage, match="look the same"):
        mask_from_background(background, background)
    with pytest.raises(BadImage, match="differs from the background everywhere"):
        mask_from_background(image, 255 - background)
    with pytest.raises(BadImage, match=r"The background is 200×139 pixels, but the picture is 200×140"):
        mask_from_background(image, background[1:])


def test_strokes_on_and_off_the_object() -> None:
    image, _, true = scene()
    inside, outside = np.zeros(true.shape, bool), np.zeros(true.shape, bool)
    inside[50:90, 105:115], outside[5:10, 10:190] = True, True
    found = mask_from_strokes(image, inside, outside)
    assert overlap(found, true) > 0.85
    assert found[inside].min() == 1 and found[outside].max() == 0


def test_strokes_that_are_refused() -> None:
    image = scene()[0]
    with pytest.raises(BadImage, match="at least one stroke on the object"):
        mask_from_strokes(image, np.zeros((140, 200), bool))
    with pytest.raises(BadImage, match="size of the picture"):
        mask_from_strokes(image, np.ones((3, 3), bool))


def test_transparency_is_a_mask() -> None:
    image, _, true = scene()
    assert mask_from_alpha(Picture(image, true)) is true
    with pytest.raises(BadImage, match="no transparency"):
        mask_from_alpha(Picture(image))
    with pytest.raises(BadImage, match="No object was found"):
        mask_from_alpha(Picture(image, np.zeros((140, 200), np.float32)))


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NDArray[np.float32]:
    monkeypatch.chdir(tmp_path)
    image, background, true = scene()
    write_picture("image.png", image)
    write_picture("background.png", background)
    write_picture("cutout.png", image, alpha=true)
    strokes = np.zeros((140, 200, 3), np.uint8)
    strokes[50:90, 100:120], strokes[10:20, 20:180] = 255, 128
    write_picture("strokes.png", strokes)
    return true


@pytest.mark.parametrize(
    "arguments",
    [
        ["image.png", "--background", "background.png"],
        ["image.png", "--background", "background.png", "--refine"],
        ["cutout.png"],
    ],
)
def test_the_command_writes_a_mask(
    files: Matte, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["mask", *arguments, "-o", "mask.png"]) == 0
    assert overlap(read_matte("mask.png", (140, 200)), files) > 0.97
    assert read_picture("mask.png").pixels.dtype == np.uint8
    assert "mask.png: the object covers 1" in capsys.readouterr().out


def test_the_command_takes_strokes(files: Matte) -> None:
    assert main(["mask", "image.png", "--strokes", "strokes.png", "-o", "mask.png"]) == 0
    assert overlap(read_matte("mask.png", (140, 200)), files) > 0.85


@pytest.mark.parametrize(
    ("way", "least"),
    [
        (["--box", "60,20,100,100"], 0.85),
        (["--click", "110,90"], 0.45),
        (["--main"], 0.85),
    ],  # a stripe parts it
)
def test_the_command_finds_the_object_and_names_what_found_it(
    files: Matte, way: list[str], least: float, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["mask", "image.png", *way, "-o", "mask.png"]) == 0
    assert overlap(read_matte("mask.png", (140, 200)), files) > least
    assert "by our network and colours (GrabCut)" in capsys.readouterr().out


@pytest.mark.usefixtures("files")
def test_a_mask_is_not_written_as_jpeg(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mask", "cutout.png", "-o", "mask.jpg"]) == 2
    assert "use .png, .tif or .webp" in capsys.readouterr().err


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["image.png"], "no transparency"),
        (["image.png", "--strokes", "gone.png"], "gone.png was not found"),
        (["image.png", "--box", "1,2,3"], "whole numbers like 120,80,300,400"),
        (["image.png", "--click", "a,b"], "whole numbers like 270,280"),
        (["gone.png"], "gone.png was not found"),
        (["image.png", "--model", "gone.onnx"], "gone.onnx was not found"),
    ],
)
def test_the_command_refuses_in_plain_words(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["mask", *arguments, "-o", "mask.png"]) == 2
    assert message in capsys.readouterr().err
    assert not Path("mask.png").exists()
