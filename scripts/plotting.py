"""matplotlib, set to draw the same picture for the same numbers."""

from pathlib import Path
from typing import Any

import matplotlib

__all__ = ["pyplot", "save"]
matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "harmonylab"

from matplotlib import pyplot  # noqa: E402 - it must be told first where to draw


def save(figure: Any, path: Path) -> None:
    """Without the date, and forget it."""
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
