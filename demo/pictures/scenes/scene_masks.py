"""Find the mask of an object for the workbench, correct it by clicks, and split it into its parts."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from demo.pictures.scenes.file_facts import FileFacts, inspect
from demo.pictures.scenes.scene_files import SceneFiles
from model import BadImage
from model.images.arrays import Matte, Pixels
from model.images.files import write_grey
from model.masks.automatic import Box as PixelBox
from model.masks.automatic import mask_from_background, mask_from_box, mask_from_strokes
from model.masks.matting import refine_matte
from model.masks.parts import split_matte

MARGIN = 0.06  # of each side; without a box, the object is looked for inside it
POINT_RADIUS = 0.012  # of the longer side


@dataclass(frozen=True)
class MaskRequest:
    """Describe the wanted mask of a picture.

    box: left, top, right and bottom edge, 0-1. points: x, y, 0-1, and True for one on the object. mask:
    an earlier mask that the points correct. background: the same scene without the object. refine: estimate
    soft edges anew. Without box, points and background: the main object.
    """

    picture: Path
    box: tuple[float, float, float, float] | None = None
    points: tuple[tuple[float, float, bool], ...] = ()
    mask: Path | None = None
    background: Path | None = None
    refine: bool = False

    @property
    def files(self) -> tuple[str, ...]:
        """Return the files that are read, the picture first."""
        return tuple(str(path) for path in (self.picture, self.mask, self.background) if path)


def find_mask(request: MaskRequest, target: Path, files: SceneFiles) -> FileFacts:
    """Find the mask, write it to `target`, and return its facts. Raises BadImage."""
    pixels = files.decoded.picture(request.picture).pixels
    matte = _found(request, pixels, files)
    if request.refine:
        matte = refine_matte(pixels, matte)
    return _kept(matte, target, files)


def split_mask(mask: Path, targets: tuple[Path, ...], files: SceneFiles) -> list[FileFacts]:
    """Write one mask for each separate part, the largest first, at most as many as targets."""
    picture = files.decoded.picture(mask)
    parts = split_matte(files.decoded.matte(mask, picture.size), len(targets))
    return [_kept(part, target, files) for part, target in zip(parts, targets, strict=False)]


def _found(request: MaskRequest, pixels: Pixels, files: SceneFiles) -> Matte:
    size = pixels.shape[0], pixels.shape[1]
    if request.points:
        return _from_points(request, pixels, files)
    if request.box is not None:
        return mask_from_box(pixels, _pixel_box(request.box, size))
    if request.background is not None:
        return mask_from_background(pixels, files.decoded.picture(request.background).pixels)
    if request.mask is not None:
        return files.decoded.matte(request.mask, size)
    return mask_from_box(pixels, _pixel_box((MARGIN, MARGIN, 1 - MARGIN, 1 - MARGIN), size))


def _from_points(request: MaskRequest, pixels: Pixels, files: SceneFiles) -> Matte:
    """Return the matte of clicks on the object and beside it, from an earlier mask where there is one."""
    size = pixels.shape[0], pixels.shape[1]
    marks = {True: np.zeros(size, np.uint8), False: np.zeros(size, np.uint8)}
    radius = max(2, round(POINT_RADIUS * max(size)))
    for x, y, keep in request.points:
        cv2.circle(marks[keep], (round(x * size[1]), round(y * size[0])), radius, 1, cv2.FILLED)
    inside, outside = marks[True] > 0, marks[False] > 0
    if request.mask is not None:
        matte = files.decoded.matte(request.mask, size)
        kernel = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
        inside |= (cv2.erode(matte, kernel) > 0.5) & ~outside
        outside |= (cv2.dilate(matte, kernel) < 0.5) & ~(cv2.dilate(marks[True], kernel) > 0)
    if not inside.any():
        raise BadImage("Please click on the object.")
    return mask_from_strokes(pixels, inside, outside)


def _pixel_box(box: tuple[float, float, float, float], size: tuple[int, int]) -> PixelBox:
    rows, columns = size
    left, right = round(box[0] * columns), round(box[2] * columns)
    top, bottom = round(box[1] * rows), round(box[3] * rows)
    return PixelBox(left, top, right - left, bottom - top)


def _kept(matte: Matte, target: Path, files: SceneFiles) -> FileFacts:
    write_grey(target, np.rint(matte * 255).astype(np.uint8))
    return inspect(target, "mask", files)
