"""Draw docs/images/training.svg and composites.svg from the logs of training runs in docs/training.

python -m scripts.training_curves

The first shows errors against minutes for *.jsonl. The second shows errors on synthetic composites, and PSNR
on genuine ones, against the number of new composites for composites/*.jsonl, which follow each other.
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

SYNTHETIC = {
    "learned": "photographs it learns from",
    "held_out": "held-out photographs",
    "untouched": "the same, untouched",
}
GENUINE = {
    "expert_regions": "192 regions of expert pairs",
    "expert_pairs": "32 expert pairs",
    "iharmony4": "iHarmony4 (15)",
    "hflickr": "of these HFlickr (8)",
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


def draw_composites(runs: dict[str, list[dict[str, float]]], path: Path) -> None:
    """Draw errors and PSNR against thousands of composites, a line of its own for each run."""
    figure, panels = pyplot.subplots(1, 2, figsize=(8, 3.2), layout="constrained")
    for axes, label, shown in zip(
        panels,
        ("error over the object, levels", "genuine composites, PSNR in dB"),
        (SYNTHETIC, GENUINE),
        strict=True,
    ):
        for number, (name, title) in enumerate(shown.items()):
            for run, lines in enumerate(runs.values()):
                points = [(line["composites"] / 1000, line[name]) for line in lines if name in line]
                style = {"color": f"C{number}", "marker": ".", "linewidth": 1, "label": "" if run else title}
                axes.plot(*zip(*points, strict=True), **style)
        axes.set(xlabel="new composites, thousands", ylabel=label)
        axes.grid(alpha=0.3)
        axes.legend(fontsize=7, frameon=False)
    save(figure, path)


def read_runs(folder: Path) -> dict[str, list[dict[str, float]]]:
    """Return the runs of a folder, by title."""
    return {file.stem.replace("_", " "): read(file) for file in sorted(folder.glob("*.jsonl"))}


def main() -> None:
    """Draw every run of docs/training."""
    draw(read_runs(DOCS / "training"), DOCS / "images" / "training.svg")
    draw_composites(read_runs(DOCS / "training" / "composites"), DOCS / "images" / "composites.svg")


if __name__ == "__main__":
    main()
