"""Arrange harmonized objects as the layers of a Photoshop file that show the same picture.

An object is a layer with its mask. Curves, and layers that darken and lighten, are clipped to it: in
Photoshop the curves can be changed by hand. Beside them is the finished object, for programs that ignore
curves. The one that shows the same pixels is visible.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.edit.curves import Curves, evaluate_curves, identity_curves, spline_table
from model.edit.edit import Edit
from model.edit.export import object_layer
from model.edit.shading import Shading, ShadingRows, gain_of
from model.images.arrays import Matte, Metadata, Pixels, top_level
from model.images.composite import Composite
from model.images.psd import MAX_CURVE_POINTS, CurvePoints, Plane, PsdLayer, as_levels, encode_psd
from model.images.row_blocks import bounding_box

FINE = 0.6  # levels; a curve needs no more points when it differs by less
SAME = 2.5  # levels of 0-255; layers that differ less from the finished object are shown instead of it
NO_SHADING = 1e-3  # a smaller log-gain changes less than half a level

Box = tuple[slice, slice]


@dataclass(frozen=True, eq=False)
class LayeredObject:
    """Describe an object before and after its change, for a file with layers.

    before, after: H×W×3 of the whole picture, uint8 or uint16, fully changed wherever `matte` is above 0.
    matte: H×W. edit: what leads from one to the other; None where no edit does. opacity: 0-1 of
    the change, which `after` contains already for a cutout: an object that is not in the picture below it.
    shadow: H×W darkness in 0-1.
    """

    name: str
    before: Pixels
    after: Pixels
    matte: Matte
    edit: Edit | None
    opacity: float = 1.0
    cutout: bool = False
    shadow: Matte | None = None


def layered_psd(
    background: Pixels,
    objects: Sequence[LayeredObject],
    merged: Pixels,
    metadata: Metadata,
    alpha: Matte | None = None,
) -> bytes:
    """Return a Photoshop file of a picture, its objects from the lowest to the highest, and the result.

    background, merged: H×W×3, uint8 or uint16. alpha: H×W in 0-1, the transparency of the whole picture.
    Raises BadImage for a picture that is too large for the format.
    """
    layers = [PsdLayer("Background", background, locked=alpha is None)]
    for one in objects:
        layers += _object_layers(one)
    if alpha is not None:
        layers = [PsdLayer("Picture", children=tuple(layers), mask=alpha)]
    return b"".join(encode_psd(merged, layers, metadata, alpha))


def composite_psd(composite: Composite, result: Pixels, edit: Edit | None) -> bytes:
    """Return a Photoshop file of a harmonized composite.

    result: H×W×3 like the composite's image. edit: what made it; None for a method without curves, whose
    object is then one finished layer. Raises BadImage for a picture that is too large for the format.
    """
    if edit is None:
        inside = np.asarray(composite.matte > 0, np.float32)  # the matte is in the colours already
        one = LayeredObject("Object", composite.image, result, inside, None)
    else:
        colours, matte = object_layer(composite, edit)
        one = LayeredObject("Object", composite.image, colours, matte, edit)
    return layered_psd(composite.image, [one], result, composite.metadata, composite.alpha)


def _object_layers(one: LayeredObject) -> list[PsdLayer]:
    """Return the layers of an object: shadow, object, what changes it, and the finished object."""
    layers = [] if one.shadow is None or not one.shadow.any() else [_shadow_layer(one.name, one.shadow, one)]
    if not one.matte.any():
        return layers
    box = bounding_box(one.matte)
    if one.edit is None:
        return [*layers, _cut(one, one.after, box, one.name)]
    changes = _Changes.of(one.edit, one.matte.shape, box, one.before.dtype)
    exact = (not one.cutout or one.opacity == 1) and changes.difference(one, box) <= SAME
    live = [_cut(one, one.before, box, one.name), *changes.layers(one.name, box)]
    finished = _cut(one, one.after, box, f"{one.name}, finished")
    return [*layers, *(_shown(layer, exact) for layer in live), _shown(finished, not exact)]


def _shown(layer: PsdLayer, visible: bool) -> PsdLayer:
    return PsdLayer(**{**vars(layer), "visible": visible})


def _cut(one: LayeredObject, pixels: Pixels, box: Box, name: str) -> PsdLayer:
    """Return a layer of the object with its mask."""
    opacity = 1.0 if one.cutout else one.opacity
    return PsdLayer(name, pixels[box], _corner(box), one.matte[box], opacity=opacity)


def _corner(box: Box) -> tuple[int, int]:
    return box[0].start, box[1].start


def _shadow_layer(name: str, shadow: Matte, one: LayeredObject) -> PsdLayer:
    box = bounding_box(shadow)
    black = np.zeros_like(one.before[box])
    return PsdLayer(f"{name}, shadow", black, _corner(box), shadow[box], blend="mul ")


@dataclass(frozen=True, eq=False)
class _Changes:
    """Hold what changes an object of one depth: curves by their points, and levels that darken and lighten.

    points: None where the curves change nothing. darker, lighter: h×w; None where nothing is.
    """

    points: tuple[CurvePoints, CurvePoints, CurvePoints] | None
    darker: Plane | None
    lighter: Plane | None

    @classmethod
    def of(cls, edit: Edit, shape: tuple[int, ...], box: Box, dtype: np.dtype[Any]) -> "_Changes":
        """Return the changes that an edit makes in a box of a picture."""
        gain = gain_of(ShadingRows(edit.shading, *shape[:2]).part(*box)) if _shades(edit.shading) else None
        darker = lighter = None
        if gain is not None and gain.min() < 1:
            darker = as_levels(np.minimum(gain, 1), dtype)
        if gain is not None and gain.max() > 1:
            lighter = as_levels(1 - 1 / np.maximum(gain, 1), dtype)  # dodge divides by 1 − level
        curves = None if np.array_equal(edit.curves, identity_curves(edit.curves.shape[1])) else edit.curves
        return cls(None if curves is None else curve_points(curves), darker, lighter)

    def layers(self, name: str, box: Box) -> list[PsdLayer]:
        """Return the layers, clipped to the object below them."""
        found = []
        if self.points is not None:
            found.append(PsdLayer(f"{name}, curves", curves=self.points, clipped=True))
        if self.darker is not None:
            grey = _grey(self.darker)
            found.append(PsdLayer(f"{name}, darker", grey, _corner(box), blend="mul ", clipped=True))
        if self.lighter is not None:
            grey = _grey(self.lighter)
            found.append(PsdLayer(f"{name}, lighter", grey, _corner(box), blend="div ", clipped=True))
        return found

    def difference(self, one: LayeredObject, box: Box) -> float:
        """Return the largest difference of these layers from the finished object, in levels of 0-255."""
        white = top_level(one.before.dtype)
        shown = one.before[box].astype(np.float32) / white
        if self.points is not None:
            tables = [spline_table(points) for points in self.points]
            levels = np.linspace(0, 1, 256)
            shown = np.stack([np.interp(shown[..., c], levels, tables[c]) for c in range(3)], axis=-1)
            shown = np.rint(shown * white) / white
        if self.darker is not None:
            shown = np.rint(shown * self.darker[..., None]) / white
        if self.lighter is not None:
            shown = np.minimum(shown / (1 - self.lighter[..., None] / white), 1)
        off = np.abs(shown - one.after[box] / white) * one.matte[box][..., None]
        return 255 * float(off.max())


def _shades(shading: Shading) -> bool:
    return bool(np.abs(shading).max() > NO_SHADING)


def _grey(plane: Plane) -> Pixels:
    return np.repeat(plane[..., None], 3, axis=2)


def curve_points(curves: Curves) -> tuple[CurvePoints, CurvePoints, CurvePoints]:
    """Return points for each curve, through which Photoshop's smooth curve comes close to it.

    Points are added where the difference is largest, until it is FINE or the format's 19 points are used.
    """
    wanted = 255 * evaluate_curves(curves, np.repeat(np.linspace(0, 1, 256)[:, None], 3, axis=1))
    red, green, blue = (_points(wanted[:, c]) for c in range(3))
    return red, green, blue


def _points(wanted: NDArray[np.float64]) -> CurvePoints:
    inputs = [0, 255]
    while True:
        points = [(x, int(np.rint(wanted[x]))) for x in sorted(inputs)]
        off = np.abs(255 * spline_table(points) - wanted)
        off[inputs] = 0
        if off.max() <= FINE or len(inputs) == MAX_CURVE_POINTS:
            return points
        inputs.append(int(off.argmax()))
