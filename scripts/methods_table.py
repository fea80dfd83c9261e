"""Write the table of scores into docs/methods.md.

python -m model evaluate DIR --methods ... --json full.json
python -m model evaluate DIR --methods ... --size 256 --json small.json
python -m scripts.methods_table full.json small.json
"""

import json
import sys
from pathlib import Path
from statistics import mean
from typing import Any

from scripts.docs_folder import DOCS

DOCUMENT = DOCS / "methods.md"
BEGIN, END = "<!-- scores: made by scripts/methods_table.py -->\n", "<!-- end of scores -->\n"
SUBSETS = {"HAdobe5k": "a", "HFlickr": "f", "Hday2night": "d"}  # first letter of the file names

Scores = dict[str, dict[str, dict[str, float]]]
"""Values by method, picture and metric."""


def table(full: Scores, small: Scores) -> str:
    """Return Markdown rows by falling PSNR at full resolution, best numbers in bold."""
    pictures = next(iter(full.values()))
    counts = {name: sum(stem.startswith(start) for stem in pictures) for name, start in SUBSETS.items()}
    heads = [f"{name} ({count})" for name, count in counts.items()]
    columns = [_columns(scores) for scores in (full, small)]
    order = sorted(full, key=lambda name: -columns[0][name][1])
    lines = [
        "| | full resolution: MSE | PSNR | fMSE | " + " | ".join(heads) + " | 256×256: MSE | PSNR | fMSE |",
        "|---|" + "---:|" * (6 + len(heads)),
    ]
    for name in order:
        cells = [*_bold(columns[0], name), *_bold(columns[1], name)[:3]]
        lines.append(f"| `{name}` | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _columns(scores: Scores) -> dict[str, list[float]]:
    """Return mean MSE, PSNR and fMSE of every picture, and mean PSNR of each subset, by method."""
    return {
        name: [mean(one[metric] for one in images.values()) for metric in ("MSE", "PSNR", "fMSE")]
        + [
            mean(one["PSNR"] for stem, one in images.items() if stem.startswith(start))
            for start in SUBSETS.values()
        ]
        for name, images in scores.items()
    }


def _bold(columns: dict[str, list[float]], name: str) -> list[str]:
    """Return a row of numbers, the best of a column in bold. MSE and fMSE are better when low."""
    cells = []
    for index, value in enumerate(columns[name]):
        best = (min if index in (0, 2) else max)(row[index] for row in columns.values())
        text = f"{value:.1f}" if index in (0, 2) else f"{value:.2f}"
        cells.append(f"**{text}**" if value == best else text)
    return cells


def _read(path: str) -> Scores:
    content: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
    return {name: entry["images"] for name, entry in content["methods"].items()}


def main(full: str, small: str) -> None:
    """Replace the table between the two markers of the page by one made of two files of `evaluate`."""
    text = DOCUMENT.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    DOCUMENT.write_text(
        f"{before}{BEGIN}\n{table(_read(full), _read(small))}\n{END}{after}", encoding="utf-8"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
