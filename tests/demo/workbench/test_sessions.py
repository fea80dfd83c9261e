"""Check how long sessions live, what their folders are called, and what uploads leave behind."""

import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from demo.guard.bodies.upload_budget import delete_old_files
from demo.pictures.scenes.file_facts import FileFacts
from demo.workbench import sessions as module
from demo.workbench.faults import BenchFault
from demo.workbench.sessions import HOUR, KEEP, USED, Session, Sessions, StoredFile, plain_name
from demo.workbench.uploads import receive
from tests.support.loops import in_a_loop

FACTS = FileFacts(1, 1, "v.jpg", False, True, "PNG")


@pytest.fixture
def sessions(tmp_path: Path) -> Sessions:
    return Sessions(tmp_path / "workbench")


def aged(session: Session, seconds: float) -> None:
    for path in session.folder.iterdir():
        os.utime(path, (time.time() - seconds,) * 2)


def with_file(session: Session, name: str = "a.png") -> StoredFile:
    new = session.new_file(name)
    new.path.write_bytes(b"x" * 100)
    return session.keep(StoredFile(new.id, new.path, name, "picture", FACTS))


def test_the_token_is_not_stored(sessions: Sessions) -> None:
    token = sessions.create()
    with_file(sessions.open(token))
    stored = list(sessions.folder.rglob("*"))
    assert stored and all(token not in str(path) for path in stored)
    assert all(token.encode() not in path.read_bytes() for path in stored if path.is_file())


def test_a_session_lives_for_a_day_without_use(sessions: Sessions) -> None:
    token = sessions.create()
    session = sessions.open(token)
    with_file(session)
    aged(session, KEEP - 60)
    assert sessions.sweep() == 0
    sessions.open(token)  # used again: for another day
    assert time.time() - (session.folder / USED).stat().st_mtime < 60
    aged(session, KEEP + 60)
    with pytest.raises(BenchFault):
        sessions.open(token)
    assert sessions.sweep() == 1 and not session.folder.exists()


def test_a_session_without_files_lives_for_an_hour(sessions: Sessions) -> None:
    kept, empty = (sessions.open(sessions.create()) for _ in range(2))
    with_file(kept)
    for session in (kept, empty):
        aged(session, HOUR + 60)
    assert sessions.sweep() == 1 and kept.folder.exists() and not empty.folder.exists()


def test_a_used_session_stays_whole_in_a_full_folder(sessions: Sessions) -> None:
    used, idle = (sessions.open(sessions.create()) for _ in range(2))
    for session in (used, idle):
        with_file(session)
        aged(session, 7200)
    (used.folder / USED).touch()
    assert delete_old_files(sessions.folder, 3600) >= 100
    assert len(used.files()) == 1 and not idle.folder.exists()


def test_names_of_files_are_those_of_their_owner_and_plain(sessions: Sessions) -> None:
    session = sessions.open(sessions.create())
    stored = with_file(session, "../../été \x00\n.PNG")
    assert stored.path.parent == session.folder and stored.path.suffix == ".png"
    assert session.find(stored.id) == stored and stored.name == "été .PNG"
    assert plain_name("C:\\pictures\\cat.jpg") == "cat.jpg" and plain_name("") == "picture"


def test_there_is_a_largest_number_of_files(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_FILES", 2)
    session = sessions.open(sessions.create())
    with_file(session), with_file(session)
    with pytest.raises(BenchFault, match="too many files"):
        session.new_file("c.png")


async def pieces(*given: bytes, error: Exception | None = None) -> AsyncIterator[bytes]:
    for piece in given:
        yield piece
    if error:
        raise error


def test_an_upload_is_written_as_it_arrives(tmp_path: Path) -> None:
    path, piece = tmp_path / "a", os.urandom(700_000)
    in_a_loop(receive(pieces(piece, piece, piece, b"end"), path, 3_000_000))
    assert path.read_bytes() == 3 * piece + b"end"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (pieces(b"x" * 2_000_000, error=ConnectionResetError()), ConnectionResetError),
        (pieces(b"x" * 3_000_001), BenchFault),
        (pieces(), BenchFault),
    ],
)
def test_half_an_upload_leaves_nothing(
    tmp_path: Path, stream: AsyncIterator[bytes], expected: type[Exception]
) -> None:
    with pytest.raises(expected):
        in_a_loop(receive(stream, tmp_path / "a", 3_000_000))
    assert list(tmp_path.iterdir()) == []


def test_parts_of_a_killed_server_are_deleted(sessions: Sessions) -> None:
    session = sessions.open(sessions.create())
    part = session.folder / "0.png.part"
    part.write_bytes(b"x")
    os.utime(part, (time.time() - 4000,) * 2)
    sessions.sweep()
    assert not part.exists() and session.folder.exists()
