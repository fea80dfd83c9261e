"""Test that spreadsheets run no cell of an exported table, and that every text is read back unchanged."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from study.__main__ import main
from study.records import MethodRow
from study.vote_files.dataframe import data_of, read_frame
from study.vote_files.export import TABLES, to_csv, to_jsonl, votes_of
from study.vote_files.fit import fit_table
from study.vote_files.foreign_formats import read_foreign, read_table
from study.vote_files.formula_cells import as_meant, as_text, harmless, meant
from tests.support.rated import rated, study_of

STARTS = "=+-@\t\r\n"
ATTACKS = ('=cmd|"/C calc"!A0', "+1+1", "-2+3", "@SUM(1)", "\t=1", "＝1+1", "'=1", "''=1", "'", "-1", "plain")
# Texts that begin with what matters, and go on with anything.
texts = st.builds(str.__add__, st.text("'=+-@\t\r\n＝1.e", max_size=4), st.text(max_size=5))


@given(texts)
@example("-1")
@example("'-1")
@example("+1e5\n")
@example("١")
def test_every_text_is_read_back(text: str) -> None:
    assert as_meant(as_text(text)) == text


@given(texts)
def test_no_formula_remains(text: str) -> None:
    written = as_text(text)
    if written[:1] in STARTS and written:
        assert float(written) == float(text)  # a number, which a spreadsheet shows as itself


@given(st.lists(st.tuples(texts, texts), min_size=1))
def test_every_table_is_read_back(rows: list[tuple[str, str]]) -> None:
    frame = pd.DataFrame(rows, columns=["left", "right"], dtype=object)
    for form in (frame, frame.astype("category")):
        assert meant(harmless(form)).to_numpy().tolist() == frame.to_numpy().tolist()


def test_numbers_are_not_changed() -> None:
    frame = pd.DataFrame({"a": [-1, 2], "b": [-0.5, np.nan], "c": pd.array([-7, None], "Int64")})
    assert to_csv(frame) == frame.to_csv(index=False, lineterminator="\n").encode()


@pytest.mark.parametrize("columns", ["votes", "arena", "counts"])
def test_names_of_methods_and_items_do_not_run_and_are_read_back(tmp_path: Path, columns: str) -> None:
    names, items = ATTACKS[:3], [f"{mark}HYPERLINK({n})" for n, mark in enumerate("=+-@='")]
    data = replace(
        study_of(rated(methods=3), 3), methods=tuple(MethodRow(name, name, False) for name in names)
    )
    data = replace(data, items=tuple(items[n % 6] + str(n) for n in range(len(data.items))))
    table = to_csv(TABLES[columns](data))
    cells = [cell for row in csv.reader(io.StringIO(table.decode())) for cell in row]
    assert not [cell for cell in cells if cell[:1] in STARTS and cell]
    path = tmp_path / "votes.csv"
    path.write_bytes(table)
    assert set(read_frame(path)["left"]) | set(read_frame(path)["right"]) == set(names)
    assert set(fit_table(read_table(path))["methods"]) == set(names)
    assert set(data_of(read_foreign(path).assign(participant="1"), "s").items) == {
        data.items[n] for n in set(data.responses.item.tolist())
    }


def test_names_of_voters_of_other_tools_do_not_run(tmp_path: Path) -> None:
    """`import` writes texts of unknown origin."""
    source, out, again = tmp_path / "in.jsonl", tmp_path / "out.csv", tmp_path / "again.csv"
    source.write_bytes(
        to_jsonl(pd.DataFrame({"model_a": ["x"] * 11, "model_b": ["y"] * 11, "winner": ["tie"] * 11,
                               "judge": list(ATTACKS), "tstamp": range(11)}))
    )  # fmt: skip
    assert main(["import", str(source), str(out)]) == 0
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert not [row for row in rows if row["participant"][0] in "=+@\t" or row["participant"][:2] == "-2"]
    assert main(["import", str(out), str(again)]) == 0
    assert again.read_bytes() == out.read_bytes()
    assert read_foreign(out)["participant"].tolist() == [name.strip() for name in ATTACKS]


def test_other_formats_do_not_change_texts() -> None:
    data = replace(
        study_of(rated(methods=2), 2), methods=(MethodRow("=a", "", False), MethodRow("b", "", False))
    )
    assert '"=a"' in to_jsonl(votes_of(data)).decode()
