"""Check that the realism benchmark prints the classifier's accuracy and the result of each of the weights."""

import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.accuracy import realism
from model.network.harmonizer import DEFAULT_WEIGHTS


def test_a_table_for_real_and_for_pasted_composites(
    three_photographs: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder, sheet = str(three_photographs), tmp_path / "sheet.png"
    monkeypatch.setattr(realism, "MEMBERS", 2)
    monkeypatch.setattr(realism, "CHECKED", 1)
    words = ["--judge", folder, "--held-out", folder, "--real", folder, "--weights", str(DEFAULT_WEIGHTS)]
    monkeypatch.setattr(sys, "argv", ["realism", *words, "--batches", "2", "--sheet", str(sheet)])
    realism.main()
    output = capsys.readouterr().out
    assert "area under the curve" in output and "| 3 real |" in output and "| 3 pasted |" in output
    assert output.count("| unchanged |") == output.count("| harmonizer |") == 2
    assert sheet.is_file()


def test_share_log_odds_and_gain_of_weights() -> None:
    odds = np.array([-1.0, 0.5, 2.0])
    assert realism.realism_cells(odds, None) == ["66.7%", "+0.500", ""]
    assert realism.realism_cells(odds + 1, odds) == ["66.7%", "+1.500", "+1.000 (+1.000 to +1.000)"]
