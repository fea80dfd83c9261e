"""Find the mask of an object: by transparency, the empty scene or strokes.

Every function returns a matte, H×W float32 in 0-1, or raises BadImage where it finds no object.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from model.images.arrays import BadImage, Matte, Picture, Pixels, top_level
from model.images.resize import fitting_size, resize_area

# Differences, in levels of 255.
LEAST_DIFFERENCE = 6.0  # above the compression noise of two JPEG files
NOISE_SHARE = 0.25  # of the pixels, at least, are background, whose differences are noise
NOISE_FACTOR = 8.0  # times that noise
MOST_NOISE = 8.0  # above it the pictures do not show the same scene
SEED_FACTOR = 2.0  # times the limit, which some pixel of an object exceeds
SMALLEST_PART = 0.02  # of the largest part of the object
SMALLEST_AREA = 12  # pixels
BAND = 2  # half-width of the edge whose matte is measured, in pixels
MAX_COMPARED = 4_000_000  # pixels; larger pictures are compared as reduced copies, to save time and memory
GRABCUT_SIDE, GRABCUT_ROUNDS = 640, 5
MIN_SIDE = 4  # pixels

Flags = NDArray[np.bool_]


def mask_from_alpha(picture: Picture) -> Matte:
    """Return the transparency of a picture."""
    if picture.alpha is None:
        raise BadImage("The picture has no transparency, so its object has to be found in another way.")
    return _check_object(picture.alpha)


def mask_from_background(image: Pixels, background: Pixels) -> Matte:
    """Return the matte of what differs from the same scene without the object, with soft edges.

    image, background: H×W×3 of one size, 8 or 16 bits. Differences below the measured noise do not count;
    holes are filled, so the inner part of an object may have the colours of the scene.
    """
    if image.shape != background.shape:
        sizes = [f"{pixels.shape[1]}×{pixels.shape[0]}" for pixels in (background, image)]
        raise BadImage(f"The background is {sizes[0]} pixels, but the picture is {sizes[1]}.")
    height, width = image.shape[:2]
    scale = (MAX_COMPARED / (height * width)) ** 0.5
    if scale >= 1:
        return _compare(image, background)
    size = round(height * scale), round(width * scale)
    small = (resize_area(pixels, size) for pixels in (image, background))
    full: NDArray[Any] = cv2.resize(_compare(*small), (width, height))
    return full


def _compare(image: Pixels, background: Pixels) -> Matte:
    before, after = _levels(background), _levels(image)
    red, green, blue = cv2.split(np.abs(cv2.GaussianBlur(after - before, (0, 0), 1)))
    difference = cv2.max(cv2.max(red, green), blue)
    noise = float(np.quantile(difference, NOISE_SHARE))
    limit = max(LEAST_DIFFERENCE, NOISE_FACTOR * noise)
    if noise > MOST_NOISE:
        raise BadImage("The picture differs from the background everywhere. They should show one scene.")
    solid = _filled(_parts(difference > limit, difference > SEED_FACTOR * limit))
    if not solid.any():
        raise BadImage("The picture and the background look the same, so there is no object to find.")
    return _check_object(_edge_matte(after, before, solid))


def mask_from_strokes(image: Pixels, inside: Flags, outside: Flags | None = None) -> Matte:
    """Return the matte of the object under strokes, by GrabCut (Rother et al. 2004).

    image: H×W×3. inside, outside: H×W, true on strokes on the object and on the background.
    """
    for strokes in (inside, outside):
        if strokes is not None and strokes.shape != image.shape[:2]:
            raise BadImage("The strokes should have the size of the picture.")
    if not inside.any():
        raise BadImage("Please draw at least one stroke on the object.")
    guess = np.full(image.shape[:2], cv2.GC_PR_BGD, np.uint8)
    guess[[0, -1]] = guess[:, [0, -1]] = cv2.GC_BGD  # GrabCut needs some background
    if outside is not None:
        guess[outside] = cv2.GC_BGD
    guess[inside] = cv2.GC_FGD
    return _grabcut(image, guess)


def _levels(image: Pixels) -> NDArray[np.float32]:
    """Convert 8 or 16 bits to float32 in 0-255."""
    return image.astype(np.float32) * np.float32(255 / top_level(image.dtype))


def _check_object(matte: Matte) -> Matte:
    if matte.max() <= 0.5:
        raise BadImage("No object was found. Please draw a box around it, or paint the mask.")
    if matte.min() > 0.5:
        raise BadImage("The whole picture was taken for the object. Please draw a box around it.")
    return matte


def _parts(weak: Flags, strong: Flags) -> Flags:
    """Return the connected parts of `weak` that contain a `strong` pixel and are not tiny."""
    closed = cv2.morphologyEx(weak.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    count, labels, statistics, _ = cv2.connectedComponentsWithStats(closed)
    areas = statistics[:, cv2.CC_STAT_AREA].copy()
    areas[np.setdiff1d(np.arange(count), labels[strong])] = 0
    areas[0] = 0
    large = areas >= max(SMALLEST_AREA, SMALLEST_PART * areas.max())
    kept: Flags = large[labels]
    return kept


def _filled(solid: Flags) -> Flags:
    """Return the region without holes."""
    contours, _ = cv2.findContours(solid.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return cv2.drawContours(np.zeros(solid.shape, np.uint8), contours, -1, 1, cv2.FILLED) > 0


def _edge_matte(after: NDArray[Any], before: NDArray[Any], solid: Flags) -> Matte:
    """Return the matte: α of C = αF + (1 − α)B near the edge, F from the nearest inner pixel."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * BAND + 1, 2 * BAND + 1))
    inner = cv2.erode(solid.astype(np.uint8), kernel) > 0
    band = (cv2.dilate(solid.astype(np.uint8), kernel) > 0) & ~inner
    matte = solid.astype(np.float32)
    if not inner.any():
        return matte
    _, labels = cv2.distanceTransformWithLabels(
        (~inner).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    nearest = np.zeros((labels.max() + 1, 3), np.float32)
    nearest[labels[inner]] = after[inner]
    contrast = nearest[labels[band]] - before[band]
    strength = (contrast**2).sum(axis=1)
    share = ((after[band] - before[band]) * contrast).sum(axis=1) / np.maximum(strength, 1e-6)
    # Where the object has the colour of the scene, α is not determined.
    clear = strength > (4 * LEAST_DIFFERENCE) ** 2
    matte[band] = np.where(clear, share.clip(0, 1), matte[band])
    return matte


def _grabcut(image: Pixels, guess: NDArray[np.uint8]) -> Matte:
    """Run GrabCut on a copy of at most GRABCUT_SIDE pixels a side; marked pixels are kept at full size."""
    height, width = guess.shape
    size = fitting_size(guess.shape, GRABCUT_SIDE, MIN_SIDE)
    small = np.rint(resize_area(_levels(image), size)).astype(np.uint8)
    labels = cv2.resize(guess, size[::-1], interpolation=cv2.INTER_NEAREST)
    cv2.setRNGSeed(0)  # the initial colour models are random
    models = np.zeros((1, 65)), np.zeros((1, 65))
    try:
        cv2.grabCut(small, labels, (0, 0, 1, 1), *models, GRABCUT_ROUNDS, cv2.GC_INIT_WITH_MASK)
    except cv2.error:  # too few pixels of one kind for its colour models
        raise BadImage("The strokes are too small to tell the object from its background.") from None
    chosen = np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.float32)
    full: NDArray[Any] = cv2.resize(chosen, (width, height), interpolation=cv2.INTER_LINEAR)
    full[guess == cv2.GC_BGD], full[guess == cv2.GC_FGD] = 0, 1
    return _check_object(full)
