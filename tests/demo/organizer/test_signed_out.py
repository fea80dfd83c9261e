"""Check that a cookie that one server has signed out is invalid at all servers on the database."""

from pathlib import Path

import pytest

from demo.organizer import signed_out
from demo.organizer.signed_out import OnAllServers, OnThisServer
from study.database.store import Store


def test_a_sign_out_is_noticed_by_other_servers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'votes.db'}"
    one, other = OnAllServers(Store.open(url), lambda: 100.0), OnAllServers(Store.open(url), lambda: 100.0)
    assert "x" not in one and "x" not in other
    one.add("x", until=200.0)
    assert "x" in one
    monkeypatch.setattr(signed_out, "SECONDS", 0.0)
    assert "x" in other and "y" not in other


def test_ids_that_have_expired_are_forgotten(tmp_path: Path) -> None:
    now = [100.0]
    store = Store.open(f"sqlite:///{tmp_path / 'votes.db'}")
    for held in (OnAllServers(store, lambda: now[0]), OnThisServer(lambda: now[0])):
        now[0] = 100.0
        held.add("old", until=150.0)
        now[0] = 200.0
        held.add("new", until=300.0)
        held.add("newer", until=300.0)
        assert "old" not in held and "new" in held


def test_without_the_database_the_known_ids_stay_signed_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "votes.db"
    held = OnAllServers(Store.open(f"sqlite:///{file}"), lambda: 100.0)
    held.add("x", until=200.0)
    monkeypatch.setattr(signed_out, "SECONDS", 0.0)
    file.unlink()
    assert "x" in held and "y" not in held
