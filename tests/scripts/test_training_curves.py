"""Check that the figures of training runs show the values of their logs."""

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

from tests.support.paths import DOCS
from tests.support.scripts import run_script

SVG = "{http://www.w3.org/2000/svg}"
BESIDE = {"val_error_composite": 30.0}
LINES = [
    {"step": 9, "seconds": 60.0, "error": 20.0},
    {"step": 9, "val_error": 22.0, **BESIDE},
    {"step": 18, "seconds": 120.0, "error": 18.0},
    {"step": 18, "val_error": 21.0, **BESIDE},
    {"step": 18, "seconds": 120.0},
]
ERRORS = {"learned": 15.0, "held_out": 16.0, "untouched": 23.0}
SCORES = {"expert_regions": 32.0, "expert_pairs": 30.0, "iharmony4": 28.0, "hflickr": 27.0}
COMPOSITES: list[dict[str, float]] = [{"composites": 1000.0 * n, **ERRORS, **SCORES} for n in (1, 2)]


def drawn(docs: Path, runs: dict[str, list[dict[str, float]]], figure: str = "training.svg") -> ET.Element:
    (docs / "training" / "composites").mkdir(parents=True)
    (docs / "images").mkdir()
    (docs / "training" / "composites" / "a.jsonl").write_text("\n".join(map(json.dumps, COMPOSITES)))
    for name, lines in runs.items():
        (docs / "training" / f"{name}.jsonl").write_text("\n".join(map(json.dumps, lines)))
    run_script("training_curves", docs=docs).check_returncode()
    return ET.parse(docs / "images" / figure).getroot()


def test_every_run_has_a_panel_with_its_lines(tmp_path: Path) -> None:
    groups = [node.get("id", "") for node in drawn(tmp_path, {"one": LINES, "two": LINES[:1]}).iter()]
    assert sum(name.startswith("axes_") for name in groups) == 2


def test_both_kinds_of_errors_are_drawn_at_the_minute_of_their_measurement(tmp_path: Path) -> None:
    nodes = drawn(tmp_path, {"one": LINES}).iter(f"{SVG}path")
    paths = [
        re.findall(r"[ML] ([\d.]+) [\d.]+", node.get("d", "")) for node in nodes if node.get("clip-path")
    ]
    across = [(float(path[0]), float(path[1])) for path in paths if len(path) == 2 and path[0] != path[1]]
    grid = min(across)  # from edge to edge
    assert len(set(across) - {grid}) == 1  # error and val_error begin and end at the same minutes
    assert sum(ends != grid for ends in across) == 3  # also that of untouched composites


def test_errors_and_scores_are_drawn_against_composites(tmp_path: Path) -> None:
    nodes = drawn(tmp_path, {"one": LINES}, "composites.svg").iter(f"{SVG}path")
    paths = [
        re.findall(r"[ML] ([\d.]+) ([\d.]+)", node.get("d", "")) for node in nodes if node.get("clip-path")
    ]
    level = [path for path in paths if len(path) == 2 and path[0][1] == path[1][1]]
    grid = max(abs(float(path[0][0]) - float(path[1][0])) for path in level)  # from edge to edge
    lines = [path for path in level if abs(float(path[0][0]) - float(path[1][0])) < grid - 1]
    assert len(lines) == len(ERRORS) + len(SCORES)


def test_the_runs_that_are_kept_have_both_kinds_of_errors() -> None:
    runs = [file.read_text("utf-8").splitlines() for file in (DOCS / "training").glob("*.jsonl")]
    assert runs
    for lines in runs:
        assert {"error", "val_error"} <= {name for line in lines for name in json.loads(line)}
