"""Check the regular copies: when one is due, which stay, and that a fault is shown and tried again."""

import logging
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from study.database.store import Store
from study.durability.archive import Archive, ArchivePlan
from study.durability.one_off import verify
from study.durability.remote import Remote
from study.manage.states import open_folder
from tests.support.study_world import small_study

BEGIN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)


@pytest.fixture
def plan(tmp_path: Path) -> ArchivePlan:
    """Return the plan of a server with the small study: a copy every day, of which two stay."""
    data = tmp_path / "data"
    url = f"sqlite:///{data / 'harmonylab.db'}"
    store = Store.open(url, home=data)
    open_folder(store, small_study(data / "studies" / "small"), "test")
    store.close()
    return ArchivePlan(url, data, f"file://{tmp_path / 'archive'}", hours=24, keep=2)


def at(plan: ArchivePlan, hours: float) -> Archive:
    """Return the archive of a server that was just started, at a time after BEGIN, after its first look."""
    archive = Archive(plan, now=lambda: BEGIN + timedelta(hours=hours))
    archive.look()
    return archive


def copies(plan: ArchivePlan) -> list[str]:
    return Remote(plan.address).names("snapshots")


def test_a_copy_is_made_once_in_its_time_by_all_servers_together(plan: ArchivePlan) -> None:
    assert at(plan, 0).message == "The latest copy of the database was made at 2026-01-02 03:04 UTC."
    (Path(plan.address.removeprefix("file://")) / "made" / "note.txt").touch()  # of somebody else
    for hours in (0.1, 5, 23.9):
        other = at(plan, hours)
        assert len(copies(plan)) == 1 and other.latest == BEGIN
        assert other.age() == pytest.approx(3600 * hours)
    for day in (1, 2, 3):
        at(plan, 24 * day)
    made = ["20260104T030405Z", "20260105T030405Z", "note.txt"]
    assert (len(copies(plan)), Remote(plan.address).names("made")) == (2, made)
    found = verify(Remote(plan.address), plan.data_dir, plan.data_dir / "harmonylab.db")
    assert found.damaged == () and found.here == found.restored.counts


def test_a_fault_is_shown_logged_once_and_tried_again(
    plan: ArchivePlan, caplog: pytest.LogCaptureFixture
) -> None:
    folder = Path(plan.address.removeprefix("file://"))
    folder.write_text("a file in the place of the folder", encoding="utf-8")
    archive = Archive(plan, now=lambda: BEGIN)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            archive.look()
    assert archive.message.endswith("New ones do not work: the log of the server states the reason.")
    assert str(folder) not in archive.message
    assert len(caplog.records) == 1
    assert archive.age() == float("inf")
    folder.unlink()
    archive.look()
    assert (archive.fault, archive.latest) == ("", BEGIN)


def test_without_an_address_nothing_is_copied(tmp_path: Path) -> None:
    archive = Archive(ArchivePlan("sqlite:///x.db", tmp_path))
    archive.start()
    assert "not set" in archive.message and not list(tmp_path.iterdir())
