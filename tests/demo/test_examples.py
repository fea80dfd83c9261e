"""Check the example pictures of the repository."""

import dataclasses
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from demo.examples import EXAMPLES, FOLDER, Example
from tests.support.scripts import run_script

each = pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)


def pixels(path: Path | None) -> npt.NDArray[np.float32]:
    assert path is not None
    with Image.open(path) as image:
        return np.asarray(image, np.float32)


def files(example: Example) -> list[Path]:
    return [value for value in dataclasses.astuple(example) if isinstance(value, Path)]


def test_there_are_enough_and_their_names_differ() -> None:
    assert len({example.name for example in EXAMPLES}) == len(EXAMPLES) >= 5


@each
def test_files_are_of_one_size(example: Example) -> None:
    sizes = set()
    for path in files(example):
        with Image.open(path) as image:
            sizes.add(image.size)
    assert len(sizes) == 1
    assert 1000 <= max(sizes.pop()) <= 1600


@each
def test_files_are_small(example: Example) -> None:
    assert max(path.stat().st_size for path in files(example)) <= 350_000


@each
def test_mask_is_grey_and_leaves_something_to_match(example: Example) -> None:
    mask = pixels(example.mask) / 255
    assert mask.ndim == 2
    assert (mask > 0.5).mean() > 0.03
    assert (mask <= 0.02).mean() > 0.15


def soft_width(example: Example) -> float:
    """Return the mean width of a mask's edge: its half-transparent pixels divided by its outline's length."""
    mask = pixels(example.mask)
    outline = cv2.Canny(mask.astype(np.uint8), 50, 150) > 0
    return float(((mask > 12) & (mask < 243)).sum() / outline.sum())


def test_a_hairy_edge_is_soft() -> None:
    width = {example.name: soft_width(example) for example in EXAMPLES}
    assert width["cat"] > 2 * width["coffee"]


@each
def test_cutout_over_background_is_the_composite(example: Example) -> None:
    cutout, alpha = np.split(pixels(example.cutout), [3], axis=2)
    blend = cutout * alpha / 255 + pixels(example.background) * (1 - alpha / 255)
    assert np.abs(blend - pixels(example.composite)).mean() < 2.5


@each
def test_licence_names_every_author(example: Example) -> None:
    licences = (FOLDER / "LICENSES.md").read_text(encoding="utf-8")
    for source in example.licence.split("; "):
        author, licence = source.rsplit(", ", 1)
        assert author in licences
        assert licence in licences


def test_pictures_can_be_made_again(tmp_path: Path) -> None:
    run_script("make_examples", str(tmp_path), "dahlia").check_returncode()
    made, kept = pixels(tmp_path / "dahlia_mask.png"), pixels(FOLDER / "dahlia_mask.png")
    assert np.abs(made - kept).mean() < 0.5


def test_every_scene_is_an_example(tmp_path: Path) -> None:
    refused = run_script("make_examples", str(tmp_path), "nonsense").stderr
    assert f"There are: {', '.join(sorted(example.name for example in EXAMPLES))}." in refused
