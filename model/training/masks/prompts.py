"""Draw the prompts that a person might give for an object: nothing, a box, or clicks."""

import cv2
import numpy as np
from numpy.typing import NDArray

from model.network.mask_prompts import PROMPT_SIDE, draw_prompts

NOTHING, BOX = 0.4, 0.65  # of main objects; what is above BOX has clicks
BOX_OF_PARTS = 0.5  # of other objects; the rest have clicks
BOTH = 0.2  # share of examples with clicks that have a box too
MORE = 0.35  # share that have one more click on the object, again and again; likewise beside it
CENTRAL = 0.5  # share of first clicks in the inner half of the object

Mask = NDArray[np.float32]
Flags = NDArray[np.bool_]
Random = np.random.Generator


def random_prompts(mask: Mask, main: bool, random: Random) -> Mask:
    """Return prompt maps for an object. mask: PROMPT_SIDE×PROMPT_SIDE in 0-1."""
    inside = mask > 0.5
    chosen = random.random()
    nothing, box = (NOTHING, BOX) if main else (0.0, BOX_OF_PARTS)
    if chosen < nothing or not inside.any():
        return draw_prompts(None, [])
    if chosen < box:
        return draw_prompts(_box(inside, random), [])
    return draw_prompts(_box(inside, random) if random.random() < BOTH else None, _clicks(inside, random))


def _box(inside: Flags, random: Random) -> tuple[float, float, float, float]:
    """Return the box around the object, a little wrong, as shares of the picture."""
    x, y, w, h = cv2.boundingRect(inside.astype(np.uint8))
    moves = random.normal(0.02, 0.03, 4) * [w, h, w, h]
    edges = np.array([x - moves[0], y - moves[1], x + w + moves[2], y + h + moves[3]]) / PROMPT_SIDE
    left, top, right, bottom = edges.clip(0, 1)
    return float(left), float(top), float(right), float(bottom)


def _clicks(inside: Flags, random: Random) -> list[tuple[float, float, bool]]:
    """Return one to three clicks on the object and up to two beside it, as shares of the picture."""
    grown = np.pad(inside, 1).astype(np.uint8)
    depth = cv2.distanceTransform(grown, cv2.DIST_L2, 3)[1:-1, 1:-1]
    limit = 0.5 if random.random() < CENTRAL else 0.15
    clicks = [_pick(depth > limit * depth.max(), True, random)]
    while random.random() < MORE and len(clicks) < 3:
        clicks.append(_pick(inside, True, random))
    far, near = (cv2.dilate(inside.astype(np.uint8), np.ones((n, n), np.uint8)) for n in (31, 5))
    beside = (far > near) if random.random() < 0.7 else near == 0
    for _ in range(2):
        if random.random() < MORE and beside.any():
            clicks.append(_pick(beside, False, random))
    return clicks


def _pick(region: Flags, keep: bool, random: Random) -> tuple[float, float, bool]:
    rows, columns = np.nonzero(region)
    chosen = random.integers(len(rows))
    return (columns[chosen] + 0.5) / PROMPT_SIDE, (rows[chosen] + 0.5) / PROMPT_SIDE, keep
