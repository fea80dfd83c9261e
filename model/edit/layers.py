"""Render objects over a background, from the lowest to the highest, at full size or a part of it.

An object is in the picture already, and has a matte, or it is a cut-out that is placed. For each, the shadow
comes first. On encoded values, rounded once for each object:
- with a matte M: I + M·opacity·(edit(I) − I), as `model.edit.render` does;
- a cut-out with colours C and alpha a: I·(1 − a) + a·(C + opacity·(edit(C) − C)).
The shading map of an edit covers the background, in both cases.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.edit import render_numpy
from model.edit.color_transforms import PreparedTransform, prepare_transform
from model.edit.edit import Edit
from model.edit.placement import Frame, PlacedCutout, Placement
from model.edit.render import recolour
from model.edit.shadow import Shadow, blurred_shadow, coarse_frame, darkness
from model.images.arrays import Matte, Picture, Pixels, top_level
from model.images.row_blocks import bounding_box, run_in_threads, split_rows


@dataclass(frozen=True, eq=False)
class Look:
    """Describe how an object is changed: its edit (None: not at all), 0-1 of it, and its shadow."""

    edit: Edit | None = None
    opacity: float = 1.0
    shadow: Shadow | None = None

    @property
    def changes_colours(self) -> bool:
        """Return True unless the colours stay as they are."""
        return self.edit is not None and self.opacity > 0


@dataclass(frozen=True, eq=False)
class MaskedObject:
    """Represent an object in the picture; matte: H×W of the whole picture, at its own size or reduced."""

    whole_matte: Matte
    look: Look = Look()

    def matte(self, frame: Frame) -> Matte:
        """Return the matte in a frame, H×W."""
        return np.asarray(frame.crop(self.whole_matte), np.float32)

    def draw(self, below: Pixels, frame: Frame) -> Pixels:
        """Return the picture with this object recoloured; `below` is of the frame's size."""
        edit = _in_frame(self.look.edit, frame)
        if edit is None or not self.look.changes_colours:
            return below
        weights = self.matte(frame) * np.float32(self.look.opacity)
        return recolour(below, weights, edit) if weights.any() else below


@dataclass(frozen=True, eq=False)
class PlacedObject:
    """Represent a cut-out over the picture. cutout: at its own size or reduced."""

    cutout: Picture
    placement: Placement
    look: Look = Look()

    def matte(self, frame: Frame) -> Matte:
        """Return the alpha in a frame, H×W."""
        return PlacedCutout(self.cutout, self.placement, frame).matte(frame.size)

    def draw(self, below: Pixels, frame: Frame) -> Pixels:
        """Return the picture with this cut-out over it; `below` is of the frame's size."""
        placed = PlacedCutout(self.cutout, self.placement, frame)
        if not placed.blocks:
            return below
        out, prepared = below.copy(), self._prepared(frame)
        white = np.float32(top_level(below.dtype))

        def draw_rows(rows: slice) -> None:
            colours, alpha = placed.block(rows)
            part = np.s_[rows, placed.columns]
            colours = self._recoloured(prepared, colours, rows, placed.columns)
            out[part] = render_numpy.blend(np.ascontiguousarray(below[part]), colours * white, alpha)

        run_in_threads(draw_rows, placed.blocks)
        return out

    def layer(self, frame: Frame) -> tuple[NDArray[np.float32], Matte]:
        """Return the changed colours of a frame, H×W×3 in 0-1 and not premultiplied, and the alpha, H×W."""
        placed, prepared = PlacedCutout(self.cutout, self.placement, frame), self._prepared(frame)
        colours, alpha = np.zeros((*frame.size, 3), np.float32), np.zeros(frame.size, np.float32)
        for rows in placed.blocks:
            own, opacity = placed.block(rows)
            colours[rows, placed.columns] = self._recoloured(prepared, own, rows, placed.columns)
            alpha[rows, placed.columns] = opacity
        return colours, alpha

    def _prepared(self, frame: Frame) -> PreparedTransform | None:
        edit = _in_frame(self.look.edit, frame)
        if edit is None or not self.look.changes_colours:
            return None
        return prepare_transform(edit, np.broadcast_to(np.float32(0), (*frame.size, 3)))

    def _recoloured(
        self, prepared: PreparedTransform | None, colours: NDArray[np.float32], rows: slice, columns: slice
    ) -> NDArray[np.float32]:
        if prepared is None:
            return colours
        changed = render_numpy.recolour(prepared, colours, rows, columns).clip(0, 1)
        changed -= colours
        changed *= np.float32(self.look.opacity)
        changed += colours
        return np.asarray(changed, np.float32)


SceneLayer = MaskedObject | PlacedObject


def render_layers(background: Pixels, layers: Iterable[SceneLayer], frame: Frame) -> Pixels:
    """Return the rendered frame, H×W×3 of the dtype of `background`; equal to it outside mattes and shadows.

    background: at the size of the frame. layers: bottom to top; each is taken when the one below is drawn.
    """
    picture = background
    for layer in layers:
        picture = _with_shadow(picture, layer, frame)
        picture = layer.draw(picture, frame)
    return picture


def visible_matte(layers: tuple[SceneLayer, ...], index: int, frame: Frame) -> Matte:
    """Return the matte of a layer, H×W, without what cut-outs above it hide."""
    matte = layers[index].matte(frame)
    for above in layers[index + 1 :]:
        if isinstance(above, PlacedObject):
            matte = matte * (1 - above.matte(frame))
    return np.asarray(matte, np.float32)


def shadow_of(layer: SceneLayer, frame: Frame) -> Matte | None:
    """Return the darkness of the shadow of a layer, H×W in 0-1; None where it has none."""
    shadow = layer.look.shadow
    if shadow is None or shadow.strength <= 0:
        return None
    coarse = blurred_shadow(layer.matte(coarse_frame(frame.picture, shadow.softness)), shadow)
    dark = darkness(coarse, layer.matte(frame), frame)
    return dark if dark.any() else None


def _with_shadow(below: Pixels, layer: SceneLayer, frame: Frame) -> Pixels:
    """Return the picture with the shadow of a layer, without the layer."""
    dark = shadow_of(layer, frame)
    if dark is None:
        return below
    rows, columns = bounding_box(dark)
    out = below.copy()

    def draw_rows(part: slice) -> None:
        pixels = np.ascontiguousarray(below[part, columns])
        black = np.zeros(pixels.shape, np.float32)
        out[part, columns] = render_numpy.blend(pixels, black, np.ascontiguousarray(dark[part, columns]))

    run_in_threads(draw_rows, split_rows(rows.start, rows.stop))
    return out


def _in_frame(edit: Edit | None, frame: Frame) -> Edit | None:
    """Return the edit with the shading map of a part of the picture at every pixel."""
    if edit is None or frame.is_whole or not edit.shading.any():
        return edit
    return Edit(edit.curves, frame.sample(edit.shading), edit.matrix)
