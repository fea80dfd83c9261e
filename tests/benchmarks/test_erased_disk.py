"""Check with few kills that an erased disk loses nothing that the restarted server states as safe."""

from pathlib import Path

from benchmarks import postgresql
from benchmarks.durability.erased_disk import Erased, of_the_app, on_postgresql, on_sqlite

PROMISED = 10.0  # seconds before a crash, at most


def assert_nothing_safe_is_lost(result: Erased) -> None:
    assert result.acknowledged > 0
    assert (result.lost_before, result.doubled, result.missing_pictures) == (0, 0, 0)
    assert result.oldest_seconds <= PROMISED


def test_the_app_restarts_from_its_copies(tmp_path: Path) -> None:
    assert_nothing_safe_is_lost(of_the_app(tmp_path, times=1, seconds=1.0))


def test_several_kills_in_a_row(tmp_path: Path) -> None:
    assert_nothing_safe_is_lost(on_sqlite(tmp_path, times=3, seconds=0.5))


def test_postgresql_loses_nothing(tmp_path: Path) -> None:
    with postgresql.server() as url:
        result = on_postgresql(tmp_path, url, times=2, seconds=0.5)
    assert_nothing_safe_is_lost(result)
    assert result.lost == 0
