"""Check the comparison of synthetic recipes with the genuine composites that they imitate."""

import re
import sys
from pathlib import Path

import pytest

from benchmarks.accuracy import gap
from benchmarks.accuracy.genuine import KINDS, of_folder
from model.network.harmonizer import DEFAULT_WEIGHTS
from model.training.composites import synthetic_composites
from model.training.composites.synthetic_composites import RECIPES
from tests.benchmarks.conftest import genuine_folder


def test_every_recipe_imitates_known_kinds() -> None:
    assert {kind for kinds in gap.IMITATED.values() for kind in kinds} <= set(KINDS)
    assert set(gap.IMITATED) - {"file_and_expert"} <= {gap.name_of(recipe) for _, recipe in RECIPES}


def test_gain_is_that_of_the_error_over_the_object() -> None:
    rows = {"a1_1": [20.0, 10.0, 20.0], "a2_1": [20.0, 2.0, 40.0]}
    assert gap.gain(rows, 1) == pytest.approx((6.02 + 20) / 2, abs=0.01)
    assert gap.gain(rows, 2) == pytest.approx(-3.01, abs=0.01)
    assert gap.gain_cells(rows, 1) == ["20.0 → 6.0", "+13.0 (+6.0 to +20.0)"]


def test_a_line_for_each_genuine_kind_and_one_without() -> None:
    own = {"0_1": [20.0, 5.0]}
    genuine = {"f1_1_1": [20.0, 10.0], "a3_1_light": [20.0, 20.0]}
    (line,) = gap.lines("similar_object", own, genuine, 1)
    assert line.split("|")[4:6] == [" HFlickr ", " 1 "]
    assert line.endswith("| +6.0 |")
    (line,) = gap.lines("two_retouches", own, genuine, 1)
    assert "| none |" in line


def test_composites_without_an_error_do_not_count(
    three_photographs: Path, tmp_path: Path, lighter: Path
) -> None:
    equal = genuine_folder(three_photographs, tmp_path / "equal", change=0)
    assert gap.errors_of(of_folder(equal, 64), []) == {}
    rows = gap.errors_of(of_folder(lighter, 64), [])
    assert rows["f1_1_1"] == [pytest.approx(30, abs=3)]


def test_a_table_for_each_of_the_weights(
    small_sets: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(synthetic_composites, "RECIPES", RECIPES[-3:])
    weights = ["--weights", str(DEFAULT_WEIGHTS), str(DEFAULT_WEIGHTS)]
    monkeypatch.setattr(sys, "argv", ["gap", *small_sets, *weights])
    gap.main()
    output = capsys.readouterr().out
    assert output.count("harmonizer:") == 2
    table = [line for line in output.splitlines() if line.startswith("|")]
    assert len({line.count("|") for line in table}) == 1
    similar = [re.sub(r"\s+", " ", line) for line in table if line.startswith("| similar object")]
    assert len(similar) == 2 and all("| HFlickr | 1 |" in line for line in similar)
