"""Make examples for the mask decoder: a view of a photograph, or of a composite of two, and the true mask.

Half of the photographs get the object of another one pasted in, at any size and in other colours, because
masks are wanted for composites, and because a picture with two objects teaches the use of prompts.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from model.network.mask_decoder import SIDE
from model.training.composites.bad_data import BadData

Image = NDArray[np.uint8]
Mask = NDArray[np.float32]

PASTED = 0.5  # share of pictures that get a pasted object
INTO_SCENE = 0.5  # share of these in which the picture's own object is pasted into a scene
WHOLE = 0.5  # share of views that show the whole picture
SLACK = (0.05, 1.0)  # of an object's size, on each side, that other views show around it
LEAST_AREA, LARGEST_AREA = 0.005, 0.9  # of a picture
LEAST_SEEN = 0.6  # of an object, beside what is pasted over it
BEYOND = 0.15  # of a pasted object's size, at most, lies beyond the picture
SIZES = (0.2, 0.85)  # of a pasted object, as parts of the shorter side


@dataclass(frozen=True)
class Photograph:
    """Name a photograph and its mask. main: the masked object is what a viewer sees first."""

    image: Path
    mask: Path
    main: bool


@dataclass(frozen=True)
class Pool:
    """Hold photographs of objects, and pictures of scenes to paste objects into."""

    objects: Sequence[Photograph]
    scenes: Sequence[Path]


@dataclass(frozen=True)
class Example:
    """Hold a picture, SIDE×SIDE×3, its mask, SIDE×SIDE in 0-1, and whether that is of the main object."""

    image: Image
    mask: Mask
    main: bool


def read_pool(table: Path) -> Pool:
    """Read a table with the columns image, mask and main: paths beside it, and 1 for a main object.

    A row without a mask is a scene. Raises BadData.
    """
    objects, scenes, folder = [], [], table.parent
    with table.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if not {"image", "mask", "main"} <= set(reader.fieldnames or ()):
            raise BadData(f"{table.name} should have the columns image, mask and main.")
        for row in reader:
            if row["mask"]:
                objects.append(Photograph(folder / row["image"], folder / row["mask"], row["main"] == "1"))
            else:
                scenes.append(folder / row["image"])
    if not objects:
        raise BadData(f"{table.name} names no photograph with a mask.")
    return Pool(objects, scenes)


def make_example(pool: Pool, photograph: Photograph, random: np.random.Generator) -> Example | None:
    """Return an example of this photograph; None where its object is too small or too large in it."""
    image, mask = _read(photograph)
    main = photograph.main
    if random.random() < PASTED:
        image, mask, main = _composite(image, mask, main, pool, random)
    if not LEAST_AREA < mask.mean() < LARGEST_AREA:
        return None
    image, mask = _view(_recolour(image, random), mask, random)
    if random.random() < 0.5:
        image, mask = np.ascontiguousarray(image[:, ::-1]), np.ascontiguousarray(mask[:, ::-1])
    return Example(image, mask, main)


def _read(photograph: Photograph) -> tuple[Image, Mask]:
    """Return the picture, H×W×3 RGB, and its mask, H×W in 0-1. Raises BadData."""
    mask = cv2.imread(str(photograph.mask), cv2.IMREAD_GRAYSCALE)
    image = _read_picture(photograph.image)
    if mask is None or mask.shape != image.shape[:2]:
        raise BadData(f"{photograph.mask.name} should be a mask of the size of its picture.")
    return image, (mask > 127).astype(np.float32)


def _read_picture(path: Path) -> Image:
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise BadData(f"{path.name} is not a picture.")
    return np.ascontiguousarray(image[..., ::-1])


def _composite(
    image: Image, mask: Mask, main: bool, pool: Pool, random: np.random.Generator
) -> tuple[Image, Mask, bool]:
    """Paste the object into a scene, or another one over the picture; return picture, mask, and if main."""
    if main and pool.scenes and random.random() < INTO_SCENE:
        scene = _read_picture(pool.scenes[int(random.integers(len(pool.scenes)))])
        return *_paste(image, mask, scene, random), True
    other = pool.objects[int(random.integers(len(pool.objects)))]
    if not other.main:
        return image, mask, main
    pasted, shape = _paste(*_read(other), image, random)
    seen = mask * (shape < 0.5)
    if random.random() < 0.5 and seen.sum() > LEAST_SEEN * mask.sum():
        return pasted, seen, False
    return pasted, shape, False


def _paste(image: Image, mask: Mask, behind: Image, random: np.random.Generator) -> tuple[Image, Mask]:
    """Return the scene with the object in it, at a random place and size, and the object's mask there."""
    height, width = behind.shape[:2]
    x, y, w, h = cv2.boundingRect((mask > 0).astype(np.uint8))
    if w < 8 or h < 8:
        return behind, np.zeros((height, width), np.float32)
    scale = min(height, width) * random.uniform(*SIZES) / max(w, h)
    size = (max(4, round(w * scale)), max(4, round(h * scale)))
    part = np.s_[y : y + h, x : x + w]
    cut = _recolour(np.asarray(cv2.resize(image[part], size, interpolation=cv2.INTER_AREA), np.uint8), random)
    shape = cv2.resize(mask[part], size, interpolation=cv2.INTER_AREA)
    shape = cv2.GaussianBlur(shape, (0, 0), random.uniform(0.4, 1.2))
    left = int(random.uniform(-BEYOND * size[0], width - (1 - BEYOND) * size[0]))
    top = int(random.uniform(-BEYOND * size[1], height - (1 - BEYOND) * size[1]))
    rows = slice(max(top, 0), min(top + size[1], height))
    columns = slice(max(left, 0), min(left + size[0], width))
    inner = np.s_[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
    placed, out = np.zeros((height, width), np.float32), behind.copy()
    alpha = shape[inner][..., None]
    out[rows, columns] = (alpha * cut[inner] + (1 - alpha) * out[rows, columns]).astype(np.uint8)
    placed[rows, columns] = shape[inner]
    return out, placed


def _recolour(image: Image, random: np.random.Generator) -> Image:
    """Change exposure, white balance and contrast at random."""
    if random.random() < 0.3:
        return image
    gain = np.exp(random.normal(0, 0.2) + random.normal(0, 0.07, 3))
    gamma = np.exp(random.normal(0, 0.15))
    levels = np.arange(256)[:, None] / 255
    table = (255 * (levels**gamma * gain).clip(0, 1)).astype(np.uint8)
    return np.asarray(cv2.LUT(image, table[:, None]), np.uint8)


def _view(image: Image, mask: Mask, random: np.random.Generator) -> tuple[Image, Mask]:
    """Return the whole picture or a part around the object, SIDE×SIDE."""
    height, width = mask.shape
    x, y, w, h = cv2.boundingRect((mask > 0.5).astype(np.uint8))
    part = slice(0, height), slice(0, width)
    if random.random() > WHOLE:
        left, right, top, bottom = random.uniform(*SLACK) * random.uniform(0.6, 1.4, 4) * [w, w, h, h]
        rows = slice(int(max(0, y - top)), max(2, int(min(height, y + h + bottom))))
        part = rows, slice(int(max(0, x - left)), max(2, int(min(width, x + w + right))))
    view, target = (cv2.resize(a[part], (SIDE, SIDE), interpolation=cv2.INTER_LINEAR) for a in (image, mask))
    return np.asarray(view, np.uint8), np.asarray(target, np.float32)
