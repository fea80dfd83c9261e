"""Find the mask of an object for the workbench, correct it by clicks, and split it into its parts."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from demo.pictures.mask_finder import mask_finder
from demo.pictures.scenes.file_facts import FileFacts, inspect
from demo.pictures.scenes.scene_files import SceneFiles
from model.images.arrays import Matte, Pixels
from model.images.files import write_grey
from model.masks.automatic import mask_from_background
from model.masks.matting import refine_matte
from model.masks.parts import split_matte
from model.masks.prompts import Area, Click
from model.masks.select import FoundMask

DIFFERENCE, MATTING = "the difference from the background", "closed-form matting"


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
    """Find the mask, write it to `target`, and return its facts; they name what found it. Raises BadImage."""
    pixels = files.decoded.picture(request.picture).pixels
    found = _found(request, pixels, files)
    matte = refine_matte(pixels, found.matte) if request.refine else found.matte
    return replace(_kept(matte, target, files), about=found.tool)


def split_mask(mask: Path, targets: tuple[Path, ...], files: SceneFiles) -> list[FileFacts]:
    """Write one mask for each separate part, the largest first, at most as many as targets."""
    picture = files.decoded.picture(mask)
    parts = split_matte(files.decoded.matte(mask, picture.size), len(targets))
    return [_kept(part, target, files) for part, target in zip(parts, targets, strict=False)]


def _found(request: MaskRequest, pixels: Pixels, files: SceneFiles) -> FoundMask:
    size = pixels.shape[0], pixels.shape[1]
    earlier = files.decoded.matte(request.mask, size) if request.mask is not None else None
    finder = mask_finder()
    if request.points:
        clicks = [Click(x * size[1], y * size[0], keep) for x, y, keep in request.points]
        if earlier is None and request.box is not None:
            earlier = finder.in_box(pixels, _pixel_box(request.box, size)).matte
        return finder.at_clicks(pixels, clicks, earlier)
    if request.box is not None:
        return finder.in_box(pixels, _pixel_box(request.box, size))
    if request.background is not None:
        behind = files.decoded.picture(request.background).pixels
        return FoundMask(mask_from_background(pixels, behind), DIFFERENCE)
    return FoundMask(earlier, MATTING) if earlier is not None else finder.main_object(pixels)


def _pixel_box(box: tuple[float, float, float, float], size: tuple[int, int]) -> Area:
    left, top, right, bottom = box
    return Area(round(left * size[1]), round(top * size[0]), round(right * size[1]), round(bottom * size[0]))


def _kept(matte: Matte, target: Path, files: SceneFiles) -> FileFacts:
    write_grey(target, np.rint(matte * 255).astype(np.uint8))
    return inspect(target, "mask", files)
