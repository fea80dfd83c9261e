"""Write a scene, or one of its objects, as a file for the download."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from demo.pictures.scenes.scene import Scene, SceneObject, plain_stem
from demo.pictures.scenes.scene_files import SceneFiles
from demo.pictures.scenes.scene_views import render_scene
from model import BadImage, Edit
from model.edit.export import shading_levels
from model.edit.layers import Look, MaskedObject, PlacedObject, render_layers, shadow_of
from model.edit.placement import Frame
from model.edit.psd_layers import LayeredObject, layered_psd
from model.images.arrays import Picture, Pixels, top_level
from model.images.composite import BACKGROUND_UP_TO
from model.images.files import picture_format, write_atomic, write_grey, write_picture

UNCHANGED = "This object is not changed yet, so there are no curves and no light to save."


@dataclass(frozen=True, eq=False)
class Source:
    """Hold the scene that a download is made from, and the object that was chosen."""

    scene: Scene
    chosen: SceneObject | None
    files: SceneFiles

    @property
    def background(self) -> Picture:
        """Return the background at full size. Raises BadImage."""
        return self.files.picture(self.scene)

    @property
    def pixels(self) -> Pixels:
        """Return the rendered picture. Raises BadImage."""
        return render_scene(self.scene, self.files)

    @property
    def object(self) -> SceneObject:
        """Return the chosen object. Raises BadImage where there is none."""
        if self.chosen is None:
            raise BadImage("Please add an object to the picture first.")
        return self.chosen

    @property
    def edit(self) -> Edit:
        """Return what is applied to the chosen object, without its opacity. Raises BadImage."""
        edit = self.object.look.edit
        if edit is None:
            raise BadImage(UNCHANGED)
        return edit

    def layered(self, one: SceneObject) -> LayeredObject:
        """Return an object before and after its change. Raises BadImage."""
        background = self.background
        frame = Frame.full(background.size)
        layer = self.files.layer(one, background.size)
        shadow, edit = shadow_of(layer, frame), layer.look.edit
        if isinstance(layer, PlacedObject):
            plain = replace(layer, look=Look())
            before, after = (_levels(each.layer(frame)[0], background) for each in (plain, layer))
            matte = layer.matte(frame)
            return LayeredObject(one.name, before, after, matte, edit, layer.look.opacity, True, shadow)
        before = self._below(one)
        # An editor blends with the alpha, so the change is whole wherever there is any of the object.
        inside = np.where(layer.whole_matte > BACKGROUND_UP_TO, np.float32(1), np.float32(0))
        after = render_layers(before, (MaskedObject(inside, Look(edit)),), frame)
        return LayeredObject(
            one.name, before, after, layer.whole_matte, edit, layer.look.opacity, shadow=shadow
        )

    def _below(self, one: SceneObject) -> Pixels:
        """Return the picture under an object."""
        background, objects = self.background, self.scene.visible
        place = objects.index(one) if one in objects else 0
        under = (self.files.layer(other, background.size) for other in objects[:place])
        return render_layers(background.pixels, under, Frame.full(background.size))


def _levels(colours: NDArray[np.float32], background: Picture) -> Pixels:
    """Return colours in 0-1 at the depth of the background."""
    dtype = background.pixels.dtype
    return np.asarray(np.rint(colours * np.float32(top_level(dtype))), dtype)


def _write_picture(path: Path, source: Source) -> None:
    background = source.background
    alpha = None if picture_format(path) == "JPEG" else background.alpha
    write_picture(path, source.pixels, alpha=alpha, metadata=background.metadata)


def _write_layer(path: Path, source: Source) -> None:
    one = source.layered(source.object)
    colours = one.after if one.cutout else _mixed(one)
    write_picture(path, colours, alpha=one.matte, metadata=source.background.metadata)


def _mixed(one: LayeredObject) -> Pixels:
    """Return the colours of an object in the picture at the opacity of its change, black outside of it."""
    colours = cv2.addWeighted(one.after, one.opacity, one.before, 1 - one.opacity, 0)
    colours[one.matte == 0] = 0
    return np.asarray(colours)


def _write_psd(path: Path, source: Source) -> None:
    background = source.background
    objects = [source.layered(one) for one in source.scene.visible]
    data = layered_psd(background.pixels, objects, source.pixels, background.metadata, background.alpha)
    write_atomic(path, data)


def _write_light(path: Path, source: Source) -> None:
    write_grey(path, shading_levels(source.edit.shading, *source.background.size))


def _write_cube(path: Path, source: Source) -> None:
    write_atomic(path, source.edit.to_cube().encode("ascii"))


def _write_acv(path: Path, source: Source) -> None:
    write_atomic(path, source.edit.to_acv())


def _write_json(path: Path, source: Source) -> None:
    write_atomic(path, source.edit.to_json().encode("utf-8"))


@dataclass(frozen=True)
class Export:
    """Describe a kind of file for the download: its writer, and the end of its name.

    of_object: it holds one object, whose name is a part of the file's name.
    """

    write: Callable[[Path, Source], None]
    name: str
    of_object: bool = False


EXPORTS = {
    "png": Export(_write_picture, "harmonized.png"),
    "jpg": Export(_write_picture, "harmonized.jpg"),
    "tif": Export(_write_picture, "harmonized.tif"),
    "webp": Export(_write_picture, "harmonized.webp"),
    "layer": Export(_write_layer, "object.png", True),
    "psd": Export(_write_psd, "harmonized.psd"),
    "light": Export(_write_light, "light.png", True),
    "cube": Export(_write_cube, "harmonized.cube", True),
    "acv": Export(_write_acv, "harmonized.acv", True),
    "json": Export(_write_json, "harmonized.json", True),
}


def export_scene(scene: Scene, kind: str, name: str | None, files: SceneFiles) -> tuple[str, str]:
    """Write a file of a kind; return its name in the cache, and its name for the download.

    kind: a key of EXPORTS. name: id of an object; None = the first visible one. Raises BadImage.
    """
    export = EXPORTS[kind]
    chosen = scene.find(name) if name else next(iter(scene.visible), None)
    path = files.views.new_path(Path(export.name).suffix)
    export.write(path, Source(scene, chosen, files))
    parts = [scene.stem, export.name]
    if export.of_object and chosen and len(scene.objects) > 1:
        parts.insert(1, plain_stem(chosen.name))
    return path.name, "-".join(parts)
