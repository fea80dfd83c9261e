"""Test what `fit` and `report` say about tables of votes that mislead a careless analysis."""

import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from study.report.build import report_of
from study.report.markdown import to_markdown
from study.vote_files.dataframe import data_of, read_frame
from study.vote_files.fit import fit_table
from study.vote_files.fit_text import table_to_text
from study.vote_files.foreign_formats import read_table
from study.vote_files.read import BadVotes
from tests.support.paths import ROOT

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FOLDER = ROOT / "tests" / "data" / "adversarial"
CASES = tomllib.loads((FOLDER / "cases.toml").read_text(encoding="utf-8"))


@cache
def fitted(name: str) -> str:
    """Return what `fit --position` prints, or why it refuses the table."""
    try:
        return table_to_text(fit_table(read_table(FOLDER / f"{name}.csv"), position=True))
    except BadVotes as error:
        return str(error)


@cache
def reported(name: str) -> str:
    """Return what `report --votes` prints, or why it refuses the table."""
    try:
        return to_markdown(report_of(data_of(read_frame(FOLDER / f"{name}.csv"), name)))
    except BadVotes as error:
        return str(error)


@pytest.mark.parametrize("name", CASES)
def test_each_table_has_its_sentence(name: str) -> None:
    case = CASES[name]
    for command, text in (("fit", fitted(name)), ("report", reported(name))):
        for wanted in (*case.get("must", ()), *case.get(command, ())):
            assert wanted in text, (command, text)
        for unwanted in case["never"]:
            assert unwanted not in text, (command, text)


def test_every_table_has_a_case_with_a_sentence_for_each_command() -> None:
    assert {path.stem for path in FOLDER.glob("*.csv")} == set(CASES) and len(CASES) >= 30
    for name, case in CASES.items():
        assert case["never"] and (case.get("must") or case.get("report")), name


def test_the_files_are_small_and_the_script_writes_the_same(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "scripts.adversarial_tables", tmp_path], cwd=ROOT, check=True)
    for path in FOLDER.glob("*.csv"):
        assert path.stat().st_size <= 50_000
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name
