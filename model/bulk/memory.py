"""Estimate the memory that a picture takes, and measure how much there is."""

import math
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from model.images.files import BadImage, Header, read_header

# Memory of harmonizing, relative to the decoded files; measured by benchmarks/speed/lanes.py.
COPIES = 2.5
MATTE_BYTES = 4  # of each pixel, float32
SHARE = 0.9  # of the free memory that is used
CGROUP = Path("/sys/fs/cgroup")
LIMITS = (
    ("memory.max", "memory.current"),
    ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),  # of the first version
)


def memory_of(headers: Sequence[Header]) -> float:
    """Return the estimated bytes of harmonizing a picture (the first header) with its other files."""
    picture, *others = headers
    decoded = picture.pixels * (3 * picture.bits // 8 + (MATTE_BYTES if picture.planes == 4 else 0))
    for other in others:
        planes = 1 if other.planes == 1 else 3
        decoded += other.pixels * (planes * other.bits // 8 + MATTE_BYTES)
    return COPIES * decoded


def memory_of_files(paths: Iterable[Path], times: float = 1.0) -> int:
    """Return `memory_of` for files, the picture first, times a factor; 0 where a header cannot be read."""
    try:
        return int(times * memory_of([read_header(path) for path in paths]))
    except (BadImage, OSError):
        return 0


def free_memory() -> float:
    """Return the bytes that new processes can take: SHARE of what the machine and the container have free.

    Infinite where the system does not say it.
    """
    return SHARE * min(_of_machine(), _of_container(CGROUP))


def _of_machine() -> float:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next(1024.0 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable"))
    except (OSError, StopIteration):
        pass
    try:
        return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, ValueError, OSError):  # not a Unix
        return math.inf


def _of_container(folder: Path) -> float:
    """Return limit minus use of the container's own memory; infinite without a limit."""
    for names in LIMITS:
        try:
            limit, used = (int((folder / name).read_text(encoding="ascii")) for name in names)
        except (OSError, ValueError):  # there is no such file, or it says "max"
            continue
        return float(max(0, limit - used))
    return math.inf
