"""Measure how well masks are found: median overlap with the true mask, and how many are below 0.8.

    python -m benchmarks.accuracy.masks DIR [DIR ...]

Each DIR holds composite/ or images/, and mask/ or masks/. The tools are the box, one click and the main
object, as shipped and, where HARMONY_SALIENCY names the file of a U²-Net, also with it. The box is 3 pixels
wider than the object on each side; the click is its innermost point. Overlap is intersection over union, of
mattes above one half. Seconds are of processor time.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np

from benchmarks.arguments import folders_of
from model.images.arrays import BadImage, Matte, Pixels
from model.images.files import read_matte, read_picture
from model.masks.prompted import shipped_network
from model.masks.prompts import Area, Click, Flags, extent
from model.masks.saliency import installed_network
from model.masks.select import ObjectFinder

SLACK = 3  # pixels
GOOD = 0.8
Tool = Callable[[Pixels, Flags], Matte]


def pictures(folders: list[Path]) -> Iterator[tuple[str, Pixels, Flags]]:
    """Yield the name, the pixels and the true mask of each picture of folders."""
    for folder in folders:
        masks = next((path for path in (folder / "mask", folder / "masks") if path.is_dir()), None)
        if masks is None:
            raise SystemExit(f"{folder} needs mask/ or masks/, and composite/ or images/.")
        for mask in sorted(masks.iterdir()):
            composite = next(folder.glob(f"[ci]*/{mask.stem}.*"))
            pixels = read_picture(composite).pixels
            yield f"{folder.name}/{mask.stem}", pixels, read_matte(mask, pixels.shape[:2]) > 0.5


def box_of(true: Flags) -> Area:
    """Return the box around an object, wider by SLACK on each side, within the picture."""
    tight = extent(true)
    assert tight
    wide = Area(tight.left - SLACK, tight.top - SLACK, tight.right + SLACK, tight.bottom + SLACK)
    return wide.within(true.shape)


def click_on(true: Flags) -> Click:
    """Return the innermost point of an object."""
    depth = cv2.distanceTransform(np.pad(true, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    row, column = np.unravel_index(int(depth.argmax()), depth.shape)
    return Click(float(column) + 0.5, float(row) + 0.5)


def tools() -> dict[str, Tool]:
    """Return the tools by their names."""
    found = _tools_of(ObjectFinder(shipped_network()), "")
    if saliency := installed_network():
        found |= _tools_of(ObjectFinder(shipped_network(), saliency), " with U²-Net")
    return found


def _tools_of(finder: ObjectFinder, words: str) -> dict[str, Tool]:
    return {
        f"box{words}": lambda pixels, true: finder.in_box(pixels, box_of(true)).matte,
        f"one click{words}": lambda pixels, true: finder.at_clicks(pixels, [click_on(true)]).matte,
        f"main object{words}": lambda pixels, _: finder.main_object(pixels).matte,
    }


def overlap(tool: Tool, pixels: Pixels, true: Flags) -> tuple[float, float]:
    """Return the overlap of what a tool finds with the truth, 0 where it finds nothing, and its seconds."""
    start = time.process_time()
    try:
        found = tool(pixels, true) > 0.5
    except BadImage:
        found = np.zeros_like(true)
    seconds = time.process_time() - start
    return float((found & true).sum() / (found | true).sum()), seconds


def main() -> None:
    """Print the overlaps of each picture, then a table in Markdown."""
    folders = folders_of(__doc__)
    known, rows = tools(), []
    for name, pixels, true in pictures(folders):
        rows.append([overlap(tool, pixels, true) for tool in known.values()])
        print(name, *(f"{value:.2f}" for value, _ in rows[-1]), flush=True)
    print(f"\n| tool | median | mean | below {GOOD} of {len(rows)} | seconds |\n|---|---:|---:|---:|---:|")
    for tool, column in zip(known, np.array(rows).transpose(1, 0, 2), strict=True):
        values, seconds = column.T
        below = int((values < GOOD).sum())
        print(
            f"| {tool} | {np.median(values):.2f} | {values.mean():.2f} | {below} | {np.median(seconds):.2f} |"
        )


if __name__ == "__main__":
    main()
