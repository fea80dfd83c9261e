"""Set matplotlib up so that equal numbers give equal files."""

from pathlib import Path
from typing import Any

import matplotlib

__all__ = ["pyplot", "save"]
matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "harmonylab"

from matplotlib import pyplot  # noqa: E402 - the format has to be chosen first


def save(figure: Any, path: Path) -> None:
    """Write a figure without the date, and close it."""
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
