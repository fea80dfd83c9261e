"""Test the sections on the anchor, the normal curve, cycles and single pictures, in reports and in `fit`."""

import json
from pathlib import Path

import numpy as np
import pytest

from study.__main__ import main
from study.records import BadStudy
from study.report.build import report_of
from study.report.json_form import to_json
from study.report.markdown import to_markdown
from tests.support.rated import answered, rated, study_of

CYCLE = Path(__file__).parents[2] / "data" / "adversarial" / "cycle.csv"
STUDY = study_of(rated(), 5)


def table(path: Path, anchor: str = "composite") -> list[str]:
    """Write votes of forty people who prefer in a circle, and return the name of the file."""
    lines, rng = ["participant,item,left,right,outcome"], np.random.default_rng(0)
    for who in range(40):
        for a, b in (("x", "y"), ("y", "z"), ("z", "x"), ("x", anchor), ("y", anchor), ("z", anchor)):
            for item in rng.permutation(12)[:6]:
                left, right = (a, b) if rng.random() < 0.5 else (b, a)
                outcome = "L" if (left == a) == (rng.random() < 0.75) else "R"
                lines.append(f"{who},{item},{left},{right},{outcome}")
    path.write_text("\n".join(lines))
    return ["--votes", str(path)]


def test_the_anchor_of_the_study_is_the_default_and_another_can_be_chosen() -> None:
    assert "## Compared with Method 0\n" in to_markdown(report_of(STUDY))
    for name in ("m3", "Method 3"):
        assert "## Compared with Method 3\n" in to_markdown(report_of(STUDY, anchor=name))
    with pytest.raises(BadStudy, match="No method is called 'x'. The methods are m0, m1"):
        report_of(STUDY, anchor="x")


def test_pictures_are_listed_with_their_spread() -> None:
    text = to_markdown(report_of(study_of(rated(item_sd=0.6), 5)))
    section = text.split("## Single pictures\n")[1].split("\n## ")[0]
    assert "standard deviation of 0." in section and "The 20 pictures that decide most" in section
    assert section.count("\n| scene") == 20


def test_pictures_that_do_not_differ_have_no_scores_of_their_own() -> None:
    report = report_of(study_of(rated(participants=15), 5))
    assert report.further and report.further.pictures and report.further.pictures.sd == 0
    section = to_markdown(report).split("## Single pictures\n")[1].split("\n## ")[0]
    assert (
        f"Plan the next study with the upper limit (plan --picture-spread {report.further.pictures.high:.2f})"
        in section
    )
    assert "| First without it |\n" in section and "No difference between pictures was found" in section


def test_a_table_of_opposite_halves_has_no_reliability_and_no_hash(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["report", "--votes", str(CYCLE)]) == 0
    text = capsys.readouterr().out
    halves = next(line for line in text.splitlines() if line.startswith("| Halves of people agree"))
    assert "below 0" in halves and "; table of votes “cycle”; seed" in text


def test_json_has_the_further_scales_and_nothing_without_a_ranking() -> None:
    found = json.loads(to_json(report_of(STUDY)))["scales"]
    assert list(found) == ["thurstone", "anchor", "cycles", "pictures"]
    assert found["anchor"]["anchor"] == "Method 0" and len(found["pictures"]["pictures"]) == 30
    assert json.loads(to_json(report_of(study_of(answered((0, 0, 1, "L", 1)), 2))))["scales"] is None


def test_fit_and_report_warn_of_the_same_cycle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    votes = table(tmp_path / "votes.csv")
    words = "Significant preferences form a cycle: x over y, y over z, z over x."
    assert main(["report", *votes]) == 0 and words in capsys.readouterr().out
    assert main(["fit", votes[1]]) == 0
    text = capsys.readouterr().out
    assert (
        words in text and "preferred to composite, ties aside" in text and "Between the 12 pictures" in text
    )


def test_the_commands_take_an_anchor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    votes = table(tmp_path / "votes.csv")
    assert main(["fit", votes[1], "--anchor", "y"]) == 0 and "preferred to y, " in capsys.readouterr().out
    assert main(["report", *votes, "--anchor", "y"]) == 0 and "Compared with y" in capsys.readouterr().out
    for command in (["fit", votes[1]], ["report", *votes]):
        assert main([*command, "--anchor", "w"]) == 2
        assert "The methods are composite, x, y, z." in capsys.readouterr().err
