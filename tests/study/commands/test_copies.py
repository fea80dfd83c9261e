"""Test the commands that copy a database, restore it and check the copy."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks import postgresql
from study.__main__ import main
from study.collect.enrolment import enrol
from study.database.connections import empty_database
from study.database.store import Store
from study.durability.names import sha256
from study.manage.states import open_folder
from tests.support.copied import rows_of, server
from tests.support.study_world import shown, small_study, vote


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


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    with postgresql.server() as url:
        yield url


@pytest.fixture
def postgres_url(cluster: str) -> Iterator[str]:
    """Return an empty database of a PostgreSQL server."""
    with empty_database(cluster) as url:
        yield url


def votes_in(url: str) -> int:
    with closing(Store.open(url)) as store, store.reading() as tx:
        return int(tx.connection.exec_driver_sql("SELECT count(*) FROM vote").scalar_one())


@pytest.fixture
def on_postgresql(postgres_url: str, data: Path) -> str:
    """Return a database of PostgreSQL with the small study and two votes; its pictures are in `data`."""
    store = Store.open(postgres_url, home=data)
    open_folder(store, data / "studies" / "small", "test")
    answer(store, 2)
    store.close()
    return postgres_url


def test_postgresql_is_copied_checked_and_restored(
    on_postgresql: str, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url, copy = ("--database", on_postgresql), str(tmp_path / "copy")
    assert "people 1, votes 2" in run(capsys, "backup", *url, "--to", copy)
    assert "All votes are the same." in run(capsys, "verify", *url, "--from", copy)
    with closing(Store.open(on_postgresql)) as store:
        answer(store, 3)
    assert "3 votes are only here, 0 only in the copy" in run(capsys, "verify", *url, "--from", copy)
    shutil.rmtree(data / "studies")
    said = run(capsys, "restore", *url, "--from", copy)
    assert "votes 2" in said and "before-" in said
    assert list((data / "studies" / "small" / "stimuli").iterdir())
    with closing(Store.open(on_postgresql)) as store:
        answer(store, 4)  # people go on
    assert votes_in(on_postgresql) == 6
    before = next(data.glob("before-*.dump")).read_bytes()  # the database that was replaced
    (tmp_path / "copy" / "dumps" / f"99991231T000000Z-{sha256(before)}.dump").write_bytes(before)
    run(capsys, "restore", *url, "--from", copy)
    assert votes_in(on_postgresql) == 5


@pytest.mark.usefixtures("data")
def test_a_database_in_use_is_not_replaced(
    on_postgresql: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url, copy = ("--database", on_postgresql), str(tmp_path / "copy")
    run(capsys, "backup", *url, "--to", copy)
    with closing(Store.open(on_postgresql)) as server, server.reading():
        assert "stop all servers" in run(capsys, "restore", *url, "--from", copy, status=2)
    assert votes_in(on_postgresql) == 2


@pytest.mark.usefixtures("data")
def test_a_damaged_dump_gives_way_to_the_one_before(
    on_postgresql: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url, copy = ("--database", on_postgresql), tmp_path / "copy"
    run(capsys, "backup", *url, "--to", str(copy))
    (first,) = (copy / "dumps").iterdir()
    (copy / "dumps" / f"99991231T000000Z-{'0' * 64}.dump").write_bytes(b"cut off")
    assert "votes 2" in run(capsys, "verify", *url, "--from", str(copy))
    first.unlink()
    assert "no copy" in run(capsys, "verify", *url, "--from", str(copy), status=2)
    assert "no copy" in run(capsys, "restore", *url, "--from", str(copy), status=2)


@pytest.mark.usefixtures("data")
def test_old_dumps_are_deleted_where_wanted(
    on_postgresql: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url, dumps = ("--database", on_postgresql), tmp_path / "copy" / "dumps"
    dumps.mkdir(parents=True)
    for day in range(1, 6):
        (dumps / f"2026010{day}T000000Z-{'0' * 64}.dump").write_bytes(b"old")
    run(capsys, "backup", *url, "--to", str(dumps.parent))
    assert len(list(dumps.iterdir())) == 6
    run(capsys, "backup", *url, "--to", str(dumps.parent), "--keep", "3")
    assert len(list(dumps.iterdir())) == 3
    assert "1 or more" in run(capsys, "backup", *url, "--to", str(dumps.parent), "--keep", "-1", status=2)


def test_old_copies_of_sqlite_are_deleted_where_wanted(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "copy"
    for number in (1, 2, 3, 4):
        with closing(Store.open(f"sqlite:///{data / 'harmonylab.db'}")) as store:
            answer(store, 1)
        run(capsys, "backup", "--to", str(copy), "--keep", "2")
        assert len(list((copy / "snapshots").iterdir())) == min(number, 2)
    assert "votes 6" in run(capsys, "verify", "--from", str(copy))


@pytest.fixture
def age_key(tmp_path: Path) -> tuple[str, Path]:
    """Return a public key of age, and the file of the private one."""
    if shutil.which("age-keygen") is None:
        if os.environ.get("CI"):
            pytest.fail("age is not installed")
        pytest.skip("age is not installed")
    file = tmp_path / "key.txt"
    subprocess.run(["age-keygen", "-o", str(file)], check=True, capture_output=True)
    public = subprocess.run(["age-keygen", "-y", str(file)], check=True, capture_output=True, text=True)
    return public.stdout.strip(), file


def test_an_encrypted_copy_needs_its_key(
    data: Path, tmp_path: Path, age_key: tuple[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    public, private = age_key
    copy, before = tmp_path / "copy", rows_of(data / "harmonylab.db")
    assert "votes 2" in run(capsys, "backup", "--to", str(copy), "--encrypt-to", public)
    run(capsys, "backup", "--to", str(copy), "--encrypt-to", public, "--keep", "1")  # pictures once
    assert len(list((copy / "snapshots").iterdir())) == 1
    files = [path for path in copy.rglob("*") if path.is_file()]
    assert files and all(path.read_bytes().startswith(b"age-encryption.org/") for path in files)
    assert "--identity" in run(capsys, "verify", "--from", str(copy), status=2)
    key = ("--identity", str(private))
    assert "All votes are the same." in run(capsys, "verify", "--from", str(copy), *key)
    shutil.rmtree(data)
    run(capsys, "restore", "--from", str(copy), *key)
    assert rows_of(data / "harmonylab.db") == before


def test_postgresql_is_encrypted_too(
    on_postgresql: str, tmp_path: Path, age_key: tuple[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    url, copy = ("--database", on_postgresql), str(tmp_path / "copy")
    run(capsys, "backup", *url, "--to", copy, "--encrypt-to", age_key[0])
    key = ("--identity", str(age_key[1]))
    assert "All votes are the same." in run(capsys, "verify", *url, "--from", copy, *key)


def test_gnupg_encrypts_for_a_key_of_its_ring(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("gpg") is None:
        pytest.skip("gpg is not installed")
    with tempfile.TemporaryDirectory() as home:  # a short path: gpg-agent makes a socket in it
        monkeypatch.setenv("GNUPGHOME", home)
        make = (
            "--batch",
            "--passphrase",
            "",
            "--quick-generate-key",
            "lab@example.org",
            "default",
            "default",
        )
        subprocess.run(["gpg", *make], check=True, capture_output=True)
        copy = str(tmp_path / "copy")
        run(capsys, "backup", "--to", copy, "--encrypt-to", "lab@example.org")
        assert "All votes are the same." in run(capsys, "verify", "--from", copy)
        assert "not " in run(capsys, "backup", "--to", copy, "--encrypt-to", "nobody@example.org", status=2)
        subprocess.run(["gpgconf", "--kill", "all"], check=False)
    assert data.is_dir()
