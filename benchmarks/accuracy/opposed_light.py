"""Measure what the shading map changes where light falls on the object from the wrong side.

    python -m benchmarks.accuracy.opposed_light DIR [DIR ...] --weights FILE ...
        [--judge DIR --held-out DIR] [--sheet OUT.png]

DIR holds images/ and masks/ (or image/ or real/, and mask/). Of all photographs, those 20 are taken in which
the direction of light is plainest: object and background become brighter towards one side. The object is
mirrored in place, so that it is lit from the other side than its scene, and the hole is filled from its
edges. A *ramp* is the slope, among pixels of one colour, of log2 of linear luma: stops from the middle of the
object to its edge, positive where the object is brighter on the side on which the scene is. In the
photographs it is positive, in the composites negative.

The table holds the mean ramp with its 95 % interval, over the photographs; how often the map raises it; the
correlation of the map's own ramp, from left to right, with that of the scene; what the map changes over the
object, levels (root mean square); and, with --judge, the classifier of benchmarks/accuracy/realism.py: mean
log-odds of a photograph. The first lines are of the photographs themselves, which need no change.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from sklearn.pipeline import Pipeline

from benchmarks.accuracy.errors import over_object
from benchmarks.accuracy.light_direction import Opposed, plainest, ramp, stops
from benchmarks.accuracy.photographs import read_photographs, to_light
from benchmarks.accuracy.realism import realness, trained_judge
from benchmarks.arguments import add_folders, existing_folder, parser_of
from model.edit.render import render
from model.evaluation.contact_sheet import ContactSheet, sheet_row
from model.evaluation.score_table import interval
from model.images.arrays import Pixels
from model.images.composite import Composite
from model.images.resize import resize_area
from model.network.harmonizer import Harmonizer, load_harmonizer
from model.network.network import INPUT_SIZE

COUNT, LONGEST = 20, 384  # composites; pixels a side
BATCHES = 150  # of the classifier's training


@dataclass(frozen=True, eq=False)
class Answer:
    """Hold the results of a network, by curves alone and by curves and map, and the map's own ramp."""

    curves: Pixels
    both: Pixels
    map_ramp: float


def answer(harmonizer: Harmonizer, composite: Composite) -> Answer:
    """Harmonize a composite. The ramp of the map is in stops, of a gain on values of gamma 2.2."""
    edit = harmonizer.predict(composite)
    height, width = composite.matte.shape
    gain = cv2.resize(edit.shading, (width, height), interpolation=cv2.INTER_LINEAR) * (2.2 / np.log(2))
    own = ramp(gain, composite.matte > 0.5).slope
    return Answer(render(composite, edit.blend(shading=0)), render(composite, edit), own)


def along_scene(case: Opposed, image: Pixels, composite: Composite) -> float:
    """Return the ramp of a result's object, positive where it is brighter on the scene's brighter side.

    Pixels have one colour if they have it in the composite.
    """
    return case.side * ramp(stops(image), composite.matte > 0.5, to_light(composite.image / 255.0)).slope


def mean_cell(values: list[float]) -> str:
    """Return the mean and its interval as text."""
    low, high = interval(values)
    return f"{np.mean(values):+.2f} ({low:+.2f} to {high:+.2f})"


def cells(cases: list[Opposed], composites: list[Composite], answers: list[Answer]) -> Iterator[str]:
    """Yield the cells of a line: three ramps, composites that the map improves, correlation, change."""
    versions = (
        [composite.image for composite in composites],
        *zip(*((each.curves, each.both) for each in answers), strict=True),
    )
    ramps = [
        [along_scene(*each) for each in zip(cases, images, composites, strict=True)] for images in versions
    ]
    yield from map(mean_cell, ramps)
    yield f"{sum(both > curves for _, curves, both in zip(*ramps, strict=True))} of {len(cases)}"
    scenes, maps = [case.scene_ramp for case in cases], [each.map_ramp for each in answers]
    yield f"{np.corrcoef(scenes, maps)[0, 1]:+.2f}" if np.ptp(maps) > 0 and len(cases) > 2 else ""
    changes = (
        over_object(each.both, each.curves, composite.matte) ** 0.5
        for each, composite in zip(answers, composites, strict=True)
    )
    yield f"{np.mean(list(changes)):.1f}"


def odds_cells(judge: Pipeline | None, composites: list[Composite], answers: list[Answer]) -> Iterator[str]:
    """Yield the mean log-odds of composites, of results by curves alone and by curves and map."""
    if judge is None:
        return
    mattes = torch.from_numpy(np.stack([_square(composite.matte) for composite in composites])[:, None])
    kinds = (
        [composite.image for composite in composites],
        [each.curves for each in answers],
        [each.both for each in answers],
    )
    odds = []
    for images in kinds:
        pictures = torch.from_numpy(np.stack([_square(image) for image in images])).permute(0, 3, 1, 2) / 255
        odds.append(realness(judge, (pictures, mattes), lambda image, _: image))
        yield mean_cell((odds[-1] if len(odds) < 3 else odds[2] - odds[1]).tolist())


def _square(array: NDArray[np.generic]) -> NDArray[np.generic]:
    return resize_area(array, (INPUT_SIZE, INPUT_SIZE))


def draw_sheet(cases: list[Opposed], answers: dict[str, list[Answer]], out: Path) -> None:
    """Write a picture with a row for each composite: photograph, composite, results of each network."""
    results = chain.from_iterable((f"{name}, curves", f"{name}, curves and map") for name in answers)
    sheet = ContactSheet(["photograph", "composite", *results])
    for case, *each in zip(cases, *answers.values(), strict=True):
        pictures = chain.from_iterable((one.curves, one.both) for one in each)
        sheet.add(sheet_row([case.photograph.image, case.composite.image, *pictures]))
    Image.fromarray(sheet.picture()).save(out)


def main() -> None:
    """Print a table in Markdown."""
    parser = parser_of(__doc__)
    add_folders(parser)
    parser.add_argument("--weights", nargs="+", type=Path, required=True, metavar="FILE")
    parser.add_argument("--judge", type=existing_folder, action="append", metavar="DIR")
    parser.add_argument("--held-out", type=existing_folder, metavar="DIR")
    parser.add_argument("--sheet", type=Path, metavar="OUT.png")
    args = parser.parse_args()
    pictures = chain.from_iterable(read_photographs(folder, LONGEST) for folder in args.folders)
    cases = plainest((photograph for _, photograph in pictures), COUNT)
    judge = trained_judge(args.judge, BATCHES, args.held_out) if args.judge else None
    heads = ["pictures", "weights", "ramp", "ramp after curves", "after curves and map", "map raises it"]
    heads += ["correlation of map and scene", "change by the map"]
    heads += ["log-odds", "after curves", "gain by the map"] if judge else []
    print("|", " | ".join(heads), "|\n|---|---|" + "---:|" * (len(heads) - 2))
    answers: dict[str, list[Answer]] = {}
    for kind in ("photograph", "composite"):
        composites = [getattr(case, kind) for case in cases]
        for file in args.weights:
            harmonizer = load_harmonizer(file)
            answers[file.stem] = [answer(harmonizer, composite) for composite in composites]
            row = (
                *cells(cases, composites, answers[file.stem]),
                *odds_cells(judge, composites, answers[file.stem]),
            )
            print(f"| {len(cases)} {kind}s | {file.stem} |", " | ".join(row), "|", flush=True)
    if args.sheet is not None:
        draw_sheet(cases, answers, args.sheet)


if __name__ == "__main__":
    main()
