"""Make composites of photographs before and after an expert's work.

    python -m benchmarks.accuracy.expert_pairs DIR OUT [PARTS]

DIR holds before/ and after/ with sixteen pictures of MIT-Adobe FiveK (Bychkovsky et al. 2011), a2803.jpg to
a4933.jpg, 512 pixels wide. OUT gets composite/, mask/ and real/, for `python -m model evaluate OUT`:
*_light has the finished object in the raw scene, *_dark the raw object in the finished scene. With PARTS, a
number, that many parts of each picture take the place of its object: parts of one colour, from small to
large, and as the last one everything but the largest part.
"""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.arguments import existing_folder, parser_of
from model.images.arrays import Pixels
from model.training.composites.kmeans_regions import cluster_regions

# Left, top, right and bottom of a box in which GrabCut finds the object …
OBJECTS = {
    "a2803": (1, 85, 392, 262),
    "a3102": (1, 125, 511, 207),
    "a3232": (120, 35, 195, 340),
    "a4514": (235, 40, 440, 180),
    "a4521": (345, 160, 455, 297),
    "a4576": (100, 1, 362, 342),
    "a4582": (68, 78, 290, 300),
    "a4591": (250, 1, 355, 340),
    "a4723": (60, 28, 292, 340),
    "a4783": (150, 178, 312, 320),
}
# … and corners of parts that serve as objects without GrabCut.
PARTS = {
    "a2917": ((0, 215), (512, 215), (512, 340), (0, 340)),
    "a4232": ((0, 180), (512, 180), (512, 341), (0, 341)),
    "a4714": ((290, 110), (420, 110), (420, 200), (290, 200)),
    "a4742": ((0, 260), (512, 260), (512, 341), (0, 341)),
    "a4857": ((0, 341), (512, 45), (512, 341)),
    "a4933": ((0, 205), (512, 205), (512, 341), (0, 341)),
}


def mask_in_box(picture: NDArray[np.uint8], box: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    """Return the mask of the object in a box: H×W, 0 or 255."""
    left, top, right, bottom = box
    marks = np.zeros(picture.shape[:2], np.uint8)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(picture, marks, (left, top, right - left, bottom - top), *models, 6, cv2.GC_INIT_WITH_RECT)
    mask = np.where((marks == cv2.GC_FGD) | (marks == cv2.GC_PR_FGD), 255, 0).astype(np.uint8)
    opened = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    return cv2.morphologyEx(opened, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8)).astype(np.uint8)


def object_mask(picture: NDArray[np.uint8], stem: str) -> NDArray[np.uint8]:
    """Return the mask of the object of a picture, H×W, 0 or 255."""
    if stem in OBJECTS:
        return mask_in_box(picture, OBJECTS[stem])
    mask = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.array(PARTS[stem])], (255,))
    return mask


def parts_of(picture: NDArray[np.uint8], count: int) -> list[NDArray[np.uint8]]:
    """Return masks of up to `count` parts of a picture by size, and the largest one inverted."""
    if not count:
        return []
    segments = cluster_regions(np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8), 0)
    numbers, areas = np.unique(segments[segments > 0], return_counts=True)
    ordered = numbers[np.argsort(areas)]
    chosen = ordered[np.unique(np.linspace(0, len(ordered) - 1, count - 1).round().astype(int))]
    masks = [np.where(segments == number, 255, 0).astype(np.uint8) for number in chosen]
    return [*masks, 255 - masks[-1]]


def main() -> None:
    parser = parser_of(__doc__)
    parser.add_argument("source", type=existing_folder, metavar="DIR")
    parser.add_argument("out", type=Path, metavar="OUT")
    parser.add_argument("count", nargs="?", type=int, default=0, metavar="PARTS")
    args = parser.parse_args()
    source, out, count = args.source, args.out, args.count
    for name in ("composite", "mask", "real"):
        (out / name).mkdir(parents=True, exist_ok=True)
    for stem in sorted(OBJECTS | PARTS):
        raw, finished = (cv2.imread(str(source / kind / f"{stem}.jpg")) for kind in ("before", "after"))
        if raw is None or finished is None:
            raise SystemExit(f"{stem}.jpg is not in {source / 'before'} and {source / 'after'}.")
        picture = np.asarray(finished, np.uint8)
        if not count:
            write_pair(out, stem, object_mask(picture, stem), raw, finished)
        for number, mask in enumerate(parts_of(picture, count), 1):
            write_pair(out, f"{stem}_{number}", mask, raw, finished)


def write_pair(out: Path, name: str, mask: NDArray[np.uint8], raw: Pixels, finished: Pixels) -> None:
    """Write the composites of both directions, with soft edges, their mask and their real photograph."""
    share = cv2.GaussianBlur(mask, (0, 0), 1)[..., None] / 255
    for kind, scene, pasted in (("dark", finished, raw), ("light", raw, finished)):
        composite = np.rint(scene + share * (pasted.astype(float) - scene)).astype(np.uint8)
        soft = np.rint(255 * share[..., 0]).astype(np.uint8)
        for folder, pixels in (("composite", composite), ("mask", soft), ("real", scene)):
            cv2.imwrite(str(out / folder / f"{name}_{kind}.png"), pixels)


if __name__ == "__main__":
    main()
