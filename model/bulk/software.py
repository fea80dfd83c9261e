"""Identify the version of this software and of the libraries on which results depend."""

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("model/**/*.py", "model/weights/*.safetensors", "study/**/*.py")
LIBRARIES = (
    "imagecodecs", "numba", "numpy", "opencv-python-headless", "pillow", "pillow-heif", "pymatting",
    "scikit-image", "scipy", "tifffile", "torch",
)  # fmt: skip


@cache
def fingerprint() -> str:
    """Return a text that is equal on two computers only where results are equal."""
    content = hashlib.sha256()
    for path in sorted(path for part in PARTS for path in ROOT.glob(part)):
        content.update(path.relative_to(ROOT).as_posix().encode())
        content.update(hashlib.sha256(path.read_bytes()).digest())
    for library in LIBRARIES:
        content.update(f"{library} {_version(library)}\n".encode())
    return content.hexdigest()


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "none"
