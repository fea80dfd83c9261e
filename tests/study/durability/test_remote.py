"""Check the files at an address, and what happens where it does not work."""

import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from study.collect.enrolment import enrol
from study.durability.remote import Remote
from study.durability.status import shown
from study.records import BadStudy
from tests.support.copied import place_in, started


@pytest.fixture(params=["file", "memory"])
def remote(request: pytest.FixtureRequest, tmp_path: Path) -> Remote:
    return Remote(f"file://{tmp_path}/a" if request.param == "file" else f"memory://{uuid4()}")


def test_files_are_written_listed_read_replaced_and_deleted(remote: Remote) -> None:
    assert remote.names("x") == [] and remote.read("x/1") is None
    remote.write("x/2", b"two")
    remote.write("x/1", b"one")
    remote.write("x/1", b"uno")
    assert remote.names("x") == ["1", "2"] and remote.read("x/1") == b"uno"
    remote.delete(["x/1", "x/3"])
    assert remote.names("x") == ["2"]


@pytest.mark.parametrize("address", ["nothing://x", "ipfs2://x"])
def test_an_address_without_a_driver_is_refused(address: str) -> None:
    with pytest.raises(BadStudy, match="BACKUP_URL"):
        Remote(address)


def until(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds."""
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_fault_of_the_address_is_shown_and_what_waits_is_copied_later(tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    one = started(place_in(tmp_path / "data", f"file://{folder}"))
    one.copy()
    folder.rename(tmp_path / "away")
    folder.write_bytes(b"")  # in the way of every write
    one.durability.start()
    enrol(one.store, "small")
    until(lambda: not one.durability.status().safe)
    status = one.durability.status()
    assert "do not work" in status.message and status.waiting > 0
    folder.unlink()
    (tmp_path / "away").rename(folder)
    until(lambda: one.durability.status().safe and one.durability.status().waiting == 0)
    one.durability.stop()
    one.store.close()


def test_names_and_passwords_are_not_shown() -> None:
    assert shown("s3://key:secret@bucket/a?token=x") == "s3://bucket/a"
