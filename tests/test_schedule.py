"""Test that files that share a server run in one process, and slow ones first."""

from types import SimpleNamespace
from typing import Any

from tests.support.schedule import Schedule, slowest_first

PAGES = "tests/demo/pages"


def test_files_of_a_folder_with_one_server_are_one_unit() -> None:
    schedule = Schedule.__new__(Schedule)
    nodes = [f"{PAGES}/test_a.py::test_1", f"{PAGES}/test_b.py::test_2[x/y::z]", "tests/test_c.py::test_3"]
    units = [schedule._split_scope(node) for node in nodes]
    assert units == [PAGES, PAGES, "tests/test_c.py"]


def test_slow_folders_come_first_in_their_order() -> None:
    names = [
        "tests/study/test_a.py::a",
        f"{PAGES}/test_b.py::b",
        "tests/test_c.py::c",
        f"{PAGES}/test_d.py::d",
    ]
    items: list[Any] = [SimpleNamespace(nodeid=name) for name in names]
    slowest_first(items)
    assert [item.nodeid for item in items] == [names[1], names[3], names[0], names[2]]
