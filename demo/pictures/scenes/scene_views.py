"""Render a scene, or a part of it for a page."""

from dataclasses import dataclass

import numpy as np

from demo.pictures.scenes.scene import Scene
from demo.pictures.scenes.scene_files import SceneFiles
from model.edit.layers import render_layers
from model.edit.placement import Frame
from model.images.arrays import Metadata, Pixels
from model.images.composite import to_depth
from model.images.encode import encode_with_pillow

MOST_WIDTH = 2048
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class BackgroundCount:
    """Count the pixels outside all objects, and those of them that differ from the background file."""

    pixels: int
    changed: int


def render_scene(scene: Scene, files: SceneFiles) -> Pixels:
    """Return the whole picture at full size, H×W×3 of the background's depth. Raises BadImage."""
    background = files.picture(scene)
    return render_layers(background.pixels, files.layers(scene), Frame.full(background.size))


def view_bytes(scene: Scene, files: SceneFiles, box: Box, width: int) -> bytes:
    """Return a part of the rendered picture as JPEG with its colour profile, at most its true resolution.

    box: left, top, right and bottom edge, 0-1. width: in pixels, at most MOST_WIDTH is returned. Raises
    BadImage.
    """
    background = files.picture(scene)
    frame = frame_of(background.size, box, width)
    part = frame.crop(background.pixels)
    pixels = render_layers(np.ascontiguousarray(part), files.layers(scene), frame)
    shown = to_depth(pixels, np.dtype(np.uint8))
    return encode_with_pillow("JPEG", shown, Metadata(icc=background.metadata.icc))


def frame_of(picture: tuple[int, int], box: Box, width: int) -> Frame:
    """Return the frame of whole pixels that covers a box, `width` pixels wide or less."""
    rows, columns = picture
    left, right = _whole(box[0], box[2], columns)
    top, bottom = _whole(box[1], box[3], rows)
    scale = min(1.0, min(width, MOST_WIDTH) / (right - left))
    size = max(1, round((bottom - top) * scale)), max(1, round((right - left) * scale))
    if (left, top, right, bottom) == (0, 0, columns, rows):
        return Frame(picture, size)
    return Frame(picture, size, (left / columns, top / rows, right / columns, bottom / rows))


def count_background(scene: Scene, files: SceneFiles) -> BackgroundCount:
    """Compare the rendered picture with the background file where no object is. Raises BadImage."""
    background = files.picture(scene)
    frame = Frame.full(background.size)
    outside = np.ones(background.size, np.bool_)
    for layer in files.layers(scene):
        outside &= layer.matte(frame) == 0
    changed = (render_scene(scene, files) != background.pixels).any(axis=2) & outside
    return BackgroundCount(int(outside.sum()), int(changed.sum()))


def _whole(low: float, high: float, count: int) -> tuple[int, int]:
    """Return the first pixel that a range of fractions touches, and the one after the last."""
    first = min(max(int(np.floor(low * count + 1e-6)), 0), count - 1)
    last = min(max(int(np.ceil(high * count - 1e-6)), first + 1), count)
    return first, last
