"""Test what the stage shows before anything is harmonized."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from demo.pages.uploads import example_inputs
from demo.pictures.picture_files import PictureFiles
from demo.pictures.picture_panel import with_own
from demo.pictures.upload_preview import upload_preview
from demo.pictures.workbench import Inputs
from model.images.files import read_picture
from tests.support.picture_files import picture_files


@pytest.fixture
def paths(tmp_path: Path) -> dict[str, str]:
    """Write a composite of 60×40 pixels, its mask, and a mask of another size."""
    pictures = {
        "composite": np.full((40, 60, 3), 90, np.uint8),
        "mask": cv2.circle(np.zeros((40, 60), np.uint8), (15, 20), 8, 255, -1),
        "small": np.full((8, 8), 255, np.uint8),
    }
    for name, picture in pictures.items():
        cv2.imwrite(str(tmp_path / f"{name}.png"), picture)
    return {name: str(tmp_path / f"{name}.png") for name in pictures}


@pytest.fixture
def files(tmp_path: Path) -> PictureFiles:
    return picture_files(tmp_path)


def test_nothing_is_shown_of_nothing(files: PictureFiles) -> None:
    assert upload_preview(Inputs(), files) is None


def test_a_picture_without_a_mask_is_shown_alone(paths: dict[str, str], files: PictureFiles) -> None:
    preview = upload_preview(Inputs(paths["composite"]), files)
    assert preview and (preview.width, preview.height, preview.matte, preview.problem) == (60, 40, "", "")
    assert read_picture(files.views.find(preview.before)).pixels.shape == (40, 60, 3)


def test_a_pair_is_shown_with_its_mask(paths: dict[str, str], files: PictureFiles) -> None:
    preview = upload_preview(Inputs(paths["composite"], paths["mask"]), files)
    assert preview and preview.about == "PNG, 8 bit, sRGB" and preview.focus < 0.5
    assert read_picture(files.views.find(preview.matte)).pixels[20, 15, 0] == 255


def test_a_mask_that_does_not_fit_is_reported_at_once(paths: dict[str, str], files: PictureFiles) -> None:
    preview = upload_preview(Inputs(paths["composite"], paths["small"]), files)
    assert preview and not preview.matte and "8×8" in preview.problem


def test_an_own_picture_drops_the_parts_of_an_example_but_no_own_ones(paths: dict[str, str]) -> None:
    example = example_inputs(0)
    assert with_own(example, "composite", paths["composite"]) == Inputs(paths["composite"])
    masked = with_own(example, "mask", paths["mask"])
    assert (masked.composite, masked.mask) == (example.composite, paths["mask"])
    assert with_own(masked, "composite", paths["composite"]).mask == paths["mask"]
