"""Draw prompts as the maps that the mask decoder reads."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

PROMPT_SIDE = 160  # half the side of the picture that the trunk reads
RADIUS = 3.0  # of a click, in pixels of the maps

Box = tuple[float, float, float, float]
"""Left, top, right and bottom, as shares of the picture's width and height, 0-1."""
Place = tuple[float, float, bool]
"""Shares of the picture's width and height, 0-1, and true on the object, false beside it."""


def draw_prompts(box: Box | None, clicks: Sequence[Place]) -> NDArray[np.float32]:
    """Return maps, 3×PROMPT_SIDE×PROMPT_SIDE in 0-1: the box, clicks on the object, clicks beside it.

    Without a box, the first map is 1: the object may be anywhere.
    """
    maps = np.zeros((3, PROMPT_SIDE, PROMPT_SIDE), np.float32)
    left, top, right, bottom = (PROMPT_SIDE * edge for edge in box or (0, 0, 1, 1))
    pixels = np.arange(PROMPT_SIDE)
    across = (np.minimum(pixels + 1, right) - np.maximum(pixels, left)).clip(0, 1)
    down = (np.minimum(pixels + 1, bottom) - np.maximum(pixels, top)).clip(0, 1)
    maps[0] = down[:, None] * across
    centres = (pixels + 0.5) / PROMPT_SIDE
    for x, y, keep in clicks:
        distance = PROMPT_SIDE * np.hypot(centres - x, (centres - y)[:, None])
        disc = (distance <= RADIUS).astype(np.float32)
        which = 1 if keep else 2
        maps[which] = np.maximum(maps[which], disc)
    return maps
