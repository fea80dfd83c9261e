"""Check that a running server makes its regular copies, and states it to operators."""

import time
from pathlib import Path

import pytest

from demo.settings import BadSettings, Settings
from study.durability import archive
from study.durability.one_off import verify
from study.durability.remote import Remote
from tests.support.operated import operated


def test_a_server_copies_its_database_and_states_when(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "FIRST_SECONDS", 0.1)
    address = f"file://{tmp_path / 'archive'}"
    with operated(tmp_path, ARCHIVE_URL=address, METRICS_TOKEN="m" * 16) as server, server.client() as client:
        until = time.monotonic() + 60
        while "was made at" not in (found := client.get("/readyz").json()["checks"]["archive"])["message"]:
            assert time.monotonic() < until
            time.sleep(0.5)
        assert found["ok"] and str(tmp_path) not in found["message"]
        metrics = client.get("/metrics", headers={"Authorization": f"Bearer {'m' * 16}"}).text
        (age,) = (line for line in metrics.splitlines() if line.startswith("harmonylab_archive_age_seconds "))
        assert 0 <= float(age.split()[1]) < 60
    checked = verify(Remote(address), tmp_path / "data", tmp_path / "votes.db")
    assert checked.here == checked.restored.counts and not checked.damaged


@pytest.mark.parametrize(("name", "value"), [("ARCHIVE_HOURS", "0"), ("ARCHIVE_KEEP", "none")])
def test_a_wrong_plan_stops_the_start(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(BadSettings, match=name):
        Settings.from_env({"DATA_DIR": str(tmp_path), name: value})
