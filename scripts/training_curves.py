"""Draw docs/images/training.svg from the logs of training runs in docs/training/*.jsonl.

python -m scripts.training_curves
"""

import json
from pathlib import Path
from typing import Any

from scripts.docs_folder import DOCS
from scripts.plotting import pyplot, save

DRAWN: dict[str, tuple[str, dict[str, Any]]] = {
    "error": ("composites it learns from", {"linewidth": 0.8}),
    "val_error": ("held-out photographs", {"marker": "o", "markersize": 4}),
    "val_error_composite": ("the same, untouched", {"linestyle": "--", "color": "grey"}),
}


def read(file: Path) -> list[dict[str, float]]:
    """Return the records of one run: step, seconds and errors in levels."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def series(lines: list[dict[str, float]], name: str) -> list[tuple[float, float]]:
    """Return minutes and levels of one kind of error; without a time, that of the record before."""
    points, minutes = [], 0.0
    for line in lines:
        minutes = line.get("seconds", 60 * minutes) / 60
        if name in line:
            points.append((minutes, line[name]))
    return points


def draw(runs: dict[str, list[dict[str, float]]], path: Path) -> None:
    """Draw root mean square errors over the foreground against minutes, a panel for each run."""
    figure, panels = pyplot.subplots(1, len(runs), figsize=(8, 3), squeeze=False, layout="constrained")
    for axes, (title, lines) in zip(panels[0], runs.items(), strict=True):
        for name, (label, style) in DRAWN.items():
            points = series(lines, name)
            if points:
                axes.plot(*zip(*points, strict=True), label=label, **style)
        axes.set(title=title, xlabel="minutes", ylabel="error over the object, levels", ylim=(0, None))
        axes.grid(alpha=0.3)
        axes.legend(fontsize=8, frameon=False)
    save(figure, path)


def main() -> None:
    """Draw every run of docs/training."""
    files = sorted((DOCS / "training").glob("*.jsonl"))
    draw({file.stem.replace("_", " "): read(file) for file in files}, DOCS / "images" / "training.svg")


if __name__ == "__main__":
    main()
