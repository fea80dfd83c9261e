"""The drawing of how training went shows what the runs wrote."""

import xml.etree.ElementTree as ET
from pathlib import Path

from scripts.training_curves import DOCS, draw, read, series

BESIDE = {"val_error_composite": 30.0}
LINES = [
    {"step": 9, "seconds": 60.0, "error": 20.0},
    {"step": 9, "val_error": 22.0, **BESIDE},
    {"step": 18, "seconds": 120.0, "error": 18.0},
    {"step": 18, "val_error": 21.0, **BESIDE},
    {"step": 18, "seconds": 120.0},
]


def test_errors_stand_at_the_minute_they_were_measured_in() -> None:
    assert series(LINES, "error") == [(1, 20), (2, 18)]
    assert series(LINES, "val_error") == [(1, 22), (2, 21)]
    assert series(LINES, "other") == []


def test_every_run_has_a_panel_with_its_lines(tmp_path: Path) -> None:
    draw({"one": LINES, "two": LINES[:1]}, tmp_path / "a.svg")
    names = [node.get("id", "") for node in ET.parse(tmp_path / "a.svg").iter()]
    assert sum(name.startswith("axes_") for name in names) == 2


def test_the_runs_that_are_kept_have_both_kinds_of_errors() -> None:
    runs = {file.stem: read(file) for file in (DOCS / "training").glob("*.jsonl")}
    assert runs
    assert all(series(lines, "error") and series(lines, "val_error") for lines in runs.values())
