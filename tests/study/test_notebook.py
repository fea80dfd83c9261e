"""Run the page docs/python.md, and check the public functions against the command line."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import study
from study import BadVotes, fit, read_votes
from study.__main__ import main
from study.notebook import ROW
from tests.support.paths import DOCS, ROOT

EXAMPLE = DOCS / "study_example.csv"
ROWS = [
    ("a", "b", "L", "p", "i"),
    ("b", "a", "L", "q", "i"),
    ("a", "b", "T", "p", "j"),
    ("a", "b", "L", "q", "j"),
]


def test_the_page_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    text = (DOCS / "python.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == 6
    exec("\n".join(blocks), {})
    printed = capsys.readouterr().out
    stated = re.search(r"print\(error\)  # (.*)", text)
    assert stated and printed.endswith(stated[1] + "\n") and "harmonylab" in printed


def test_the_numbers_are_those_of_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", str(EXAMPLE), "--position", "--json"]) == 0
    expected = json.loads(capsys.readouterr().out)
    main(["fit", str(EXAMPLE), "--position"])
    text = capsys.readouterr().out
    result = fit(EXAMPLE, position=True)
    assert json.loads(json.dumps(result.values)) == expected
    assert result.summary() + "\n" == text == f"{result}\n"
    frame = result.to_frame()
    assert list(frame.index) == list(result.log_worths) and frame["log_worth"].is_monotonic_decreasing
    assert len(result.pairs()) == len(expected["pairs"])
    table = pd.read_csv(EXAMPLE)
    assert json.loads(json.dumps(fit(table, position=True).values)) == expected
    assert list(table.columns) == list(pd.read_csv(EXAMPLE).columns)


@pytest.mark.parametrize(
    "source",
    [
        ROWS,
        np.array(ROWS),
        np.array(ROWS, object),
        dict(zip(ROW, map(list, zip(*ROWS, strict=True)), strict=True)),
    ],
)
def test_arrays_rows_and_columns_are_the_same(source: object) -> None:
    frame = pd.DataFrame(ROWS, columns=list(ROW), index=[3, 1, 4, 1])
    assert fit(source).values == fit(frame).values  # type: ignore[arg-type]
    assert fit(frame).values["participants"] == 2


def test_tables_of_other_tools_and_rankings() -> None:
    battles = pd.DataFrame({"model_a": ["x", "y"], "model_b": ["y", "x"], "winner": ["model_a", "model_a"]})
    assert fit(battles).log_worths == pytest.approx({"x": 0, "y": 0}, abs=1e-9)
    ranks = pd.DataFrame({"Trial": [1, 1, 2, 2], "Method": list("xyxy"), "Rank": [1, 2, 2.0, 1]})
    assert fit(ranks).values["answers"] == "rankings" and fit(ranks).status == "ok"
    with pytest.raises(BadVotes, match="for votes on pairs"):
        fit(ranks, ties="half")
    with pytest.raises(BadVotes, match="for votes on pairs"):
        read_votes(ranks, covariates=["rank"])


def test_without_scores_there_are_no_log_worths() -> None:
    result = fit([("a", "b", "L")])
    assert result.status == "separated" and result.log_worths == {} and result.pairs().empty
    assert list(result.to_frame().index) == ["a", "b"] and "no finite scores" in result.summary()
    assert fit([]).status == "no_votes"
    assert "no finite scores" in result.warnings[0]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ([("a", "b")], "A row has 2 values"),
        ([tuple("abLpix")], "A row has 6 values"),
        ({"left": ["a"], "right": ["b"], "outcome": [3]}, "Line 2: outcome is '3'"),
        ({"first": ["a"]}, "The table needs columns left, right, outcome"),
        ({"left": ["a"], "Left": ["b"]}, "two columns of the same name"),
    ],
)
def test_tables_that_are_refused(source: object, message: str) -> None:
    with pytest.raises(BadVotes, match=message):
        read_votes(source)  # type: ignore[arg-type]


def test_stimuli_are_a_table_or_a_file(tmp_path: Path) -> None:
    table = pd.read_csv(EXAMPLE)
    units = table[["item", "left"]].drop_duplicates().rename(columns={"left": "method"})
    units["Bright"] = np.random.default_rng(0).normal(size=len(units))
    path = tmp_path / "stimuli.csv"
    units.to_csv(path, index=False)
    found = [
        fit(read_votes(table, covariates=["bright"], stimuli=one)).values for one in (units, path, str(path))
    ]
    effects = [values["adjusted"]["effects"][0]["effect"] for values in found]
    assert effects[0] == pytest.approx(effects[1]) and effects[1] == effects[2]
    with pytest.raises(BadVotes, match="no column 'method'"):
        read_votes(table, covariates=["bright"], stimuli=table)


def test_the_package_stays_light_until_a_name_is_used() -> None:
    code = (
        "import sys, study; assert study.VERSION; sys.exit('pandas' in sys.modules or 'scipy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
    assert {"fit", "read_votes", "BadVotes"} <= set(dir(study))
    with pytest.raises(AttributeError, match="no attribute 'rank'"):
        study.rank  # noqa: B018


def test_a_missing_pandas_is_named() -> None:
    code = "import sys; sys.modules['pandas'] = None\nfrom study import fit"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 1 and "study.fit needs pandas: pip install pandas" in ran.stderr
