"""Measure how many pictures a minute `harmonize DIR` makes, beside decoding and encoding the files alone.

    python -m benchmarks.throughput [DIR] [--count 40] [--format jpg] [--json FILE.json]

DIR holds composite/ and mask/; without it, smooth noise of 12 megapixels with a mask over 20 % is made. All
programs run in as many processes, one block of pictures after the other in turns, so that other work on the
machine slows all of them. The first block, in which processes start, is reported by itself.
"""

import json
import math
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from benchmarks.arguments import parser_of
from benchmarks.common import machine
from benchmarks.speed.render import masks, picture
from model.bulk.one_thread import ONE_THREAD
from model.bulk.processes import SETTINGS, Processes, cores
from model.bulk.run import attempts
from model.bulk.tasks import Files, Task
from model.commands.harmonize_folder import make
from model.commands.recipe import Recipe
from model.images.files import read_matte, read_picture, write_picture

BLOCK = 8  # pictures; the first one is not counted
PLANNED = 200  # pictures, for which the times of all blocks and of the start are added up
MEGAPIXELS = 12


def pillow(_name: str, files: Files, out: Path | None) -> None:
    """Decode both files and encode the picture with Pillow: the least that any program has to do."""
    assert out is not None
    Image.open(files["mask"]).load()
    image = Image.open(files["picture"]).convert("RGB")
    if out.suffix == ".jpg":
        image.save(out, quality=95, subsampling=0)
    else:
        image.save(out, compress_level=1)


def own_codec(_name: str, files: Files, out: Path | None) -> None:
    """Decode both files and encode the picture with the functions that `harmonize` uses."""
    assert out is not None
    decoded = read_picture(files["picture"])
    read_matte(files["mask"], decoded.size)
    write_picture(out, decoded.pixels, metadata=decoded.metadata)


def write_pictures(folder: Path, count: int) -> Path:
    """Write JPEG files with masks."""
    image = picture(MEGAPIXELS, 1)
    mask = (255 * dict(masks(image))["20 %"]).astype(np.uint8)
    for part in ("composite", "mask"):
        (folder / part).mkdir()
    for number in range(count):
        turned = cv2.cvtColor(np.roll(image, 97 * number, 1), cv2.COLOR_RGB2BGR)
        cv2.imwrite(str(folder / f"composite/{number:03}.jpg"), turned, [cv2.IMWRITE_JPEG_QUALITY, 95])
        cv2.imwrite(str(folder / f"mask/{number:03}.png"), mask)
    return folder


def blocks(folder: Path, out: Path, count: int, suffix: str) -> Iterator[list[Task[str]]]:
    """Yield blocks of tasks; pictures are used again where the folder has too few."""
    pictures = sorted((folder / "composite").iterdir())
    for first in range(0, count, BLOCK):
        chosen = [pictures[number % len(pictures)] for number in range(first, first + BLOCK)]
        yield [
            Task(one.stem, {"picture": one, "mask": folder / f"mask/{one.stem}.png"}, out / f"{n}.{suffix}")
            for n, one in enumerate(chosen)
        ]


def measure(folder: Path, out: Path, count: int, suffix: str, workers: int) -> dict[str, list[float]]:
    """Return the seconds of each block, by program; the processes of all programs stay between blocks."""
    recipe = Recipe.of("harmonylab")
    harmonize = partial(make, recipe, recipe.key, True)
    crews = {
        "harmonize": Processes(harmonize, workers, math.inf, SETTINGS),
        "Pillow": Processes(pillow, workers, math.inf, ONE_THREAD),
        "own codec": Processes(own_codec, workers, math.inf, SETTINGS),
    }
    times: dict[str, list[float]] = {name: [] for name in crews}
    try:
        for tasks in blocks(folder, out, count, suffix):
            for name, crew in crews.items():
                began = time.monotonic()
                for task, answer in attempts(crew, tasks, alone=False):
                    assert not answer.fault and not answer.died, (task, answer)
                times[name].append(time.monotonic() - began)
            print({name: round(spent[-1], 2) for name, spent in times.items()}, file=sys.stderr, flush=True)
    finally:
        for crew in crews.values():
            crew.close()
    return times


def summary(times: dict[str, list[float]]) -> dict[str, Any]:
    """Return pictures a minute by program, and the throughput of `harmonize` as a share of the others."""
    each = {name: float(np.mean(spent[1:])) / BLOCK for name, spent in times.items()}
    start = {name: spent[0] - BLOCK * each[name] for name, spent in times.items()}
    whole = {name: start[name] + PLANNED * each[name] for name in times}
    return {
        "pictures a minute": {name: 60 / seconds for name, seconds in each.items()},
        "start, s": start,
        f"{PLANNED} pictures, s": whole,
        "share": {name: each[name] / each["harmonize"] for name in times},
        "share with the start": {name: whole[name] / whole["harmonize"] for name in times},
    }


def main() -> None:
    """Print the summary, and write all numbers as JSON."""
    parser = parser_of(__doc__)
    parser.add_argument("folder", type=Path, nargs="?", metavar="DIR")
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--format", default="jpg", choices=("jpg", "png"))
    parser.add_argument("--workers", type=int, default=cores())
    parser.add_argument("--json", type=Path, metavar="FILE.json")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as made, tempfile.TemporaryDirectory() as out:
        folder = args.folder or write_pictures(Path(made), min(args.count, 2 * BLOCK))
        times = measure(folder, Path(out), args.count, args.format, args.workers)
    found = summary(times)
    print(json.dumps(found, indent=1))
    if args.json:
        args.json.write_text(json.dumps({"machine": machine(), "times": times, **found}, indent=1) + "\n")


if __name__ == "__main__":
    main()
