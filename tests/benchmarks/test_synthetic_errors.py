"""Check the tables of errors on synthetic composites: of the shading map, and of each recipe."""

import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.accuracy import ablate_shading, recipe_errors
from model.network.harmonizer import DEFAULT_WEIGHTS
from model.training.composites.synthetic_composites import RECIPES


def table(capsys: pytest.CaptureFixture[str]) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in capsys.readouterr().out.splitlines()]


def test_the_change_by_the_map_has_an_interval_and_a_value_for_each_seed() -> None:
    errors = np.array([[[9.0, 4.0, 2.0], [9.0, 4.0, 2.0]], [[9.0, 4.0, 6.0], [9.0, 4.0, 6.0]]])
    means, change, by_seed = np.split(np.array(ablate_shading.cells(errors)), [3, 4])
    assert means.tolist() == ["9.0", "4.0", "4.0"]
    assert change.tolist() == ["+0.0 % (-50.0 to +50.0)"]
    assert by_seed.tolist() == ["-50.0, +50.0"]


def test_a_line_for_each_kind_of_mismatch_and_each_network(
    three_photographs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in (("BATCH", 2), ("BATCHES", 1), ("SEEDS", (1, 2))):
        monkeypatch.setattr(ablate_shading, name, value)
    kinds = {"strong uneven light": ablate_shading.KINDS["strong uneven light"]}
    monkeypatch.setattr(ablate_shading, "KINDS", kinds)
    weights = str(DEFAULT_WEIGHTS)
    monkeypatch.setattr(sys, "argv", ["ablate_shading", str(three_photographs), weights, weights])
    ablate_shading.main()
    head, _, first, second = table(capsys)
    assert first == second and len(first) == len(head)
    assert first[1:3] == ["strong uneven light", "harmonizer"]
    assert len(first[-2].split(",")) == 2


def test_a_line_for_each_recipe(
    three_photographs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in (("BATCH", 2), ("BATCHES", 1), ("SEEDS", (1, 2))):
        monkeypatch.setattr(recipe_errors, name, value)
    monkeypatch.setattr(recipe_errors, "RECIPES", RECIPES[-2:])
    monkeypatch.setattr(sys, "argv", ["recipe_errors", str(three_photographs)])
    recipe_errors.main()
    head, _, *lines = table(capsys)
    assert [line[1] for line in lines] == ["two retouches", "photograph mismatch"]
    assert all(len(line) == len(head) and " to " in line[2] for line in lines)
