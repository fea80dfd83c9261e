"""What the stage shows before anything is harmonized."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from demo.pages.uploads import example_inputs
from demo.pictures.picture_panel import with_own
from demo.pictures.upload_preview import glance
from demo.pictures.view_cache import ViewCache
from demo.pictures.workbench import Inputs
from model.images.files import read_picture


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """A composite of 60×40 pixels, its mask, and a mask of another size."""
    pictures = {
        "composite": np.full((40, 60, 3), 90, np.uint8),
        "mask": cv2.circle(np.zeros((40, 60), np.uint8), (15, 20), 8, 255, -1),
        "small": np.full((8, 8), 255, np.uint8),
    }
    for name, picture in pictures.items():
        cv2.imwrite(str(tmp_path / f"{name}.png"), picture)
    return {name: str(tmp_path / f"{name}.png") for name in pictures}


@pytest.fixture
def views(tmp_path: Path) -> ViewCache:
    return ViewCache(tmp_path / "views", "k")


def test_nothing_is_shown_of_nothing(views: ViewCache) -> None:
    assert glance(Inputs(), views) is None


def test_a_picture_without_a_mask_is_shown_alone(files: dict[str, str], views: ViewCache) -> None:
    seen = glance(Inputs(files["composite"]), views)
    assert seen and (seen.width, seen.height, seen.matte, seen.problem) == (60, 40, "", "")
    assert read_picture(views.find(seen.before)).pixels.shape == (40, 60, 3)


def test_a_pair_is_shown_with_its_mask(files: dict[str, str], views: ViewCache) -> None:
    seen = glance(Inputs(files["composite"], files["mask"]), views)
    assert seen and seen.about == "PNG, 8 bit, sRGB" and seen.focus < 0.5
    assert read_picture(views.find(seen.matte)).pixels[20, 15, 0] == 255


def test_a_mask_that_does_not_fit_is_said_at_once(files: dict[str, str], views: ViewCache) -> None:
    seen = glance(Inputs(files["composite"], files["small"]), views)
    assert seen and not seen.matte and "8×8" in seen.problem


def test_an_own_picture_drops_the_parts_of_an_example_but_no_own_ones(files: dict[str, str]) -> None:
    example = example_inputs(0)
    assert with_own(example, "composite", files["composite"]) == Inputs(files["composite"])
    masked = with_own(example, "mask", files["mask"])
    assert (masked.composite, masked.mask) == (example.composite, files["mask"])
    assert with_own(masked, "composite", files["composite"]).mask == files["mask"]
