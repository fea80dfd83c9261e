"""Convert between colour spaces, and recolour the object by maps that are not one curve per channel."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from model.edit.color_transforms import Affine, Table
from model.edit.render import recolour_object, render
from model.images.arrays import Pixels, top_level
from model.images.composite import Composite
from model.methods.common.statistics import Values, from_levels

Lab = NDArray[Any]
"""...×3 CIELAB (D65), float32: L in 0-100."""


def recolour_affine(composite: Composite, matrix: Values) -> Pixels:
    """Return the image, H×W×3, with a 3×4 matrix applied to the object's RGB levels, 0-255."""
    return render(composite, Affine((matrix / [1, 1, 1, 255]).astype(np.float32)))


def recolour_table(composite: Composite, table: Values) -> Pixels:
    """Return the image with the object's colours replaced by those of a table, trilinearly interpolated.

    table: n×n×n×3 levels, 0-255, indexed by red, green and blue.
    """
    return render(composite, Table((table / 255).astype(np.float32)))


def recolour_lab(composite: Composite, change: Callable[[Lab], Lab]) -> Pixels:
    """Return the image with a function of CIELAB applied to the object; L is clipped to 0-100."""
    top = top_level(composite.image.dtype)
    table = decode_srgb(np.linspace(0, 1, top + 1)).astype(np.float32)

    def recolour(pixels: Pixels, _rows: slice, _columns: slice) -> NDArray[Any]:
        light = table[pixels] if pixels.dtype.kind == "u" else decode_srgb(pixels)
        changed = change(light_to_lab(light))
        changed[..., 0].clip(0, 100, out=changed[..., 0])
        return from_levels(cv2.cvtColor(changed, cv2.COLOR_Lab2RGB) * np.float32(255), pixels)

    return recolour_object(composite, recolour)


def levels_to_lab(levels: Values) -> Values:
    """Convert N×3 sRGB levels, 0-255, to N×3 CIELAB (D65)."""
    light = decode_srgb(levels / 255).astype(np.float32)
    lab: Values = light_to_lab(light[None])[0].astype(np.float64)
    return lab


def light_to_lab(light: NDArray[np.float32]) -> Lab:
    """Convert H×W×3 linear light in 0-1 to CIELAB (D65).

    OpenCV decodes sRGB by a coarse table, so its conversion of encoded values has errors of up to 0.6.
    """
    return cv2.cvtColor(light, cv2.COLOR_LRGB2Lab)


def decode_srgb(values: Values) -> Values:
    """Convert sRGB-encoded values in 0-1 to linear light in 0-1 (IEC 61966-2-1)."""
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def encode_srgb(values: Values) -> Values:
    """Convert linear light in 0-1 to sRGB-encoded values in 0-1 (IEC 61966-2-1)."""
    return np.where(values <= 0.0031308, values * 12.92, 1.055 * values ** (1 / 2.4) - 0.055)
