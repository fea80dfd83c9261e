"""Harmonize the pictures of a visitor, change the strength of an edit, and write files for the download."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from demo.pictures.picture_files import PREVIEW_SIDE, PictureFiles
from demo.pictures.view_cache import ViewCache
from model import BadImage, Composite, Edit, Harmonizer, render
from model.edit.export import object_layer, shading_levels
from model.edit.psd_layers import composite_psd
from model.images.arrays import Matte, Pixels
from model.images.background import measure_background
from model.images.decoded_files import DecodedFiles
from model.images.files import (
    picture_format,
    preview_jpeg,
    write_atomic,
    write_grey,
    write_picture,
)
from model.images.icc import is_srgb, profile_name
from model.images.resize import resize_to_fit


@dataclass(frozen=True)
class Inputs:
    """Hold the paths of the pictures of a visitor, "" where there is none.

    pasted: True when the visitor gives a background and a cut-out, False for a composite and a mask.
    """

    composite: str = ""
    mask: str = ""
    background: str = ""
    cutout: str = ""
    pasted: bool = False

    def read(self, decoded: DecodedFiles | None = None) -> Composite:
        """Return the composite of the chosen pair of files.

        decoded: decoded files to use again; without it every file is decoded. Raises BadImage, also when one
        of the files is missing.
        """
        decoded = decoded or DecodedFiles(0)
        if self.pasted:
            if not self.background or not self.cutout:
                raise BadImage("Please add both a background and a cut-out with transparency.")
            return decoded.cutout(self.background, self.cutout)
        if not self.composite:
            raise BadImage("Please add the picture with the pasted object first.")
        return decoded.composite(self.composite, self.mask or None)

    @property
    def files(self) -> tuple[str, ...]:
        """Return the files of the chosen pair, first the one that gives a result its size."""
        pair = (self.background, self.cutout) if self.pasted else (self.composite, self.mask)
        return tuple(filter(None, pair))

    @property
    def whole(self) -> bool:
        """Return True where both files of the chosen pair are there."""
        return bool(self.background and self.cutout) if self.pasted else bool(self.composite and self.mask)

    @property
    def main(self) -> Path:
        """Return the file that gives a result its size and its name."""
        return Path(self.background if self.pasted else self.composite)

    @property
    def stem(self) -> str:
        """Return a file name for results, made from the name of the main file."""
        stem = self.main.stem
        return re.sub(r"[^\w-]+", "-", stem)[:60].strip("-") or "picture"


@dataclass(frozen=True)
class Strength:
    """Hold the strength of the two parts of an edit: 0 = no change, 1 = as predicted, at most 1.5."""

    curves: float = 1.0
    light: float = 1.0

    @classmethod
    def from_percent(cls, curves: float, light: float) -> "Strength":
        """Return the strengths of two sliders, each limited to 0-150 %."""
        return cls(min(max(curves / 100, 0.0), 1.5), min(max(light / 100, 0.0), 1.5))

    def of(self, edit: Edit) -> Edit:
        """Return the edit at this strength."""
        return edit.blend(curves=self.curves, shading=self.light)


@dataclass(frozen=True)
class Job:
    """Describe a harmonized picture: its files, its edit, and the names of its views in the cache.

    about: format, depth and colour profile in words. live: True where a browser can draw the edit while a
    slider moves, which it can in sRGB only. seconds: time of the harmonization. background: number of pixels
    with a matte of 0; changed: number of those whose values differ. focus: see `object_centre`.
    """

    inputs: Inputs
    edit: Edit
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
        """Return the names of the views of the composite, the result and the matte."""
        return self.before, self.after, self.matte


@dataclass(frozen=True)
class Workbench:
    """Hold what a render process works with.

    kept: the results of the examples.
    """

    harmonizer: Harmonizer
    files: PictureFiles
    kept: dict[Inputs, Job] = field(default_factory=dict)

    @property
    def views(self) -> ViewCache:
        """Return the cache of views."""
        return self.files.views

    def harmonize(self, inputs: Inputs) -> Job:
        """Harmonize at full size and compare every pixel outside the mask. Raises BadImage."""
        composite = inputs.read(self.files.decoded)
        result = self.harmonizer(composite)
        before = self.views.put(preview(composite.image, composite), ".jpg")
        height, width = composite.matte.shape
        background = measure_background(composite, result.image)
        return Job(
            inputs=inputs,
            edit=result.edit,
            before=before,
            after=self.views.put(preview(result.image, composite), ".jpg"),
            matte=put_matte(composite.matte, self.views),
            width=width,
            height=height,
            about=about(inputs, composite.image, composite.metadata.icc),
            live=is_srgb(composite.metadata.icc),
            seconds=result.seconds,
            background=background.pixels,
            changed=background.changed,
            focus=object_centre(composite.matte),
        )

    def harmonize_once(self, inputs: Inputs) -> Job:
        """Harmonize an example, or return its result while its views are in the cache. Raises BadImage."""
        job = self.kept.get(inputs)
        if job is None or not all(self.views.touch(name) for name in job.views):
            job = self.kept[inputs] = self.harmonize(inputs)
        return job

    def adjust(self, job: Job, strength: Strength) -> str:
        """Render the view at another strength and return its name. Raises KeyError if it was deleted."""
        # Curves and shading do not depend on the size, so the view of the composite is enough, and quick.
        small = self.small_composite(job)
        picture = render(small, strength.of(job.edit))
        return self.views.put(preview(picture, small), ".jpg")

    def small_composite(self, job: Job) -> Composite:
        """Return the views of the composite and its matte. Raises KeyError if they were deleted."""
        before, matte = self.views.find(job.before), self.views.find(job.matte)
        return self.files.decoded.composite(before, matte)

    def export(self, job: Job, strength: Strength, kind: str) -> tuple[str, str]:
        """Write a file of this kind and return its name in the cache and its name for the download.

        Raises BadImage where the format cannot hold the picture.
        """
        export = EXPORTS[kind]
        path = self.views.new_path(Path(export.name).suffix)
        export.write(path, Source(job.inputs, self.files), strength.of(job.edit))
        return path.name, f"{job.inputs.stem}-{export.name}"


def preview(picture: NDArray[Any], composite: Composite) -> bytes:
    """Return a JPEG of a picture made from this composite, small enough for a page, with its profile."""
    return preview_jpeg(picture, PREVIEW_SIDE, composite.metadata.icc)


def put_matte(matte: Matte, views: ViewCache) -> str:
    """Write a view of the matte, as large as the view of its picture, and return its name."""
    small = resize_to_fit(matte, PREVIEW_SIDE)
    return views.put(cv2.imencode(".png", np.round(small * 255).astype(np.uint8))[1].tobytes(), ".png")


def about(inputs: Inputs, pixels: Pixels, icc: bytes | None) -> str:
    """Return the format of the main file, its depth and its colour profile in words."""
    kind = inputs.main.suffix[1:].upper() or "picture"
    return f"{kind}, {pixels.dtype.itemsize * 8} bit, {profile_name(icc)}"


def object_centre(matte: Matte) -> float:
    """Return the horizontal centre of the object, 0 = left, 1 = right: the mean column of the matte."""
    columns = matte.sum(axis=0, dtype=np.float64)
    return float(np.average(np.linspace(0, 1, len(columns)), weights=columns))


@dataclass(frozen=True)
class Source:
    """Hold the files that a download is made from."""

    inputs: Inputs
    files: PictureFiles

    def read(self) -> Composite:
        """Return the composite. Raises BadImage."""
        return self.inputs.read(self.files.decoded)


def _write_picture(path: Path, source: Source, edit: Edit) -> None:
    composite = source.read()
    alpha = None if picture_format(path) == "JPEG" else composite.alpha
    write_picture(path, render(composite, edit), alpha=alpha, metadata=composite.metadata)


def _write_layer(path: Path, source: Source, edit: Edit) -> None:
    composite = source.read()
    colours, alpha = object_layer(composite, edit)
    write_picture(path, colours, alpha=alpha, metadata=composite.metadata)


def _write_psd(path: Path, source: Source, edit: Edit) -> None:
    composite = source.read()
    write_atomic(path, composite_psd(composite, render(composite, edit), edit))


def _write_light(path: Path, source: Source, edit: Edit) -> None:
    write_grey(path, shading_levels(edit.shading, *source.read().matte.shape))


def _write_cube(path: Path, _source: Source, edit: Edit) -> None:
    write_atomic(path, edit.to_cube().encode("ascii"))


def _write_acv(path: Path, _source: Source, edit: Edit) -> None:
    write_atomic(path, edit.to_acv())


def _write_json(path: Path, _source: Source, edit: Edit) -> None:
    write_atomic(path, edit.to_json().encode("utf-8"))


@dataclass(frozen=True)
class Export:
    """Describe a kind of file for the download: its writer, and the end of its name."""

    write: Callable[[Path, Source, Edit], None]
    name: str


EXPORTS = {
    "png": Export(_write_picture, "harmonized.png"),
    "jpg": Export(_write_picture, "harmonized.jpg"),
    "tif": Export(_write_picture, "harmonized.tif"),
    "webp": Export(_write_picture, "harmonized.webp"),
    "layer": Export(_write_layer, "object.png"),
    "psd": Export(_write_psd, "harmonized.psd"),
    "light": Export(_write_light, "light.png"),
    "cube": Export(_write_cube, "harmonized.cube"),
    "acv": Export(_write_acv, "harmonized.acv"),
    "json": Export(_write_json, "harmonized.json"),
}
