"""Cut objects out of photographs: hand-drawn outline → refined matte → foreground colours.

Arrays are float32 in 0-1 unless stated otherwise; colours are sRGB values without linearization.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from scipy.ndimage import distance_transform_edt

Array = npt.NDArray[Any]
Point = tuple[float, float]
Points = Sequence[Point] | Array
SUBPIXEL = 4  # binary digits of the fraction of a pixel that OpenCV draws with


@dataclass(frozen=True)
class Cutout:
    """Hold a foreground: colours H×W×3, not multiplied by the matte H×W."""

    colours: Array
    matte: Array


def _fixed(points: Points) -> Array:
    fixed: Array = np.round(np.asarray(points) * 2**SUBPIXEL).astype(np.int32)
    return fixed


def polygon(shape: tuple[int, int], outline: Points, scale: float = 1.0) -> Array:
    """Fill a closed outline of (x, y) points, drawn smooth, into an H×W matte."""
    canvas = np.zeros(shape, np.uint8)
    cv2.fillPoly(canvas, [_fixed(np.asarray(outline) * scale)], 255, cv2.LINE_AA, SUBPIXEL)
    return canvas.astype(np.float32) / 255


def ellipse(shape: tuple[int, int], centre: Point, axes: Point, angle: float, scale: float = 1.0) -> Array:
    """Fill an ellipse, given by centre, full axes and angle in degrees, into an H×W matte."""
    steps = np.linspace(0, 2 * np.pi, 720)
    turn = np.deg2rad(angle)
    along, across = np.cos(steps) * axes[0] / 2, np.sin(steps) * axes[1] / 2
    x = centre[0] + along * np.cos(turn) - across * np.sin(turn)
    y = centre[1] + along * np.sin(turn) + across * np.cos(turn)
    return polygon(shape, np.stack([x, y], axis=1), scale)


def feather(matte: Array, sigma: float) -> Array:
    """Soften an edge with a Gaussian of `sigma` pixels, except at the border of the picture."""
    return cv2.GaussianBlur(matte, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)


def grab(image: Array, outline: Array, slack: int) -> Array:
    """Refine a rough matte by the colours of the picture (GrabCut); its edge moves `slack` pixels at most."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * slack + 1, 2 * slack + 1))
    inside = (outline > 0.5).astype(np.uint8)
    labels = np.full(inside.shape, cv2.GC_BGD, np.uint8)
    labels[cv2.dilate(inside, kernel) > 0] = cv2.GC_PR_BGD
    labels[inside > 0] = cv2.GC_PR_FGD
    labels[cv2.erode(inside, kernel) > 0] = cv2.GC_FGD
    cv2.setRNGSeed(0)
    pixels = (image * 255).astype(np.uint8)
    models = [np.zeros((1, 65)) for _ in range(2)]
    cv2.grabCut(pixels, labels, (0, 0, 1, 1), models[0], models[1], 4, cv2.GC_INIT_WITH_MASK)
    return np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.float32)


def guided(image: Array, matte: Array, radius: int, epsilon: float) -> Array:
    """Filter a matte with the picture as guide, for fine structures (He et al., "Guided Image Filtering")."""
    guide = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    size = (2 * radius + 1, 2 * radius + 1)
    mean_guide, mean_matte = cv2.blur(guide, size), cv2.blur(matte, size)
    covariance = cv2.blur(guide * matte, size) - mean_guide * mean_matte
    slope = covariance / (cv2.blur(guide * guide, size) - mean_guide**2 + epsilon)
    offset = mean_matte - slope * mean_guide
    refined: Array = np.clip(cv2.blur(slope, size) * guide + cv2.blur(offset, size), 0, 1)
    return refined


def strokes(
    shape: tuple[int, int], lines: Sequence[Points] | Array, strength: float, scale: float = 1.0
) -> Array:
    """Draw thin open lines of (x, y) points, such as whiskers, into an H×W matte."""
    canvas = np.zeros(shape, np.uint8)
    for line in lines:
        cv2.polylines(
            canvas, [_fixed(np.asarray(line) * scale)], False, round(255 * strength), 1, cv2.LINE_AA, SUBPIXEL
        )
    return feather(canvas.astype(np.float32) / 255, 0.6)


def fur(matte: Array, length: float, count: int, seed: int) -> Array:
    """Draw `count` short hairs of about `length` pixels across the edge of a matte, outwards and down."""
    rng = np.random.default_rng(seed)
    dy, dx = np.gradient(feather(matte, length))
    ys, xs = np.nonzero((matte > 0.8) & (matte < 0.98))
    chosen = rng.choice(len(ys), count)
    roots = np.stack([xs[chosen], ys[chosen]], axis=1)
    outwards = -np.stack([dx, dy], axis=-1)[ys[chosen], xs[chosen]]
    outwards /= np.linalg.norm(outwards, axis=1, keepdims=True) + 1e-6
    tips = roots + (outwards + [0, 0.5] + rng.normal(0, 0.3, (count, 2))) * rng.gamma(
        5, length / 5, (count, 1)
    )
    grown = matte
    for strength, lines in zip(
        (0.2, 0.3, 0.4, 0.5), np.array_split(np.stack([roots, tips], axis=1), 4), strict=True
    ):
        grown = np.maximum(grown, strokes(matte.shape, lines, strength))
    return grown


def spread(image: Array, where: Array) -> Array:
    """Give every pixel the smoothed colour of the nearest pixel for which `where` is true."""
    y, x = distance_transform_edt(~where, return_distances=False, return_indices=True)
    return np.where(where[..., None], image, cv2.GaussianBlur(image[y, x], (0, 0), 1.5))


def foreground_colours(image: Array, matte: Array) -> Array:
    """Estimate the foreground colours F at soft edges: solve image = a·F + (1 − a)·B with the matte a.

    Both layers are first estimated from the nearest opaque pixels; the remaining difference to the picture is
    added to F in proportion to a.
    """
    alpha = matte[..., None]
    inner, outer = spread(image, matte > 0.97), spread(image, matte < 0.02)
    colours: Array = np.clip(inner + alpha * (image - alpha * inner - (1 - alpha) * outer), 0, 1)
    return colours
