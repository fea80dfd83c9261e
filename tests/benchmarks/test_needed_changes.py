"""Check the changes that composites need against changes that are known."""

import sys

import numpy as np
import pytest
from skimage import data

from benchmarks.accuracy import needed_changes
from benchmarks.accuracy.mild import to_encoded
from benchmarks.accuracy.photographs import to_light
from model.images.arrays import Pixels
from model.training.composites import synthetic_composites
from model.training.composites.synthetic_composites import RECIPES

CAT = data.chelsea()[:256, :256].astype(np.uint8)
MATTE = np.zeros((256, 256), np.float32)
MATTE[60:200, 60:200] = 1


def under(gains: tuple[float, float, float]) -> Pixels:
    """Return the picture under light of other strength in each channel."""
    light = to_light(CAT / 255.0) * np.array(gains)
    return np.rint(255 * to_encoded(light)).astype(np.uint8)


def test_an_equal_picture_needs_nothing() -> None:
    assert needed_changes.needed(CAT, CAT, MATTE) == [0.0] * 5


def test_stops_are_those_of_the_light() -> None:
    dark = under((0.25, 0.25, 0.25))
    error, stops, contrast, chroma, cast = needed_changes.needed(dark, CAT, MATTE)
    assert stops == pytest.approx(2, abs=0.05)
    assert error > 30 and contrast > 0.3
    back = needed_changes.needed(CAT, dark, MATTE)
    assert back[1:4] == pytest.approx([-stops, -contrast, -chroma])
    assert back[4] == pytest.approx(cast)


def test_grey_objects_need_chroma_and_tinted_ones_a_cast() -> None:
    grey = np.repeat(np.rint(CAT.mean(2, keepdims=True)), 3, 2).astype(np.uint8)
    assert needed_changes.needed(grey, CAT, MATTE)[3] > 1.5
    _, stops, _, _, cast = needed_changes.needed(under((0.6, 1.0, 1.8)), CAT, MATTE)
    assert cast > 15 and abs(stops) < 0.3


def test_the_background_does_not_count() -> None:
    other = CAT.copy()
    other[:50] = 255 - other[:50]
    assert needed_changes.needed(other, CAT, MATTE) == [0.0] * 5


def test_a_line_for_each_kind_and_recipe(
    small_sets: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(synthetic_composites, "RECIPES", RECIPES[-2:])
    monkeypatch.setattr(sys, "argv", ["needed_changes", *small_sets])
    needed_changes.main()
    head, _, *lines = capsys.readouterr().out.splitlines()
    assert [line.split("|")[1].strip() for line in lines] == [
        "HFlickr", "two retouches", "photograph mismatch",
    ]  # fmt: skip
    assert {line.count("|") for line in lines} == {head.count("|")}
    assert lines[0].split("|")[3].strip() == "30"
