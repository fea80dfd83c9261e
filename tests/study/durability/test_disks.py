"""Check how disks are recognised that a restart erases."""

from pathlib import Path

import pytest

from study.durability.disks import disk_of

PLAIN = "/dev/sda1 / ext4 rw 0 0\n"
CONTAINER = "overlay / overlay rw 0 0\n/dev/sda1 /data ext4 rw 0 0\n/dev/sda1 /a\\040b ext4 rw 0 0\n"
MOUNTED = "overlay / overlay rw 0 0\nhf-mount /data fuse.hf rw 0 0\ntmpfs /run tmpfs rw 0 0\n"
SPACE = {"SPACE_ID": "lab/space"}


@pytest.mark.parametrize(
    ("folder", "environment", "mounts", "in_container", "kind"),
    [
        ("/srv/data", {}, PLAIN, False, "lasting"),
        ("/srv/data", {}, "", False, "lasting"),
        ("/srv/data", {}, CONTAINER, True, "erased"),
        ("/data/lab", {}, CONTAINER, True, "lasting"),
        ("/a b/lab", {}, CONTAINER, True, "lasting"),
        ("/database", {}, CONTAINER, True, "erased"),
        ("/home/user/data", SPACE, CONTAINER, False, "erased"),
        ("/home/user/data", SPACE, "", False, "erased"),
        ("/data/lab", SPACE, CONTAINER, False, "lasting"),
        ("/data/lab", SPACE, MOUNTED, False, "shared"),
        ("/run/lab", {}, MOUNTED, False, "erased"),
    ],
)
def test_kinds_of_disks(
    folder: str, environment: dict[str, str], mounts: str, in_container: bool, kind: str
) -> None:
    assert disk_of(Path(folder), environment, mounts, in_container) == kind
