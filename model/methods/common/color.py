"""Colour spaces, and the ways in which a method that is no curve recolours the object."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from model.edit.color_transforms import Affine, Table
from model.edit.render import paint, render
from model.images.arrays import Pixels, top_level
from model.images.composite import Composite
from model.methods.common.statistics import Values, from_levels

Lab = NDArray[Any]
"""...×3 CIELAB (D65), float32: L in 0-100."""


def recolour_affine(composite: Composite, matrix: Values) -> Pixels:
    """Apply a 3×4 matrix to the RGB levels, 0-255, of the object."""
    return render(composite, Affine((matrix / [1, 1, 1, 255]).astype(np.float32)))


def recolour_table(composite: Composite, table: Values) -> Pixels:
    """Look the object's colours up in a table of levels, 0-255: n×n×n×3 by red, green and blue, trilinear."""
    return render(composite, Table((table / 255).astype(np.float32)))


def recolour_lab(composite: Composite, move: Callable[[Lab], Lab]) -> Pixels:
    """Apply a function of CIELAB to the object; the lightness it returns is kept in 0-100."""
    top = top_level(composite.image.dtype)
    table = decode_srgb(np.linspace(0, 1, top + 1)).astype(np.float32)

    def recolour(pixels: Pixels, _rows: slice, _columns: slice) -> NDArray[Any]:
        light = table[pixels] if pixels.dtype.kind == "u" else decode_srgb(pixels)
        moved = move(light_to_lab(light))
        moved[..., 0].clip(0, 100, out=moved[..., 0])
        return from_levels(cv2.cvtColor(moved, cv2.COLOR_Lab2RGB) * np.float32(255), pixels)

    return paint(composite, recolour)


def levels_to_lab(levels: Values) -> Values:
    """N×3 sRGB levels, 0-255 → N×3 CIELAB."""
    light = decode_srgb(levels / 255).astype(np.float32)
    lab: Values = light_to_lab(light[None])[0].astype(np.float64)
    return lab


def light_to_lab(light: NDArray[np.float32]) -> Lab:
    """H×W×3 linear light in 0-1 → CIELAB (D65).

    OpenCV decodes sRGB through a coarse table, which puts its own step from encoded values off by up to 0.6.
    """
    return cv2.cvtColor(light, cv2.COLOR_LRGB2Lab)


def decode_srgb(values: Values) -> Values:
    """sRGB-encoded 0-1 → linear light 0-1 (IEC 61966-2-1)."""
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def encode_srgb(values: Values) -> Values:
    """Linear light 0-1 → sRGB-encoded 0-1 (IEC 61966-2-1)."""
    return np.where(values <= 0.0031308, values * 12.92, 1.055 * values ** (1 / 2.4) - 0.055)
