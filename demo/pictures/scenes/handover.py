"""Hand a scene over to the page Compare: files in the cache under a random number."""

import re
import secrets
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from demo.pictures.inputs import Inputs
from demo.pictures.scenes.scene import Scene
from demo.pictures.scenes.scene_files import SceneFiles
from demo.pictures.scenes.scene_views import render_scene
from demo.pictures.view_cache import ViewCache
from model.edit.layers import visible_matte
from model.edit.placement import Frame
from model.images.files import write_grey, write_picture

NUMBER = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Handover:
    """Hold the number of a comparison, and the paths of its picture and its mask."""

    number: str
    picture: Path
    mask: Path

    @classmethod
    def at(cls, views: ViewCache, number: str) -> "Handover":
        """Return the place of a number."""
        return cls(number, views.folder / f"{number}.png", views.folder / f"{number}.mask")

    @classmethod
    def new(cls, views: ViewCache) -> "Handover":
        """Return a place with a new random number."""
        views.folder.mkdir(parents=True, exist_ok=True)
        return cls.at(views, secrets.token_hex(16))


def handed_over(views: ViewCache, number: str) -> Inputs | None:
    """Return the files of a number; None where there are none, or where they were deleted after a day."""
    if not NUMBER.fullmatch(number):
        return None
    found = Handover.at(views, number)
    if not (views.touch(found.picture.name) and views.touch(found.mask.name)):
        return None
    return Inputs(composite=str(found.picture), mask=str(found.mask))


def write_handover(scene: Scene, name: str, place: Handover, files: SceneFiles) -> None:
    """Write the picture in which an object is unchanged, and the mask of the object. Raises BadImage."""
    before, index = scene.before(name)
    background = files.picture(before)
    layers = tuple(files.layers(before))
    matte = visible_matte(layers, index, Frame.full(background.size))
    write_grey(place.mask, np.rint(matte * 255).astype(np.uint8))
    write_picture(place.picture, render_scene(before, files), metadata=background.metadata)
