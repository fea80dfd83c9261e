"""Compare ways to bring a small result to full size, on a change that is known.

    python -m benchmarks.accuracy.fitting [DIR]

A sample picture, enlarged, with fine noise, is the composite; a soft disc is the object. The true result
mixes its channels a little, changes tones and colours, and lights one side, so that an edit cannot explain
all of it. The output of the other method is the true result at 512 pixels a side, a little blurred, with
added texture. PSNR in dB inside the disc, against the true result at full size.

DIR holds composite/, mask/ and real/: the share of genuine mismatches that edits can explain.
"""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage import data

from benchmarks.arguments import existing_folder, parser_of
from model.edit.fit import fit_edit, upscale_result
from model.edit.render import render
from model.evaluation.evaluate import list_items, load_item
from model.evaluation.metrics import measure
from model.images.arrays import Pixels
from model.images.composite import Composite
from model.images.resize import fitting_size, resize_area

PICTURES = ("astronaut", "coffee", "chelsea")
TEXTURES = (3, 12)
SCALE, SIDE = 4, 512
LIMIT_SIDE = 1024
GRAIN = 3
MIX = np.array([[0.92, 0.06, 0.02], [0.03, 0.94, 0.03], [0.05, 0.05, 0.90]], np.float32)

Floats = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Pair:
    """Hold composite and true result at full size, and the small input and output of the other method."""

    composite: Composite
    truth: Pixels
    before: Pixels
    result: Pixels


def synthetic_pair(name: str, texture: float, scale: int = SCALE, side: int = SIDE) -> Pair:
    """Return a sample of scikit-image under the known change; texture: standard deviation in levels."""
    rng = np.random.default_rng(0)
    sample = getattr(data, name)()
    height, width = (scale * length for length in sample.shape[:2])
    large = cv2.resize(sample, (width, height), interpolation=cv2.INTER_LANCZOS4).astype(np.float32)
    image = _levels(large + GRAIN * rng.standard_normal(large.shape, np.float32))
    truth = _change(image)
    size = fitting_size((height, width), side)
    small = cv2.GaussianBlur(resize_area(truth, size).astype(np.float32), (0, 0), 1)
    result = _levels(small + texture * rng.standard_normal(small.shape, np.float32))
    return Pair(Composite(image, _disc(height, width)), truth, resize_area(image, size), result)


def _levels(colours: Floats) -> Pixels:
    return np.asarray(np.rint(colours.clip(0, 255)), np.uint8)


def _change(image: Pixels) -> Pixels:
    red, green, blue = cv2.split(image.astype(np.float32) / 255)
    light = 0.75 + 0.5 * (np.arange(image.shape[1], dtype=np.float32) + 0.5) / image.shape[1]
    toned = cv2.merge([1.05 * red**0.85, green, 0.9 * blue**1.2]) * light[:, None]
    return _levels(255 * cv2.transform(toned, MIX))


def _disc(height: int, width: int) -> NDArray[np.float32]:
    """Return a soft disc in the middle, with a radius of 0.4 of the shorter side."""
    y, x = np.ogrid[:height, :width]
    radius = np.hypot(y + 0.5 - height / 2, x + 0.5 - width / 2) / min(height, width)
    return ((0.4 - radius) / 0.02 + 0.5).clip(0, 1).astype(np.float32)


def enlarge(pair: Pair) -> Pixels:
    """Return the small result, enlarged."""
    height, width = pair.composite.matte.shape
    return cv2.resize(pair.result, (width, height), interpolation=cv2.INTER_CUBIC)


def add_difference(pair: Pair) -> Pixels:
    """Return the composite plus the enlarged difference of the small pictures, blurred by 2 pixels."""
    height, width = pair.composite.matte.shape
    change = cv2.GaussianBlur(pair.result.astype(np.float32) - pair.before, (0, 0), 2)
    return _levels(pair.composite.image + cv2.resize(change, (width, height)))


def psnr(pair: Pair, picture: Pixels) -> float:
    """Return the PSNR inside the disc, in dB."""
    inside = pair.composite.matte > 0.5
    error = (picture[inside].astype(np.float64) - pair.truth[inside]) ** 2
    return float(10 * np.log10(255**2 / error.mean()))


def limit(folder: Path) -> str:
    """Describe the fit to the real photographs, at most LIMIT_SIDE pixels a side: the best possible edits."""
    rows = []
    for item in list_items(folder):
        composite, real = load_item(item)
        small = composite.resize_to_fit(LIMIT_SIDE)
        real = resize_area(real, small.matte.shape)
        fit = fit_edit(small.image, real, small.matte)
        pictures = (small.image, render(small, fit.edit))
        rows.append([*(measure(p, real, small.matte)["PSNR"] for p in pictures), fit.explained])
    before, after, explained = np.mean(rows, axis=0)
    return f"{len(rows)} pairs: {before:.1f} dB as they are, {after:.1f} fitted, {explained:.0%} explained"


def main() -> None:
    """Print a table in Markdown."""
    parser = parser_of(__doc__)
    parser.add_argument("folder", nargs="?", type=existing_folder, metavar="DIR")
    chosen = parser.parse_args().folder
    if chosen is not None:
        print(limit(chosen), end="\n\n")
    print("| picture, texture | composite | enlarged | difference added | fitted | residual | seconds |")
    print("|---|---|---|---|---|---|---|")
    for name in PICTURES:
        for texture in TEXTURES:
            pair = synthetic_pair(name, texture)
            began = time.perf_counter()
            lifted, fit = upscale_result(pair.composite, pair.result)
            seconds = time.perf_counter() - began
            pictures = (pair.composite.image, enlarge(pair), add_difference(pair), lifted)
            cells = " | ".join(f"{psnr(pair, picture):.1f}" for picture in pictures)
            size = f"{pair.truth.shape[1]}×{pair.truth.shape[0]}"
            print(f"| {name} {size}, {texture} | {cells} | {fit.residual:.1f} | {seconds:.2f} |")


if __name__ == "__main__":
    main()
