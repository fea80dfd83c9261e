"""Test the drawings of an edit."""

from io import BytesIO
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from demo.pictures.edit_drawings import curves_svg, light_html, light_map, light_range
from model import Composite, Edit


@pytest.fixture
def composite() -> Composite:
    matte = np.zeros((64, 96), np.float32)
    matte[8:56, 16:80] = 1
    return Composite(np.full((64, 96, 3), 120, np.uint8), matte)


def edit_with(shading: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> Edit:
    return Edit(Edit.identity().curves, shading)


def light(composite: Composite, edit: Edit) -> np.ndarray[tuple[int, ...], np.dtype[np.int_]]:
    with Image.open(BytesIO(light_map(composite, edit))) as image:
        return np.asarray(image).astype(int)


def test_three_curves_run_from_corner_to_corner() -> None:
    svg = ElementTree.fromstring(f"<div>{curves_svg(Edit.identity())}</div>")
    lines = [line.attrib["points"].split() for line in svg.iter("polyline")]
    assert [(line[0], line[-1]) for line in lines] == [("0.0,150.0", "300.0,0.0")] * 3


def test_brighter_is_amber_and_darker_is_blue(composite: Composite) -> None:
    ramp = np.linspace(-0.3, 0.3, 8, dtype=np.float32)[None].repeat(8, 0)
    picture = light(composite, edit_with(ramp))
    red, blue = picture[..., 0], picture[..., 2]
    assert (blue - red)[30, 20] > 40
    assert (red - blue)[30, 76] > 40


def test_no_change_of_light_is_grey_everywhere(composite: Composite) -> None:
    picture = light(composite, Edit.identity())
    assert np.ptp(picture, axis=2).max() <= 6


def test_what_is_outside_the_object_stays_grey(composite: Composite) -> None:
    picture = light(composite, edit_with(np.full((4, 4), 0.4, np.float32)))
    assert np.ptp(picture[:4], axis=2).max() <= 6


def test_the_scale_ends_at_the_strongest_change() -> None:
    edit = edit_with(np.array([[0, -0.25], [0.1, 0]], np.float32))
    assert light_range(edit) == 0.25
    assert "+28 %" in light_html("/view/x.jpg", edit)


def test_the_scale_never_blows_up_noise() -> None:
    assert light_range(Edit.identity()) == 0.05
