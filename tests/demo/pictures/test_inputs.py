"""Check which files make a composite, and what is asked for where one is missing."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from demo.pictures.inputs import Inputs
from model import BadImage
from model.images.background import measure_background
from model.images.files import write_picture


@pytest.fixture
def inputs(tmp_path: Path) -> Inputs:
    mask = np.zeros((48, 64, 3), np.uint8)
    mask[10:30, 20:40] = 255
    write_picture(tmp_path / "my photo.png", np.random.default_rng(1).integers(0, 256, (48, 64, 3), np.uint8))
    write_picture(tmp_path / "mask.png", mask)
    return Inputs(composite=str(tmp_path / "my photo.png"), mask=str(tmp_path / "mask.png"))


@pytest.mark.parametrize(
    ("inputs_given", "message"),
    [
        (Inputs(), "picture"),
        (Inputs(mask="m.png"), "picture"),
        (Inputs(pasted=True, background="b.png"), "cut-out"),
        (Inputs(composite="/nowhere/x.png", mask="/nowhere/m.png"), "x.png"),
    ],
)
def test_missing_pictures_are_asked_for(inputs_given: Inputs, message: str) -> None:
    with pytest.raises(BadImage, match=message):
        inputs_given.read()


def test_the_mask_may_be_the_transparency(tmp_path: Path, inputs: Inputs) -> None:
    composite = inputs.read()
    write_picture(tmp_path / "cut.png", composite.image, alpha=composite.matte)
    alone = replace(inputs, composite=str(tmp_path / "cut.png"), mask="").read()
    assert np.array_equal(alone.matte > 0.5, composite.matte > 0.5)


def test_a_cutout_is_pasted_into_its_background(tmp_path: Path, inputs: Inputs) -> None:
    composite = inputs.read()
    write_picture(tmp_path / "cut.png", 255 - composite.image, alpha=composite.matte)
    pasted = Inputs(background=inputs.composite, cutout=str(tmp_path / "cut.png"), pasted=True)
    assert measure_background(pasted.read(), composite.image).changed == 0
    assert pasted.stem == "my-photo"


def test_a_changed_background_is_noticed(inputs: Inputs) -> None:
    composite = inputs.read()
    changed = composite.image.copy()
    changed[0, 0, 0] ^= 1
    assert measure_background(composite, changed).changed == 1
