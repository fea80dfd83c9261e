"""Measure the renderer beside a copy of the picture and beside other ways to render, in one run.

    python -m benchmarks.speed.render [FILE.json] [--sizes 1 4 12 24 48]

The pictures are smooth noise, 8 bits, 3:2. Masks: the whole picture, and an ellipse over 20 % of it. Wall
time, the best of several runs, with the default number of threads of each library. color-matcher is left out
where it is not installed. The full-resolution stages of two published methods are written from their
description: 12 maps of an affine transform and one blending map, enlarged; six filters with one slider each,
in sequence.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from skimage.exposure import match_histograms
from torch.nn.functional import interpolate

from benchmarks.arguments import parser_of
from benchmarks.common import machine
from model.edit import render_numpy
from model.edit.color_transforms import prepare_transform
from model.edit.edit import Edit
from model.edit.render import recolour_object, render, warm_up
from model.edit.shading import upsample_shading
from model.images.arrays import Pixels
from model.images.composite import Composite
from model.methods.learned.white_box import apply_sliders

SIZES = (1, 4, 12, 24, 48)  # megapixels
LONGEST = 1.5  # seconds for all runs of one way; at least two runs
SLIDERS = [0.1, -0.1, 0.2, 0.1, -0.2, 0.15]


@dataclass(frozen=True, eq=False)
class Case:
    """Hold a composite, the edit to apply, and an array for the result."""

    composite: Composite
    edit: Edit
    out: Pixels


@dataclass(frozen=True)
class Way:
    """Describe one way to render.

    prepare: returns the function that is timed; itself not timed. most: the largest picture, megapixels.
    """

    name: str
    prepare: Callable[[Case], Callable[[], object]]
    most: float = max(SIZES)


@dataclass(frozen=True)
class Timing:
    """Hold the best wall time of one way, and the number of copies of the picture made in the same time."""

    way: str
    megapixels: float
    mask: str
    milliseconds: float
    copies: float


def picture(megapixels: float, seed: int) -> Pixels:
    """Return smooth noise with fine grain, H×W×3 uint8, 3:2."""
    rng = np.random.default_rng(seed)
    height, width = (round((megapixels * 1e6 * side) ** 0.5) for side in (2 / 3, 3 / 2))
    clouds: NDArray[Any] = cv2.resize(
        rng.random((12, 18, 3), np.float32), (width, height), interpolation=cv2.INTER_CUBIC
    )
    clouds = 230 * clouds.clip(0, 1) + rng.integers(0, 12, (height, width, 1), np.uint8)
    return clouds.astype(np.uint8)


def masks(image: Pixels) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Yield two mattes with their names: the whole picture except one pixel, and an ellipse over 20 %."""
    height, width = image.shape[:2]
    whole = np.ones((height, width), np.float32)
    whole[0, 0] = 0
    yield "all", whole
    ellipse: NDArray[Any] = np.zeros((height, width), np.uint8)
    axes = round(width * (0.2 / np.pi) ** 0.5), round(height * (0.2 / np.pi) ** 0.5)
    cv2.ellipse(ellipse, (width // 2, height // 2), axes, 0, 0, 360, 255, -1)
    yield "20 %", ellipse.astype(np.float32) / np.float32(255)


def ours(case: Case) -> Callable[[], object]:
    """Return the renderer, which writes into an existing array."""
    return lambda: render(case.composite, case.edit, case.out)


def ours_mixed(case: Case) -> Callable[[], object]:
    """Return the renderer with a colour matrix after the curves."""
    matrix = np.eye(3, 4, dtype=np.float32) * np.float32(0.7)
    matrix[:, :3] += np.float32(0.1)
    edit = Edit(case.edit.curves, case.edit.shading, matrix)
    return lambda: render(case.composite, edit, case.out)


def ours_new_memory(case: Case) -> Callable[[], object]:
    """Return the renderer, which allocates the result."""
    return lambda: render(case.composite, case.edit)


def numpy_blocks(case: Case) -> Callable[[], object]:
    """Return the renderer without numba: NumPy and OpenCV, block by block."""
    recolour = partial(render_numpy.recolour, prepare_transform(case.edit, case.composite.image))
    return lambda: recolour_object(case.composite, recolour, case.out)


def numpy_at_once(case: Case) -> Callable[[], object]:
    """Return the formula in NumPy over the whole picture: O = round(I + M·(F(I) − I))."""
    image, matte, edit = case.composite.image, case.composite.matte[..., None], case.edit
    table = np.stack([np.interp(np.arange(256), np.linspace(0, 255, 17), 255 * c) for c in edit.curves], 1)

    def run() -> object:
        gain = np.exp(upsample_shading(edit.shading, *matte.shape[:2]))[..., None]
        toned = np.stack([table[:, c].astype(np.float32)[image[..., c]] for c in range(3)], -1)
        return (image + matte * ((toned * gain).clip(0, 255) - image) + np.float32(0.5)).astype(np.uint8)

    return run


def torch_at_once(case: Case) -> Callable[[], object]:
    """Return the same formula in PyTorch, not compiled."""
    image, matte = (torch.from_numpy(a) for a in (case.composite.image, case.composite.matte[..., None]))
    curves, shading = torch.from_numpy(case.edit.curves), torch.from_numpy(case.edit.shading)
    rise = torch.diff(curves, dim=1)

    def run() -> object:
        values = image.float() * (16 / 255)
        knot = values.long().clamp(max=15)
        channel = torch.arange(3)
        toned = 255 * (curves[channel, knot] + rise[channel, knot] * (values - knot))
        gain = interpolate(shading[None, None], image.shape[:2], mode="bilinear")[0, 0, ..., None].exp()
        return (image + matte * ((toned * gain).clamp(0, 255) - image)).round().to(torch.uint8)

    return run


def affine_maps(case: Case) -> Callable[[], object]:
    """Return PCT-Net's rendering: an affine transform and a blending weight for each pixel, from 256×256."""
    image = torch.from_numpy(case.composite.image).permute(2, 0, 1)[None].float() / 255
    matte, maps = torch.from_numpy(case.composite.matte), torch.randn(1, 13, 256, 256)

    def run() -> object:
        full = interpolate(maps, image.shape[2:], mode="bicubic")
        affine = full[:, :9].reshape(1, 3, 3, *full.shape[2:])
        mixed = ((affine * image[:, None]).sum(2) + full[:, 9:12]).clamp(0, 1)
        share = full[:, 12:] * matte
        return mixed * share + image * (1 - share)

    return run


def sliders(case: Case) -> Callable[[], object]:
    """Return the rendering of Ke et al. 2022: six filters with one number each, the first three by tables."""
    return lambda: apply_sliders(case.composite, SLIDERS)


def seamless_clone(case: Case) -> Callable[[], object]:
    """Return OpenCV's Poisson blending, whose mask must not touch the border."""
    image = case.composite.image
    mask = np.pad((case.composite.matte > 0.5).astype(np.uint8)[2:-2, 2:-2] * 255, 2)
    height, width = mask.shape
    behind = picture(height * width / 1e6, 2)[:height, :width]
    behind = np.pad(behind, ((0, height - len(behind)), (0, width - behind.shape[1]), (0, 0)))
    return lambda: cv2.seamlessClone(image, behind, mask, (width // 2, height // 2), cv2.NORMAL_CLONE)


def scikit_image(case: Case) -> Callable[[], object]:
    """Return scikit-image's histogram matching of the foreground's pixels to the background's."""
    image, inside = case.composite.image, case.composite.matte > 0.5

    def run() -> object:
        case.out[:] = image
        background = image[~inside][None]
        reference = background if background.shape[1] > 1 else image.reshape(1, -1, 3)
        case.out[inside] = match_histograms(image[inside][None], reference, channel_axis=2)[0]
        return case.out

    return run


def color_matcher(case: Case) -> Callable[[], object]:
    """Return color-matcher's MKL transfer of the foreground to the picture, blended with the matte."""
    from color_matcher import ColorMatcher

    image, matte = case.composite.image, case.composite.matte[..., None]
    y, x = (np.flatnonzero(case.composite.matte.any(axis=axis)) for axis in (1, 0))
    box = np.s_[y[0] : y[-1] + 1, x[0] : x[-1] + 1]

    def run() -> object:
        np.copyto(case.out, image)
        moved = ColorMatcher(src=image[box], ref=image, method="mkl").main().clip(0, 255)
        case.out[box] = image[box] + matte[box] * (moved - image[box])
        return case.out

    return run


WAYS = (
    Way("**render**, compiled", ours),
    Way("the same into new memory", ours_new_memory),
    Way("render with a colour matrix", ours_mixed),
    Way("render, NumPy and OpenCV", numpy_blocks),
    Way("the formula in NumPy", numpy_at_once, 24),
    Way("the formula in PyTorch", torch_at_once, 24),
    Way("affine maps, as PCT-Net", affine_maps, 12),
    Way("six filters, as Harmonizer", sliders, 24),
    Way("scikit-image histogram matching", scikit_image),
    Way("color-matcher MKL", color_matcher, 24),
    Way("cv2.seamlessClone", seamless_clone, 24),
)


def best(run: Callable[[], object]) -> float:
    """Return the milliseconds of the fastest run: 2 to 30 runs, within LONGEST seconds."""
    times: list[float] = []
    while len(times) < 2 or (sum(times) < LONGEST and len(times) < 30):
        began = time.perf_counter()
        run()
        times.append(time.perf_counter() - began)
    return 1000 * min(times)


def measure(megapixels: float) -> Iterator[Timing]:
    """Measure every way on a picture of that size with both masks, and yield the timings."""
    image, rng = picture(megapixels, 1), np.random.default_rng(0)
    knots = np.linspace(0, 1, 17, dtype=np.float32)
    curves = np.stack([knots**gamma for gamma in (0.8, 0.95, 1.2)])
    edit = Edit(curves, rng.normal(0, 0.1, (16, 16)).astype(np.float32))
    for mask, matte in masks(image):
        case = Case(Composite(image, matte), edit, np.zeros_like(image))
        copy = best(lambda: np.copyto(case.out, image))  # noqa: B023 - called at once
        yield Timing("copy", megapixels, mask, copy, 1)
        for name, run in _ready(case, megapixels):
            spent = best(run)
            yield Timing(name, megapixels, mask, spent, spent / copy)


def _ready(case: Case, megapixels: float) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield name and timed function of each installed way for this size, prepared just before its run."""
    for way in WAYS:
        if megapixels <= way.most:
            with suppress(ImportError):
                yield way.name, way.prepare(case)


def main() -> None:
    """Print each timing when it is measured, and write all of them as JSON."""
    parser = parser_of(__doc__)
    parser.add_argument("file", type=Path, nargs="?", metavar="FILE.json")
    parser.add_argument("--sizes", type=float, nargs="+", default=SIZES)
    options = parser.parse_args()
    warm_up()
    timings = []
    with torch.inference_mode():
        for size in options.sizes:
            for timing in measure(size):
                print(
                    f"{timing.megapixels:4g} MP, {timing.mask:5} {timing.way:32}"
                    f"{timing.milliseconds:9.1f} ms {timing.copies:8.1f} copies",
                    flush=True,
                )
                timings.append(asdict(timing))
    if options.file:
        options.file.write_text(json.dumps({"machine": machine(), "timings": timings}, indent=1) + "\n")


if __name__ == "__main__":
    main()
