"""Tell if a folder is on a disk that is erased when the server restarts."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

Disk = Literal["lasting", "erased", "shared"]

CONTAINER_FILES = (Path("/.dockerenv"), Path("/run/.containerenv"))
CONTAINER_VARIABLES = ("KUBERNETES_SERVICE_HOST", "container")
MEMORY = ("tmpfs", "ramfs")
LAYERS = ("overlay", "aufs")  # of the file system of a container, which ends with it
SHARED = ("fuse", "nfs", "cifs", "smb", "9p", "virtiofs")  # SQLite needs locks that these may not have


def disk_of(folder: Path, environment: Mapping[str, str], mounts: str, in_container: bool) -> Disk:
    """Return the kind of the disk of a folder.

    "erased": a restart of the server, or a new container, begins with an empty one. "shared": a mounted
    bucket or network disk, on which SQLite may be damaged. mounts: text of /proc/mounts, "" where unknown.
    """
    kind, place = _mount_of(folder, mounts)
    if kind.startswith(SHARED):
        return "shared"
    if kind in MEMORY:
        return "erased"
    # The only disk that a Space keeps is a mounted one.
    if environment.get("SPACE_ID") and place in ("", "/"):
        return "erased"
    return "erased" if in_container and kind in LAYERS else "lasting"


def this_disk(folder: Path) -> Disk:
    """Return the kind of the disk of a folder on this machine."""
    try:
        mounts = Path("/proc/mounts").read_text(encoding="utf-8")
    except OSError:
        mounts = ""
    variables = any(os.environ.get(name) for name in CONTAINER_VARIABLES)
    in_container = variables or any(file.exists() for file in CONTAINER_FILES)
    return disk_of(folder, os.environ, mounts, in_container)


def _mount_of(folder: Path, mounts: str) -> tuple[str, str]:
    """Return the file system and the place of the innermost mount that has the folder, "" where unknown."""
    best = ("", "")
    for line in mounts.splitlines():
        fields = line.split()
        if len(fields) < 3:
            continue
        place = fields[1].replace("\\040", " ")
        if folder.is_relative_to(place) and len(place) >= len(best[1]):
            best = (fields[2], place)
    return best
