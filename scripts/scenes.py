"""Make the example scenes: an object of one photograph on another photograph.

Light and colour are those of the photographs, except for the dahlia, which gets the cool light of a shaded
garden, so that there is a mismatch to correct. Sizes and offsets are pixels of the composite.
"""

from collections.abc import Callable

import cv2
import numpy as np
import skimage.data
from skimage.color import gray2rgb
from sklearn.datasets import load_sample_image

from scripts.matting import (
    Array,
    Cutout,
    ellipse,
    feather,
    foreground_colours,
    fur,
    grab,
    guided,
    polygon,
    spread,
    strokes,
)
from scripts.outlines import (
    ASTRONAUT,
    ASTRONAUT_HAIR,
    CAT_BODY,
    CAT_HEAD,
    CAT_WHISKERS,
    PAVILION,
    SAUCER_CORNER,
    SEE_THROUGH,
    SPOON,
)

Scene = tuple[Array, Cutout]  # background H×W×3 and the cut-out on a canvas of the same size


def enlarged(image: Array, scale: float) -> Array:
    """Convert an 8-bit photograph, grey or RGB, to float32 RGB in 0-1, `scale` times the size."""
    image = (gray2rgb(image) if image.ndim == 2 else image).astype(np.float32) / 255
    way = cv2.INTER_LANCZOS4 if scale > 1 else cv2.INTER_AREA
    return np.clip(cv2.resize(image, None, fx=scale, fy=scale, interpolation=way), 0, 1)


def placed(
    layer: Array, canvas: tuple[int, int], left: int, top: int, border: int = cv2.BORDER_CONSTANT
) -> Array:
    """Place a layer on a canvas of (height, width): crop the parts outside, and fill the rest by `border`."""
    height, width = canvas
    below, right = height - top - layer.shape[0], width - left - layer.shape[1]
    grown = cv2.copyMakeBorder(layer, max(0, top), max(0, below), max(0, left), max(0, right), border)
    y, x = max(0, -top), max(0, -left)
    return grown[y : y + height, x : x + width]


def on_canvas(cutout: Cutout, canvas: tuple[int, int], left: int, top: int) -> Cutout:
    """Place a cut-out on an empty canvas of (height, width)."""
    colours = placed(cutout.colours, canvas, left, top, cv2.BORDER_REPLICATE)
    return Cutout(colours, placed(cutout.matte, canvas, left, top))


def shaded(background: Array, shadow: Array, strength: float) -> Array:
    """Darken a background where a shadow (H×W, 0-1) falls."""
    return np.clip(background * (1 - strength * shadow[..., None]), 0, 1)


def cat() -> Scene:
    """Paste a cat by lamplight before a pavilion in hazy daylight; fur and whiskers have soft edges."""
    scale, canvas = 2.1, (630, 1200)
    source = enlarged(skimage.data.chelsea(), scale)
    head = polygon(source.shape[:2], CAT_HEAD, scale)
    head = guided(source, feather(head, 2), 8, 2e-4)
    body = feather(polygon(source.shape[:2], CAT_BODY, scale), 6)
    matte = np.maximum(head, body)
    colours = foreground_colours(source, matte)
    whiskers = strokes(matte.shape, CAT_WHISKERS, 0.6, scale)
    colours = np.where(
        whiskers[..., None] > matte[..., None], np.array([0.86, 0.79, 0.72], np.float32), colours
    )
    matte = np.maximum(fur(matte, 6, 8000, seed=1), whiskers)
    background = cv2.GaussianBlur(enlarged(load_sample_image("china.jpg"), 1.48), (0, 0), 6)
    background = placed(background, canvas, 630, 0, cv2.BORDER_REFLECT_101)
    return background, on_canvas(Cutout(colours, matte), canvas, 0, 0)


def astronaut() -> Scene:
    """Paste a studio portrait before a launch pad at dusk; the hair has soft edges."""
    scale, canvas = 1.3, (854, 1280)
    source = enlarged(skimage.data.astronaut(), scale)
    outline = grab(source, polygon(source.shape[:2], ASTRONAUT, scale), 6)
    matte = feather(outline, 1)
    hair = feather(polygon(source.shape[:2], ASTRONAUT_HAIR, scale), 4)
    strands = np.clip(guided(source, feather(outline, 2), 6, 1e-3) * 1.35 - 0.35, 0, 1)
    matte += (strands - matte) * hair
    matte = np.maximum(matte, fur(matte * hair, 4, 3000, seed=2))
    background = cv2.GaussianBlur(enlarged(skimage.data.rocket(), 2), (0, 0), 1.5)
    return background, on_canvas(Cutout(foreground_colours(source, matte), matte), canvas, 628, 190)


def cup_matte(source: Array, scale: float) -> Array:
    """Return the matte of cup, saucer and spoon in the coffee photograph."""
    shape = source.shape[:2]
    saucer = ellipse(shape, (279, 220.3), (332.5, 400.5), 98.4, scale)
    corner = feather(polygon(shape, SAUCER_CORNER, scale), 4)
    saucer = np.minimum(saucer, 1 - corner * (1 - feather(grab(source, saucer, 7), 2)))
    cup = np.maximum(ellipse(shape, (290, 113), (235, 190), 2, scale), polygon(shape, SPOON, scale))
    return feather(np.maximum(saucer, cup), 0.8)


def terrace() -> Array:
    """Make stone paving in cool morning shade, from above and slightly from the side; 800×1200×3."""
    stone = enlarged(skimage.data.brick(), 3)
    corners = np.array([[30, 340], [1420, 15], [1500, 1120], [420, 1500]], np.float32)
    frame = np.array([[0, 0], [1200, 0], [1200, 800], [0, 800]], np.float32)
    view = cv2.getPerspectiveTransform(corners, frame)
    paving = cv2.warpPerspective(stone, view, (1200, 800), flags=cv2.INTER_CUBIC)
    light = np.linspace(1.15, 0.75, 800, dtype=np.float32)[:, None, None]
    stones: Array = np.clip(paving**1.5 * light * np.array([1.15, 1.26, 1.4], np.float32), 0, 1)
    return stones


def coffee() -> Scene:
    """Paste a cup from a warmly lit bar on a terrace in the shade."""
    scale, canvas = 1.5, (800, 1200)
    source = enlarged(skimage.data.coffee(), scale)
    matte = cup_matte(source, scale)
    cutout = on_canvas(Cutout(foreground_colours(source, matte), matte), canvas, 180, 90)
    shadow = feather(placed(matte, canvas, 160, 112), 14)
    return shaded(terrace(), shadow, 0.75), cutout


def dahlia() -> Scene:
    """Paste a flower in cool light on a warm wooden table."""
    canvas = (800, 1200)
    source = enlarged(load_sample_image("flower.jpg"), 1)
    rough = ellipse(source.shape[:2], (309, 222), (284, 282), 0)
    matte = feather(np.clip(feather(grab(source, rough, 24), 2) * 3 - 1.3, 0, 1), 0.8)
    cool = np.array([0.86, 0.98, 1.25], np.float32)
    layer = np.dstack([np.clip(foreground_colours(source, matte) * cool, 0, 1), matte])
    # Match the perspective of the table, slightly from the side, and its sharpness.
    layer = feather(cv2.resize(layer, None, fx=1, fy=0.9, interpolation=cv2.INTER_AREA), 0.6)
    cutout = on_canvas(Cutout(layer[..., :3], layer[..., 3]), canvas, 650, 430)
    shadow = feather(placed(layer[..., 3], canvas, 618, 452), 14)
    return shaded(enlarged(skimage.data.coffee(), 2), shadow, 0.8), cutout


def pavilion() -> Scene:
    """Paste a pavilion and trees in daylight before an evening sky; the leaves have soft edges."""
    scale, canvas = 1.75, (747, 1120)
    source = enlarged(load_sample_image("china.jpg"), scale)
    shape = source.shape[:2]
    outline = polygon(shape, PAVILION, scale)
    solid = feather(grab(source, outline, 9), 0.8)
    leaves = np.clip((0.52 - source.min(axis=2)) / 0.2, 0, 1) * feather(
        cv2.dilate(outline, np.ones((13, 13))), 4
    )
    through = feather(np.max([polygon(shape, zone, scale) for zone in SEE_THROUGH], axis=0), 1.5)
    matte = solid + (leaves - solid) * through
    rocket = enlarged(skimage.data.rocket(), 1.75)
    background = placed(rocket[:, 165:], canvas, 330, -150, cv2.BORDER_REFLECT_101)
    colours = foreground_colours(source, matte)
    colours += (spread(source, matte > 0.97) - colours) * through[..., None]
    return background, Cutout(colours, matte)


SCENES: dict[str, Callable[[], Scene]] = {
    "astronaut": astronaut,
    "pavilion": pavilion,
    "coffee": coffee,
    "cat": cat,
    "dahlia": dahlia,
}
