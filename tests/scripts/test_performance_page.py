"""Check that docs/performance.md contains the kept measurements, and that they can be repeated."""

import json
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from benchmarks.speed.render import WAYS, measure
from tests.support.paths import DOCS
from tests.support.scripts import run_script


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """Return a folder of documents that was rebuilt from the kept measurements."""
    shutil.copytree(DOCS / "performance", tmp_path / "performance")
    shutil.copy(DOCS / "performance.md", tmp_path)
    (tmp_path / "images").mkdir()
    run_script("performance_page", docs=tmp_path).check_returncode()
    return tmp_path


def test_the_page_shows_what_was_measured(docs: Path) -> None:
    assert (docs / "performance.md").read_bytes() == (DOCS / "performance.md").read_bytes()
    timings = json.loads((DOCS / "performance" / "render.json").read_text("utf-8"))["timings"]
    assert {timing["mask"] for timing in timings} == {"all", "20 %"}


def test_the_drawing_holds_every_line_and_is_the_same_each_time(docs: Path) -> None:
    first = (docs / "images" / "performance.svg").read_bytes()
    run_script("performance_page", docs=docs).check_returncode()
    assert (docs / "images" / "performance.svg").read_bytes() == first
    lines = [node.get("id", "") for node in ET.fromstring(first).iter()]
    assert sum(name.startswith("line2d") for name in lines) >= 6


def test_every_way_to_render_still_runs() -> None:
    timings = list(measure(0.01))
    names = {way.name for way in WAYS if way.name != "color-matcher MKL"}
    assert names <= {timing.way for timing in timings}
    assert all(timing.milliseconds > 0 for timing in timings)
