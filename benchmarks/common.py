"""Describe the machine that a benchmark ran on."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

LIBRARIES = ("numpy", "opencv-python-headless", "numba", "torch", "scikit-image")


def machine() -> dict[str, str | int]:
    """Return the processor, its number of cores, the system, and the versions of the measured libraries."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count() or 1,
        "system": platform.system(),
        "python": platform.python_version(),
        **{name: version(name) for name in LIBRARIES},
    }


def _processor() -> str:
    """Return the name of the processor from /proc/cpuinfo, or from Python where that file does not exist."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")
