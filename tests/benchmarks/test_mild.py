"""Check the generator of mild mismatches, which training does not use, and the benchmark's table."""

import ast
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.accuracy import errors, mild, photographs
from benchmarks.accuracy.photographs import read_photographs
from model.images.composite import Composite


@pytest.fixture(scope="module")
def photograph(three_photographs: Path) -> Composite:
    return next(iter(read_photographs(three_photographs, 128)))[1]


def test_no_change_leaves_the_photograph(photograph: Composite) -> None:
    assert np.array_equal(mild.changed(photograph, mild.Mild()).image, photograph.image)


def test_colours_change_over_the_object_alone(photograph: Composite) -> None:
    composite = mild.changed(photograph, mild.draw(1, 0, has_ramp=True))
    outside = photograph.matte == 0
    assert np.array_equal(composite.image[outside], photograph.image[outside])
    assert errors.over_object(composite.image, photograph.image, photograph.matte) > 1


def test_each_number_changes_what_it_is_named_for(photograph: Composite) -> None:
    inside = photograph.matte > 0.99

    def means(change: mild.Mild) -> tuple[float, float, float]:
        pixels = mild.changed(photograph, change).image[inside].astype(float)
        return pixels.mean(), pixels[:, 0].mean() - pixels[:, 2].mean(), np.ptp(pixels, axis=1).mean()

    light, warm, colour = means(mild.Mild())
    assert means(mild.Mild(stops=0.5))[0] > light + 5
    assert means(mild.Mild(warmth=0.3))[1] > warm + 5
    assert means(mild.Mild(gamma=0.3))[0] < light - 5
    assert means(mild.Mild(saturation=0.5))[2] > colour + 2
    assert means(mild.Mild(tint=0.3))[1] == pytest.approx(warm, abs=1)


def test_a_ramp_brightens_one_side_and_darkens_the_other(photograph: Composite) -> None:
    def halves(change: mild.Mild) -> tuple[float, float]:
        pixels = mild.changed(photograph, change).image.astype(float)
        middle = pixels.shape[1] // 2
        inside = photograph.matte > 0.99
        left, right = inside.copy(), inside.copy()
        left[:, middle:], right[:, :middle] = False, False
        return pixels[left].mean(), pixels[right].mean()

    plain, ramped = halves(mild.Mild()), halves(mild.Mild(ramp=0.8))
    assert ramped[0] < plain[0] - 5
    assert ramped[1] > plain[1] + 5


def test_the_colours_are_the_same_with_a_ramp_and_without() -> None:
    assert replace(mild.draw(3, 7, has_ramp=True), ramp=0.0) == mild.draw(3, 7, has_ramp=False)
    assert mild.draw(3, 7, has_ramp=True) != mild.draw(4, 7, has_ramp=True)


def test_nothing_of_training_is_used() -> None:
    for module in (errors, mild, photographs):
        tree = ast.parse(Path(str(module.__file__)).read_text())
        assert not [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("model.training")
        ]


def test_a_share_has_an_interval_over_photographs() -> None:
    assert errors.share(np.array([1.0, 1.0]), np.array([2.0, 2.0])) == (0.5, 0.5, 0.5)
    ratio, low, high = errors.share(np.array([1.0, 3.0]), np.array([4.0, 4.0]))
    assert (ratio, low, high) == (0.5, 0.25, 0.75)
    assert errors.change_cell(np.array([3.0]), np.array([4.0])) == "-25.0 % (-25.0 to -25.0)"


def test_a_line_for_each_kind_and_network(
    three_photographs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(mild, "SEEDS", (1, 2))
    monkeypatch.setattr(sys, "argv", ["mild", str(three_photographs)])
    mild.main()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4 and lines[2].startswith("| colours | harmonizer |")
    assert len({line.count("|") for line in lines}) == 1
    assert "of 6" in lines[3]
