"""Harmonize what a person gave, adjust it, and write files: everything between the page and the model."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from demo.pictures.view_cache import ViewCache
from model import BadImage, Composite, Edit, Harmonizer, render
from model.edit.export import object_layer, shading_levels
from model.images.arrays import Pixels
from model.images.background import measure_background
from model.images.files import (
    picture_format,
    preview_jpeg,
    read_picture,
    write_atomic,
    write_grey,
    write_picture,
)
from model.images.icc import is_srgb, profile_name
from model.images.resize import resize_area

PREVIEW_SIDE = 1600


@dataclass(frozen=True)
class Inputs:
    """Paths of the pictures a person gave, "" where none; `pasted`: the way with a cut-out is chosen."""

    composite: str = ""
    mask: str = ""
    background: str = ""
    cutout: str = ""
    pasted: bool = False

    def read(self) -> Composite:
        """Read the chosen pair of pictures. Raises BadImage, also when one of them is missing."""
        if self.pasted:
            if not self.background or not self.cutout:
                raise BadImage("Please add both a background and a cut-out with transparency.")
            return Composite.from_cutout(self.background, self.cutout)
        if not self.composite:
            raise BadImage("Please add the picture with the pasted object first.")
        return Composite.from_files(self.composite, self.mask or None)

    @property
    def files(self) -> tuple[str, ...]:
        """The files of the chosen way that are there, the one that gives the size first."""
        pair = (self.background, self.cutout) if self.pasted else (self.composite, self.mask)
        return tuple(filter(None, pair))

    @property
    def whole(self) -> bool:
        """Whether both pictures of the chosen way are there."""
        return bool(self.background and self.cutout) if self.pasted else bool(self.composite and self.mask)

    @property
    def main(self) -> Path:
        """The picture that gives a result its size and its name."""
        return Path(self.background if self.pasted else self.composite)

    @property
    def stem(self) -> str:
        """A file name for results, after the main picture."""
        stem = self.main.stem
        return re.sub(r"[^\w-]+", "-", stem)[:60].strip("-") or "picture"


@dataclass(frozen=True)
class Strength:
    """How much of the predicted edit to apply: 0 none, 1 as predicted, at most 1.5."""

    curves: float = 1.0
    light: float = 1.0

    @classmethod
    def from_percent(cls, curves: float, light: float) -> "Strength":
        return cls(min(max(curves / 100, 0.0), 1.5), min(max(light / 100, 0.0), 1.5))

    def of(self, edit: Edit) -> Edit:
        return edit.blend(curves=self.curves, shading=self.light)


@dataclass(frozen=True)
class Job:
    """One harmonized picture: what was given, the edit, and small views of it (names in the cache).

    about: the file's kind, depth and colours. live: whether a browser can follow the edit, which it does in
    sRGB alone. background: pixels where the matte is 0; changed: how many are no longer what they were.
    """

    inputs: Inputs
    edit: str
    before: str
    after: str
    matte: str
    width: int
    height: int
    about: str
    live: bool
    seconds: float
    background: int
    changed: int
    focus: float

    @property
    def views(self) -> tuple[str, str, str]:
        return self.before, self.after, self.matte


@dataclass(frozen=True)
class Workbench:
    """The harmonizer, the folder for views, and results of pictures that many people open."""

    harmonizer: Harmonizer
    views: ViewCache
    kept: dict[Inputs, Job] = field(default_factory=dict)

    def harmonize(self, inputs: Inputs) -> Job:
        """Harmonize at full size and compare every pixel outside the mask. Raises BadImage."""
        composite = inputs.read()
        result = self.harmonizer(composite)
        before = self.views.put(preview(composite.image, composite), ".jpg")
        height, width = composite.matte.shape
        background = measure_background(composite, result.image)
        return Job(
            inputs=inputs,
            edit=result.edit.to_json(),
            before=before,
            after=self.views.put(preview(result.image, composite), ".jpg"),
            matte=small_matte(composite.matte, before, self.views),
            width=width,
            height=height,
            about=about(inputs, composite.image, composite.metadata.icc),
            live=is_srgb(composite.metadata.icc),
            seconds=result.seconds,
            background=background.pixels,
            changed=background.changed,
            focus=centre_of(composite.matte),
        )

    def harmonize_once(self, inputs: Inputs) -> Job:
        """Like harmonize, but remembers the answer: for the examples that everybody opens."""
        job = self.kept.get(inputs)
        if job is None or not all(self.views.touch(name) for name in job.views):
            job = self.kept[inputs] = self.harmonize(inputs)
        return job

    def adjust(self, job: Job, strength: Strength) -> str:
        """The small result at another strength; returns the name of the view. Raises KeyError if swept."""
        # Curves and shading do not depend on size: the view of the composite is enough, and quick.
        small = small_composite(self.views.find(job.before), self.views.find(job.matte))
        picture = render(small, strength.of(Edit.from_json(job.edit)))
        return self.views.put(preview(picture, small), ".jpg")

    def export(self, job: Job, strength: Strength, kind: str) -> tuple[str, str]:
        """Write a file of this kind; returns its name in the cache and the name to download it under."""
        edit = strength.of(Edit.from_json(job.edit))
        # Pictures are read again: keeping them would cost every visitor a hundred megabytes.
        export = EXPORTS[kind]
        path = self.views.new_path(Path(export.name).suffix)
        export.write(path, job.inputs, edit)
        return path.name, f"{job.inputs.stem}-{export.name}"


def preview(picture: NDArray[Any], composite: Composite) -> bytes:
    """A JPEG of a picture made from this composite, small enough for a page, in the same colour space."""
    return preview_jpeg(picture, PREVIEW_SIDE, composite.metadata.icc)


def small_matte(matte: NDArray[np.float32], before: str, views: ViewCache) -> str:
    """The name of a view of the matte, as large as the view of its picture."""
    # The size is taken from the view itself, so that rounding cannot make them differ.
    height, width = read_picture(views.find(before)).pixels.shape[:2]
    small = resize_area(matte, (height, width))
    return views.put(cv2.imencode(".png", np.round(small * 255).astype(np.uint8))[1].tobytes(), ".png")


def about(inputs: Inputs, pixels: Pixels, icc: bytes | None) -> str:
    """A file's kind, its depth and its colours, in words."""
    kind = inputs.main.suffix[1:].upper() or "picture"
    return f"{kind}, {pixels.dtype.itemsize * 8} bit, {profile_name(icc)}"


@lru_cache(maxsize=16)
def small_composite(before: Path, matte: Path) -> Composite:
    """The view and its matte as a composite; remembered, because a slider asks for it many times."""
    return Composite.from_files(before, matte)


def centre_of(matte: NDArray[np.float32]) -> float:
    """Where the object is from left to right: 0 to 1, the mean of its columns."""
    columns = matte.sum(axis=0, dtype=np.float64)
    return float(np.average(np.linspace(0, 1, len(columns)), weights=columns))


def _write_picture(path: Path, inputs: Inputs, edit: Edit) -> None:
    composite = inputs.read()
    alpha = None if picture_format(path) == "JPEG" else composite.alpha
    write_picture(path, render(composite, edit), alpha=alpha, metadata=composite.metadata)


def _write_layer(path: Path, inputs: Inputs, edit: Edit) -> None:
    composite = inputs.read()
    colours, alpha = object_layer(composite, edit)
    write_picture(path, colours, alpha=alpha, metadata=composite.metadata)


def _write_light(path: Path, inputs: Inputs, edit: Edit) -> None:
    write_grey(path, shading_levels(edit.shading, *inputs.read().matte.shape))


def _write_cube(path: Path, _inputs: Inputs, edit: Edit) -> None:
    write_atomic(path, edit.to_cube().encode("ascii"))


def _write_acv(path: Path, _inputs: Inputs, edit: Edit) -> None:
    write_atomic(path, edit.to_acv())


def _write_json(path: Path, _inputs: Inputs, edit: Edit) -> None:
    write_atomic(path, edit.to_json().encode("utf-8"))


@dataclass(frozen=True)
class Export:
    """A file to take home: how it is written, and what its name ends in."""

    write: Callable[[Path, Inputs, Edit], None]
    name: str


EXPORTS = {
    "png": Export(_write_picture, "harmonized.png"),
    "jpg": Export(_write_picture, "harmonized.jpg"),
    "tif": Export(_write_picture, "harmonized.tif"),
    "webp": Export(_write_picture, "harmonized.webp"),
    "layer": Export(_write_layer, "object.png"),
    "light": Export(_write_light, "light.png"),
    "cube": Export(_write_cube, "harmonized.cube"),
    "acv": Export(_write_acv, "harmonized.acv"),
    "json": Export(_write_json, "harmonized.json"),
}
