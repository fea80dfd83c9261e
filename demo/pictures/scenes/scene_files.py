"""Read the files of a scene: at full size, one object at a time, or as small copies."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from demo.pictures.scenes.scene import Scene, SceneObject
from demo.pictures.scenes.small_files import SmallFiles
from demo.pictures.view_cache import ViewCache
from model import BadImage
from model.edit.layers import MaskedObject, PlacedObject, SceneLayer
from model.edit.placement import Frame
from model.images.arrays import Picture, Pixels
from model.images.composite import MIN_SIDE
from model.images.decoded_files import DecodedFiles


@dataclass(frozen=True)
class SceneFiles:
    """Hold what reads the files of visitors in a render process, and the cache of results."""

    views: ViewCache
    decoded: DecodedFiles

    @cached_property
    def small(self) -> SmallFiles:
        """Return the small copies."""
        return SmallFiles(self.decoded)

    def picture(self, scene: Scene) -> Picture:
        """Return the background at full size. Raises BadImage."""
        return _checked(self.decoded.picture(scene.background))

    def layers(self, scene: Scene) -> Iterator[SceneLayer]:
        """Yield the visible objects at full size, bottom to top, each decoded when it is needed."""
        size = self.picture(scene).size
        return (self.layer(one, size) for one in scene.visible)

    def layer(self, one: SceneObject, size: tuple[int, int]) -> SceneLayer:
        """Return an object at full size. size: height and width of the background. Raises BadImage."""
        if one.mask is not None:
            return MaskedObject(self.decoded.matte(one.mask, size), one.look)
        return PlacedObject(self.decoded.picture(one.file), one.placement, one.look)

    def small_scene(self, scene: Scene) -> "SmallScene":
        """Return the visible objects and the background as small copies. Raises BadImage."""
        background = self.small.get(scene.background)
        _checked(background.picture)
        layers: list[SceneLayer] = []
        for one in scene.visible:
            file = self.small.get(one.file)
            if one.mask is None:
                layers.append(PlacedObject(file.picture, one.placement, one.look))
                continue
            if file.size != background.size:
                sizes = [f"{width}×{height}" for height, width in (file.size, background.size)]
                raise BadImage(f"The mask of {one.name} is {sizes[0]} pixels, but the picture is {sizes[1]}.")
            layers.append(MaskedObject(file.matte, one.look))
        frame = Frame(background.size, background.picture.size)
        return SmallScene(background.picture, tuple(layers), frame)


@dataclass(frozen=True, eq=False)
class SmallScene:
    """Hold a background, its visible objects, bottom to top, and the frame that they fill."""

    background: Picture
    layers: tuple[SceneLayer, ...]
    frame: Frame

    @property
    def pixels(self) -> Pixels:
        """Return the pixels of the background."""
        return np.ascontiguousarray(self.background.pixels)


def _checked(picture: Picture) -> Picture:
    if min(picture.size) < MIN_SIDE:
        height, width = picture.size
        raise BadImage(
            f"The picture is {width}×{height} pixels. Please use one of at least {MIN_SIDE}×{MIN_SIDE}."
        )
    return picture
