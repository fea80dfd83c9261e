"""Find, add or remove the part of a picture under one click, by its colours alone."""

import cv2
import numpy as np
from numpy.typing import NDArray

from model.images.arrays import BadImage, Matte
from model.masks.grabcut import grabcut
from model.masks.prompts import Area, Click, Flags, extent

DISC = 0.012  # of the longer side: the radius around a click that surely belongs to its part
NEAR, LEAST_NEAR = 0.5, 0.12  # of the mask's size, of the longer side: how far from a click it may change
SEEN = 0.5

Image = NDArray[np.uint8]


def view_at(image: Image, click: Click, size: float) -> Area:
    """Return the part of a picture of a size, 0-1, whose middle is as near to a click as possible."""
    height, width = image.shape[:2]
    wide, high = round(size * width), round(size * height)
    left = round(min(max(0, click.x - wide / 2), width - wide))
    top = round(min(max(0, click.y - high / 2), height - high))
    return Area(left, top, left + wide, top + high)


def pixel_of(click: Click, shape: tuple[int, ...]) -> tuple[int, int]:
    """Return the row and the column of the pixel under a click."""
    return min(max(int(click.y), 0), shape[0] - 1), min(max(int(click.x), 0), shape[1] - 1)


def part_at(inside: Flags, click: Click) -> Flags:
    """Return the connected part under a click."""
    _, labels = cv2.connectedComponents(inside.astype(np.uint8))
    label = labels[pixel_of(click, inside.shape)]
    return np.asarray(labels == label) if label else np.zeros_like(inside)


def _disc(shape: tuple[int, ...], click: Click, radius: float) -> Flags:
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    inside: Flags = np.hypot(columns + 0.5 - click.x, rows + 0.5 - click.y) <= radius
    return inside


def near(mask: Matte, click: Click) -> Flags:
    """Return where a click may change a mask."""
    size = float(np.sqrt((mask > SEEN).sum()))
    return _disc(mask.shape, click, max(NEAR * size, LEAST_NEAR * max(mask.shape)))


def grown_from(image: Image, click: Click) -> Matte:
    """Return the part around a click that has its colours, in the half of the picture around it."""
    view = view_at(image, click, 0.5)
    labels = np.full(image.shape[:2], cv2.GC_PR_BGD, np.uint8)
    labels[view_at(image, click, 0.2).part] = cv2.GC_PR_FGD
    labels[[0, -1]] = labels[:, [0, -1]] = cv2.GC_BGD
    labels[_disc(image.shape, click, max(2.5, DISC * max(image.shape)))] = cv2.GC_FGD
    share: Matte = np.zeros(image.shape[:2], np.float32)
    share[view.part] = grabcut(np.ascontiguousarray(image[view.part]), labels[view.part])
    return np.asarray(share * part_at(share > SEEN, click), np.float32)


def changed_at(image: Image, before: Matte, click: Click) -> Matte:
    """Add or remove the part of like colours under a click; nothing changes that is not connected to it."""
    shape, inside = before.shape, before > SEEN
    disc, free = _disc(shape, click, max(2.5, DISC * max(shape))), near(before, click)
    whole = part_at(inside, click)
    if not click.keep and not (whole & ~free).any():
        return np.where(whole, 0, before).astype(np.float32)  # a part of its own
    labels = np.where(inside, cv2.GC_FGD, cv2.GC_BGD).astype(np.uint8)
    labels[free] = np.where(inside[free], cv2.GC_PR_FGD, cv2.GC_PR_BGD)
    labels[disc] = cv2.GC_FGD if click.keep else cv2.GC_BGD
    area = extent(free)
    view = (area or Area(0, 0, shape[1], shape[0])).around(0.5, shape)
    found = before.copy()
    try:
        found[view.part] = grabcut(np.ascontiguousarray(image[view.part]), labels[view.part])
    except BadImage:  # one kind alone is near the click
        found[disc] = float(click.keep)
    found[disc] = float(click.keep)
    wanted = found > before if click.keep else found < before
    part = part_at(((found > SEEN) != inside) & wanted | disc, click)
    grown = cv2.dilate(part.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return np.where(grown & wanted, found, before).astype(np.float32)
