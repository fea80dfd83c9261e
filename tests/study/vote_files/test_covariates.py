"""Test scores adjusted for covariates: in the fit of a table and in a report, from three kinds of columns."""

import json
from pathlib import Path

import numpy as np
import pytest

from study.__main__ import main

METHODS, ITEMS = "abc", 12


def write_study(folder: Path) -> tuple[Path, Path]:
    """Write votes that prefer the brighter picture, and the brightness of each stimulus.

    Without brightness, method c would be the best and a the worst; it is brighter, but otherwise worse.
    """
    rng = np.random.default_rng(5)
    bright = rng.normal(0, 1, (ITEMS, 3)) + [0, 0.6, 1.2]
    head = "participant,item,left,right,outcome,rt_ms,bright_left,bright_right,fast"
    lines = [head]
    for n in range(1200):
        left, right = rng.permutation(3)[:2]
        item = n % ITEMS
        felt = -0.4 * (left - right) + 1.0 * (bright[item, left] - bright[item, right]) + rng.logistic()
        outcome = "T" if abs(felt) < 0.3 else "L" if felt > 0 else "R"
        shown = f"{bright[item, left]:.6f},{bright[item, right]:.6f}"
        names = f"p{n % 25},i{item},{METHODS[left]},{METHODS[right]}"
        rt = int(rng.integers(500, 4000))
        lines.append(f"{names},{outcome},{rt},{shown},{'yes' if rt < 1000 else 'no'}")
    votes, stimuli = folder / "votes.csv", folder / "stimuli.csv"
    votes.write_text("\n".join(lines), encoding="utf-8")
    rows = [f"i{i},{METHODS[m]},{bright[i, m]:.6f},{m}" for i in range(ITEMS) for m in range(3)]
    stimuli.write_text("item,method,bright,number\n" + "\n".join(rows), encoding="utf-8")
    return votes, stimuli


def found_by(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    assert main(["fit", *words, "--json"]) == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_both_forms_of_a_property_of_stimuli_are_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    votes, stimuli = map(str, write_study(tmp_path))
    pairs = found_by(capsys, votes, "--covariate", "bright")
    table = found_by(capsys, votes, "--covariate", "bright", "--stimuli", stimuli)
    assert pairs == table
    adjusted = table["adjusted"]
    assert isinstance(adjusted, dict)
    (effect,) = adjusted["effects"]
    # In Davidson's model log-worths are larger than in a model of thresholds: here by about 1.15.
    assert effect["effect"] / effect["sd"] == pytest.approx(1.15, abs=0.15) and effect["p"] < 1e-4
    order = sorted(METHODS, key=lambda name: -adjusted["methods"][name]["log_worth"])
    assert order == ["a", "b", "c"]
    plain = found_by(capsys, votes)
    assert {key: value for key, value in table.items() if key not in ("adjusted", "warnings")} == {
        key: value for key, value in plain.items() if key != "warnings"
    }
    methods = plain["methods"]
    assert isinstance(methods, dict)
    for name, score in adjusted["without"].items():
        assert score["log_worth"] == pytest.approx(methods[name]["log_worth"], abs=1e-8)
        assert score["se"] == pytest.approx(methods[name]["se"], abs=1e-8)
    assert any("Adjusted for bright, " in warning for warning in table["warnings"])  # type: ignore[attr-defined]


def test_the_command_prints_both_scores(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    votes, _ = write_study(tmp_path)
    words = ["--covariate", "bright", "--covariate", "fast", "--position"]
    assert main(["fit", str(votes), *words]) == 0
    lines = capsys.readouterr().out.splitlines()
    start = lines.index("Adjusted, the scores beside those without:")
    assert [line.split()[0] for line in lines[start + 1 : start + 4]] == ["a", "b", "c"]
    assert (
        lines[start + 4].startswith("  bright: log-worth +1.") and "the picture with more" in lines[start + 4]
    )
    assert "the left picture at more" in lines[start + 5]


def test_a_report_has_the_numbers_of_the_fit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    votes, stimuli = write_study(tmp_path)
    words = ["--covariate", "bright", "--covariate", "rt_ms", "--stimuli", str(stimuli)]
    out = tmp_path / "report.json"
    assert main(["report", "--votes", str(votes), *words, "--json", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "## Scores adjusted for bright, rt_ms" in printed and "> **Note:** Adjusted for bright" in printed
    reported = json.loads(out.read_text(encoding="utf-8"))["adjusted"]
    fitted = found_by(capsys, str(votes), *words, "--position")["adjusted"]
    assert isinstance(fitted, dict)
    assert [one["name"] for one in reported["effects"]] == ["bright", "rt_ms"]
    for one, other in zip(reported["effects"], fitted["effects"], strict=True):
        assert one == pytest.approx(other)
    for kind in ("methods", "without"):
        for score in reported[kind]:
            assert score == pytest.approx({"method": score["method"], **fitted[kind][score["method"]]})


def test_votes_with_unknown_covariates_are_left_out_of_both(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    votes, stimuli = write_study(tmp_path)
    text = stimuli.read_text(encoding="utf-8").splitlines()
    stimuli.write_text("\n".join(line for line in text if not line.startswith("i3,a,")), encoding="utf-8")
    adjusted = found_by(capsys, str(votes), "--covariate", "bright", "--stimuli", str(stimuli))["adjusted"]
    assert isinstance(adjusted, dict)
    rows = [line.split(",") for line in votes.read_text(encoding="utf-8").splitlines()]
    left_out = sum(row[1] == "i3" and "a" in row[2:4] for row in rows)
    assert left_out > 20 and (adjusted["votes"], adjusted["left_out"]) == (1200 - left_out, left_out)
    assert "left out, also without adjustment" in adjusted["explain"][-1]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--covariate", "size"], "There is no column 'size', nor size_left and size_right"),
        (["--covariate", "item"], "Line 2: item is 'i0', but should be a number"),
        (["--covariate", "bright", "--stimuli", "{votes}"], "table of stimuli has no column 'method'"),
    ],
)
def test_unknown_covariates_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    votes, _ = write_study(tmp_path)
    assert main(["fit", str(votes), *(word.format(votes=votes) for word in words)]) == 2
    assert message in capsys.readouterr().err


def test_a_property_of_the_methods_cannot_be_adjusted_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    votes, stimuli = map(str, write_study(tmp_path))
    found = found_by(capsys, votes, "--covariate", "number", "--stimuli", stimuli)
    assert "adjusted" not in found and "do not determine the effect of number" in str(found["warnings"])
