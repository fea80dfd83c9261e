"""Test the commands that copy a database, restore it and check the copy."""

import os
import shutil
from pathlib import Path

import pytest

from benchmarks import postgresql
from study.__main__ import main
from study.collect.enrolment import enrol
from study.database.store import Store
from study.manage.states import open_folder
from tests.support.copied import rows_of, server
from tests.support.study_world import open_store, shown, small_study, vote


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a data folder with the small study and two votes."""
    folder = tmp_path / "data"
    monkeypatch.setenv("DATA_DIR", str(folder))
    for name in ("DATABASE_URL", "BACKUP_URL"):
        monkeypatch.delenv(name, raising=False)
    store = Store.open(f"sqlite:///{folder / 'harmonylab.db'}")
    open_folder(store, small_study(folder / "studies" / "small"), "test")
    answer(store, 2)
    store.close()
    return folder


def answer(store: Store, number: int) -> None:
    token = enrol(store, "small")
    for _ in range(number):
        vote(store, token, shown(store, token))


def run(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> str:
    assert main(list(words)) == status
    said = capsys.readouterr()
    return said.out + said.err


def test_a_copy_is_made_checked_and_restored(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, copy = rows_of(data / "harmonylab.db"), str(tmp_path / "copy")
    assert "studies 1, people 1, votes 2" in run(capsys, "backup", "--to", copy)
    assert "All votes are the same." in run(capsys, "verify", "--from", copy)
    shutil.rmtree(data)
    assert "votes 2" in run(capsys, "restore", "--from", copy)
    assert rows_of(data / "harmonylab.db") == before
    assert list((data / "studies" / "small" / "stimuli").iterdir())


def test_the_newest_of_several_copies_counts_and_the_old_file_stays(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKUP_URL", f"file://{tmp_path / 'copy'}")
    run(capsys, "backup")
    store = Store.open(f"sqlite:///{data / 'harmonylab.db'}")
    answer(store, 3)
    run(capsys, "backup")
    answer(store, 4)
    store.close()
    assert "4 votes are only here, 0 only in the copy" in run(capsys, "verify")
    said = run(capsys, "restore")
    assert "votes 5" in said and "harmonylab.db.before-" in said
    (aside,) = data.glob("harmonylab.db.before-*[0-9]")
    assert len(rows_of(aside)["vote"]) == 9


def test_a_damaged_copy_is_reported(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = tmp_path / "copy"
    run(capsys, "backup", "--to", str(copy))
    (archive,) = copy.glob("studies/*/*.tar")
    os.truncate(archive, 1000)
    assert "pictures of small-1 cannot be read" in run(capsys, "verify", "--from", str(copy), status=2)
    (snapshot,) = copy.glob("snapshots/*")
    os.truncate(snapshot, 1000)
    assert "all are damaged" in run(capsys, "verify", "--from", str(copy), status=2)
    assert data.is_dir()


def test_the_address_of_a_running_server_is_refused(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    address = f"file://{tmp_path / 'copies'}"
    with server(tmp_path / "other", address) as one:
        one.copy()
        assert "all the time" in run(capsys, "backup", "--to", address, status=2)
        assert "votes 0" in run(capsys, "verify", "--from", address)
    assert data.is_dir()


@pytest.mark.usefixtures("data")
def test_what_is_missing_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "BACKUP_URL" in run(capsys, "backup", status=2)
    assert "no copy" in run(capsys, "restore", "--from", str(tmp_path / "nothing"), status=2)


@pytest.mark.usefixtures("data")
def test_of_postgresql_the_pictures_are_copied(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with postgresql.server() as url:
        open_store(tmp_path, url).close()
        copy = tmp_path / "copy"
        assert "pg_dump" in run(capsys, "backup", "--database", url, "--to", str(copy))
        assert len(list(copy.glob("studies/*/index.json"))) == 1
        assert "pg_dump" in run(capsys, "restore", "--database", url, "--from", str(copy), status=2)
