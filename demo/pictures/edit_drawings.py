"""Draw an edit: the three curves, and a map of the change of light."""

from html import escape

import cv2
import numpy as np
from numpy.typing import NDArray

from model import Composite, Edit
from model.images.files import preview_jpeg

WIDTH, HEIGHT = 300, 150
CHANNELS = ("red", "green", "blue")
DARKER = np.array([38, 92, 190], np.float32)
BRIGHTER = np.array([245, 170, 40], np.float32)


def curves_svg(edit: Edit) -> str:
    """Return the curves as an SVG: input from left to right, output from bottom to top, both 0-1."""
    # The style sheet sets the colours, so that one drawing works in light and dark.
    return _on_grid(
        "".join(
            f'<polyline class="curve-{name}" points="{_points(curve)}"/>'
            for name, curve in zip(CHANNELS, edit.curves, strict=True)
        )
    )


def no_curves_svg() -> str:
    """Return the same drawing without curves, for a page without a result."""
    return _on_grid("")


def _on_grid(lines: str) -> str:
    grid = "".join(
        f'<path d="M{WIDTH * k / 4:g} 0V{HEIGHT}M0 {HEIGHT * k / 4:g}H{WIDTH}"/>' for k in (1, 2, 3)
    )
    label = "Predicted red, green and blue curves" if lines else "No curves yet"
    return (
        f'<svg class="curves" viewBox="-2 -2 {WIDTH + 4} {HEIGHT + 4}" preserveAspectRatio="none" role="img" '
        f'aria-label="{label}">'
        f'<g class="curve-grid">{grid}<path d="M0 {HEIGHT}L{WIDTH} 0" stroke-dasharray="4 4"/>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="3"/></g>{lines}</svg>'
        '<p class="axis"><span>Dark</span><span>in the object as pasted</span><span>Bright</span></p>'
    )


def _points(curve: NDArray[np.float32]) -> str:
    knots = np.linspace(0.0, 1.0, len(curve))
    return " ".join(
        f"{WIDTH * x:.1f},{HEIGHT * (1 - y):.1f}" for x, y in zip(knots, np.clip(curve, 0, 1), strict=True)
    )


def light_map(composite: Composite, edit: Edit) -> bytes:
    """Return a JPEG of the composite (8 bit) in grey, with the change of light inside the object in colour.

    Amber: brighter; blue: darker; the full colour is at the gain of `light_range`.
    """
    height, width = composite.matte.shape
    gain = cv2.resize(edit.shading, (width, height), interpolation=cv2.INTER_LINEAR)
    grey = composite.image.mean(axis=2, keepdims=True)
    weight = np.clip(np.abs(gain) / light_range(edit), 0, 1)[..., None]
    tint = np.where(gain[..., None] > 0, BRIGHTER, DARKER)
    # The object keeps a part of its own tones, so that it can be recognized.
    inside = (0.35 * grey + 90) * (1 - 0.75 * weight) + 0.75 * weight * tint
    outside = 0.45 * grey + 40
    matte = composite.matte[..., None]
    return preview_jpeg(np.clip(outside + matte * (inside - outside), 0, 255).astype(np.uint8), 640)


def light_range(edit: Edit) -> float:
    """Return the gain (natural log) at the ends of the colour scale: the strongest change, at least 0.05."""
    return max(float(np.abs(edit.shading).max()), 0.05)


def light_html(url: str, edit: Edit) -> str:
    """Return the light map with its scale as markup; `url` is the address of the map."""
    reach = np.expm1(light_range(edit)) * 100
    return (
        f'<img class="light" src="{escape(url)}" alt="Where the object gets brighter or darker">'
        f'<p class="axis"><span>−{reach:.0f} %</span><i class="light-scale"></i>'
        f"<span>+{reach:.0f} %</span></p>"
    )
