"""Check what organizers read about where votes are kept, and what the log says at the start."""

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from study.durability.disks import Disk, this_disk
from study.durability.durability import Durability
from study.durability.status import without_copies
from study.records import BadStudy
from tests.support.copied import place_in, started


@pytest.mark.parametrize(
    ("postgresql", "disk", "safe", "words"),
    [
        (False, "lasting", True, "on the disk of this server"),
        (False, "erased", False, "LOST when this server restarts"),
        (False, "shared", False, "mounted bucket"),
        (True, "lasting", True, "in PostgreSQL."),
        (True, "erased", False, "pictures of studies are lost"),
    ],
)
def test_without_copies(postgresql: bool, disk: Disk, safe: bool, words: str) -> None:
    found = without_copies(postgresql, disk)
    assert found.safe is safe and words in found.message


def test_a_server_without_a_secret_is_warned(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    place = replace(place_in(tmp_path / "data", f"file://{tmp_path / 'copies'}"), has_secret=False)
    one = started(place)
    with caplog.at_level(logging.WARNING):
        one.durability.start()
    one.durability.stop()
    one.store.close()
    assert ["SECRET is not set" in message for message in caplog.messages] == [True]
    assert "SECRET is not set" in one.durability.status().message


@pytest.mark.parametrize(("kind", "pause"), [("datasets", 90.0), ("buckets", 5.0)])
def test_a_dataset_gets_fewer_copies(kind: str, pause: float) -> None:
    place = place_in(Path("data"), f"hf://{kind}/lab/votes", seconds=0.0)
    assert place.pause == pause
    found = Durability(place).status()
    assert not found.safe and "first copy" in found.message


def test_copies_inside_the_data_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadStudy, match="inside DATA_DIR"):
        Durability.prepare(place_in(tmp_path, f"file://{tmp_path / 'copies'}"))


@pytest.mark.skipif(this_disk(Path("/dev/shm")) != "erased", reason="/dev/shm is no disk in memory here")
def test_copies_of_a_space_on_its_own_disk_are_not_safe() -> None:
    place = replace(place_in(Path("data"), "file:///dev/shm/copies"), owner="lab/space")
    found = Durability(place).status()
    assert not found.safe and "erased then, too" in found.message
