"""Test that masks found or painted on the page have the size of the picture and cover the object."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from demo.pictures.inputs import Inputs
from demo.pictures.mask_painting import find_against_background, find_in_box, keep_painted, painter_value
from demo.pictures.picture_files import PictureFiles
from model import BadImage, Composite
from model.images.files import read_picture
from tests.support.picture_files import picture_files


@pytest.fixture
def files(tmp_path: Path) -> PictureFiles:
    return picture_files(tmp_path)


@pytest.fixture
def inputs(tmp_path: Path) -> Inputs:
    """Write a red disc on a green ground, and the ground alone."""
    noise = np.random.default_rng(0).integers(0, 30, (120, 160, 3), np.uint8)
    ground = noise + np.array([20, 120, 20], np.uint8)
    cv2.imwrite(str(tmp_path / "ground.png"), ground)
    cv2.imwrite(str(tmp_path / "disc.png"), cv2.circle(ground.copy(), (80, 60), 30, (30, 30, 220), -1))
    return Inputs(composite=str(tmp_path / "disc.png"), background=str(tmp_path / "ground.png"))


def box(**sides: object) -> dict[str, object]:
    return sides


def share_right(answer: dict[str, object], files: PictureFiles) -> float:
    found = read_picture(files.views.find(str(answer["mask"]).removeprefix("/view/"))).pixels[..., 0] > 127
    truth = cv2.circle(np.zeros((120, 160), np.uint8), (80, 60), 30, 1, -1) > 0
    return float((found == truth).mean())


def test_the_object_is_found_in_a_box(inputs: Inputs, files: PictureFiles) -> None:
    answer = find_in_box(inputs, files, box(x=0.25, y=0.15, width=0.5, height=0.7))
    assert share_right(answer, files) > 0.98


def test_the_object_is_found_against_the_background(inputs: Inputs, files: PictureFiles) -> None:
    assert share_right(find_against_background(inputs, files), files) > 0.98
    with pytest.raises(BadImage, match="clean background"):
        find_against_background(Inputs(inputs.composite), files)


@pytest.mark.parametrize("sides", [{}, {"x": "a", "y": 0, "width": 1, "height": 1}, {"x": float("inf")}])
def test_a_forged_box_is_refused(sides: dict[str, object], inputs: Inputs, files: PictureFiles) -> None:
    with pytest.raises(BadImage, match="draw the box again"):
        find_in_box(inputs, files, box(**({"y": 0, "width": 1, "height": 1} | sides if sides else {})))


def test_a_painted_mask_gets_the_size_of_the_picture(
    inputs: Inputs, files: PictureFiles, tmp_path: Path
) -> None:
    painted = tmp_path / "painted.png"
    cv2.imwrite(
        str(painted), cv2.resize(cv2.circle(np.zeros((60, 80), np.uint8), (40, 30), 15, 255, -1), (80, 60))
    )
    kept = keep_painted(inputs, files, str(painted))
    composite = Composite.from_files(kept.composite, kept.mask)
    assert composite.matte.shape == (120, 160) and composite.matte[60, 80] == 1 and composite.matte[0, 0] == 0


def test_without_a_composite_there_is_nothing_to_paint(inputs: Inputs, files: PictureFiles) -> None:
    assert painter_value(Inputs(), files) == {}
    assert painter_value(inputs, files)["background"]
