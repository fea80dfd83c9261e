"""Check with few kills that every acknowledged vote is stored exactly once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import postgresql
from benchmarks.durability.killed_server import api_alone, kill_servers
from benchmarks.durability.killed_voters import Result, kills
from benchmarks.speed.voters import study


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    yield study(tmp_path_factory.mktemp("drills") / "study")


def assert_stored_once(result: Result) -> None:
    assert result.acknowledged > 0
    assert (result.lost, result.doubled) == (0, 0)


def test_killed_voters_on_sqlite(folder: Path, tmp_path: Path) -> None:
    assert_stored_once(kills("sqlite", f"sqlite:///{tmp_path / 'votes.db'}", folder, times=3, voters=2))


def test_killed_voters_on_postgresql(folder: Path) -> None:
    with postgresql.server() as url:
        assert_stored_once(kills("postgresql", url, folder, times=3, voters=2))


def test_a_killed_server_and_clients_that_send_again(folder: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'votes.db'}"
    assert_stored_once(kill_servers(url, folder, api_alone(url), times=4))
