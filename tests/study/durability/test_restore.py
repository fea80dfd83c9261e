"""Check that a server on an empty disk gets back what was copied, and that nothing is overwritten."""

import os
import shutil
from pathlib import Path

import pytest

from study.collect.enrolment import enrol
from study.collect.participation import withdraw
from study.collect.stimulus_files import check_stimuli
from study.database import journal
from study.durability import copier, durability
from study.durability.durability import Durability
from study.manage.log import entries
from study.records import BadStudy
from tests.support.copied import Server, place_in, rows_of, server, started
from tests.support.study_world import answer_all, shown, small_study, vote


@pytest.fixture
def address(tmp_path: Path) -> str:
    return f"file://{tmp_path / 'copies'}"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def votes(one: Server, number: int, choice: str = "L") -> str:
    """Enrol a participant who gives some answers; return the token."""
    token = enrol(one.store, "small")
    for _ in range(number):
        vote(one.store, token, shown(one.store, token), choice)
    return token


def kept(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    return rows_of(folder / "harmonylab.db")


def files(address: str, folder: str) -> list[Path]:
    return sorted(Path(address.removeprefix("file://"), folder).iterdir())


def test_an_empty_disk_gets_everything_that_was_copied(address: str, data: Path) -> None:
    with server(data, address) as one:
        token = votes(one, 5)
        one.copy()
        votes(one, 3)
        withdraw(one.store, votes(one, 2))
        one.copy()
        before = kept(data)
    shutil.rmtree(data)
    with server(data, address) as one:
        assert kept(data) == before
        assert check_stimuli(one.store, "small") == []
        assert "Everything stored before" in str(entries(one.store)[0].details["text"])
        assert len(answer_all(one.store, token)) == 7
        assert "Everything stored before" in one.durability.status().restored


def test_pictures_are_restored_beside_a_folder_of_another_build(address: str, data: Path) -> None:
    with server(data, address) as one:
        one.copy()
    place = data / "studies" / "small"
    shutil.rmtree(place)
    small_study(place, items=4)  # as another server makes it that starts at the same time
    other = (place / "study.json").read_bytes()
    with server(data, address) as one:
        assert check_stimuli(one.store, "small") == []
        assert (place / "study.json").read_bytes() == other


def test_what_was_not_copied_is_lost_and_the_organizer_is_told(address: str, data: Path) -> None:
    with server(data, address) as one:
        votes(one, 5)
        one.copy()
        before = kept(data)
        until = one.durability.status().until
        votes(one, 1)
        assert one.durability.status().waiting > 0
    shutil.rmtree(data)
    with server(data, address) as one:
        assert kept(data) == before
        assert f"before {until}" in one.durability.status().restored


def test_an_orderly_end_copies_everything_and_starts_without_a_wait(address: str, data: Path) -> None:
    one = started(place_in(data, address))
    one.copy()
    votes(one, 5)
    one.durability.stop()
    before = kept(data)
    one.store.close()
    shutil.rmtree(data)
    with server(data, address, seconds=60.0) as one:
        assert kept(data) == before
        assert "Nothing is missing" in one.durability.status().restored


def test_a_disk_that_was_not_erased_keeps_its_votes(address: str, data: Path) -> None:
    with server(data, address) as one:
        one.copy()
        votes(one, 5)
        before = kept(data)
    with server(data, address) as one:
        assert kept(data) == before
        assert one.durability.status().restored == ""
        one.copy()
    shutil.rmtree(data)
    with server(data, address):
        assert kept(data) == before


def test_a_copy_that_was_stored_but_not_noted_is_no_conflict(address: str, data: Path) -> None:
    with server(data, address) as one:
        one.copy()
        with one.store.reading() as tx:
            pushed = journal.position(tx).pushed
        votes(one, 5)
        one.copy()
        journal.mark_pushed(one.store, pushed)  # as if the server was killed between the two
        before = kept(data)
    with server(data, address):
        assert kept(data) == before


def test_an_older_disk_gets_the_newer_copy_and_keeps_its_file(
    address: str, data: Path, tmp_path: Path
) -> None:
    with server(data, address) as one:
        one.copy()
    shutil.copytree(data, tmp_path / "old")
    with server(data, address) as one:
        votes(one, 5)
        one.copy()
        newest = kept(data)
    with server(tmp_path / "old", address):
        assert kept(tmp_path / "old") == newest
        assert len(list((tmp_path / "old").glob("harmonylab.db.before-*"))) == 1


def test_two_disks_with_votes_of_their_own_are_refused(address: str, data: Path, tmp_path: Path) -> None:
    with server(data, address) as one:
        one.copy()
    other = tmp_path / "other"
    shutil.copytree(data, other)
    with server(data, address) as one:
        votes(one, 5)
        one.copy()
    with server(other, "") as one:
        votes(one, 3)
        before = kept(other)
    with pytest.raises(BadStudy, match="different votes"):
        Durability.prepare(place_in(other, address))
    assert kept(other) == before
    with server(data, address):  # the address is still usable for the right one
        pass


def test_the_address_of_another_study_is_refused(address: str, data: Path, tmp_path: Path) -> None:
    with server(data, address) as one:
        votes(one, 1)
        one.copy()
    with server(tmp_path / "other", "") as one:
        votes(one, 1)
    with pytest.raises(BadStudy, match="different ones"):
        Durability.prepare(place_in(tmp_path / "other", address))


def test_a_damaged_newest_snapshot_gives_way_to_the_one_before(address: str, data: Path) -> None:
    for _ in range(2):
        with server(data, address) as one:
            votes(one, 2)
            one.copy()
    votes_before = kept(data)["vote"]
    newest = files(address, "snapshots")[-1]
    newest.write_bytes(newest.read_bytes()[:-100])
    shutil.rmtree(data)
    with server(data, address) as one:
        assert kept(data)["vote"] == votes_before
        assert "damaged" in one.durability.status().restored


def test_a_file_that_was_written_in_part_counts_as_missing(address: str, data: Path) -> None:
    with server(data, address) as one:
        one.copy()
        votes(one, 2)
        before = kept(data)
        one.copy()
        votes(one, 2)
        one.copy()
    last = files(address, "journal")[-1]
    os.truncate(last, last.stat().st_size // 2)
    shutil.rmtree(data)
    with server(data, address) as one:
        assert kept(data) == before
        votes(one, 3)
        one.copy()
        newest = kept(data)
    shutil.rmtree(data)
    with server(data, address):
        assert kept(data) == newest


def test_nothing_is_applied_after_a_gap_and_the_organizer_is_told(address: str, data: Path) -> None:
    with server(data, address) as one:
        one.copy()
        before = kept(data)
        for _ in range(2):
            votes(one, 2)
            one.durability.copy_now()
    files(address, "journal")[-2].unlink()
    shutil.rmtree(data)
    with server(data, address) as one:
        assert kept(data) == before
        assert "could not be read" in one.durability.status().restored


def test_without_an_address_nothing_is_recorded(data: Path) -> None:
    with server(data, "") as one:
        votes(one, 1)
        assert one.durability.status().waiting == 0


def test_only_damaged_copies_stop_the_start(address: str, data: Path) -> None:
    with server(data, address) as one:
        one.copy()
    for file in files(address, "snapshots"):
        file.write_bytes(b"x")
    shutil.rmtree(data)
    with pytest.raises(BadStudy, match="all are damaged"):
        Durability.prepare(place_in(data, address))


def test_deleted_answers_leave_the_copies(address: str, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with server(data, address) as one:
        token = votes(one, 2)
        one.copy()
        withdraw(one.store, token)
        one.copy()
        assert files(address, "journal")
        monkeypatch.setattr(copier, "EVERY_CHANGES", 1)
        one.copy()
        monkeypatch.setattr(copier, "DAY", 0.0)  # as if a day had passed without a change
        one.copy()
        assert len(files(address, "snapshots")) == 1 and files(address, "journal") == []
        before = kept(data)
    shutil.rmtree(data)
    with server(data, address):
        assert kept(data) == before


def test_an_address_that_does_not_work_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "copies").write_bytes(b"a file, no folder")
    monkeypatch.setattr(durability, "ATTEMPTS", 1)
    with pytest.raises(BadStudy, match="BACKUP_URL cannot be reached"):
        Durability.prepare(place_in(tmp_path / "data", f"file://{tmp_path / 'copies'}"))
