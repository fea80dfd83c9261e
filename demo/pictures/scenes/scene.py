"""Describe a picture with its objects, by the files that they are made of."""

import re
from dataclasses import dataclass, replace
from pathlib import Path

from model import BadImage
from model.edit.layers import Look
from model.edit.placement import Placement


@dataclass(frozen=True, eq=False)
class SceneObject:
    """Describe one object: in the picture already, with a mask, or a cut-out that is placed.

    Exactly one of mask and cutout is a file.
    """

    id: str
    name: str
    visible: bool
    mask: Path | None
    cutout: Path | None
    placement: Placement
    look: Look

    @property
    def file(self) -> Path:
        """Return the file of the object."""
        file = self.mask or self.cutout
        assert file is not None
        return file


@dataclass(frozen=True)
class Reference:
    """Name the part of a picture whose light counts; box: left, top, right and bottom, 0-1."""

    file: Path
    box: tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class Scene:
    """Describe a background, the name that its owner gave it, and its objects, bottom to top."""

    background: Path
    name: str
    objects: tuple[SceneObject, ...]
    reference: Reference | None = None

    @property
    def visible(self) -> tuple[SceneObject, ...]:
        """Return the objects that are drawn."""
        return tuple(one for one in self.objects if one.visible)

    @property
    def groups(self) -> list[tuple[str, ...]]:
        """Return the files that are in memory at the same time, the background first."""
        background = str(self.background)
        return [(background, str(one.file)) for one in self.visible] or [(background,)]

    @property
    def stem(self) -> str:
        """Return a file name for results, made from the name of the background."""
        return plain_stem(self.name)

    def find(self, name: str) -> SceneObject:
        """Return an object by its id, also a hidden one. Raises BadImage where there is none."""
        for one in self.objects:
            if one.id == name:
                return one
        raise BadImage("This object is not in the picture any more.")

    def before(self, name: str) -> tuple["Scene", int]:
        """Return the scene in which one object is unchanged and without shadow, and the object's place in it.

        The object is visible in it; other hidden objects are left out. Raises BadImage.
        """
        wanted = self.find(name)
        shown = [one for one in self.objects if one.visible or one is wanted]
        index = shown.index(wanted)
        shown[index] = replace(wanted, visible=True, look=Look())
        return replace(self, objects=tuple(shown)), index


def plain_stem(name: str) -> str:
    """Return a name without its suffix and with plain characters only, of at most 60."""
    return re.sub(r"[^\w-]+", "-", Path(name).stem)[:60].strip("-") or "picture"
