"""Predict the edit of one object where it is now, from small copies of the files."""

import time
from dataclasses import dataclass

import numpy as np

from demo.pictures.scenes.scene import Reference, Scene
from demo.pictures.scenes.scene_files import SceneFiles, SmallScene
from model import BadImage, Composite, Edit, Harmonizer, render
from model.edit.layers import render_layers, visible_matte
from model.images.arrays import Matte, Pixels, top_level
from model.images.composite import OBJECT_ABOVE, to_depth
from model.images.resize import resize_area

LEAST_ALPHA = 1e-3  # of a small copy; an object with less alpha everywhere lies outside the picture
OUTSIDE = "The object lies outside the picture. Please move it back."


@dataclass(frozen=True, eq=False)
class Answer:
    """Hold a predicted edit, the seconds that it took, and its size.

    change: mean absolute change of the object in levels of 255. darkest, lightest: the range of the shading
    map where the object is, as parts of the encoded values: -0.12 = 12 % darker.
    """

    edit: Edit
    seconds: float
    change: float
    darkest: float
    lightest: float


def answer(scene: Scene, name: str, files: SceneFiles, harmonizer: Harmonizer) -> Answer:
    """Return the network's edit for an object. Raises BadImage."""
    began = time.perf_counter()
    composite = object_composite(scene, name, files)
    edit = harmonizer.predict(composite)
    seconds = time.perf_counter() - began
    change, gain = _change(composite, edit), _gains(composite, edit)
    return Answer(edit, seconds, change, float(gain.min()) - 1, float(gain.max()) - 1)


def object_composite(scene: Scene, name: str, files: SceneFiles) -> Composite:
    """Return the picture in which one object is unchanged, with the matte of that object, as a small copy.

    With a reference, the part of the picture that it names takes the place of everything else. Raises
    BadImage, also where the object is hidden or outside.
    """
    before, index = scene.before(name)
    small = files.small_scene(before)
    image = render_layers(small.pixels, small.layers, small.frame)
    matte = _visible(small, index)
    if scene.reference is not None:
        image = _against(scene.reference, image, matte, files)
    return Composite(image, matte, metadata=small.background.metadata)


def _visible(small: SmallScene, index: int) -> Matte:
    matte = visible_matte(small.layers, index, small.frame)
    highest = float(matte.max())
    if highest < LEAST_ALPHA:
        raise BadImage(OUTSIDE)
    # A thin object is faint in a small copy.
    return np.asarray(matte / highest if highest <= OBJECT_ABOVE else matte, np.float32).clip(0, 1)


def _against(reference: Reference, image: Pixels, matte: Matte, files: SceneFiles) -> Pixels:
    """Return the object over the part of a picture whose light counts, stretched over the whole frame."""
    pixels = files.small.get(reference.file).picture.pixels
    height, width = pixels.shape[:2]
    left, top, right, bottom = reference.box
    rows = slice(int(top * height), max(int(top * height) + 1, round(bottom * height)))
    columns = slice(int(left * width), max(int(left * width) + 1, round(right * width)))
    part = to_depth(np.ascontiguousarray(pixels[rows, columns]), image.dtype)
    behind = resize_area(part, matte.shape).astype(np.float32)
    blended = behind + matte[..., None] * (image - behind)
    return np.asarray(np.rint(blended), image.dtype)


def _change(composite: Composite, edit: Edit) -> float:
    changed = render(composite, edit).astype(np.float32)
    changed -= composite.image
    levels = np.abs(changed).mean(axis=2).sum() * (255 / top_level(composite.image.dtype))
    return float(levels / composite.matte.sum())


def _gains(composite: Composite, edit: Edit) -> Matte:
    matte = resize_area(composite.matte, edit.shading.shape)
    inside = matte > min(OBJECT_ABOVE, 0.5 * float(matte.max()))
    return np.exp(edit.shading[inside])
