"""The numbers of docs/performance.md are those that were measured, and can be measured again."""

import xml.etree.ElementTree as ET
from pathlib import Path

from benchmarks.speed.render import WAYS, measure
from scripts.performance_page import DOCS, draw, filled, read


def test_the_page_shows_what_was_measured() -> None:
    page = (DOCS / "performance.md").read_text(encoding="utf-8")
    assert filled(page) == page
    timings = read("render")["timings"]
    assert {timing["mask"] for timing in timings} == {"all", "20 %"}


def test_the_drawing_holds_every_line(tmp_path: Path) -> None:
    draw(read("render")["timings"], tmp_path / "a.svg")
    draw(read("render")["timings"], tmp_path / "b.svg")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    lines = [node.get("id", "") for node in ET.parse(tmp_path / "a.svg").iter()]
    assert sum(name.startswith("line2d") for name in lines) >= 6


def test_every_way_to_render_still_runs() -> None:
    timings = list(measure(0.01))
    names = {way.name for way in WAYS if way.name != "color-matcher MKL"}
    assert names <= {timing.way for timing in timings}
    assert all(timing.milliseconds > 0 for timing in timings)
