"""Check the printed accuracy of the realism classifier, and its scores for each of the weights."""

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
    monkeypatch.setattr(realism, "JUDGES", 2)
    monkeypatch.setattr(realism, "CHECKED", 1)
    words = ["--judge", folder, "--held-out", folder, "--real", folder, "--weights", str(DEFAULT_WEIGHTS)]
    monkeypatch.setattr(sys, "argv", ["realism", *words, "--batches", "2", "--sheet", str(sheet)])
    realism.main()
    printed = capsys.readouterr().out
    assert "area under the curve" in printed and "| 3 real |" in printed and "| 3 pasted |" in printed
    assert printed.count("| as they are |") == printed.count("| harmonizer |") == 2
    assert sheet.is_file()


def test_verdict_holds_share_mean_and_difference() -> None:
    odds = np.array([-1.0, 0.5, 2.0])
    assert realism.verdict(odds, None) == ["66.7%", "+0.500", ""]
    assert realism.verdict(odds + 1, odds) == ["66.7%", "+1.500", "+1.000 (+1.000 to +1.000)"]
